#!/bin/sh
# A daemon that is stopped (SIGSTOP, a debugger, a hypervisor's pause): clients are told so, what they were told was not done is
# not done, jobs go on, and afterwards so does everything, without hands.
. "${srcdir:-.}/t/lib.sh"
. "$srcdir/t/patient.sh"
own_world "$@"
needs jq
needs curl

ok "a private sped serves" sped_start
ok "people and keys are registered" people_make
ok "a holding is taken in" small_holding people
ok "a workspace is staged" small_workspace STOP-1 people
ready() { cli root --json workspace show STOP-1 | is_true '.state == "ready"'; }
ok "it is ready" wait_for 30 ready
daemon() { pgrep -P "$sped_pid" -x "sped-$1"; }
# call WHO METHOD PATH [BODY]: the answer with its status, and how many seconds it took
call() { as "$1" curl -s -m 200 --unix-socket "$SPE_SOCKET" -X "$2" -H 'Content-Type: application/json' ${4:+-d "$4"} -w '\n%{http_code} %{time_total}' "http://sped/v1/$3"; }
told() { # FILE MOST: 503 within so many seconds
	tail -n 1 "$1" | awk -v most="$2" '{ exit !($1 == 503 && $2 > 50 && $2 < most) }' && grep -q '"no-daemon"' "$1" && grep -q 'sped does not answer' "$1"
}

cli aino run STOP-1 -- sh -c 'sleep 20; echo done >/outputs/followed.txt' >"$T/followed" 2>&1 &
following=$!
ok "a job runs, which somebody follows" wait_for 20 grep -q 'job ' "$T/followed"
followed=$(job_of "$T/followed")
ok "that it does" reaches job "$followed" running
engine=$(daemon engine)
kill -STOP "$engine"
call aino GET whoami >"$T/whoami" &
a=$!
call aino POST workspaces/STOP-1/jobs '{"command":["true"]}' >"$T/job" &
b=$!
call aino GET "jobs/$followed?wait=10&since=running" >"$T/waits" &
c=$!
wait $a $b $c
ok "with the engine stopped whoami is told so" told "$T/whoami" 75
ok "so is who submits a job" told "$T/job" 75
ok "and who would have waited, once that is over" told "$T/waits" 90
ok "the log has it" grep -q 'engine: it does not answer' "$T/sped.log"
kill -CONT "$engine"
ok "it goes on, the same" wait_for 20 cli aino whoami
is "and has not begun anew" "$(daemon engine)" "$engine"
ok "the log has that too" grep -q 'engine: it answers again' "$T/sped.log"
ok "who followed is told of the end" wait "$following"
ok "nothing of it is lost" reaches job "$followed" captured
is "the job of which was said that nobody answers was not begun" "$(cli aino --json job list | jq -s length)" 1

# the gate: the engine waits for it, and begins anew with it where it should have answered at once
gate=$(daemon gate)
engine=$(daemon engine)
kill -STOP "$gate"
call aino GET whoami >"$T/whoami"
ok "with the gate stopped whoami is told so" told "$T/whoami" 75
kill -CONT "$gate"
ok "it goes on, the same" wait_for 20 cli aino whoami
is "neither has begun anew" "$(daemon gate) $(daemon engine)" "$gate $engine"
kill -STOP "$gate"
cli aino whoami >"$T/whoami" 2>&1 &
ok "left so, the engine says that it waits" wait_for 100 grep -q 'gate: it has not answered for 6[0-9] seconds' "$T/sped.log"
is "somebody who asks is told" "$(call aino GET whoami | tail -n 1 | cut -d' ' -f1)" 503
again_by_itself() { [ "$(daemon gate)" != "$gate" ] && cli aino whoami; }
ok "all begins anew by itself" wait_for 100 again_by_itself
ok "and says why" grep -q 'gate: no answer for 120 seconds' "$T/sped.log"
ok "work goes on" cli aino run STOP-1 -- sh -c 'echo more >/outputs/more.txt'
ok "all of it verifies" cli root audit verify
finish
