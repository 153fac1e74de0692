#!/bin/sh
# A staging leaves its index with the gate, and nowhere else; by it the rows of what was staged are known again in what
# jobs write, and results over the same people are not.
# shellcheck source=t/lib.sh
. "${srcdir:-.}/t/lib.sh"
needs jq
needs ssh-keygen
own_world "$@"

# shellcheck disable=SC2317 # called by ok
holding() { # 414 made-up people, with test numbers; 400 of them are 22 or older, and staged
	cat >"$T/cohort.json" <<-J
	{"id":"cohort","title":"Made-up people","description":"For tests","holder":"urn:spe:holder:test",
	 "tables":[{"name":"people","columns":[{"name":"pin","datatype":"string","identifier":"fi"},
	 {"name":"group","datatype":"string"},{"name":"age","datatype":"integer"},{"name":"seen","datatype":"date"},
	 {"name":"code","datatype":"string"},{"name":"weight","datatype":"number"},{"name":"lab","datatype":"number"},
	 {"name":"note","datatype":"string"}]}]}
	J
	awk 'BEGIN { srand(7); print "pin,group,age,seen,code,weight,lab,note"; c = "0123456789ABCDEFHJKLMNPRSTUVWXY"
		split("walks slowly sleeps badly fell kitchen daughter visits winter coffee knee hurts garden boxes", w, " ")
		for (i = 0; i < 414; i++) { n = sprintf("%02d01%02d", 1 + i % 28, 40 + i % 50); z = 900 + i % 99
			k = (n z) % 31; t = ""; for (j = 0; j < 12; j++) t = t w[1 + int(rand() * 14)] " "
			printf "%s-%d%s,%s,%d,20%02d-%02d-%02d,%s%02d,%.1f,%.2f,%s\n", n, z, substr(c, k + 1, 1), i % 2 ? "old" : "young",
				20 + i % 60, 10 + rand() * 12, 1 + rand() * 12, 1 + rand() * 28, substr("CEIJ", 1 + int(rand() * 4), 1),
				rand() * 20, 50 + rand() * 50, 2 + rand() * 9, t } }' >"$T/cohort.csv"
	cli root holding add "$T/cohort.json" "people=$T/cohort.csv"
}
# shellcheck disable=SC2317 # called by ok
permit() { # VERSION REPLACES VARIABLES
	permit_text STAGED-1 cohort "$1" "$2" | sed "s/\"variables\":{\"people\":\[[^]]*\]}/\"variables\":{\"people\":[$3]}/" >"$T/p$1"
	permit_import "$T/p$1"
}
mkdir -p "$T/etc/policy"
sed 's/^canaries = 0$/canaries = 4/' "$srcdir/policy/rules/default.policy" >"$T/etc/policy/default.policy"
ok "a private sped serves" sped_start
ok "people and keys are registered" people_make
ok "a holding is taken in" holding
ok "a workspace is staged" permit 1 null '"*"'

# --- where the index is
index=$(find "$T/state/gate/prints" -name 'STAGED-1@*')
ok "the gate has its index" test -s "$index"
is "as SPEPRNT1" "$(head -c 8 "$index")" SPEPRNT1
is "closed to others" "$(stat -c %a "$index")" 600
sum=$(sha256sum "$index" | cut -d' ' -f1)
like "the journal has its digest" "$(grep -a workspace.prints "$T/state/gate/journal/journal.jsonl")" "\"prints/STAGED-1@$sum\":\"$sum\""
ok "all is whole" cli root audit verify
python3 -c 'import os,sys; f=os.open(sys.argv[1],os.O_RDWR); b=os.pread(f,1,40); os.pwrite(f,bytes([b[0]^1]),40)' "$index"
says "a flipped byte of it is named" 1 "prints/STAGED-1@$sum" cli root audit verify
python3 -c 'import os,sys; f=os.open(sys.argv[1],os.O_RDWR); b=os.pread(f,1,40); os.pwrite(f,bytes([b[0]^1]),40)' "$index"
is "no copy of it is anywhere else" "$(grep -rlF SPEPRNT1 "$T/state" --include='*' 2>/dev/null | grep -v '/prints/' | head -n 3)" ""
chmod 755 "$T"
# shellcheck disable=SC2016 # awk's
cli aino run STAGED-1 -- sh -c 'grep -rlF SPEPRNT1 /data /code /work /outputs; cd /data/cohort && head -n 41 people.csv >/outputs/all.csv
	cut -d, -f4,5,7 people.csv >/outputs/three.csv
	awk -F, "NR > 1 { n[\$2\$5]++; w[\$2\$5] += \$6; l[\$2\$5] += \$7 } END { print \"group,n,weight,lab\"; for (g in n) if (n[g] >= 5) printf \"%s,%d,%.2f,%.3f\\n\", g, n[g], w[g] / n[g], l[g] / n[g] }" people.csv >/outputs/means.csv
	cut -d, -f2- people.csv >/outputs/people.csv
	awk -F, "NR > 1 && NR < 6 { print \"a case:\", \$8 }" people.csv >/outputs/cases.txt' >"$T/run.out" 2>&1
