#!/bin/sh
# What a helper is given and what it writes goes from the gate to its keeper, past the engine: whoever owns the engine is not given
# it, and can have nothing begun that the gate did not make.
. "${srcdir:-.}/t/lib.sh"
own_world "$@"
needs jq

mkdir -p "$T/etc/policy"
sed 's/^show-findings = .*/show-findings = false/' "$srcdir/policy/rules/default.policy" >"$T/etc/policy/default.policy" # nothing is checked unasked
ok "a private sped serves" sped_start
ok "people and keys are registered" people_make
ok "a holding is taken in" small_holding people
ok "a workspace is staged" small_workspace TICK-1 people
cli aino run TICK-1 -- sh -c 'printf "group,n\na,29\nb,29\n" > /outputs/t.csv' >"$T/run.out" 2>&1
job=$(job_of "$T/run.out")
is "a job's output is in the vault" "$(captured "$job" t.csv)" "$(printf 'group,n\na,29\nb,29')"
is "only root gets at the gate's socket" "$(stat -c '%F %a %U' "$T/run/keepers/gate")" "socket 600 root"

# --- the engine holds no task socket, not even while no keeper is there to be given one
engine() { pgrep -P "$sped_pid" -x sped-engine; }
sockets() { find "/proc/$(engine)/fd" -lname 'socket:*' | wc -l; }
ready() { [ "$(cli root --json workspace show TICK-1 | jq -r .state)" = ready ]; }
staging() { [ "$(cli root --json workspace show TICK-1 | jq -r .state)" = staging ]; }
ok "it talks to the api and to the gate" wait_for 10 sh -c "[ \$(find /proc/$(engine)/fd -lname 'socket:*' | wc -l) = 2 ]"
kill -STOP "$sped_pid" # no keeper is made
for k in $(keepers); do kill -9 "$k"; done
ok "a staging has to wait" curl -sf -X POST --unix-socket "$SPE_SOCKET" http://localhost/v1/workspaces/TICK-1/stage
sleep 1
ok "it has not begun" staging
is "and the engine has nothing of it" "$(sockets)" 2
kill -CONT "$sped_pid"
ok "with a keeper it begins and ends" wait_for 30 ready

