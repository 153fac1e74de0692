#!/bin/sh
# t/0420-staging.t - a permit's part of a holding by a whole sped: who opted out, cohorts, what is generalised and
# measured, and who is told of it.
. "${srcdir:-.}/t/lib.sh"
own_world "$@"
needs jq
needs sqlite3

mkdir -p "$T/etc" && printf 'slots = 2\npermit-running = 2\n' >"$T/etc/sped.conf"
ok "sped starts" sped_start
ok "people" people_make
ok "a holding" small_holding reg
tokens() { find "$T/state/workspaces" -name people.csv -path '*/reg/*' -exec cat {} + | tail -n +2 | wc -l; }

# A register with the second and third of the sixty, one spelt otherwise, and a word that is no number.
cat >"$T/no.json" <<'J'
{"id":"no","title":"Opt-outs","description":"For tests","holder":"urn:spe:holder:test","opt-out":true,
 "tables":[{"name":"people","invalid-numbers":"keep","columns":[{"name":"pin","datatype":"string","identifier":"fi"}]}]}
J
ok "a register of people who opted out is described" cli root holding add "$T/no.json"
change() { # JQ: a changed permit of a new id
	permit_text "$id" reg | jq -c "$1" >"$T/$id.permit"
}
ready() { cli root --json workspace show "$id" | is_true --arg s "$1" '.state == $s'; }

id=FI-1
change .
nok "a permit is imported before the register has data" permit_import "$T/$id.permit"
ok "its staging fails, rather than let anybody in" wait_for 20 ready failed
like "and says why" "$(cli root workspace show $id)" 'table people of holding no has no data yet'
{ echo pin; sed -n '4,5s/,.*//p' "$T/reg.csv" | tr '[:upper:]' '[:lower:]'; echo nobody; } >"$T/no.csv"
ok "the register is brought" cli root holding add "$T/no.json" "people=$T/no.csv"
ok "staged anew" cli root workspace stage $id
ok "it is ready" wait_for 20 ready ready
is "58 of the sixty are 22 or older, and of them those who opted out are left out" "$(tokens)" 56
json=$(cli root --json workspace show $id)
is "the operator is told how many opted out" "$(echo "$json" | jq -c '.data[0].left_out')" \
	'{"conditions":2,"unreadable":0,"cohort":0,"invalid":0,"opt_out":2}'
is "and how many of the register could not be read" "$(echo "$json" | jq -c .opt_out)" \
	'[{"holding":"no","table":"people","rows":3,"invalid":1}]'
like "spe-cli shows it" "$(cli root workspace show $id)" '^no +people +3 +1$'
like "the journal too" "$(cli root --json audit search --workspace $id)" '"workspace.opt-out".*"invalid": ?1|"invalid": ?1.*"workspace.opt-out"'
is "to a researcher nothing" "$(cli aino --json workspace show $id | jq -c .opt_out)" null
is "a researcher is not" "$(cli aino --json workspace show $id | jq -c '.data[0] | keys')" '["bytes","holding","rows","table"]'
like "spe-cli shows it to the operator" "$(cli root workspace show $id)" 'conditions 2, opt_out 2'
unlike "and not to the researcher" "$(cli aino workspace show $id)" 'opt_out'
like "the journal has it" "$(cli root --json audit search --workspace $id)" '"workspace.table".*"opt_out": ?2|"opt_out": ?2.*"workspace.table"'

# A table that is about people, but by a number of its own.
printf 'visit,code\n1,E11\n2,E10\n' >"$T/lab.csv"
cat >"$T/lab.json" <<'J'
{"id":"lab","title":"Visits","description":"For tests","holder":"urn:spe:holder:test",
 "tables":[{"name":"visits","columns":[{"name":"visit","datatype":"integer"},{"name":"code","datatype":"string"}]}]}
J
ok "a table without identity numbers" cli root holding add "$T/lab.json" "visits=$T/lab.csv"
id=FI-20
change '.data += [{"holding":"lab","form":"pseudonymised","format":"csv","variables":{"visits":["*"]}}]'
ok "is staged" permit_import "$T/$id.permit"
ok "with the other" wait_for 20 ready ready
like "and the operator is told that nobody is left out of it" "$(cli root workspace show $id 2>&1)" \
	'lab visits has no personal identity numbers: nobody who opted out is left out of it'
unlike "but of the other" "$(cli root workspace show $id 2>&1)" 'reg people has no personal'

id=FI-2
change '.optOutException = {"law":"552/2019","text":"test"} | .data[0].variables.people = ["group","age"]
	| .data[0].generalise = [{"table":"people","variable":"age","to":"band","width":20}]
	| .data[0].risk = [{"table":"people","quasi-identifiers":["age","group"],"min-k":5}]'
