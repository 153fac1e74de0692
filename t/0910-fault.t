#!/bin/sh
# A few of the calls that t/fault/sweep meets, one a day: before which a program is killed, or which fails; and the beginning of
# t/fault/week. All of them take hours: t/fault/README.md has the lines to type and what they gave.
. "${srcdir:-.}/t/lib.sh"
[ "$(id -u)" = 0 ] || skip_all "a private sped: needs root"
n=0
told() { # NAME: the lines of a program of t/fault, numbered on
	while read -r line; do
		case $line in
		"ok "*) result 0 "$1: ${line#* - }" ;;
		"not ok "*) result 1 "$1: ${line#* - }" ;;
		"#"*) echo "$line" ;;
		esac
	done <"$T/sweep.out"
	ok "$1: it came to its end" grep -q '^1[.][.][1-9]' "$T/sweep.out"
}
sweep() { # [-e|-m] PROGRAM STRIDE FIRST...: a day for each FIRST
	timeout -k 10 900 "$srcdir/t/fault/sweep" "$@" >"$T/sweep.out" 2>&1
	swept="$1 $2"
	told "$swept"
	case $1 in -*) shift ;; esac
	shift 2
	is "$swept: a call was met in each day" "$(grep -Ec '^# [1-9][0-9]* of [0-9]+ (calls|allocations) met$' "$T/sweep.out")" $#
}
sweep sped-gate 0 230 420 530
sweep sped-engine 0 113 115 117 200 # the first three about START and a job's ticket
sweep sped-api 0 50
sweep sped 0 60
sweep spe-capture 0 9
sweep spe-stage 135 40
sweep spe-image 0 30
sweep -e sped-gate 0 300 600
sweep -e sped-engine 0 200 500
sweep -e spe-unpack 0 20

# Memory that is not there; what a sanitizer has put itself before can't be put before itself.
if ldd "$BIN/sped-gate" | grep -q libasan; then
	echo "# no allocation is made to fail: the sanitizers have their own"
else
	sweep -m sped-gate 0 23000
	sweep -m sped-engine 0 11000
	sweep -m spe-cli 0 60
	sweep -m spe-stage 15000 4000
fi

# A morning of the week of fifty researchers; the seed is printed, and `t/fault/week SEED 120` draws the same again.
"$srcdir/t/fault/week" "$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')" 120 >"$T/sweep.out" 2>&1
told week
ok "week: something was killed" grep -q '^# kills: .' "$T/sweep.out"
finish