# --- what was made and not yet fetched is lost with the gate, and made again: of each profile
gate() { pgrep -P "$sped_pid" -x sped-gate; }
tickets() { find "/proc/$(gate)/fd" -lname '*/tmp/out (deleted)' | wc -l; } # each is written to a file without a name
ticket() { [ "$(tickets)" -gt "$had" ]; }
# interrupted WHAT TRACE READY COMMAND...: the command's task was made, as TRACE shows, and has no keeper when the gate dies
interrupted() {
	task=$1 trace=$2 until=$3
	shift 3
	wait_for 20 gate && wait_for 20 cli root whoami
	kill -STOP "$sped_pid"
	for k in $(keepers); do kill -9 "$k"; done
	had=$(tickets)
	"$@" >"$T/interrupted.out" 2>&1 &
	asker=$!
	ok "there is $task" wait_for 20 "$trace"
	ok "the gate is killed" sh -c "kill -9 $(gate)"
	kill -CONT "$sped_pid"
	ok "$task goes on after its gate died" wait_for 60 "$until"
	wait "$asker"
	like "who asked had an answer, or lost it" "$? $(cat "$T/interrupted.out")" '^(0|6|52|56) ' # of spe-cli, of curl
}
again() { curl -sf -X POST --unix-socket "$SPE_SOCKET" http://localhost/v1/workspaces/TICK-1/stage; }
newer() { ready && [ -d "$T/state/workspaces/1/data-3" ] && [ ! -d "$T/state/workspaces/1/data-2" ]; }
interrupted "a staging, with the wipes before and after it" ticket newer again
before=$job
job_again() { cli aino run TICK-1 -- sh -c 'printf "group,n\na,29\nb,29\n" > /outputs/t.csv'; }
has_job() { job=$(cli aino --json job list | jq -r --arg b "$before" 'select(.job != $b and .state == "captured") | .job' | head -n 1); [ -n "$job" ]; }
submitted() { cli aino --json job list | jq -r .job | grep -vq "^$before\$"; }
interrupted "a job" submitted has_job job_again
x=$(export_of "$job" t.csv)
pending() { [ "$(cli root --json export show "$x" | jq -r .state)" = pending ]; }
ok "there is an export" wait_for 30 pending
replay() { curl -sf --max-time 60 -X POST --unix-socket "$SPE_SOCKET" "http://localhost/v1/exports/$x/replay"; }
replayed() { replay | is_true .same; }
interrupted "a check that is done again" ticket replayed replay
first=$x
second() { x=$(cli aino --json export list | jq -r --arg x "$first" 'select(.export != $x and .state == "pending") | .export'); [ -n "$x" ]; }
asks() { export_of "$job" t.csv; }
interrupted "a check" ticket second asks

# --- the engine is replaced by one that has keepers begin what it likes
permit_text TICK-2 people >"$T/TICK-2.permit"
ok "there is a second permit" permit_import "$T/TICK-2.permit"
ready_2() { [ "$(cli root --json workspace show TICK-2 | jq -r .state)" = ready ]; }
ok "which is staged" wait_for 30 ready_2
sum=$(curl -s --unix-socket "$SPE_SOCKET" "http://localhost/v1/holdings/people" | jq -r '.tables[0].sha256 // empty')
[ -n "$sum" ] || sum=$(sha256sum <"$T/people.csv" | cut -d' ' -f1)
cli aino run TICK-2 -- sh -c 'echo x > /outputs/x.txt' >"$T/run.out" 2>&1
job_2=$(job_of "$T/run.out")
ok "and has run a job" test -e "$T/state/gate/jobs/$job_2.json"
ok "and a third" small_workspace TICK-3 people
UNTIL=-1 ERASED=30 permit_text TICK-3 people 2 "\"$(sha256sum <"$T/TICK-3.permit" | cut -d' ' -f1)\"" |
	sed "s/\"from\":\"[0-9-]*\"/\"from\":\"$(day_plus -3)\"/" >"$T/TICK-3.next"
ssh-keygen -q -Y sign -n spe-permit -f "$T/issuer" "$T/TICK-3.next" 2>/dev/null
sped_stop
mkdir "$T/libexec"
cp "$BIN"/* "$T/libexec/" 2>/dev/null
cp "$TOOLS/t-other-engine" "$T/libexec/sped-engine"
table=$(jq -c '.tables[0]' "$T/people.json")
stage() { # TASK PERMIT WORKSPACE: as an engine asks for it, data version 9
	jq -cn --arg t "$1" --arg p "$2" --argjson w "$3" --arg sum "$sum" --argjson d "$table" '{op: "stage", in: {task: $t, permit: $p,
		reference_year: 2026, tables: [{holding: "people", table: "people", sha256: $sum, description: $d}],
		begin: {workspace: $w, version: 9, tables: [1]}}}'
}
start() { # ID PROFILE WORKSPACE VERSION TABLES [SOCKET]
	jq -cn --arg i "$1" --argjson p "$2" --argjson w "$3" --argjson v "$4" --argjson t "$5" --argjson s "${6:-false}" \
		'{start: {id: $i, profile: $p, workspace: $w, version: $v, tables: $t}, socket: $s}'
}
JOB=0 CAPTURE=1 STAGE=2 CHECK=4
calls() {
	echo '{"reach":"gate"}'
	stage 000000a1 TICK-1 1             # 1: made
	start 000000a1 $CHECK 0 0 '[]'      # 2: another profile
	start 000000a1 $STAGE 2 9 '[1]'     # 3: the other permit's workspace
	start 000000a1 $STAGE 1 8 '[1]'     # 4: other data
	start 000000a1 $STAGE 1 9 '[2]'     # 5: another table
	start 000000a2 $STAGE 1 9 '[1]'     # 6: another task
	start 000000a1 $STAGE 1 9 '[1]' true # 7: with a socket of its own
	start 000000a3 $CHECK 0 0 '[]' true # 8: a check of its own
	start "$job" $CAPTURE 1 0 '[]'      # 9: a capture where no job ran
	start 000000a4 $JOB 1 1 '[]'        # 10: a job with nothing to do
	stage 000000a5 TICK-1 2             # 11: into the other permit's workspace
	stage 000000a5 TICK-2 1             # 12: and the other way round
	echo '{"op":"result","in":{"task":"000000a1","record":{"actor":"x","role":"y","action":"z","object":{}}}}' # 13: not begun
	jq -cn --arg j "$job" --rawfile p "$T/etc/policy/default.policy" '{op: "job-check", in: {task: "000000a6", job: $j, index: 0, policy: {name: "default", text: $p}}}'
	jq -cn --arg j "$job" '{op: "job-verdict", in: {task: "000000a6", job: $j, index: 0}}' # 15: not begun
	stage 000000a7 TICK-1 1             # 16: as it should be,
	start 000000a7 $STAGE 1 9 '[1]'     # 17: which ends,
	start 000000a7 $STAGE 1 9 '[1]'     # 18: and not twice
	stage 000000a8 TICK-1 1 | jq -c 'del(.in.tables[0].description.columns[0].identifier)' # 19: identity numbers for something else
	stage 000000a8 TICK-1 1 | jq -c '.in.tables[0].sha256 |= (.[1:] + "0")' # 20: other bytes for those that were taken in
	end TICK-2                          # 21: the end of a permit that is in force,
	revoke TICK-2                       # 22: or its revocation by saying so,
	revoke TICK-2 kari                  # 23: by a checker's signature,
	revoke TICK-2 issuer                # 24: by the issuer's,
	revoke TICK-1 anna TICK-2           # 25: by an operator's under that of another permit,
	revoke TICK-2 old                   # 26: or of yesterday
	stage 000000a9 TICK-2 2             # 27: none of it had an effect
	revoke TICK-2 anna                  # 28: as it should be
	echo '{"op":"permit-show","in":{"permit":"TICK-2"}}' # 29
	stage 000000aa TICK-2 2             # 30: from now on there is no ticket,
	begin_2 capture '"job":"000000ab","max_files":1,"max_bytes":1' # 31: nor one of another kind
	jq -cn --arg j "$job_2" --rawfile p "$T/etc/policy/default.policy" '{op: "job-check", in: {task: "000000ac", job: $j, index: 0, policy: {name: "default", text: $p}}}'
	end TICK-2                          # 33: and it ends, as was signed
	echo '{"op":"deleted","in":{"permit":"TICK-2","data_versions":1,"record":{"actor":"x","role":"y","action":"z","object":{}}}}' # 34: with no proof while data are there
	# 35: its next version, until yesterday: the permit is over by the clock,
	jq -cn --rawfile p "$T/TICK-3.next" --rawfile s "$T/TICK-3.next.sig" "{op: \"permit\", in: {record: $record, permit: \$p, signature: \$s}}"
	stage 000000ad TICK-3 3             # 36: whatever the engine says
	start 000000a9 $STAGE 2 9 '[1]'     # 37: nor is one of use that was made before it ended
	echo '{"op":"wipe","in":{"task":"000000b0","begin":{"tables":[1]}}}' # 38: what a holder gave
}
record='{actor: "x", role: "y", action: "z", object: {}}'
end() { jq -cn --arg p "$1" "{op: \"end\", in: {permit: \$p, record: $record}}"; }
begin_2() { echo "{\"op\":\"$1\",\"in\":{$2,\"begin\":{\"workspace\":2}}}"; }
# revoke PERMIT [KEY [OTHER]]: with nothing, or with what KEY signs of PERMIT, or of OTHER
revoke() {
	if [ $# -lt 2 ]; then
		jq -cn --arg p "$1" "{op: \"revoke\", in: {permit: \$p, record: $record}}"
		return
	fi
	key=$T/$2 time=$(date -u +%FT%TZ)
	[ "$2" != kari ] || key=$T/home/kari/.ssh/id_ed25519
	[ "$2" != old ] || { key=$T/anna time=$(date -u -d yesterday +%FT%TZ); }
	jq -cnj --arg p "${3:-$1}" --arg d "$(sha256sum <"$T/${3:-$1}.permit" | cut -d' ' -f1)" --arg t "$time" \
		'{format: "spe-revoke-1", permit: $p, version: 1, permit_sha256: $d, reason: "for the test", time: $t}' >"$T/revocation"
	rm -f "$T/revocation.sig"
	ssh-keygen -q -Y sign -n spe-revoke -f "$key" "$T/revocation"
	jq -cn --arg p "$1" --rawfile t "$T/revocation" --rawfile s "$T/revocation.sig" \
		"{op: \"revoke\", in: {permit: \$p, record: $record, statement: \$t, signature: \$s}}"
}
SPED_LIBEXEC=$T/libexec
sped_start
calls >"$T/calls"
cp "$T/calls" "$T/state/engine/calls.new" && mv "$T/state/engine/calls.new" "$T/state/engine/calls"
asked() { [ -e "$T/state/engine/answers" ]; }
ok "another engine does as it likes" wait_for 60 asked
is "all of it" "$(wc -l <"$T/state/engine/answers")" 39
answer() { jq -r --argjson n "$1" -s '.[$n] | if .end then "end \(.end) \(.value) step \(.step)" else "\(.status) \(.answer.error.message // .answer.task)" end' \
	"$T/state/engine/answers"; }
gate_no='end 4 32 step 21' # END_SETUP, the gate closed, STEP_GATE
root_no='end 4 22 step 0'
is "it can't connect where keepers do" "$(jq -r -s '.[0].why' "$T/state/engine/answers")" "Permission denied"
is "a staging is made" "$(answer 1)" "200 000000a1"
is "another profile is not begun with it" "$(answer 2)" "$gate_no"
is "nor another workspace" "$(answer 3)" "$gate_no"
is "nor another version" "$(answer 4)" "$gate_no"
is "nor another table" "$(answer 5)" "$gate_no"
is "nor what was not made" "$(answer 6)" "$gate_no"
is "a socket of the engine's own is refused" "$(answer 7)" "$root_no"
is "of a check too" "$(answer 8)" "$root_no"
is "a capture without its job" "$(answer 9)" "$root_no"
is "a job without what it is to do" "$(answer 10)" "$root_no"
like "a permit is not staged where another was" "$(answer 11)" '^422 workspace number 2 is that of permit TICK-2'
like "nor that one there" "$(answer 12)" '^422 workspace number 1 is that of permit TICK-1'
like "what was not begun has no result" "$(answer 13)" '^404 task 000000a1 was not begun'
is "a check is made" "$(answer 14)" "200 000000a6"
like "and has no verdict before it ran" "$(answer 15)" '^404 task 000000a6 was not begun'
is "what is asked for as it is made" "$(answer 16)" "200 000000a7"
is "is begun and ends" "$(answer 17)" "end 1 0 step 0"
is "once" "$(answer 18)" "$gate_no"
like "a table is described as it was when it was taken in" "$(answer 19)" '^422 table number 1 was taken in with other columns'
like "and is the same bytes" "$(answer 20)" '^422 table number 1 was taken in as another sha256'
like "a permit does not end on the engine's word" "$(answer 21)" '^422 permit TICK-2 is valid until .* and was not revoked: its key stays'
like "nor is it revoked" "$(answer 22)" '^400 request.statement is missing'
like "with a checker's key" "$(answer 23)" '^403 .*not a registered key of any operator'
like "or the issuer's" "$(answer 24)" '^403 .*not a registered key of any operator'
like "or by what is said of another permit" "$(answer 25)" '^400 request.statement is of permit TICK-2, not of TICK-1'
like "or was signed some time ago" "$(answer 26)" '^403 .*more than 300 seconds off'
is "so it goes on" "$(answer 27)" "200 000000a9"
like "an operator's signature revokes it" "$(answer 28)" '^200'
is "which the gate knows" "$(jq -r -s '.[29].answer.revoked' "$T/state/engine/answers")" true
like "then nothing of it is staged" "$(answer 30)" '^422 permit TICK-2 was revoked'
like "no output is captured" "$(answer 31)" '^422 permit TICK-2 was revoked'
like "and none is looked at" "$(answer 32)" '^422 permit TICK-2 was revoked'
like "its key is destroyed" "$(answer 33)" '^200'
like "a permit is over when its last day is" "$(answer 35)" '^200'
like "and no ticket is given after that" "$(answer 36)" '^422 permit TICK-3 was valid until'
is "nor does one still count that was" "$(answer 37)" "$gate_no"
is "tables can be wiped" "$(answer 38)" "200 000000b0"
like "which the journal says first" "$(grep -a '"ticket.wipe"' "$T/state/gate/journal/journal.jsonl" | tail -n 1)" '"tables":\[1\]'
gone() { [ "$(wc -c <"$T/state/gate/salts/$1")" = 0 ]; }
ok "its key goes with nobody asking for it" wait_for 20 gone TICK-3
nok "which is of no other permit" gone TICK-1
like "there is no proof that data are gone which are not" "$(answer 34)" '^409 version 1 of the data of workspace number 2 was staged under permit TICK-2'
is "no socket came with any answer" "$(jq -s 'map(select(.socket or .bytes)) | length' "$T/state/engine/answers")" 0
sped_stop
unset SPED_LIBEXEC

# --- the engine comes back
ok "sped starts with its own engine" sped_start
refused() { cli root --json audit search --action ticket.refused | jq -r "select(.outcome == \"refused\" and .actor == \"spe-gate\") | .object.task + \" \" + .object.reason"; }
like "the journal says what was asked for" "$(refused)" '^000000a1 it was made with another profile'
like "and in whose place" "$(refused)" '^000000a1 it was made with another workspace'
like "that it was not made" "$(refused)" '^000000a2 no such task was made'
like "or given already" "$(refused)" '^000000a7 it was given already'
ok "all verifies" cli root audit verify
ok "and work goes on" cli aino run TICK-1 -- true

# --- a helper does not outlive the gate, which would call the permit's key destroyed while the helper has it
cat >"$T/long.json" <<-J
	{"id":"long","title":"Numbers","description":"For tests","holder":"urn:spe:holder:test",
	 "tables":[{"name":"long","columns":[{"name":"n","datatype":"integer"}]}]}
J
seq 0 3000000 | sed '1s/.*/n/' >"$T/long.csv"
ok "a long table is taken in" cli root holding add "$T/long.json" "long=$T/long.csv"
permit_text LONG-1 long | jq -c '.data[0].variables = {"long":["n"]} | .data[0].rows = []' >"$T/LONG-1.permit"
permit_import "$T/LONG-1.permit" >"$T/.long" 2>&1 &
long=$!
# of this sped, and with the permit's key: a wipe comes first, and is given no table
at_work() {
	helper=
	for p in $(pgrep -x spe-stage); do
		# shellcheck disable=SC2010 # where they lead to is looked at, not the names
		ls -l "/proc/$p/fd" 2>/dev/null | grep -qF "$T/state/holdings/" && kill -STOP "$p" && helper=$p
	done
	[ -n "$helper" ]
}
ok "it is being staged" wait_for 30 at_work
kill -STOP "$sped_pid" # nobody else comes to look for it
kill -9 "$(gate)"
ended() { ! kill -0 $helper 2>/dev/null; }
ok "with the gate it ends" wait_for 10 ended
kill -CONT "$sped_pid"
wait "$long"
long_ready() { [ "$(cli root --json workspace show LONG-1 | jq -r .state)" = ready ]; }
ok "and is staged again" wait_for 60 long_ready
finish
