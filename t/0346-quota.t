#!/bin/sh
# Shares of one permit: who floods the queue, the checks or the vault makes nobody else wait; each quota of sped.conf(5) holds at its
# limit, is refused one above with a sentence that names it, and is free again when something has ended or gone; and all of it is
# counted anew after kill -9.
. "${srcdir:-.}/t/lib.sh"
own_world "$@"
needs python3
needs jq
needs sqlite3

conf() { mkdir -p "$T/etc" && printf "$@" >"$T/etc/sped.conf"; }
conf 'slots = 2\nwork-mib = 64\noutputs-mib = 16\npermit-queued = 6\npermit-code-mib = 64\npermit-outputs-mib = 40\npermit-exports = 2\n'
ok "a private sped serves" sped_start -p 3
ok "people and keys are registered" people_make
ok "a holding is taken in" small_holding people
ok "a workspace is staged" small_workspace MANY-1 people
ok "and another" small_workspace FEW-1 people
engine() { pgrep -P "$sped_pid" -x sped-engine; }
serves() { curl -sf --unix-socket "$SPE_SOCKET" http://localhost/v1/whoami; }
job_state() { cli aino --json job show "$1" | jq -r .state; }
job_is() { [ "$(job_state "$1")" = "$2" ]; }
start() { ws=$1; shift; cli aino --json run "$ws" --detach -- "$@" | jq -r .job; }
used() { cli root --json quota | jq -r "select(.workspace == \"$1\") | .$2.used"; } # WORKSPACE QUOTA
is_used() { [ "$(used "$1" "$2")" = "$3" ]; }
refusal() { # CALL OF CURL: status and code
	as aino curl -s -w '\n%{http_code}' --unix-socket "$SPE_SOCKET" "$@" >"$T/refused" && echo "$(tail -n 1 "$T/refused") $(head -n 1 "$T/refused" | jq -r .error.code)"
}
submit() { refusal -H 'Content-Type: application/json' -d "{\"command\":[$2]}" "http://sped/v1/workspaces/$1/jobs"; }

# --- the queue: whoever queues long jobs leaves a slot, and so another's job does not wait for them
long=
for i in 1 2 3 4 5 6 7; do long="$long $(start MANY-1 sleep 250)"; done
set -- $long
ok "one of seven long jobs runs" wait_for 20 job_is "$1" running
is "and six wait, as many as may" "$(used MANY-1 queued) $(used MANY-1 running)" "6 1"
began=$(date +%s)
says "meanwhile another permit's job is done" 0 "" cli aino run FEW-1 -- true
ok "soon after it was submitted" test $(($(date +%s) - began)) -lt 30
is "while the flood has the one slot that it may have" "$(used MANY-1 queued) $(used MANY-1 running)" "6 1"
is "one more is refused" "$(submit MANY-1 '"true"')" "429 quota"
says "with its quota and a remedy" 4 "permit-queued" cli aino run MANY-1 --detach -- true
says "the remedy" 4 "spe-cli job cancel" cli aino run MANY-1 --detach -- true
like "operators see it coming" "$(cli root doctor)" 'quota of MANY-1 +warn +queued 100 %'
is "a researcher sees what is theirs" "$(cli mikko --json quota | jq -r '.workspace' | sort | tr '\n' ' ')" "FEW-1 MANY-1 "
is "a checker has none" "$(cli kari --json quota)" ""
kill -9 "$(engine)"
ok "after kill -9 of the engine" wait_for 30 serves
ok "it is counted as before" is_used MANY-1 queued 6
is "and one more refused" "$(submit MANY-1 '"true"')" "429 quota"
ok "one is taken out of the queue" cli aino job cancel "$7"
is "then one more is taken" "$(submit MANY-1 '"true"' | cut -d' ' -f1)" 202
ok "all are stopped" cli root halt MANY-1
ok "and may begin again" cli root resume MANY-1
ok "none is left" wait_for 30 is_used MANY-1 queued 0
ok "nor runs" wait_for 30 is_used MANY-1 running 0
at_once=$(tr -d '\000' <"$T/state/gate/journal/journal.jsonl" | jq -rs 'map(select(.workspace == "MANY-1" and (.action == "job.start" or .action == "job.end"))) |
	reduce .[] as $r ([0, 0]; if $r.action == "job.start" then [.[0] + 1, ([.[1], .[0] + 1] | max)] else [.[0] - 1, .[1]] end) | .[1]')
is "never did two of this permit run at once" "$at_once" 1

# --- code: what jobs wait with
mkdir -p "$T/code" && head -c 41943040 /dev/urandom >"$T/code/big" && chmod 755 "$T/code" && chmod 644 "$T/code/big"
holds=$(start MANY-1 sleep 250)
ok "a job has the slot" wait_for 20 job_is "$holds" running
coded=$(cli aino --json run MANY-1 --code "$T/code" --detach -- true | jq -r .job)
ok "a job with 40 MiB of code is queued" job_is "$coded" queued
before=$(find "$T/state/engine/bundles" -type f | wc -l)
says "more code than there is room for is refused" 4 "permit-code-mib" cli aino run MANY-1 --code "$T/code" --detach -- true
is "before it is kept" "$(find "$T/state/engine/bundles" -type f | wc -l)" "$before"
says "another permit has room of its own" 0 "" cli aino run FEW-1 --code "$T/code" --detach -- true
is "code for no workspace is not taken" "$(refusal -H 'Content-Type: application/x-tar' --data-binary @"$T/code/big" http://sped/v1/bundles)" "400 bad-input"
is "nor for one that is not theirs" "$(refusal -H 'Content-Type: application/x-tar' --data-binary @"$T/code/big" 'http://sped/v1/bundles?workspace=NONE-1')" "404 not-found"
bundle=$(as aino sh -c 'echo x | curl -s -H "Content-Type: application/x-tar" --data-binary @- --unix-socket "$1" "http://sped/v1/bundles?workspace=FEW-1"' sh "$SPE_SOCKET" | jq -r .bundle)
is "a bundle is for jobs of its workspace" "$(refusal -H 'Content-Type: application/json' -d "{\"bundle\":\"$bundle\",\"command\":[\"true\"]}" http://sped/v1/workspaces/MANY-1/jobs)" "404 not-found"
ok "the waiting job is cancelled" cli aino job cancel "$coded"
says "then there is room" 0 "" cli aino run MANY-1 --code "$T/code" --detach -- true
ok "all are stopped" cli root halt MANY-1
ok "and may begin again" cli root resume MANY-1
ok "none runs" wait_for 30 is_used MANY-1 running 0

# --- outputs: 40 MiB are kept, of which one job may leave 16
leaves() { cli aino --json run MANY-1 -- sh -c "$1" >"$T/leaves" && tail -n 1 "$T/leaves" | jq -r .job; }
vault() { find "$T/state/gate/vault" -type f | wc -l; }
kept_all() { [ "$(sqlite3 -cmd '.timeout 9000' "$T/state/engine/state.db" "SELECT count(*) FROM job WHERE state IN ('queued','running','ended')")" = 0 ]; }
ok "what they left is kept" wait_for 30 kept_all
before=$(used MANY-1 outputs) # what is empty counts too
a=$(leaves 'head -c 8388608 /dev/zero >/outputs/same.bin')
b=$(leaves 'head -c 8388608 /dev/zero >/outputs/same.bin; echo b >/outputs/b.txt; rm /outputs/b.txt')
kept=$(used MANY-1 outputs)
is "two jobs have left 16 MiB, and 4096 bytes for each of two files" "$kept" $((before + 16777216 + 2 * 4096))
files=$(vault)
c=$(leaves "head -c $((25165824 - kept - 4096)) /dev/urandom >/outputs/c.bin")
is "at 24 MiB one more may begin, which could leave 16" "$(used MANY-1 outputs)" 25165824
d=$(leaves 'printf "group,n\na,30\nb,30\n" >/outputs/t.csv; echo x >/outputs/other.txt')
more=$((25165824 + 20 + 2 * 4096))
is "two small files more" "$(used MANY-1 outputs)" "$more"
is "and it may not" "$(submit MANY-1 '"true"')" "429 quota"
says "the refusal names the quota" 4 "permit-outputs-mib" cli aino run MANY-1 --detach -- true
says "and what makes room" 4 "spe-cli job remove" cli aino run MANY-1 --detach -- true
says "another permit's job is none the worse" 0 "" cli aino run FEW-1 -- true
kill -9 "$(engine)"
ok "after kill -9 of the engine" wait_for 30 serves
is "it is counted as before" "$(used MANY-1 outputs)" "$more"
x=$(export_of "$d" t.csv)
like "an export names one of two outputs" "$x" '^[0-9a-f]{8}$'
says "nobody else removes outputs" 5 "no researcher" cli root job remove "$c"
says "its own are removed, but for what an export names" 0 "but for 1" cli aino job remove "$d"
is "that stays in the vault" "$(captured "$d" t.csv | head -n 1)" "group,n"
is "the other is gone from the job" "$(cli aino --json job show "$d" | jq -r '[.outputs[].name] | join(" ")')" t.csv
says "and can't be asked for" 3 "" cli aino export request "$d" other.txt --describe other.txt=none
says "removed again, it is as it was" 0 "but for 1" cli aino job remove "$d"
ok "another job's are removed" cli aino job remove "$a"
is "bytes that a third job left too stay" "$(captured "$b" same.bin | wc -c | tr -d ' ')" 8388608
is "what is kept is less by what was removed" "$(used MANY-1 outputs)" $((more - 2 - 8388608 - 2 * 4096))
says "then a job may begin" 0 "" cli aino run MANY-1 -- true
ok "with the last who speaks of it" cli aino job remove "$b" "$c"
is "it leaves the vault" "$(find "$T/state/gate/vault" -type f -size +1M | wc -l)" 0
says "all that is there and was removed fits the journal" 0 "" cli root audit verify
like "which has who did it" "$(cli root --json audit search --action job.remove | jq -r '.actor + " " + .object.job')" "aino $b"
is "$files files were in the vault before" "$([ "$files" -ge 1 ] && echo yes)" yes

# --- exports that wait: the gate counts its own
y=$(export_of "$d" t.csv)
like "a second export waits" "$y" '^[0-9a-f]{8}$'
says "a third is refused" 4 "permit-exports" cli aino export request "$d" t.csv --describe t.csv=test
is "as too many" "$(refusal -H 'Content-Type: application/json' -d "{\"job\":\"$d\",\"files\":[{\"name\":\"t.csv\",\"description\":\"x\"}]}" http://sped/v1/exports)" "429 quota"
sped_stop
sqlite3 "$T/state/engine/state.db" "UPDATE export SET state='rejected'"
ok "sped begins again with a database that knows of none" sped_start -p 3
ok "it counts none" is_used MANY-1 exports 0
says "the gate does" 4 "of permit MANY-1 wait for checks or decisions" cli aino export request "$d" t.csv --describe t.csv=test
ok "one is withdrawn" cli aino export withdraw "$y"
like "then there is room for one" "$(export_of "$d" t.csv)" '^[0-9a-f]{8}$'

# --- checks: who asks for many waits for them alone
sped_stop
conf 'slots = 2\nwork-mib = 64\noutputs-mib = 16\n'
ok "sped begins again with the quotas that it has by itself" sped_start -p 3
tables='i=0; while [ $i -lt 20 ]; do printf "group,n\na,3%d\nb,4%d\n" $((i % 10)) $((i % 10)) >/outputs/t$i.csv; i=$((i + 1)); done'
many=$(cli aino --json run MANY-1 -- sh -c "$tables" | tail -n 1 | jq -r .job)
few=$(cli aino --json run FEW-1 -- sh -c "$tables" | tail -n 1 | jq -r .job)
names="" words=""
for i in $(seq 0 19); do names="$names t$i.csv" words="$words --describe t$i.csv=test"; done
asked=
for i in $(seq 10); do
	# shellcheck disable=SC2086 # words without blanks
	asked="$asked $(cli aino --json export request --detach "$many" $names $words | jq -r .export)"
done
soon=$(export_of "$few" t0.csv)
is "another permit's export is checked while a flood of them waits" "$(cli aino --json export show "$soon" | jq -r .state)" pending
last=${asked##* }
is "of which the last has not been" "$(cli aino --json export show "$last" | jq -r .state)" checking
began=$(date +%s)
says "nor does another's job wait for what is seen of its outputs" 0 "" cli aino run FEW-1 -- sh -c 'printf "group,n\na,30\n" >/outputs/a.csv'
is "which is there before the flood is over" "$(cli aino --json export show "$last" | jq -r .state)" checking

# --- a permit that is amended meanwhile, and begins later by then: its checks wait for that
valid_from() { # DAYS VERSION
	permit_text MANY-1 people "$2" "\"$(cli root --json permit show MANY-1 | jq -r .digest)\"" |
		sed "s/\"from\":\"[^\"]*\"/\"from\":\"$(day_plus "$1")\"/" >"$T/MANY-1.permit" && permit_import "$T/MANY-1.permit"
}
ok "it begins tomorrow" valid_from 1 2
sleep 3
withdrawn() { sqlite3 -cmd '.timeout 9000' "$T/state/engine/state.db" "SELECT count(*) FROM export WHERE state='withdrawn' AND instr('$asked',id)"; }
is "none of its exports is given up" "$(withdrawn)" 0
is "the last of them waits" "$(cli aino --json export show "$last" | jq -r .state)" checking
ok "it is in force again" valid_from -1 3
left() { sqlite3 -cmd '.timeout 9000' "$T/state/engine/state.db" "SELECT count(*) FROM export WHERE state='checking'"; }
waits=$(left)
less() { [ "$(left)" -lt "$waits" ]; }
ok "and they are checked" wait_for 120 less

# --- a day's jobs: what each leaves in journal and database, also where it was cancelled
sped_stop
sqlite3 "$T/state/engine/state.db" "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<262144) INSERT INTO job(id,workspace,owner,state,command,submitted,serial)
	SELECT printf('%08x',i), 'MANY-1', 'aino', 'gone', '', strftime('%Y-%m-%dT%H:%M:%SZ','now'), (SELECT max(serial) FROM job)+i FROM n"
ok "sped begins again where 262144 jobs of a permit were submitted today" sped_start -p 3
is "one more is refused" "$(submit MANY-1 '"true"')" "429 quota"
says "with how much they take" 4 "in 24 hours take 512 MiB of journal and database, and 512 may" cli aino run MANY-1 --detach -- true
says "no other permit's is" 0 "" cli aino run FEW-1 -- true
sped_stop
sqlite3 "$T/state/engine/state.db" "UPDATE job SET submitted='2026-01-01T00:00:00Z' WHERE workspace='MANY-1'"
ok "they are of another day" sped_start -p 3
is "then there is room" "$(submit MANY-1 '"true"')" "202 null"

# --- a check that can't be begun keeps nobody else's waiting
for x in $asked; do cli aino export withdraw "$x" >"$T/.out" 2>&1; done
lost=$(cli aino --json run MANY-1 -- sh -c 'echo gone from the vault >/outputs/lost.txt' | tail -n 1 | jq -r .job)
find "$T/state/gate/vault" -name "$(jq -r '.outputs[0].sha256' "$T/state/gate/jobs/$lost.json")" -delete
stuck=$(cli aino --json export request --detach "$lost" lost.txt --describe lost.txt=test | jq -r .export)
cant() { grep -q "export $stuck file 0 can't be checked" "$T/sped.log"; }
ok "the file of an export is not in the vault any more" wait_for 20 cant
sound='' began=$(date +%s)
for i in 1 2 3 4; do
	# shellcheck disable=SC2086 # words without blanks
	sound="$sound $(cli aino --json export request --detach "$few" $names $words | jq -r .export)"
done
checked() { [ "$(sqlite3 -cmd '.timeout 9000' "$T/state/engine/state.db" "SELECT count(*) FROM export WHERE state='checking' AND instr('$sound',id)")" = 0 ]; }
ok "eighty files of another permit are checked meanwhile" wait_for 120 checked
ok "and not one or two a second" test $(($(date +%s) - began)) -lt 40
ok "while that one is tried once a second" test "$(grep -c "export $stuck file 0 can't" "$T/sped.log")" -gt 1
finish