ok "a permit that cites the exception and asks for a k of five" permit_import "$T/$id.permit"
ok "is staged" wait_for 20 ready ready
is "nobody is left out, and the ages are bands" "$(find "$T/state/workspaces" -path '*/reg/people.csv' -exec grep -l '^a,60-79$' {} + | wc -l)" 1
is "k, classes and persons are told" "$(cli root --json workspace show $id | jq -c '.data[0].risk | [.unit,.k,.classes,.units,.uniques]')" \
	'["persons",9,6,58,0]'

id=FI-3
change '.data[0].risk = [{"table":"people","quasi-identifiers":["age"],"min-k":2}]'
nok "a permit whose k is too small" permit_import "$T/$id.permit"
ok "is not staged" wait_for 20 ready failed
like "with its reason" "$(cli root workspace show $id)" "k is 1 over the permit.s quasi-identifiers; the permit asks for at least 2"
like "a researcher is told whom to ask" "$(cli aino workspace show $id)" 'could not be staged; operators of this host see why'
unlike "and not how many there are" "$(cli aino --json workspace show $id)" 'k is'
is "nothing of it is there" "$(find "$T/state/workspaces" -path '*-*' -name people.csv | wc -l)" 3

id=FI-4
change '.data[0].holding = "no" | .data[0].variables.people = ["pin"] | .data[0].rows = null'
nok "a permit that names the register" permit_import "$T/$id.permit"
ok "is not staged either" wait_for 20 ready failed
like "nobody may use it" "$(cli root workspace show $id)" 'holding no, a register of people who opted out'

id=FI-6
change '.optOutException = {"law":"552/2019","text":"test"} | .data[0].holder = "urn:spe:holder:other"'
nok "a permit for another holder's data" permit_import "$T/$id.permit"
ok "is not staged" wait_for 20 ready failed
like "with both named" "$(cli root workspace show $id)" \
	'holding reg of holder urn:spe:holder:other, which is described here as of holder urn:spe:holder:test; correct'
id=FI-7
change '.optOutException = {"law":"552/2019","text":"test"} | del(.data[0].holder)'
ok "one that names no holder" permit_import "$T/$id.permit"
ok "is" wait_for 20 ready ready

# --- two-digit years of birth: by the year in which the table came
cat >"$T/se.json" <<'J'
{"id":"se","title":"Two digits","description":"For tests","holder":"urn:spe:holder:test",
 "tables":[{"name":"people","columns":[{"name":"pin","datatype":"string","identifier":"se"}]}]}
J
printf 'pin\n270315-1239\n192703151239\n' >"$T/se.csv"
ok "a table of two spellings of somebody born in 1927" cli root holding add "$T/se.json" "people=$T/se.csv"
is "has its year" "$(sqlite3 "$T/state/engine/state.db" "SELECT year FROM tab WHERE holding='se'")" "$(date -u +%Y)"
came() { sqlite3 "$T/state/engine/state.db" "UPDATE tab SET year=$1 WHERE holding='se'"; }
persons() { find "$T/state/workspaces" -path '*/se/people.csv' -exec tail -q -n +2 {} + | sort -u | wc -l; }
id=FI-5
permit_text "$id" se | jq -c '.optOutException = {"law":"552/2019","text":"test"} | .data[0].variables = {"people":["pin"]} | .data[0].rows = null' >"$T/$id.permit"
came 2026
ok "a permit for it" permit_import "$T/$id.permit"
ok "staged" wait_for 20 ready ready
is "it is one" "$(persons)" 1
came 2027
ok "had it come later" cli root workspace stage $id
two() { [ "$(persons)" = 2 ]; }
ok "it would be two" wait_for 20 two

# --- wide registers: what describes them is more than a ticket has room for
wide() { # ID COLUMNS BYTES: of each column's description
	jq -nc --arg id "$1" --argjson n "$2" --arg text "$(head -c "$3" /dev/zero | tr '\0' d)" '{$id,title:"Wide",description:"For tests",holder:"urn:spe:holder:test",
		tables:[{name:"wide",columns:[range($n) | {name:"variable\(.)",datatype:"integer",description:$text,minimum:0,values:[1,2]}]}]}' >"$T/$1.json"
	jq -r '.tables[0].columns | map(.name) | join(","), (map("1") | join(","))' "$T/$1.json" >"$T/$1.csv"
	ok "a table of $2 columns is added" cli root holding add "$T/$1.json" "wide=$T/$1.csv"
	id=FI-$2
	permit_text "$id" "$1" | jq -c '.data[0].variables = {"wide":["*"]} | .data[0].rows = null' >"$T/$id.permit"
	ok "and staged" permit_import "$T/$id.permit"
	ok "as a whole" wait_for 20 ready ready
	is "with all that is in it" "$(find "$T/state/workspaces" -path "*/$1/wide.csv" -exec sha256sum {} + | cut -d' ' -f1)" "$(sha256sum <"$T/$1.csv" | cut -d' ' -f1)"
}
wide long 400 400
wide many 4096 100

