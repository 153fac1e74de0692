#!/bin/sh
# The tree with ASan and UBSan: every C test, and the tests of a private sped.
. "${srcdir:-.}/t/lib.sh"
. "$srcdir/t/scratch.sh"
[ "${SPE_TEST_ALL:-}" = 1 ] || skip_all "builds the tree a second time; with SPE_TEST_ALL=1 it does"
# shellcheck disable=SC2016 # for the shell in it
nok "a report in sped's log fails a test" env srcdir="$srcdir" sh -c '. "$srcdir/t/lib.sh"; echo "x.c:1:2: runtime error: y" >"$T/sped.log"; finish'
like "and is shown" "$(cat "$T/.out")" '^# x.c:1:2: runtime error'
ok "the sources are copied" scratch_copy
ok "configured with sanitizers" scratch_configure --enable-sanitizers CFLAGS='-g1 -Og'
ok "built" scratch_make all # which is a make of its own: the next one would do the same beside it
# shellcheck disable=SC2046 # a list of files
ok "and the unit tests" scratch_make $(cat "$srcdir"/*/*.mk "$srcdir"/*/*/*.mk | tr -s ' \t' '\n' | grep -E '^t/unit/[a-z0-9_]+\.t$' | sort -u)

export srcdir ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:quarantine_size_mb=16 UBSAN_OPTIONS=print_stacktrace=1
export SPE_TEST_FEW=1 top_builddir="$T/tree"
# Two at a time: each has its own directory, and its own world where it has a sped.
cat >"$T/one" <<'END'
#!/bin/sh
case $1 in
*.sh) sh "$srcdir/t/$(basename "$1" .sh).t" ;;
*) "$1" ;;
esac >"$2/$(basename "$1").out" 2>&1
echo $? >"$2/$(basename "$1").status"
END
chmod +x "$T/one"
mkdir "$T/told"
shell_tests="0610-decisions.sh 0120-verify.sh 0320-limits.sh 0300-day.sh 0330-clients.sh 0310-inside.sh 0110-cli-usage.sh"
[ "$(id -u)" = 0 ] || { echo "# not root: the tests of a private sped are left out"; shell_tests=; }
unit_tests=$(ls "$T"/tree/t/unit/*.t)
# shellcheck disable=SC2046,SC2086 # lists of files
printf '%s\n' "$T/tree/t/unit/gate.t" $shell_tests $(echo "$unit_tests" | grep -v /gate.t) | xargs -P2 -I{} "$T/one" {} "$T/told"
for p in $unit_tests $shell_tests; do
	name=$(basename "$p")
	is "$name" "$(cat "$T/told/$name.status")" 0
	[ "$(cat "$T/told/$name.status")" = 0 ] || { tail -n 60 "$T/told/$name.out" | sed 's/^/# /'; grep '^not ok' "$T/told/$name.out" >&2; }
done
finish
