#!/bin/sh
# Every fuzz target runs on its seeds, with sanitizers: no promise is broken, nothing leaks or overruns. What reads files of
# jobs, and the gate, runs for half a minute each, four at a time and behind all else, the others for some seconds.
. "${srcdir:-.}/t/lib.sh"
. "$srcdir/t/scratch.sh"
[ "${SPE_TEST_ALL:-}" = 1 ] || skip_all "builds the tree a second time; with SPE_TEST_ALL=1 it does"
cc=$(command -v clang-14 || command -v clang) || skip_all "needs the program clang"
echo 'int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n) { return d && n ? 0 : 0; }' >"$T/probe.c"
"$cc" -fsanitize=fuzzer -o "$T/probe" "$T/probe.c" >/dev/null 2>&1 || skip_all "$cc links no libFuzzer; see t/packages"
seconds_of() { # TARGET
	if [ -n "${SPE_FUZZ_SECONDS:-}" ]; then echo "$SPE_FUZZ_SECONDS"; return; fi
	case " $(sed -n 's/^check_PROGRAMS += //p' "$srcdir/policy/policy.mk" "$srcdir/sped/gate/gate.mk" | tr '\n' ' ') " in
	*" $1 "*) echo 30 ;;
	*) echo 5 ;;
	esac
}

ok "the sources are copied" scratch_copy
ok "configured with fuzzers" scratch_configure CC="$cc" --enable-fuzzers CFLAGS='-g1 -O1'
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

# fuzz TARGET: new finds go to a directory of our own, seeds stay as they are; what is wrong goes to NAME.bad
fuzz() {
	name=$(basename "$1") seconds=$(seconds_of "$1")
	mkdir -p "$T/found/$name"
	timeout $((seconds * 4 + 120)) nice -n 10 "$T/tree/$1" -max_total_time="$seconds" -timeout=60 -print_funcs=0 -rss_limit_mb=2048 -verbosity=1 \
		-print_final_stats=1 -artifact_prefix="$T/found/$name." "$T/found/$name" "$srcdir/t/data/$name" 2>&1 | tail -40 >"$T/$name.log"
	if grep -q '^stat::number_of_executed_units' "$T/$name.log" && ! grep -Eq 'ERROR|SUMMARY|deadly' "$T/$name.log"; then
		return 0
	fi
	{
		cat "$T/$name.log"
		for f in "$T/found/$name".*; do
			[ -f "$f" ] && echo "input $(basename "$f"): $(base64 -w0 "$f" | cut -c1-2000)"
		done
	} >"$T/$name.bad"
}
lane() { # NUMBER: every fourth target, those that run long first
	k=0
	for t in $(for each in $targets; do echo "$(seconds_of "$each") $each"; done | sort -srn -k1,1 | cut -d' ' -f2); do
		[ $((k % 4)) = "$1" ] && fuzz "$t"
		k=$((k + 1))
	done
}
for i in 0 1 2 3; do lane $i & done
wait
for t in $targets; do
	name=$(basename "$t")
	ok "$name has seeds" sh -c 'test -n "$(ls "$1")"' sh "$srcdir/t/data/$name"
	[ ! -e "$T/$name.bad" ] || cat "$T/$name.bad"
	ok "$name for $(seconds_of "$t") s" sh -c 'grep -q number_of_executed_units "$1.log" && [ ! -e "$1.bad" ]' sh "$T/$name"
	sed -n 's/^stat::number_of_executed_units: */# inputs tried: /p' "$T/$name.log"
done
finish
