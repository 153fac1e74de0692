#!/bin/sh
# Every fuzz target runs for a few seconds on its seeds, with sanitizers: no promise is broken, nothing leaks or overruns.
. "${srcdir:-.}/t/lib.sh"
. "$srcdir/t/scratch.sh"
[ "${SPE_TEST_ALL:-}" = 1 ] || skip_all "builds the tree a second time; with SPE_TEST_ALL=1 it does"
cc=$(command -v clang-14 || command -v clang) || skip_all "needs the program clang"
echo 'int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n) { return d && n ? 0 : 0; }' >"$T/probe.c"
"$cc" -fsanitize=fuzzer -o "$T/probe" "$T/probe.c" >/dev/null 2>&1 || skip_all "$cc links no libFuzzer; see t/packages"
seconds=${SPE_FUZZ_SECONDS:-5}

ok "the sources are copied" scratch_copy
ok "configured with fuzzers" scratch_configure CC="$cc" --enable-fuzzers
targets=$(cat "$srcdir"/*/*.mk "$srcdir"/*/*/*.mk | sed -n 's/^check_PROGRAMS += //p' | tr ' ' '\n' | grep '^t/fuzz/')
ok "there are targets" test -n "$targets"
sources=$(cd "$srcdir" && ls t/fuzz/*.c)
for s in $sources; do
	name=$(basename "$s" .c)
	case " $(echo "$targets" | tr '\n' ' ') " in
	*" t/fuzz/fuzz-$name "*) ;;
	*) nok "$s is built by no fragment" true ;;
	esac
done
# shellcheck disable=SC2086 # a list of targets
ok "built" scratch_make $targets

# fuzz TARGET: new finds go to a directory of our own, seeds stay as they are
# shellcheck disable=SC2317 # called by ok
fuzz() {
	mkdir -p "$T/found/$2"
	timeout $((seconds + 60)) "$T/tree/$1" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -verbosity=1 \
		-print_final_stats=1 -artifact_prefix="$T/found/$2." "$T/found/$2" "$srcdir/t/data/$2" 2>&1 | tail -40 >"$T/fuzz.log"
	if grep -q '^stat::number_of_executed_units' "$T/fuzz.log" && ! grep -Eq 'ERROR|SUMMARY|deadly' "$T/fuzz.log"; then
		return 0
	fi
	cat "$T/fuzz.log"
	for f in "$T/found/$2".*; do
		[ -f "$f" ] && echo "input $(basename "$f"): $(base64 -w0 "$f" | cut -c1-2000)"
	done
	return 1
}
for t in $targets; do
	name=$(basename "$t")
	ok "$name has seeds" sh -c 'test -n "$(ls "$1")"' sh "$srcdir/t/data/$name"
	ok "$name for $seconds s" fuzz "$t" "$name"
	sed -n 's/^stat::number_of_executed_units: */# inputs tried: /p' "$T/fuzz.log"
done
finish
