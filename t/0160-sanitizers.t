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
ok "built" scratch_make check TESTS=

export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1
for p in "$T"/tree/t/unit/*.t; do
	ok "$(basename "$p")" env srcdir="$srcdir" top_builddir="$T/tree" "$p"
done
if [ "$(id -u)" = 0 ]; then
	for t in 0110-cli-usage 0120-verify 0300-day 0310-inside 0320-limits 0330-clients 0610-decisions; do
		ok "$t" env srcdir="$srcdir" top_builddir="$T/tree" sh "$srcdir/t/$t.t"
		grep '^not ok' "$T/.out" >&2
	done
fi
finish
