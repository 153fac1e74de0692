#!/bin/sh
# Jobs that begin, wait and end in the same moment: each is itself, none is lost, none is left.
. "${srcdir:-.}/t/lib.sh"
own_world "$@"
needs jq
needs python3
needs sqlite3

mkdir -p "$T/etc" && printf 'slots = 2\npermit-running = 2\nwork-mib = 64\noutputs-mib = 32\n' >"$T/etc/sped.conf"
ok "a private sped with one idle keeper" sped_start -p 1
ok "people and keys are registered" people_make
ok "a holding is taken in" small_holding people
ok "a workspace is staged" small_workspace JOBS-1 people
ok "and another" small_workspace JOBS-2 people
state() { cli aino --json job show "$1" | jq -r '.state + " " + (.reason // "")'; }
is_state() { state "$1" | grep -Eq "$2"; }

# --- many at once, one idle keeper: each finds one of its own
jobs=
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	id=$(cli aino --json run "JOBS-$((i % 2 + 1))" --detach -- sh -c "sleep 0.$((i % 3)); echo job number $i" | jq -r .job)
	jobs="$jobs $i:$id"
done
all_done() { for j in $jobs; do is_state "${j#*:}" '^(completed|captured|done)' || return 1; done; }
ok "twelve jobs begun in one moment end" wait_for 60 all_done
mixed=
for j in $jobs; do [ "$(captured "${j#*:}" stdout.txt)" = "job number ${j%:*}" ] || mixed="$mixed $j"; done
is "each wrote what it was told to" "$mixed" ""

# --- waiting jobs
for i in 1 2; do cli aino run "JOBS-$i" --detach -- sleep 100 >/dev/null; done
waiting=$(cli aino --json run JOBS-1 --detach -- sh -c 'echo must never run' | jq -r .job)
ok "a third waits for a slot" wait_for 10 is_state "$waiting" '^queued'
says "it is cancelled while it waits" 0 "" cli aino job cancel "$waiting"
ok "and says so" wait_for 10 is_state "$waiting" 'cancelled'
halted=$(cli aino --json run JOBS-1 --detach -- true | jq -r .job)
other=$(cli aino --json run JOBS-2 --detach -- sh -c 'echo goes on' | jq -r .job)
says "a halt ends what waits in its workspace" 0 "" cli root halt JOBS-1
ok "the waiting one" wait_for 10 is_state "$halted" 'cancelled or halted'
ok "the other workspace's goes on" wait_for 20 is_state "$other" '^(completed|captured|done)'
is "the list says which is halted" "$(cli aino --json workspace list | jq -r 'select(.workspace < "JOBS-3") | .workspace + " " + (.halted | tostring)' | xargs)" \
	"JOBS-1 true JOBS-2 false"
like "to people too" "$(cli aino workspace list)" 'JOBS-1 +ready +yes'
like "and so does the workspace" "$(cli aino workspace show JOBS-1)" '^halted: yes$'
is "and doctor" "$(cli root --json doctor | jq -r 'select(.check == "workspaces") | .verdict + " " + .detail')" "warn 1 workspace is halted"
ok "it is resumed" cli root resume JOBS-1
is "as the workspace says then" "$(cli aino --json workspace show JOBS-1 | jq .halted)" false
is "and doctor says nothing of it" "$(cli root --json doctor | jq -r 'select(.check == "workspaces")')" ""
begins() { cli root --json audit search --action job.start --limit 1000 | jq -r .object.job | grep -Ec "$1"; } # JOBS as an expression
ok "as the journal has it" test "$(begins "$other")" -gt 0
is "neither of those two ever began" "$(begins "$waiting|$halted")" 0
cli root halt --all >/dev/null 2>&1

# --- what the kernel holds of a job while it runs: for longer than a slow host takes to be asked for it
small_workspace JOBS-3 people >/dev/null 2>&1
run=$(cli aino --json run JOBS-3 --detach -- sh -c "cat /proc/self/status > /outputs/status.txt; sleep 25" | jq -r .job)
ok "a job runs" wait_for 20 is_state "$run" '^running'
inside() { for k in $(keepers); do pgrep -P "$k" -f spe-init && return; done; return 1; }
ok "its first process is found" wait_for 10 inside
owner=$(python3 - "$(inside | head -n 1)" <<'P'
import fcntl, struct, sys
with open("/proc/%s/ns/user" % sys.argv[1]) as f:
    b = bytearray(4)
    fcntl.ioctl(f, 0xb704, b)  # NS_GET_OWNER_UID, ioctl_ns(2)
    print(struct.unpack("I", b)[0])
P
)
ok "its user namespace is charged to the workspace's uid, not to root ($owner)" test "$owner" -ge 1879048192
# --- attest: the same, for people
ok "a reading of the running job" sh -c '"$1" --json attest "$2" >"$3"' sh "$SPE_CLI" "$run" "$T/attest"
is "one line for each letter of the article" "$(jq -r .article "$T/attest" | cut -c1-8 | tr '\n' ' ')" "73(1)(a) 73(1)(b) 73(1)(c) 73(1)(d) 73(1)(e) 73(1)(f) "
is "all as it should be" "$(jq -r 'select(.verdict != "ok")' "$T/attest")" ""
like "with the uid" "$(jq -r .evidence "$T/attest")" 'uid 18790481[0-9]+'
like "and the filters" "$(jq -r .evidence "$T/attest")" 'seccomp mode 2 with [1-9][0-9]* filters; no capability'
sed 's/^/# /' "$T/attest"
says "a researcher has no business there" 5 "" cli aino attest
says "nor is there a job of that id" 3 "is not running" cli root attest 00000000
# a job that another sped began is read as it was begun
kill -9 "$sped_pid"; wait "$sped_pid" 2>/dev/null
ok "sped is killed and started again" sped_start -p 1
# one whose limit somebody raised behind our back is stopped
raise() {
	for k in $(keepers); do
		pgrep -P "$k" -f spe-init >/dev/null || continue
		echo max >"/sys/fs/cgroup/pids/spe/k$k/pids.max" 2>/dev/null || echo max >"/sys/fs/cgroup/spe/k$k/pids.max"
	done
}
sleep 1.5 # it is read again soon after it was adopted
ok "the adopted job goes on" is_state "$run" "^running"
is "and is as it should be" "$(cli root --json attest "$run" | jq -r "select(.verdict != \"ok\")")" ""
ok "it ends" wait_for 60 is_state "$run" "^(completed|captured|done)"
like "well" "$(cli aino --json job show "$run" | jq -r .result)" "completed"
drifting=$(cli aino --json run JOBS-3 --detach -- sleep 60 | jq -r .job)
ok "another job runs" wait_for 20 is_state "$drifting" '^running'
ok "its first process is found" wait_for 10 inside
raise
ok "with its limit raised from outside it is stopped" wait_for 25 is_state "$drifting" 'it was not confined any more as it should be'
like "and the journal says why" "$(cli root --json audit search --action job.drift | jq -r '.object | tostring')" 'NOT: limit of'
is "no signal is blocked in it" "$(captured "$run" status.txt | sed -n 's/^SigBlk:[[:space:]]*//p')" 0000000000000000

# --- a zygote that is killed while it waits
for k in $(keepers); do pkill -9 -P "$k"; done
says "the next job runs all the same" 0 "" cli aino run JOBS-3 -- true
for k in $(keepers); do pkill -9 -P "$k" -n; done
says "also where the capture's is the one" 0 "" cli aino run JOBS-3 -- sh -c 'echo x > /outputs/x.txt'

# --- the capture may have more memory than its job
says "a job in 24 MiB leaves 12 MiB of outputs" 0 "" cli aino run JOBS-3 --memory 24M -- sh -c 'head -c 12000000 /dev/zero > /outputs/a.txt'
big=$(job_of "$T/.out")
is "they are captured whole" "$(captured "$big" a.txt | wc -c)" 12000000

# --- what is refused is not in the journal as done
before=$(cli root --json audit search --limit 1000 | tail -n 1 | jq .seq)
ok "there are records ($before)" test "$before" -gt 20
nok "a stranger's call is refused" cli eve workspace list
nok "and a researcher's for somebody else's right" cli aino user add x --uid 1
is "no record says that it was done" "$(cli root --json audit search --from $((before + 1)) --limit 1000 |
	jq -r 'select((.actor == "aino" or .actor == "eve") and .outcome == "ok") | .action')" ""

# --- large records are all found
ok "jobs are taken again" cli root resume --all
padding=$(head -c 30000 /dev/zero | tr '\0' x)
first=$(($(cli root --json audit search --action job.submit --limit 1000 | tail -n 1 | jq .seq) + 1))
submit() { cli aino run JOBS-1 --detach -- true "$padding" >/dev/null; }
for _ in $(seq 40); do submit; done
found() { cli root --json audit search --action job.submit --from "$first" "$@" 2>"$T/note" | jq .seq; }
is "of forty of 30 KB each" "$(found --limit 1000 | wc -l)" 40
is "nothing is said to follow" "$(cat "$T/note")" ""
is "of 39 nothing else" "$(found --limit 39 | wc -l)" 39
is "but that there is more" "$(cat "$T/note")" "more may follow: go on with --from $(found --limit 40 | tail -n 1)"
is "no more of forty" "$(found --limit 40 | wc -l) $(cat "$T/note")" "40 "
cli root halt --all >/dev/null 2>&1
cli root resume --all >/dev/null 2>&1

# --- two amendments in a row leave one version of the data
digest() { cli root --json permit show JOBS-3 | jq -r .digest; }
amend() { permit_text JOBS-3 people "$1" "\"$(digest)\"" >"$T/JOBS-3.permit" && permit_import "$T/JOBS-3.permit"; }
ok "an amendment" amend 2
ok "and another at once" amend 3
one_left() { [ "$(find "$T/state/workspaces/3" -mindepth 1 -maxdepth 1 | sed 's:.*/::' | tr '\n' ' ')" = "data-3 " ]; }
ok "the newest data alone are left" wait_for 30 one_left
find "$T/state/workspaces/3" -mindepth 1 -maxdepth 1 | sed 's/^/# /'
# --- what a permit lets in
mkdir -p "$T/home/aino/code" && echo 'echo hello' >"$T/home/aino/code/a.sh" && chmod -R a+rX "$T/home/aino/code"
permit_text JOBS-5 people | sed 's/"code":true/"code":false/' >"$T/JOBS-5.permit"
ok "a permit that lets no code in" permit_import "$T/JOBS-5.permit"
says "code is refused" 4 "permit JOBS-5 lets no code be brought in" cli aino run JOBS-5 --code "$T/home/aino/code" -- sh /code/a.sh
ok "a program of the runtime runs" cli aino run JOBS-5 --detach -- true
permit_text JOBS-6 people | sed 's/"gpus":0/"gpus":1/' >"$T/JOBS-6.permit"
says "what nobody gives is not taken" 2 "permit.environment.gpus is 1" permit_import "$T/JOBS-6.permit"
says "and permit check says so before" 2 "permit.environment.gpus is 1" "$SPE_CLI" permit check "$T/JOBS-6.permit"

# --- a job whose keeper is killed is not run again where it was cancelled, or where its permit is over
ok "a workspace for what is lost" small_workspace JOBS-7 people
holder() { # the keeper of what sleeps
	for k in $(keepers); do
		for i in $(pgrep -P "$k"); do pgrep -P "$i" -x sleep >/dev/null && echo "$k"; done
	done
}
sleeps() { [ -n "$(holder)" ]; }
cancelled=$(cli aino --json run JOBS-7 --detach -- sleep 200 | jq -r .job)
ok "a job runs" wait_for 20 sleeps
keeper=$(holder)
kill -STOP "$keeper"
ok "it is cancelled while its keeper can't hear it" cli aino job cancel "$cancelled"
kill -9 "$keeper"
ok "which is killed: it is cancelled all the same" wait_for 20 is_state "$cancelled" '^captured the job was cancelled or halted'
lost=$(cli aino --json run JOBS-7 --detach -- sleep 200 | jq -r .job)
ok "another one runs" wait_for 20 sleeps
sped_stop
kill -9 "$(holder)"
sqlite3 "$T/state/engine/state.db" "UPDATE workspace SET state='ended' WHERE name='JOBS-7'" # as by a permit that ended meanwhile
ok "sped begins again when the keeper and the permit are no more" sped_start -p 1
ok "a job that can't begin again is lost" wait_for 20 is_state "$lost" '^captured the job was ended from outside, and its permit is over'
is "and is called that" "$(cli aino --json job show "$lost" | jq -r .result)" lost

# --- a permit is amended while jobs wait: they are judged again, as when they were submitted
changed() { # ID: the second version of its permit, by way of sed
	permit_text "$1" people 2 "\"$(cli root --json permit show "$1" | jq -r .digest)\"" | sed "$2" >"$T/$1.permit" && permit_import "$T/$1.permit"
}
ok "a workspace whose permit is amended" small_workspace JOBS-8 people
ok "and another" small_workspace JOBS-9 people
hold1=$(cli aino --json run JOBS-5 --detach -- sleep 200 | jq -r .job)
hold2=$(cli aino --json run JOBS-5 --detach -- sleep 200 | jq -r .job)
ok "both slots are taken" wait_for 20 is_state "$hold2" '^running'
large=$(cli aino --json run JOBS-8 --memory 512M --detach -- true | jq -r .job)
coded=$(cli aino --json run JOBS-8 --code "$T/home/aino/code" --detach -- sh /code/a.sh | jq -r .job)
mikkos=$(cli mikko --json run JOBS-8 --detach -- true | jq -r .job)
hosts=$(cli aino --json run JOBS-9 --detach -- true | jq -r .job)
ok "one permit has less memory, no code and a person less" changed JOBS-8 \
	's/"memory":"1G"/"memory":"256M"/; s/"code":true/"code":false/; s/{"id":"mikko","roles":\["researcher"\]},//'
ok "the other another runtime" changed JOBS-9 "s/\"host\"/\"sha256:$(printf %064d 7)\"/"
ok "jobs wait still" is_state "$hosts" '^queued'
cli root job cancel "$hold1" >/dev/null
cli root job cancel "$hold2" >/dev/null
ok "what the new version lets run runs" wait_for 30 is_state "$large" '^captured the command ended without error'
is "with the limits of that version" "$(cli aino --json job show "$large" | jq -r .limits.memory)" $((256 << 20))
ok "what brought code does not" wait_for 20 is_state "$coded" '^gone .*changed while the job waited: permit JOBS-8 lets no code be brought in; submit it again'
ok "nor whose owner is none any more" wait_for 20 is_state "$mikkos" '^gone .*is no researcher any more'
ok "nor what was for a runtime that is not named" wait_for 20 is_state "$hosts" '^gone .*the permit does not name runtime host'
is "none of them began" "$(begins "$coded|$mikkos|$hosts")" 0

# --- and where it begins later by then, they wait for that
starts() { sqlite3 -cmd '.timeout 9000' "$T/state/engine/state.db" "UPDATE workspace SET starts=$1 WHERE name='JOBS-9'"; }
permit_text JOBS-9 people 3 "\"$(cli root --json permit show JOBS-9 | jq -r .digest)\"" >"$T/JOBS-9.permit" && permit_import "$T/JOBS-9.permit" >/dev/null 2>&1
hold1=$(cli aino --json run JOBS-5 --detach -- sleep 200 | jq -r .job)
hold2=$(cli aino --json run JOBS-5 --detach -- sleep 200 | jq -r .job)
ok "both slots are taken again" wait_for 20 is_state "$hold2" '^running'
early=$(cli aino --json run JOBS-9 --detach -- true | jq -r .job)
ok "a permit begins another day" starts 9000000000
cli root job cancel "$hold1" >/dev/null
cli root job cancel "$hold2" >/dev/null
sleep 3
ok "its job does not begin before" is_state "$early" '^queued'
starts 1
ok "but then" wait_for 20 is_state "$early" '^captured'

# --- and where its last day is over, which the gate may not believe yet, nothing more begins: here it is the database that says so
ends() { # SQL: what becomes of what says so
	sqlite3 -cmd '.timeout 9000' "$T/state/engine/state.db" "$1 UPDATE workspace SET ends=(SELECT ends FROM workspace WHERE name='$2') WHERE name='JOBS-9'"
}
hold1=$(cli aino --json run JOBS-5 --detach -- sleep 200 | jq -r .job)
hold2=$(cli aino --json run JOBS-5 --detach -- sleep 200 | jq -r .job)
ok "both slots are taken once more" wait_for 20 is_state "$hold2" '^running'
late=$(cli aino --json run JOBS-9 --detach -- true | jq -r .job)
ok "a permit's last day is over" ends "CREATE TRIGGER over AFTER UPDATE ON workspace WHEN NEW.name='JOBS-9' AND NEW.ends<>1 BEGIN
	UPDATE workspace SET ends=1 WHERE name='JOBS-9'; END;" JOBS-9
cli root job cancel "$hold1" >/dev/null
cli root job cancel "$hold2" >/dev/null
sleep 3
ok "its job does not begin" is_state "$late" '^queued'
ok "it is not over after all" ends "DROP TRIGGER over;" JOBS-5
ok "and its job runs" wait_for 20 is_state "$late" '^captured'

# --- a job ends with its permit also where nobody stops it: here the gate says that the permit is not over, and the engine believes it
ok "a permit ends in some seconds" sqlite3 -cmd '.timeout 9000' "$T/state/engine/state.db" \
	"UPDATE workspace SET ends=strftime('%s','now')+8 WHERE name='JOBS-9'"
alone=$(cli aino --json run JOBS-9 --detach -- sleep 300 | jq -r .job)
ok "its job is ended by its keeper" wait_for 40 is_state "$alone" '^captured its permit ended, as it stood when the job began'
is "as by a limit of time" "$(cli aino --json job show "$alone" | jq -r '.result + " " + (.limits.time > 13 | tostring)')" "time true"

# --- sped is ended between the end of a permit, a halt or a cancellation and the last of what that stops
for i in 10 11 12; do ok "a workspace for what is to stop" small_workspace JOBS-$i people; done
detached() { ws=$1; shift; cli aino --json run "$ws" --detach -- "$@" | jq -r .job; }
over=$(detached JOBS-10 sleep 200)
cancelled=$(detached JOBS-11 sleep 200)
halted=$(detached JOBS-12 sh -c 'echo must never run')
ok "two run, and one waits" wait_for 20 is_state "$cancelled" '^running'
sped_stop
sqlite3 "$T/state/engine/state.db" "UPDATE workspace SET state='ended' WHERE name='JOBS-10'; UPDATE workspace SET halted=1 WHERE name='JOBS-12';
	UPDATE job SET cancelled=1 WHERE id='$cancelled'"
ok "sped begins again" sped_start -p 1
ok "the job whose permit has ended is stopped" wait_for 20 is_state "$over" '^captured the job was cancelled or halted'
ok "and the one that was cancelled" wait_for 20 is_state "$cancelled" '^captured the job was cancelled or halted'
ok "and what waits in a halted workspace" wait_for 20 is_state "$halted" '^gone the job was cancelled or halted'

# --- a permit that this version of sped can't read keeps only its own jobs waiting
unread() { sqlite3 -cmd '.timeout 9000' "$T/state/engine/state.db" "UPDATE permit SET text=json_set(text,'$.format','$1') WHERE id='JOBS-13'"; }
ok "a workspace whose permit is to be unreadable" small_workspace JOBS-13 people
hold1=$(detached JOBS-9 sleep 200)
hold2=$(detached JOBS-9 sleep 200)
ok "both slots are taken" wait_for 20 is_state "$hold2" '^running'
unreadable=$(detached JOBS-13 true)
one=$(detached JOBS-9 sleep 200)
two=$(detached JOBS-9 sleep 200)
sped_stop
unread spe-permit-9
ok "sped begins again" sped_start -p 1
cli root job cancel "$hold1" >/dev/null
cli root job cancel "$hold2" >/dev/null
both() { is_state "$one" '^running' && is_state "$two" '^running'; }
ok "another permit has all slots that it may have" wait_for 20 both
is "and the job waits" "$(cli root --json job show "$unreadable" | jq -r .state)" queued
like "as the log says" "$(cat "$T/sped.log")" 'permit JOBS-13 is not readable'
sped_stop
unread spe-permit-1
ok "sped begins with a permit that it reads" sped_start -p 1
cli root job cancel "$one" >/dev/null
ok "and the job runs" wait_for 20 is_state "$unreadable" '^captured'
cli root job cancel "$two" >/dev/null

# --- what a job may leave is what it could when it began, whatever sped.conf says by then
ok "a workspace for what is written" small_workspace JOBS-14 people
wrote() { cli root --json job show "$large" | is_true ".state == \"$1\""; }
large=$(detached JOBS-14 sh -c 'sleep 5; for f in a b; do head -c 20000000 /dev/zero >/outputs/$f.txt; done')
ok "a job runs" wait_for 20 wrote running
sped_stop
sed -i 's/^outputs-mib.*/outputs-mib = 16\npermit-outputs-mib = 40/' "$T/etc/sped.conf"
ok "sped begins again with less for outputs" sped_start -p 1
next=$(detached JOBS-14 true)
ok "the job ends" wait_for 20 wrote captured
like "with the words for what it had" "$(state "$large")" 'outputs was full: it takes 32 MiB'
is "its outputs are captured whole" "$(captured "$large" a.txt | wc -c)" 20000000
is "another job has not begun, as it had room for 8 MiB" "$(state "$next")" "queued it waits for room for its outputs: spe-cli job remove JOB makes some"
ok "the outputs are removed" cli aino job remove "$large"
ok "then it begins" wait_for 20 is_state "$next" '^captured'

# --- a permit that is amended while a job runs, and begins later by then: the outputs wait for it
valid_from() { # DAYS VERSION
	permit_text JOBS-15 people "$2" "\"$(cli root --json permit show JOBS-15 | jq -r .digest)\"" |
		sed "s/\"from\":\"[^\"]*\"/\"from\":\"$(day_plus "$1")\"/" >"$T/JOBS-15.permit" && permit_import "$T/JOBS-15.permit"
}
ok "a workspace whose permit is to begin later" small_workspace JOBS-15 people
early=$(detached JOBS-15 sh -c 'sleep 8; echo kept')
cancelled=$(detached JOBS-15 sh -c 'sleep 4; echo given up')
ok "two jobs run" wait_for 20 is_state "$cancelled" '^running'
ok "its permit begins tomorrow" valid_from 1 2
waits() { grep -q "the outputs of job $1 wait, .*permit JOBS-15 is valid from" "$T/sped.log"; }
ok "the outputs wait" wait_for 20 waits "$early"
ok "of both" wait_for 20 waits "$cancelled"
is "the job is not over" "$(state "$early")" "ended the command ended without error"
like "doctor says so" "$(cli root --json doctor | jq -r 'select(.check == "disk") | .detail + ": " + .cost')" 'outputs of 2 jobs wait: they are captured once'
other=$(detached JOBS-9 true)
ok "the slots are others' meanwhile" wait_for 20 is_state "$other" '^captured'
ok "one is cancelled" cli aino job cancel "$cancelled"
is "and has no outputs" "$(state "$cancelled")" "captured the command ended without error; its outputs could not be captured"
like "one waits on" "$(cli root --json doctor | jq -r 'select(.check == "disk") | .detail')" 'outputs of 1 jobs wait'
ok "the permit is in force again" valid_from -1 3
sped_stop
ok "sped begins again" sped_start -p 1
ok "they are captured" wait_for 20 is_state "$early" '^captured the command ended without error$'
is "and are there" "$(captured "$early" stdout.txt)" kept
finish
