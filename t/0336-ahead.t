#!/bin/sh
# A job's box is made while its record goes to disk, and its ticket waits for the record: nothing of the job runs before. Whatever
# ends in between, no job that had no ticket is taken for one that ran. And an end that was told, and is on disk in the journal
# alone, is the end after a power cut too: what the database lost is read again there, and nothing runs twice.
. "${srcdir:-.}/t/lib.sh"
own_world "$@"
needs jq
needs python3

mkdir -p "$T/etc" && printf 'slots = 4\npermit-running = 4\n' >"$T/etc/sped.conf"
ok "a private sped serves" sped_start
ok "people and keys are registered" people_make
ok "a holding is taken in" small_holding people
ok "a workspace is staged" small_workspace AHEAD-1 people
gate() { pgrep -P "$sped_pid" -x sped-gate; }
engine() { pgrep -P "$sped_pid" -x sped-engine; }
job() { cli aino --json job show "$1"; }
state() { job "$1" | jq -r '.state + " " + (.result // "")'; }
is_state() { [ "$(state "$1")" = "$2" ]; }
records() { cli root --json audit search --action "$1" | jq -r '.object.job' | grep -c "^$2\$"; } # ACTION JOB
newest() { cli aino --json job list | jq -r .job | head -n 1; }
boxes() { # spe-init of this sped's keepers
	for k in $(keepers); do pgrep -P "$k" -x spe-init; done
}
box_waits() { [ "$(boxes | wc -l)" = 1 ]; }
begun() { find "$T/run/keepers" -name 't*' | grep -q .; }
# what stands in the way of the ticket: a gate that does not answer
submit() { # SECONDS: a job of aino's that writes what it can't write before it runs; in the background
	cli aino --json run AHEAD-1 --detach --time "$1" -- sh -c 'echo it ran' >"$T/submit.out" 2>&1 &
	submitting=$!
}

# --- the box is there, and waits
kill -STOP "$(gate)"
submit 300
ok "while the journal does not answer a keeper has the job's START" wait_for 20 begun
ok "and its box is made" wait_for 20 box_waits
sleep 0.5
is "whose first process waits for the ticket" "$(cut -d' ' -f1 "/proc/$(boxes)/syscall")" 47 # recvmsg
is "and has begun nothing" "$(pgrep -P "$(boxes)" | wc -l)" 0
is "nobody was told that the job is accepted" "$(cat "$T/submit.out")" ""
kill -CONT "$(gate)"
ok "with the record on disk" wait $submitting
id=$(newest)
ok "it runs" wait_for 20 is_state "$id" "captured completed"
is "as it was told" "$(captured "$id" stdout.txt)" "it ran"

# --- the engine is gone before the record is there: nothing was
kill -STOP "$(gate)"
submit 300
ok "again a box waits" wait_for 20 box_waits
kill -9 "$(engine)"
nok "the engine is killed: the client has no answer" wait $submitting
nothing() { [ -z "$(boxes)" ] && ! begun; }
ok "the box goes, and its keeper" wait_for 20 nothing
ok "sped serves" wait_for 20 cli root whoami
is "there is no such job" "$(newest)" "$id"
told_of() { for a in job.start job.end; do cli root --json audit search --action $a | jq -r '.object.job'; done | sort | uniq -c | awk '{ print $2, $1 }'; }
is "and of none but the first was said that it began, or ended" "$(told_of)" "$id 2"

# --- the journal takes longer than the box may wait: it is begun again
kill -STOP "$(gate)"
submit 60
ok "a box waits" wait_for 20 box_waits
sleep 4
kill -CONT "$(gate)"
ok "for a twentieth of the job's time at most" wait $submitting
id=$(newest)
ok "then another one is made, and the job runs" wait_for 30 is_state "$id" "captured completed"
is "having been begun twice" "$(records job.start "$id") $(records job.lost "$id") $(records job.end "$id")" "2 1 1"

tried() { [ "$(records job.start "$id")" = "$1" ]; }
# --- killed from outside while its keeper lives: one that forgets it and another that begins it again are not mixed up
for i in 1 2 3; do
	id=$(cli aino --json run AHEAD-1 --detach -- sh -c 'sleep 10; echo it ran' | jq -r .job) # longer than a busy host takes to find it
	for again in 1 2; do
		wait_for 20 box_waits
		sleep "0.$((again * i))"
		for b in $(boxes); do kill -9 "$b"; done
		wait_for 20 tried $((again + 1)) || break
	done
	ok "a job that was ended twice from outside is run a third time" wait_for 60 is_state "$id" "captured completed"
	is "having been begun three times" "$(records job.start "$id") $(records job.lost "$id") $(records job.end "$id")" "3 2 1"
	is "and its outputs are its own" "$(captured "$id" stdout.txt)" "it ran"
done
unlike "no keeper is called what it is not" "$(cat "$T/sped.log")" "keeper: socket"

# --- whose time is short, or whose disk was slow, is begun when its record is there
kill -STOP "$(gate)"
submit 30
sleep 1
nok "a job of half a minute has no box before its record is written" box_waits
kill -CONT "$(gate)"
ok "and is accepted then" wait $submitting
id=$(newest)
ok "it runs" wait_for 20 is_state "$id" "captured completed"
is "once" "$(records job.start "$id") $(records job.lost "$id")" "1 0"

