#!/bin/sh
# A job's outputs are checked before anybody asks for them, where policy says so: how many rules said what, and no
# more; never in the way of anything else. And what a policy lets out in 24 hours, and by how many decisions.
. "${srcdir:-.}/t/lib.sh"
own_world "$@"
needs jq
needs sqlite3

mkdir -p "$T/etc/policy"
grep -vE '^(show-findings|day-releases|max-files|decisions-table) ' "$srcdir/policy/rules/default.policy" >"$T/base.policy"
policy() { # LINE...: the default with these
	{ cat "$T/base.policy"; printf '%s\n' "$@"; } >"$T/etc/policy/default.policy"
}
policy 'show-findings = true' 'day-releases = 0' 'max-files = 3' 'decisions-table = 0'
"$SPE_CLI" policy check "$T/etc/policy/default.policy" >/dev/null 2>&1 || skip_all "needs policies with findings shown"

job_is() { [ "$(cli aino --json job show "$job" | jq -r .checks)" = "$1" ]; }
outcome() { cli aino --json job show "$job" | jq -c --arg n "$1" '.outputs[] | select(.name == $n) | .checks'; }
run_job() {
	cli aino run AHEAD-1 -- sh -c "$1" >"$T/run.out" 2>&1 || { cat "$T/run.out" >&2; return 1; }
	job=$(job_of "$T/run.out")
}
state_of() { cli root --json export show "$1" | jq -r .state; }
again() { # LINE...: sped with another policy
	sped_stop
	policy "$@"
	sped_start
}

ok "a private sped serves" sped_start
ok "people and keys are registered" people_make
ok "a holding is taken in" small_holding people
ok "a workspace is staged" small_workspace AHEAD-1 people

ok "a job runs" run_job 'printf "group,n\na,29\nb,29\n" >/outputs/a.csv; printf "group,n\nyoung,3\nold,40\n" >/outputs/b.csv
	head -c 20000000 /dev/zero >/outputs/c.txt; echo words >/outputs/d.txt'
ok "its outputs are checked before anybody asks" wait_for 30 job_is "done"
like "a table passes" "$(outcome a.csv)" '^\{"pass":[1-9][0-9]*,"review":0,"block":0\}$'
like "one with a count of three would not" "$(outcome b.csv)" '"block":[1-9]'
is "what is larger than the policy takes is not looked at" "$(outcome c.txt)" null
is "nor what comes after as many files as one request may have" "$(outcome d.txt)" null
unlike "no rule is named" "$(cli aino --json job show "$job")" 'min-count'
is "it has no part in the history" "$(find "$T/state/gate" -name '*.counts' | wc -l)" 0
ok "all that is kept verifies" cli root audit verify

# --- in nobody's way, and over a restart
ok "a job with long outputs runs" run_job 'for i in 1 2 3; do yes "the quick brown fox $i" | head -c 12000000 >/outputs/$i.txt; done'
sped_stop
ok "sped starts again" sped_start
ok "and goes on with the checks" wait_for 60 job_is "done"
like "to the last" "$(outcome 3.txt)" '"pass":[1-9]'
ok "another such job" run_job 'printf "group,n\na,29\nb,29\n" >/outputs/a.csv; for i in 1 2; do yes "the slow fox $i" | head -c 16000000 >/outputs/$i.txt; done'
x=$(export_of "$job" a.csv)
is "an export is checked meanwhile" "$(state_of "$x")" pending
ok "the checks come to their end" wait_for 60 job_is "done"

# --- a permit that is amended meanwhile, and begins later by then: what is not looked at waits for that
valid_from() { # DAYS VERSION
	permit_text AHEAD-1 people "$2" "\"$(cli root --json permit show AHEAD-1 | jq -r .digest)\"" |
		sed "s/\"from\":\"[^\"]*\"/\"from\":\"$(day_plus "$1")\"/" >"$T/AHEAD-1.permit" && permit_import "$T/AHEAD-1.permit"
}
ok "its permit begins tomorrow" valid_from 1 2
sped_stop
sqlite3 "$T/state/engine/state.db" "UPDATE job_check SET state='pending', next=0, found='{}' WHERE job='$job'" # as if it had come first
ok "sped starts again" sped_start
sleep 2
is "its outputs wait" "$(cli aino --json job show "$job" | jq -r .checks)" pending
ok "the permit is in force again" valid_from -1 3
ok "they are looked at" wait_for 60 job_is "done"
like "as before" "$(outcome 2.txt)" '"pass":[1-9]'

# --- not shown
ok "with a policy that shows no findings" again 'show-findings = false' 'day-releases = 1' 'decisions-table = 3'
is "there are none" "$(cli aino --json job show "$job" | jq -c '[.checks, (.outputs[] | has("checks"))] | unique')" '[false,"none"]'
ok "nor for a new job" run_job 'echo words >/outputs/d.txt'
is "at all" "$(cli aino --json job show "$job" | jq -r .checks)" none

# --- a budget, and more decisions for tables
says "one export is on its way, so that another is refused" 4 "1 exports leave in 24 hours" cli aino export request "$job" d.txt --describe d.txt=words
like "with what to do" "$(cat "$T/.out")" "withdraw a request, or ask again when some are decided"
ok "it is withdrawn" cli aino export withdraw "$x"
y=$(export_of "$job" d.txt)
is "a text needs what the permit asks for" "$(cli root --json export show "$y" | jq .needed)" 2
for p in kari lars; do ok "$p approves" cli $p review approve "$y"; done
is "two are enough" "$(state_of "$y")" released
says "but the day's budget is spent" 4 "1 exports leave in 24 hours" cli aino export request "$job" d.txt --describe d.txt=words
ok "with a policy of more releases" again 'day-releases = 5' 'max-files = 1' 'decisions-table = 3'
ok "a job with a table runs" run_job 'printf "group,n\na,29\nb,29\n" >/outputs/a.csv; cp /outputs/a.csv /outputs/b.csv'
says "two files are one too many" 4 "at most 1 in one request" cli aino export request "$job" a.csv b.csv --describe a.csv=a --describe b.csv=b
z=$(export_of "$job" a.csv)
is "a table needs three decisions" "$(cli root --json export show "$z" | jq .needed)" 3
for p in kari lars; do ok "$p approves" cli $p review approve "$z"; done
is "two are too few" "$(state_of "$z")" pending
ok "all that is kept verifies" cli root audit verify

# --- what the policy lets out as it is, the permit may not
ok "with a policy of drawings and programs" again 'verbatim = { "svg", "sql" }' 'day-releases = 0' 'decisions-table = 0' 'max-files = 9'
ok "a job makes both" run_job 'echo "select age from people;" >/outputs/q.sql
	echo "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\" viewBox=\"0 0 9 9\"><rect x=\"1\" y=\"1\" width=\"5\" height=\"5\"/></svg>" >/outputs/s.svg'
y=$(export_of "$job" q.sql s.svg)
verdict() { cli root --json export show "$y" | jq -r --arg n "$1" '.files[] | select(.name == $n) | .verdict, (.findings[] | select(.severity == "block") | .rule)' | tr '\n' ' '; }
is "a program is text, as the permit allows, and for review" "$(verdict q.sql)" "review "
is "drawings it does not name" "$(verdict s.svg)" "block file-type "
finish