job=$(job_of "$T/run.out")
is "no job sees it" "$(captured "$job" stdout.txt)" ""

# --- what it knows again
look() { # FILE: what the rule says of a job's output
	captured "$job" "$1" >"$T/$1"
	"$TOOLS/t-staged" "$srcdir/policy/rules/default.policy" "$index" "$T/$1"
}
like "forty rows of the table" "$(look all.csv)" "^block .*rows of the staged data"
like "three of its columns" "$(look three.csv)" "^block .*rows of the staged data"
like "its notes in a text" "$(look cases.txt)" "^block .*as in a text of the staged data"
is "means of groups are results" "$(look means.csv | cut -d: -f1)" "pass 0"
ok "of many groups" test "$(wc -l <"$T/means.csv")" -gt 10

# --- rows of nobody
captured "$job" people.csv >"$T/people.csv"
cut -d, -f2- "$T/cohort.csv" | sort >"$T/true"
tail -n +2 "$T/people.csv" | sort | comm -23 - "$T/true" >"$T/nobodies"
is "of four rows that the policy asks for three are nobody's, one for each hundred before the last of those that are staged" "$(wc -l <"$T/nobodies")" 3
for column in 3 4 5 6; do
	is "the values of column $column are somebody's" "$(cut -d, -f$column "$T/nobodies" | sort -u | comm -23 - "$(cut -d, -f$column "$T/true" | sort -u >"$T/c"; echo "$T/c")")" ""
done
is "the operator is told how many" "$(cli root --json workspace show STAGED-1 | jq '.data[0].planted')" 3
is "a researcher is not" "$(cli aino --json workspace show STAGED-1 | jq '.data[0] | has("planted")')" false
like "the journal has what the policy asked for" "$(grep -a '"workspace.stage"' "$T/state/gate/journal/journal.jsonl")" '"canaries":4'
known() { "$TOOLS/t-staged" "$srcdir/policy/rules/default.policy" "$index" "$1"; }
{ head -n 1 "$T/people.csv" | cut -d, -f3-6; cut -d, -f3-6 "$T/nobodies"; } >"$T/planted.csv"
like "in an output they are known" "$(known "$T/planted.csv")" "^block .*planted in the staged data"

# --- the next staging has an index of its own, and the first stays
digest=$(sha256sum "$T/p1" | cut -d' ' -f1)
ok "a new version of the permit is staged" permit 2 "\"$digest\"" '"pin","group","age"'
# shellcheck disable=SC2317 # called by wait_for
again() { [ "$(find "$T/state/gate/prints" -type f | wc -l)" = 2 ]; }
ok "its index lies beside the first" wait_for 20 again
is "which is as it was" "STAGED-1@$(sha256sum "$index" | cut -d' ' -f1)" "${index##*/}"
second=$(find "$T/state/gate/prints" -type f ! -path "$index")
is "what is no longer staged is not in the second" "$("$TOOLS/t-staged" "$srcdir/policy/rules/default.policy" "$second" "$T/three.csv" | grep -c 'rows of the staged data')" 0
like "by both it is known" "$("$TOOLS/t-staged" "$srcdir/policy/rules/default.policy" "$second" "$index" "$T/three.csv")" "^block .*rows of the staged data"
x=$(export_of "$job" three.csv)
is "an output of what was staged first is still not let out" "$(jq -r '.checks[] | select(.id == "staged-data") | .outcome' "$T/state/gate/exports/$x/check-0.json" | sort -u)" block
is "its check was given both" "$(jq '.prints | length' "$T/state/gate/exports/$x/check-0.inputs")" 2
like "and done again it says the same" "$(curl -s -X POST --unix-socket "$SPE_SOCKET" -H 'Content-Type: application/json' --data '{}' "http://localhost/v1/exports/$x/replay" | jq -c .same)" true
ok "all is whole again" cli root audit verify
[ "$bad" = 0 ] || sed 's/^/# sped: /' "$T/sped.log"
finish
