#!/bin/sh
# A full disk: what was taken stays, sped goes on with what it had put aside for that, so that people can make room, and does
# what it could not do once there is.
. "${srcdir:-.}/t/lib.sh"
own_world "$@"
needs jq
needs sqlite3
mkdir "$T/state"
mount -t tmpfs -o size=96m,mode=755 state "$T/state" || skip_all "no tmpfs can be mounted"
state_of() { cli root --json export show "$1" | jq -r .state; }
full() { # the last byte of it too
	dd if=/dev/zero of="$T/state/fill" bs=64k status=none 2>/dev/null
	dd if=/dev/zero of="$T/state/fill.rest" bs=1 count=8192 status=none 2>/dev/null
	[ "$(df --output=avail "$T/state" | tail -n 1)" -lt 64 ]
}
answers() { cli root whoami && cli root workspace list; }
told() { grep -q '^sped-engine: disk: it is full' "$T/sped.log"; }
released() { [ "$(state_of "$x")" = released ]; }

ok "a private sped serves from a small disk" sped_start
ok "people and keys are registered" people_make
ok "a holding is taken in" small_holding people
ok "a workspace is staged" small_workspace FULL-1 people
cli aino run FULL-1 -- sh -c 'printf "group,n\na,29\nb,29\n" > /outputs/t.csv; head -c 3000000 /dev/urandom | base64 > /outputs/large.txt' >"$T/run.out" 2>&1
job=$(job_of "$T/run.out")
cli aino run FULL-1 -- sh -c 'head -c 3000000 /dev/urandom | base64 > /outputs/large.txt' >"$T/run.out" 2>&1
other=$(job_of "$T/run.out")
x=$(export_of "$job" t.csv)
like "an export waits" "$x" '^[0-9a-f]{8}$'
ok "kari approves" cli kari review approve "$x"

rows() { cli aino --json job list | jq -r .job; }
cli aino run FULL-1 -- sh -c 'sleep 6; head -c 9000000 /dev/urandom | base64 -w 0 > /outputs/larger.txt' >"$T/late.out" 2>&1 & late=$!
running() { late_job=$(rows | grep -v -e "$job" -e "$other"); [ -n "$late_job" ]; }
ok "a job is under way" wait_for 10 running
ok "the disk is full" full
waits() { grep -q "the outputs of job $late_job wait, " "$T/sped.log"; }
ok "the job ends where there is no room for its outputs, which wait" wait_for 30 waits
i=0
while [ $i -lt 40 ]; do cli lars export show "$x" >/dev/null 2>&1; i=$((i + 1)); done # each is a record
ok "it answers, if need be once it has begun again" wait_for 30 answers
cli lars review approve "$x" >"$T/approve.out" 2>&1
answer=$?
case $answer in # 6: it was lost, if it was one
0) may='approved|released' ;;
6) may='pending|approved|released' ;;
*) may=pending ;;
esac
like "an approval is kept or refused, as was said (status $answer)" "$(wait_for 30 answers; state_of "$x")" "^($may)\$"
ok "journal and state agree" wait_for 30 cli root audit verify
sped_stop
ok "it starts where there is little" sped_start
ok "and answers" wait_for 30 answers
ok "by what was put aside, which the operator is told" told
doctor_tells() { cli root --json doctor | is_true '.check == "disk" and .verdict == "fail" and (.detail | endswith("outputs of 1 jobs wait"))'; }
ok "doctor says what waits for room" wait_for 30 doctor_tells
says "no backup is begun" 1 "no room beside what is kept" cli root backup "$T/none" --state "$T/state"
ok "outputs that nobody needs are removed" wait_for 30 cli aino job remove "$other"
rm -f "$T/state/fill" "$T/state/fill.rest"
ok "with room again it answers" wait_for 30 answers
if [ "$(state_of "$x")" = pending ]; then
	nok "what was not approved" test "$answer" = 0
	ok "is approved now" cli lars review approve "$x"
fi
ok "what has its approvals is released" wait_for 70 released
whole() { [ "$(cli aino --json job show "$late_job" | jq -r '.state + " " + (.outputs[0].size | tostring)')" = "captured 12000000" ]; }
ok "the outputs that waited are captured, whole" wait_for 90 whole
ok "and fetched" cli aino export fetch "$x" -o "$T/home/aino/x.tar"
ok "which an outsider verifies" "$SPE_CLI" verify "$T/home/aino/x.tar"
ok "work goes on" cli aino run FULL-1 -- true
disk_is() { [ "$(cli root --json doctor | jq -r 'select(.check == "disk") | .verdict')" = "$1" ]; }
ok "doctor finds nothing any more" disk_is ok
mount -o remount,nr_inodes=$(($(df --output=iused "$T/state" | tail -n 1) + 1)) "$T/state"
ok "where there are bytes and hardly any files, it is full too" disk_is fail
like "as doctor says" "$(cli root doctor)" 'MiB, and [0-9]+ of [0-9]+ files are free'
says "no job is taken then" 1 "disk is nearly full" cli aino run FULL-1 --detach -- true
says "nor a request for an export" 1 "disk is nearly full" cli aino export request "$job" t.csv --describe t.csv=test
mount -o remount,nr_inodes=100000 "$T/state"
ok "with more of them it is not" disk_is ok
ok "journal and state agree" cli root audit verify
sped_stop
: >"$T/sped.log"
# a database of 40 MB, and 36 MB for its copy
mount -o remount,size=192m "$T/state"
sqlite3 "$T/state/engine/state.db" "PRAGMA journal_mode=DELETE; CREATE TABLE large AS SELECT zeroblob(40000000); PRAGMA journal_mode=WAL" >"$T/large.out"
ok "at its next start" sped_start
put_aside() { [ "$(stat -c %s "$T/state/engine/reserve")" = 8388608 ]; }
ok "something is put aside again" wait_for 20 put_aside
daemons() { ps -o pid=,args= --ppid "$sped_pid"; }
before=$(daemons)
head -c $(($(df --output=avail "$T/state" | tail -n 1) * 1024 - 36000000)) /dev/zero >"$T/state/fill"
says "a backup that finds no room is given up" 1 "the database can't be copied" cli root backup "$T/none" --state "$T/state"
is "nothing of it stays" "$(ls -d "$T"/state/engine/backup.db "$T"/state/gate/backup* "$T/none" 2>"$T/.none")" ""
is "and all daemons do" "$(daemons)" "$before"
rm "$T/state/fill"
ok "with room it is made" cli root backup "$T/some" --state "$T/state"
sped_stop
umount -l "$T/state"
finish
