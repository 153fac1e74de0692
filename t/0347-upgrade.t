#!/bin/sh
# A keeper with a job outlives an upgrade of sped, or a step back, and then the two differ in what they know of messages. The
# job is not lost by that: it is captured, or it is said who can.
. "${srcdir:-.}/t/lib.sh"
own_world "$@"
needs jq
ok "a private sped serves" sped_start
ok "people and keys are registered" people_make
ok "a holding is taken in" small_holding people
ok "a workspace is staged" small_workspace UP-1 people
state() { cli aino --json job show "$1" | jq -r .state; }
is_state() { state "$1" | grep -Eq "$2"; }
# left_by START STATE WHAT: a job runs; sped ends, and another version's keeper has the job now
left_by() {
	job=$(cli aino --json run UP-1 --detach -- sleep 300 | jq -r .job)
	wait_for 30 is_state "$job" '^running$' || return 1
	sped_stop
	for k in $(keepers); do kill -9 "$k"; done
	other "$@"
}
other() {
	"$TOOLS/t-other-keeper" "$T/run/keepers" "$job" "$1" "$2" "$3" >"$T/other.out" &
	other=$!
	wait_for 5 test -S "$T/run/keepers/t$job"
}
for know in "320 48 which knows less" "400 64 which knows more"; do
	what=${know#* * }
	know=${know%" $what"}
	# shellcheck disable=SC2086 # two numbers
	ok "a keeper $what has a job" left_by $know captures
	ok "sped begins" sped_start
	ok "and finds its outputs" wait_for 30 is_state "$job" '^captured$'
	is "which are there" "$(captured "$job" late.txt)" "from another version"
	is "and it ended well" "$(cli aino --json job show "$job" | jq -r .result)" completed
	ok "the keeper is let go" wait_for 10 sh -c "! kill -0 $other"
done
like "the log says whose it was" "$(cat "$T/sped.log")" "is taken over from a sped of another version"

# Before keepers asked the gate, the engine brought what a capture is given: no engine has that any more.
ok "a keeper from before version 2 has a job" left_by 336 40 captures
ok "sped begins" sped_start
ok "and runs the job again" wait_for 30 is_state "$job" '^running$'
like "as the log says" "$(cat "$T/sped.log")" "job $job was begun before sped was upgraded: its outputs can.t be captured any more, and it is run again"
like "and the journal" "$(cli root --json audit search --action job.lost | jq -r .object.job | tail -n 1)" "$job"
ok "the keeper is let go" wait_for 10 sh -c "! kill -0 $other"
ok "it can be cancelled like any other" cli aino job cancel "$job"

# What it says too late is no answer to what is asked next: STATE does not say what it answers.
ok "one that answers late has a job" left_by 336 48 late
ok "sped begins beside it" sped_start
is "nothing is said of the job" "$(cli root --json attest "$job")" ""
says_something() { cli root --json attest "$job" >"$T/attest"; [ -s "$T/attest" ]; }
ok "it is read in the end" wait_for 5 says_something
like "and each answer is taken for its own question" "$(jq -r .evidence "$T/attest")" "(^|; )in its limits' groups"
kill "$other"
cli aino job cancel "$job" >/dev/null 2>&1
ok "one whose job ends before it answers" left_by 336 48 ends
ok "sped begins beside it" sped_start
is "nothing is said of the job" "$(cli root --json attest "$job")" ""
ok "the end is heard once: its outputs are captured" wait_for 20 is_state "$job" '^captured$'
is "and are there" "$(captured "$job" late.txt)" "from another version"

ok "one that does not understand" left_by 336 48 refuses
ok "sped begins beside it" sped_start
stranded() { cli root --json doctor | jq -r 'select(.check == "keepers" and .verdict == "fail") | .detail' | grep -q "$job"; }
ok "doctor names the job" wait_for 30 stranded
like "and what to do" "$(cli root --json doctor | jq -r 'select(.check == "keepers") | .cost')" "the sped that was here before is started again"
like "the log as well" "$(cat "$T/sped.log")" "job $job: its keeper is of another version.*its outputs are kept"
is "the job has ended and is not lost" "$(state "$job")" ended
ok "others run meanwhile" cli aino run UP-1 -- true
ok "the keeper is still there" kill -0 "$other"
sped_stop
kill "$other"
ok "what understands it comes back" other 336 48 captures
ok "sped begins again" sped_start
ok "and has its outputs" wait_for 30 is_state "$job" '^captured$'
is "all of them" "$(captured "$job" late.txt)" "from another version"
is "for which it had ten minutes, and a second for each 8 MiB that there may be" "$(cat "$T/other.out")" "time 634"
is "doctor has nothing to say of keepers" "$(cli root --json doctor | jq -r 'select(.check == "keepers") | .detail')" ""
ok "the journal holds" cli root audit verify
finish