# --- cancelled while it is begun: a cancelled job
kill -STOP "$(gate)"
cli aino --json run AHEAD-1 --detach -- sleep 100 >"$T/submit.out" 2>&1 &
submitting=$!
wait_for 20 box_waits
kill -CONT "$(gate)"
wait $submitting
id=$(newest)
cli aino job cancel "$id" >/dev/null 2>&1
ok "a job that is cancelled at once is a cancelled one" wait_for 20 is_state "$id" "captured killed"

# --- the power is cut after an end was told, and the database has not heard of it
powerless() { # all of sped and its keepers gone in one moment
	kill -9 "$sped_pid" 2>/dev/null
	for k in $(keepers); do kill -9 "$k" 2>/dev/null; done
	wait "$sped_pid" 2>/dev/null
	wait_for 10 sh -c '! pgrep -f "^$1/sped-(engine|gate)" >/dev/null' sh "$BIN"
}
database() { # FROM TO: its files
	for f in state.db state.db-wal; do
		rm -f "$2/$f"
		[ ! -e "$1/$f" ] || cp -p "$1/$f" "$2/$f" || return 1
	done
	rm -f "$2/state.db-shm"
}
mkdir -p "$T/before"
told=
for command in "exit 0" "exit 3" "echo of this >/outputs/a.txt" "head -c 100m /dev/zero >/outputs/b"; do
	id=$(cli aino --json run AHEAD-1 --detach -- sh -c "sleep 12; $command" | jq -r .job) # all four run at once, on a slow host too
	told="$told $id"
done
first=${told# } first=${first%% *}
waits=$(cli aino --json run AHEAD-1 --detach -- sh -c "echo of that >/outputs/c.txt" | jq -r .job) # for one of their slots
all_run() { for j in $told; do is_state "$j" "running " || return 1; done; }
ok "jobs run" wait_for 20 all_run
sleep 0.3
is "another one waits for a slot" "$(state "$waits")" "queued "
ok "the database is on disk as it is now" database "$T/state/engine" "$T/before"
checked() { for j in $told; do job "$j" | is_true '.state == "captured" and .checks != "pending"' || return 1; done; }
ok "they end, and what they wrote is checked" wait_for 60 checked
for j in $told; do job "$j"; done >"$T/told"
waited() { job "$waits" | is_true '.state == "captured" and .checks != "pending"'; }
ok "so does what waited" wait_for 60 waited
timeless() { job "$waits" | jq -c 'del(.started, .finished)'; }
timeless >"$T/told.waits"
powerless
ok "the power is cut, and the database is as it was before" database "$T/before" "$T/state/engine"
ok "sped is started" sped_start
ok "and knows of an end of each" wait_for 60 checked
for j in $told; do job "$j"; done >"$T/after"
ok "every job has ended as it was told" cmp "$T/told" "$T/after"
diff "$T/told" "$T/after" | sed 's/^/# /'
is "and what waited has not begun again" "$(timeless)" "$(cat "$T/told.waits")"
sleep 3
twice=
for j in $told $waits; do
	[ "$(records job.start "$j") $(records job.end "$j")" = "1 1" ] || twice="$twice $j"
done
is "none ran twice" "$twice" ""
like "and it says so" "$(cat "$T/sped.log")" "the end of job $first is known from the journal"
ok "all it keeps verifies" cli root audit verify

# --- what had not ended runs again, whatever an earlier try of it said
id=$(cli aino --json run AHEAD-1 --detach -- sleep 8 | jq -r .job)
ok "a job runs" wait_for 20 is_state "$id" "running "
sleep 0.3
database "$T/state/engine" "$T/before"
powerless
database "$T/before" "$T/state/engine"
ok "the power is cut before it ends" sped_start
ok "it is run again, and ends" wait_for 30 is_state "$id" "captured completed"
is "begun twice, ended once" "$(records job.start "$id") $(records job.lost "$id") $(records job.end "$id")" "2 1 1"

# --- nor is an end overlooked that is behind more records of others than the gate reads at once
U=http://localhost/v1
id=$(cli aino --json run AHEAD-1 --detach -- sleep 600 | jq -r .job)
ok "a job runs" wait_for 20 is_state "$id" "running "
sleep 0.3
database "$T/state/engine" "$T/before"
ok "somebody asks for much meanwhile" as aino curl -sZ -m 120 -o /dev/null --unix-socket "$SPE_SOCKET" "$U/whoami?n=[1-4300]"
cli aino job cancel "$id" >/dev/null
ok "it is cancelled" wait_for 20 is_state "$id" "captured killed"
powerless
database "$T/before" "$T/state/engine"
ok "the power is cut after that" sped_start
sleep 2
is "it stays cancelled" "$(state "$id") $(records job.start "$id") $(records job.lost "$id")" "captured killed 1 0"
ok "all it keeps verifies" cli root audit verify

# --- whoever reads the journal in pieces and may no longer keeps nobody from it
cli root user add mikko --uid "$(uid_of mikko)" --role auditor >/dev/null
: >"$T/codes"
asking=
for _ in $(seq 30); do
	as mikko curl -s -m 60 -o /dev/null -w '%{http_code}\n' --unix-socket "$SPE_SOCKET" "$U/audit/records?action=none" >>"$T/codes" &
	asking="$asking $!"
done
ok "an auditor searches" wait_for 20 grep -q 200 "$T/codes"
cli root user add mikko --uid "$(uid_of mikko)" >/dev/null
# shellcheck disable=SC2086 # pids are words; a bare wait would wait for sped too
wait $asking
ok "and is none any more half-way" grep -q 403 "$T/codes"
ok "others search" timeout 20 "$SPE_CLI" audit search --action none
[ "$bad" = 0 ] || cat "$T/sped.log"
finish
