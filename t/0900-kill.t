#!/bin/sh
# kill -9 of each program in the middle of each step, then on: nothing accepted is lost, nothing is
# released early or twice. The victim is drawn again and again while the whole day is played.
. "${srcdir:-.}/t/lib.sh"
. "$srcdir/t/patient.sh"
own_world "$@"
needs jq
rounds=${SPE_KILLS:-12}

victims() { # the pids of a program of this sped
	case $1 in
	sped) cat "$T/pid" ;;
	sped-keeper) # one that holds a task
		for p in $(pgrep '^spe-[ics]'); do
			k=$(awk '{ print $4 }' "/proc/$p/stat" 2>/dev/null) && is_keeper "$k" && echo "$k"
		done ;;
	sped-*) pgrep -P "$(cat "$T/pid")" -x "$1" ;;
	*) # it lives for milliseconds: found first, asked for its keeper then
		for p in $(pgrep -x "$1"); do
			k=$(awk '{ print $4 }' "/proc/$p/stat" 2>/dev/null) && is_keeper "$k" && echo "$p"
		done ;;
	esac
}
kill_one() { # PROGRAM: as soon as there is one
	for _ in $(seq 2000); do
		for v in $(victims "$1"); do kill -9 "$v" 2>/dev/null && return 0; done
	done
	return 1
}
killer() { # PROGRAM: kills one of its processes at random instants until the day is over
	kills=0
	most=$rounds
	case $1 in spe-* | sped-keeper) most=2 ;; esac # a job or check ended from outside three times is given up
	while [ ! -e "$T/over" ]; do
		case $1 in
		spe-* | sped-keeper) sleep 0.002 ;; # these or their tasks live for milliseconds
		*) sleep "0.$(od -An -N2 -tu2 /dev/urandom | awk '{ printf "%03d", 40 + $1 % 400 }')" ;;
		esac
		[ "$kills" -lt "$most" ] || continue
		for v in $(victims "$1" | shuf -n 1); do
			kill -9 "$v" 2>/dev/null && kills=$((kills + 1)) && echo $kills >"$T/kills"
		done
	done
}
days() { # until the killer has met its victim, which on a busy host it seldom does; twenty at most
	for _ in $(seq 20); do
		day || return 1
		[ ! -e "$T/kills" ] || return 0
	done
}
ok "a private sped serves" sped_start
echo "$sped_pid" >"$T/pid"
ok "people and keys are registered" people_make
ok "a holding is taken in" small_holding people
ok "a workspace is staged" small_workspace KILL-1 people
ok "the day without any kill" day

for program in sped-api sped-engine sped-gate sped-keeper spe-init spe-capture spe-check sped; do
	rm -f "$T/over" "$T/kills"
	case $program in spe-c*) work=$heavy ;; *) work=$light ;; esac
	killer $program &
	k=$!
	guard &
	g=$!
	ok "the day while $program is killed again and again" days
	: >"$T/over"
	wait $k $g
	sped_pid=$(cat "$T/pid")
	alive "$sped_pid" || { start_again; sped_pid=$(cat "$T/pid"); }
	ok "sped serves after it ($(cat "$T/kills" 2>/dev/null || echo 0) kills of $program)" wait_for 20 cli root whoami
	nok "$program was killed indeed" [ "$(cat "$T/kills" 2>/dev/null || echo 0)" = 0 ]
	ok "and all it keeps verifies" cli root audit verify
done

# staging and intake: killed in the middle, nothing half-made is seen, and they can be done again
awk 'BEGIN { print "pin,group,age,secret"; c = "0123456789ABCDEFHJKLMNPRSTUVWXY"
	for (i = 0; i < 400000; i++) { n = sprintf("%02d%02d%02d", 1 + i % 28, 1 + int(i / 28) % 12, 40 + int(i / 336) % 50); z = 900 + i % 99
		printf "%s-%d%s,%s,%d,s%d\n", n, z, substr(c, (n z) % 31 + 1, 1), i % 2 ? "a" : "b", 20 + i % 60, i } }' >"$T/people.csv"
kept() { find "$T/state/holdings" -type f -exec sha256sum {} + | sort; }
before=$(kept)
cli root holding add "$T/people.json" "people=$T/people.csv" >"$T/add.out" 2>&1 &
a=$!
ok "spe-stage is killed in the middle of an intake" kill_one spe-stage
nok "an intake whose spe-stage was killed fails" wait $a
wait_for 10 sh -c '[ -z "$(ls -d '"$T"'/state/holdings/*.new 2>/dev/null)" ]'
is "and leaves nothing half-made" "$(find "$T/state/holdings" -name '*.new' | wc -l)" 0
is "and the table from before as it was" "$(kept)" "${before:-a table}"
ok "the intake again, undisturbed" again cli root holding add "$T/people.json" "people=$T/people.csv"
is "is of these bytes" "$(cli root --json holding list | jq -r 'select(.holding == "people") | .tables[0].sha256')" "$(sha256sum <"$T/people.csv" | cut -d' ' -f1)"
ok "staging begins again" cli root workspace stage KILL-1
whole() { # no half-made data lie about, and each finished version has its table
	[ -z "$(find "$T/state/workspaces" -maxdepth 2 -name '*.new')" ] || return 1
	[ "$(find "$T/state/workspaces" -maxdepth 2 -name 'data-*' | wc -l)" = "$(find "$T/state/workspaces" -name '*.csv' | wc -l)" ]
}
half_made() { find "$T/state/workspaces" -maxdepth 2 -name '*.new' | grep -q .; }
hold() { # spe-stage, which wipes as well, while there is something half-made
	for _ in $(seq 2000); do
		for held in $(victims spe-stage); do
			kill -STOP "$held" 2>/dev/null || continue
			half_made && return 0
			kill -CONT "$held"
		done
	done
	return 1
}
for program in spe-stage sped-gate sped-keeper; do
	ok "staging is held in its middle" hold
	ok "$program is killed there" kill_one $program
	kill -CONT "$held" 2>/dev/null
	sleep 0.3
	ok "staging comes to an end" wait_for 30 sh -c "$SPE_CLI --json workspace show KILL-1 | grep -Eq '\"state\": ?\"(ready|failed)\"'"
	ok "$program killed while staging: data are whole, and what was half-made goes" wait_for 30 whole
	again cli root workspace stage KILL-1 >/dev/null 2>&1
done
ok "staging ends well when left alone" wait_for 60 sh -c "$SPE_CLI --json workspace show KILL-1 | grep -Eq '\"state\": ?\"ready\"'"
ok "old data are wiped" wait_for 20 sh -c '[ "$(ls -d '"$T"'/state/workspaces/1/data-* | wc -l)" = 1 ]'
ok "all it keeps verifies" cli root audit verify
[ -z "${SPE_DEBUG:-}" ] || { cli root workspace show KILL-1; tail -20 "$T/sped.log"; find "$T/state/workspaces"; ps ax | grep spe; }
finish
