#!/bin/sh
# A check is a function of what it was given: done again it says the same, byte for byte; and whatever ends it, a
# crash, a limit or a hand, the file it was on does not leave, and the finding says why.
. "${srcdir:-.}/t/lib.sh"
own_world "$@"
needs jq
needs python3

state_of() { cli root --json export show "$1" | jq -r .state; }
gate=$T/state/gate
replay() { # WHO EXPORT: the answer
	as "$1" curl -s --max-time 120 --unix-socket "$SPE_SOCKET" -H 'Content-Type: application/json' --data '{}' \
		"http://localhost/v1/exports/$2/replay"
}
run_job() { # LINE of shell: sets job
	cli aino run REPLAY-1 -- sh -c "$1" >"$T/run.out" 2>&1 || { cat "$T/run.out" >&2; return 1; }
	job=$(job_of "$T/run.out")
}
reaches() { [ "$(state_of "$1")" = "$2" ]; }
checks() { # the pids of this sped's spe-check
	for p in $(pgrep -x spe-check); do
		k=$(awk '{ print $4 }' "/proc/$p/stat" 2>/dev/null) && is_keeper "$k" && echo "$p"
	done
}
met() { # stops a spe-check as soon as there is one, and waits until it stands; sets check
	for _ in $(seq 3000); do
		for check in $(checks); do kill -STOP "$check" 2>/dev/null && return 0; done
	done
	return 1
}
detail() { cli root --json export show "$1" >/dev/null 2>&1; jq -r '.checks[0].detail' "$gate/exports/$1/check-${2:-0}.json"; }

original() { # FILE: as a checker's own client would read it
	jq -cnj --arg x "$x" --arg f "$1" --arg t "$(date -u +%FT%TZ)" '{format: "spe-open-1", export: $x, what: "original", name: $f, time: $t}' >"$T/open"
	rm -f "$T/open.sig"
	ssh-keygen -q -Y sign -n spe-open -f "$T/home/kari/.ssh/id_ed25519" "$T/open" 2>/dev/null
	jq -cn --rawfile a "$T/open" --rawfile s "$T/open.sig" '{statement: $a, signature: $s}' |
		as kari curl -s --unix-socket "$SPE_SOCKET" -H 'Content-Type: application/json' --data-binary @- \
			"http://localhost/v1/exports/$x/files/$1?original=true"
}

ok "a private sped serves" sped_start
ok "people and keys are registered" people_make
ok "a holding is taken in" small_holding people
ok "a workspace is staged" small_workspace REPLAY-1 people

ok "a job runs" run_job 'printf "group,n\na,29\nb,29\n" >/outputs/t.csv; echo words >/outputs/note.txt; echo "{}" >/outputs/outputs.json'
x=$(export_of "$job" t.csv note.txt)
is "an export is pending" "$(state_of "$x")" pending
is "its original and its release are told apart" \
	"$(original t.csv)" "$(captured "$job" t.csv)"
like "and reading it is in the journal" "$(cli root audit search --actor kari --limit 100 --json)" 'review.original'
like "a check knows the sidecar of its job" "$(cat "$gate/exports/$x/check-0.inputs")" '"sidecar":"[0-9a-f]{64}"'

# --- the same again
like "a checker checks it again, and it is the same" "$(replay kari "$x" | jq -c .)" \
	'\{"items":\[\{"file":"t.csv","same":true,"differs":null\},\{"file":"note.txt","same":true,"differs":null\}\],"same":true\}'
like "so does an operator" "$(replay root "$x" | jq -c .same)" true
like "a researcher may not" "$(replay aino "$x")" '"not-authorised"|not-found'
like "nobody can of what is not there" "$(replay root 0000beef)" 'not-found'
like "the asking and the answer are in the journal" "$(cli root audit search --limit 1000 --json | jq -r .action | sort | uniq -c)" \
	'2 export.replay$'
