#!/bin/sh
# A few of the calls that t/fault/sweep meets, one a day: before which a program is killed, or which fails. All of them take
# an hour: t/fault/README.md has the lines to type and what they gave.
. "${srcdir:-.}/t/lib.sh"
[ "$(id -u)" = 0 ] || skip_all "a private sped: needs root"
n=0
sweep() { # ARGUMENTS...: the sweep's own lines, numbered on
	"$srcdir/t/fault/sweep" "$@" >"$T/sweep.out" 2>&1
	while read -r line; do
		case $line in
		"ok "*) result 0 "$1 $2: ${line#* - }" ;;
		"not ok "*) result 1 "$1 $2: ${line#* - }" ;;
		"#"*) echo "$line" ;;
		esac
	done <"$T/sweep.out"
	ok "$1 $2: it came to its end" grep -q '^1[.][.]' "$T/sweep.out"
	nok "$1 $2: a call was met in each day" grep -Eq '^# .*: 0 calls met' "$T/sweep.out"
}
sweep sped-gate 0 230 420 530
sweep sped-engine 0 120 200
sweep sped-api 0 50
sweep sped 0 60
sweep spe-capture 0 9
sweep -e sped-gate 0 300 600
sweep -e sped-engine 0 200 500
finish
