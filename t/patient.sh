# t/patient.sh - the day of one job, from its submission to the fetched release, played by people who ask again when they get
# no answer: t/0900-kill.t and t/fault/ let programs die meanwhile. Sourced after t/lib.sh, in own_world.
# shellcheck shell=sh
# again COMMAND...: a client's patience; whatever it was told before, in the end it is told yes
again() {
	tries=100
	until "$@" >"$T/again.out" 2>&1; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || { cat "$T/again.out"; return 1; }
		sleep 0.1
	done
}
state() { cli root --json "$1" show "$2" 2>/dev/null | jq -r .state 2>/dev/null; }
reaches() { # KIND ID STATE: within a minute
	tries=600
	until [ "$(state "$1" "$2")" = "$3" ]; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || { echo "$1 $2 is $(state "$1" "$2"), not $3"; cli root "$1" show "$2"; return 1; }
		sleep 0.1
	done
}
light='printf "group,n\na,29\nb,29\n" > /outputs/t.csv; sleep 0.3; echo done > /outputs/note.txt'
# outputs that keep spe-capture and spe-check busy for long enough to be met
heavy='printf "group,n\na,29\nb,29\n" > /outputs/t.csv; yes "the quick brown fox" | head -c 9000000 > /outputs/note.txt; head -c 150000000 /dev/zero > /outputs/fill'
work=$light
submitted() { # an accepted job's id is printed, even if sped dies right after
	for _ in $(seq 100); do
		id=$(cli aino --json run KILL-1 --detach -- sh -c "$work" 2>/dev/null |
			jq -r '.job // empty' | tail -n 1)
		[ -n "$id" ] && { echo "$id"; return 0; }
		sleep 0.1
	done
	return 1
}
asked() {
	for _ in $(seq 100); do
		id=$(export_of "$1" t.csv note.txt 2>/dev/null)
		[ -n "$id" ] && { echo "$id"; return 0; }
		# accepted, but the answer was lost on the way: it is in the list
		id=$(cli aino --json export list 2>/dev/null | jq -r --arg j "$1" 'select(.job == $j and .state != "withdrawn") | .export' 2>/dev/null | head -n 1)
		[ -n "$id" ] && { echo "$id"; return 0; }
		sleep 0.1
	done
	return 1
}
decided() { # EXPORT PERSON: approves, or has approved already when the answer was lost
	tries=100
	until cli "$2" review approve "$1" >"$T/again.out" 2>&1 || grep -q 'already' "$T/again.out"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || { cat "$T/again.out"; return 1; }
		sleep 0.1
	done
}
fetched() { rm -f "$T/home/aino/$1.tar"; cli aino export fetch "$1" -o "$T/home/aino/$1.tar"; }
guard() { # sped itself is what an operator's service manager starts again
	while [ ! -e "$T/over" ]; do
		alive "$(cat "$T/pid")" || start_again
		sleep 0.1
	done
}
alive() { [ "$(awk '{ print $3 }' "/proc/$1/stat" 2>/dev/null | tr -d Z)" ]; }
fault= # a command that begins sped, with its options
start_again() {
	# shellcheck disable=SC2086 # words
	$fault "${SPED:-$BIN/sped}" -s "$T/state" -r "$T/run" -c "$T/etc" -l "${SPED_LIBEXEC:-$BIN}" 2>>"$T/sped.log" &
	echo $! >"$T/pid"
}
completed() { [ "$(cli root --json job show "$1" | jq -r .result)" = completed ]; }
day() { # the day, with everybody patient
	job=$(submitted) || { echo "no job was accepted"; return 1; }
	reaches job "$job" captured || return 1
	again completed "$job" || { cli root job show "$job"; return 1; }
	export=$(asked "$job") || { echo "no export was accepted"; return 1; }
	reaches export "$export" pending || return 1
	decided "$export" kari || return 1
	again known "$export" || return 1
	[ "$is" = pending ] || { echo "$is with one approval"; return 1; }
	nok_fetch "$export" || return 1
	decided "$export" lars || return 1
	again fetched "$export" || return 1
	"$SPE_CLI" verify "$T/home/aino/$export.tar" || return 1
	cp "$T/home/aino/$export.tar" "$T/first.tar"
	again fetched "$export" && cmp "$T/first.tar" "$T/home/aino/$export.tar"
}
known() { is=$(state export "$1"); [ -n "$is" ]; }
nok_fetch() { # refused; no answer is no refusal
	for _ in $(seq 100); do
		fetched "$1" >"$T/again.out" 2>&1
		case $? in
		0) echo "fetched with one approval"; return 1 ;;
		4) return 0 ;;
		esac
		sleep 0.1
	done
	cat "$T/again.out"
	return 1
}