like "twice" "$(cli root audit search --limit 1000 --json | jq -r .action | sort | uniq -c)" '2 export.replayed$'
for p in kari lars; do ok "$p approves" cli $p review approve "$x"; done
is "it is released" "$(state_of "$x")" released
y=$(export_of "$job" t.csv)
is "the next export sees a release before it" "$(jq .history_epoch "$gate/exports/$y/check-0.json")" 1
is "the first one did not" "$(jq .history_epoch "$gate/exports/$x/check-0.json")" 0
is "and still does not when it is checked again" "$(replay kari "$x" | jq -c .same)" true
is "nor does the next one change" "$(replay kari "$y" | jq -c .same)" true
rm -rf "$gate/counts/REPLAY-1"
is "not even where the merged counts were lost" "$(replay kari "$y" | jq -c .same)" true
sped_stop
ok "sped starts again" sped_start
is "and over a restart it is the same" "$(replay kari "$y" | jq -c .same)" true
ok "all that is kept verifies" cli root audit verify

# --- exports that were asked for at the same time
tables() { # FILE A B: a table with two groups of so many
	run_job "printf 'age,n\\n18-39,$2\\n40-64,$3\\n' >/outputs/$1"
}
ok "a job counts" tables all.csv 140 95
one=$(export_of "$job" all.csv)
ok "another counts a few more" tables later.csv 143 95
two=$(export_of "$job" later.csv)
ok "a third counts others" run_job "printf 'sex,n\\nmen,150\\nwomen,85\\n' >/outputs/sex.csv"
three=$(export_of "$job" sex.csv)
is "none of them knows of another" "$(jq -s 'map(.history_epoch) | unique | length' "$gate/exports/$one/check-0.json" "$gate/exports/$two/check-0.json")" 1
is "and none is blocked" "$(jq -rs 'map(select(.verdict == "block")) | length' "$gate/exports/$one/check-0.json" "$gate/exports/$two/check-0.json")" 0
ok "a checker approves one" cli kari review approve "$one"
ok "and the other, while neither is approved" cli kari review approve "$two"
ok "the first is released" cli lars review approve "$one"
says "the other one can't be" 4 "export $one was approved after the check of export $two" cli lars review approve "$two"
says "what to do is said" 4 "asked for again, it is checked against that one" cli lars review approve "$two"
is "it is as it was" "$(state_of "$two")" pending
like "a checker sees it before the work" "$(cli kari review show "$two")" "STALE.*export $one was approved after the check"
unlike "and not of others" "$(cli kari review show "$three")" "STALE"
for p in kari lars; do ok "counts of others leave: $p" cli $p review approve "$three"; done
is "and are released" "$(state_of "$three")" released
ok "it is rejected" cli lars review reject "$two" --comment "differs by three persons"
again=$(export_of "$(jq -r .job "$gate/exports/$two/request.json")" later.csv)
is "asked for again it is blocked" "$(jq -r '.verdict, (.checks[] | select(.outcome == "block") | .id)' "$gate/exports/$again/check-0.json" | tr '\n' ' ')" \
	"block differencing "

# --- what ends a check
ok "a job with a long output runs" run_job 'yes "the quick brown fox" | head -c 9000000 >/outputs/long.txt'
list() { cli aino --json export list | jq -r .export | sort >"$T/before"; }

list
(export_of "$job" long.txt >/dev/null 2>&1) &
ok "its check is met, and stands still" met
hung_at=$(date +%s)
hung=$(cli aino --json export list | jq -r .export | sort | comm -13 "$T/before" - | head -n 1)
ok "whose export is" test -n "$hung"