# a permit that begins another day
id=FI-9
change ".valid.from = \"$(day_plus 2)\""
says "a permit of the day after tomorrow" 0 "workspace FI-9 is staged on $(day_plus 2), when the permit begins" permit_import "$T/$id.permit"
sleep 2
ok "it waits" ready staging
is "and no task begins" "$(cli root --json audit search --workspace $id --limit 1000 | jq -r .action | grep -c '^workspace.stage')" 0
says "nor by hand" 4 "workspace FI-9 is staged on the day its permit begins" cli root workspace stage $id
sped_stop
ok "sped starts again" sped_start
ok "it waits still" ready staging
sqlite3 -cmd '.timeout 9000' "$T/state/engine/state.db" "UPDATE workspace SET starts=1 WHERE name='$id'"
ok "the day comes, as the database has it, and the gate has not" wait_for 20 ready failed
like "which says so" "$(cli root workspace show $id)" "permit FI-9 is valid from $(day_plus 2) on"

# much that waits to be wiped takes nobody's place at the gate
id=FI-5
sped_stop
rows() { sqlite3 -cmd '.timeout 9000' "$T/state/engine/state.db" "$1"; }
rows "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<300) INSERT INTO tab(holding,name,state) SELECT 'gone', 't'||i, 'removed' FROM n;
	UPDATE workspace SET state='staging' WHERE name='$id'"
ok "sped starts with a staging and 300 tables to wipe" sped_start
ok "it is staged" wait_for 20 ready ready
wiped() { [ "$(rows "SELECT count(*) FROM tab WHERE holding='gone'")" -lt 210 ]; }
ok "and many of them are wiped" wait_for 30 wiped
is "the gate has refused nothing that was made" "$(cli root --json audit search --action ticket.refused --limit 1000 | jq -s length)" 0

# many tables at once: two are read, as slots has it, and nobody else waits for them
{ echo n,text; awk 'BEGIN { for (i = 0; i < 1500000; i++) print i ",some words that take a while to read " i }'; } | gzip -1 >"$T/slow.csv"
jq -nc '{id:"slow",title:"Slow",description:"For tests",holder:"urn:spe:holder:test",tables:[range(6) | {name:"t\(.)",
	columns:[{name:"n",datatype:"integer"},{name:"text",datatype:"string"}]}]}' >"$T/slow.json"
readers() { for k in $(keepers); do pgrep -P "$k" -x spe-stage; done; }
signal() { readers | xargs -r kill "-$1" 2>"$T/.signal"; }
taken() { rows "SELECT count(*) FROM tab WHERE holding='slow' AND state='ready'"; }
set -- && for i in 0 1 2 3 4 5; do set -- "$@" "t$i=$T/slow.csv"; done
cli root holding add "$T/slow.json" "$@" >"$T/slow.out" 2>&1 & adds=$!
two() { signal STOP; [ "$(readers | wc -l)" -ge 2 ]; } # each goes on when it is let go
ok "of six tables that come two are read" wait_for 60 two
for _ in 1 2 3 4 5 6; do sleep 0.3; signal STOP; done
is "and no more while they are" "$(readers | wc -l)" 2
says "meanwhile a job is done" 0 "" cli aino run "$id" -- true
while kill -0 "$adds" 2>/dev/null; do signal CONT; sleep 0.2; done
wait "$adds"
is "and all are taken in" "$(taken)" 6
for w in 1 2 5 7 400; do cli root workspace stage "FI-$w" >"$T/.out" 2>&1; done
staged() { [ "$(rows "SELECT count(*) FROM workspace WHERE name IN ('FI-1','FI-2','FI-5','FI-7','FI-400') AND state='ready'")" = 5 ]; }
ok "five workspaces that are staged at once are, by and by" wait_for 60 staged
at_once=$(tr -d '\000' <"$T/state/gate/journal/journal.jsonl" | jq -rs 'map(select(.action == "ticket.stage" or .action == "workspace.staged")) | .[-10:] |
	reduce .[] as $r ([0, 0]; if $r.action == "ticket.stage" then [.[0] + 1, ([.[1], .[0] + 1] | max)] else [.[0] - 1, .[1]] end) | .[1]')
like "two at a time" "$at_once" '^[12]$'

# data that was replaced goes with the last job that has it, also where the workspace is never without one
old="$T/state/workspaces/$(rows "SELECT number||'/data-'||data_version FROM workspace WHERE name='$id'")"
job_is() { [ "$(cli aino --json job show "$1" | jq -r .state)" = "$2" ]; } # JOB STATE
long() { cli aino --json run "$id" --detach -- sleep 250 | jq -r .job; }
first=$(long)
ok "a job has its data" wait_for 20 job_is "$first" running
ok "which is staged once more" cli root workspace stage $id
ok "beside it" wait_for 20 ready ready
second=$(long)
ok "another job has that" wait_for 20 job_is "$second" running
ok "what the first one has stays" test -d "$old"
ok "the first is cancelled" cli aino job cancel "$first"
gone() { [ ! -e "$old" ]; }
ok "then it goes" wait_for 20 gone
ok "while the second runs" job_is "$second" running
finish