# while that one hangs
crash() { # SIGNAL: meets the next check and sends it
	list
	(export_of "$job" long.txt >/dev/null 2>&1) &
	for _ in $(seq 3000); do
		for c in $(checks); do
			[ "$c" = "$check" ] || { kill -STOP "$c" 2>/dev/null && break 2; }
		done
		c=
	done
	[ -n "$c" ] || return 1
	z=$(cli aino --json export list | jq -r .export | sort | comm -13 "$T/before" - | head -n 1)
	"$@" "$c" || return 1
	kill -CONT "$c" 2>/dev/null
	wait_for 30 sh -c "[ -e '$gate/exports/$z/check-0.json' ]"
}
spoil() { # PID: where it goes on there is no instruction; process 1 of a namespace hears no SIGSEGV from others
	wait_for 5 grep -q '^State:	T' "/proc/$1/status" || return 1
	python3 - "$1" <<-'P'
	import sys
	at = int(open(f"/proc/{sys.argv[1]}/syscall").read().split()[-1], 16)
	with open(f"/proc/{sys.argv[1]}/mem", "r+b", 0) as m:
	    m.seek(at); m.write(b"\x0f\x0b" * 8)
	P
}
sent() { # SIGNAL PID: once it is closed in, and its handlers are there; until then process 1 of a namespace hears nothing
	for _ in $(seq 500); do
		grep -q '^Seccomp:.2' "/proc/$2/status" && break
		kill -CONT "$2" && sleep 0.01 && kill -STOP "$2"
	done
	kill "-$1" "$2"
}
if [ "$(uname -m)" = x86_64 ]; then
	ok "one check crashes" crash spoil
	is "and the file is blocked, with the signal named" "$(detail "$z")" "the check crashed with signal 4"
fi
ok "one uses up its processor time" crash sent XCPU
is "and is blocked for that" "$(detail "$z")" "the check used more than its limit of 30 seconds of processor time"
starve() { # PID: its group may have no more memory than it has
	for at in "/sys/fs/cgroup/memory/spe/k$(awk '{ print $4 }' "/proc/$1/stat")" "/sys/fs/cgroup/spe/k$(awk '{ print $4 }' "/proc/$1/stat")"; do
		[ -e "$at/memory.limit_in_bytes" ] && { echo 1 >"$at/memory.force_empty"; cat "$at/memory.usage_in_bytes" >"$at/memory.limit_in_bytes"; return; }
		[ -e "$at/memory.max" ] && { echo 65536 >"$at/memory.max"; return; }
	done
	return 1
}
ok "one finds no more memory" crash starve
is "and is blocked for that" "$(detail "$z")" "the check needed more memory than the 512 MiB it may have"
is "what is blocked is blocked" "$(state_of "$z")" blocked

kill_it() { # every check but the one that hangs, until its export has a record
	list
	(export_of "$job" long.txt >/dev/null 2>&1) &
	for _ in $(seq 20000); do
		for c in $(checks); do [ "$c" = "$check" ] || kill -9 "$c" 2>/dev/null; done
		z=$(cd "$gate/exports" && for e in *; do grep -qx "$e" "$T/before" || echo "$e"; done | head -n 1)
		[ -n "$z" ] && [ -e "$gate/exports/$z/check-0.json" ] && return 0
	done
	return 1
}
ok "one is killed each time it is tried" kill_it
is "and the file is blocked after that" "$(detail "$z")" "the check was killed from outside, each time it was tried"

ok "the one that hung is ended" wait_for $((hung_at + 75 - $(date +%s))) sh -c "[ -e '$gate/exports/$hung/check-0.json' ]"
is "by the clock, and says so" "$(detail "$hung")" "the check took longer than its time limit of 60 seconds"
asked=$(cli root --json audit search --actor aino --action read --limit 1000 | jq -r .object.path | grep -cx "/exports/$hung")
ok "who waited for it has asked no more often than is needed ($asked)" test "$asked" -gt 1 -a "$asked" -lt 8
w=$(export_of "$job" long.txt)
is "left alone it is checked and not blocked" "$(state_of "$w")" pending
ok "all that is kept verifies" cli root audit verify
finish
