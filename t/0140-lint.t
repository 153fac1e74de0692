#!/bin/sh
# Shell, manuals and C, read by those who know the usual mistakes: shellcheck, mandoc, cppcheck, clang-tidy.
. "${srcdir:-.}/t/lib.sh"
needs shellcheck
needs mandoc
needs cppcheck
tidy=$(command -v clang-tidy || command -v clang-tidy-14) || skip_all "needs the program clang-tidy"
cd "$srcdir" || exit 1

# --- shell. SC2034: what lib.sh and day.sh set is used by those who source them
scripts=$(find t .ci spe-cli/completions -type f ! -name '*.log' | while read -r f; do
	case $f in *.sh | *.bash) echo "$f" ;; *) head -c 2 "$f" | grep -q '^#!' && head -1 "$f" | grep -Eq '/(ba)?sh' && echo "$f" ;; esac
done | sort)
ok "there are scripts" test -n "$scripts"
# shellcheck disable=SC2016 # sh's own
echo "$scripts" | xargs -P2 -I{} sh -c 'shellcheck -x -P . -S warning -e SC2034 "$2" >"$1/$(echo "$2" | tr / _).said" 2>&1
	echo "status $?" >>"$1/$(echo "$2" | tr / _).said"' sh "$T" {}
for f in $scripts; do
	is "shellcheck $f" "$(cat "$T/$(echo "$f" | tr / _).said")" "status 0"
done
printf '#!/bin/sh\na=(1 2)\n' >"$T/odd.sh"
nok "an odd script is seen" shellcheck -S warning "$T/odd.sh"

# --- manuals. Which other manuals the host has is no matter of ours.
lint_manual() { mandoc -T lint -W style "$1" 2>&1 | grep -Ev 'referenced manual not found|outdated mandoc.db'; }
manuals=$(find sped policy spe-cli -name '*.[1-8]' -type f | sort)
ok "there are manuals" test -n "$manuals"
for f in $manuals; do
	is "mandoc $f" "$(lint_manual "$f")" ""
done
printf '.Dd June 1, 2026\n.Dt ODD 1\n.Os\n.Sh NAME\n.Nm odd\n.Nd odd\n.Bogus\n' >"$T/odd.1"
like "an odd manual is seen" "$(lint_manual "$T/odd.1")" 'Bogus'

# --- C. What is made by make is not read.
code=$(find sped policy spe-cli t -name '*.c' -type f ! -path 'sped/bin/*' | sort)
ok "there is code" test -n "$code"
# memleak: cppcheck does not know the cleanup attribute. uninitvar in a test: its fixture is never empty.
# shellcheck disable=SC2086 # a list of files
cpp() {
	cppcheck -q -j2 --enable=warning,portability --error-exitcode=1 --inline-suppr --std=c11 --library=t/lint.cfg \
		--suppress=memleak --suppress=uninitvar:t/unit/sshsig.c -Iinclude -I. -D_GNU_SOURCE "$@"
}
# shellcheck disable=SC2086 # a list of files
ok "cppcheck" cpp $code
printf 'int f(void);\nint f(void)\n{\n\tint a[2] = { 0 };\n\n\treturn a[2];\n}\n' >"$T/odd.c"
nok "odd code is seen by cppcheck" cpp "$T/odd.c"

# config.h is empty here: what depends on it is the same to read
: >"$T/config.h"
cat >"$T/tidy" <<END
#!/bin/sh
"$tidy" -quiet "\$@" -- -std=gnu17 -D_GNU_SOURCE -Iinclude -I. -I$T -DPACKAGE_STRING='""' -DPACKAGE_VERSION='""' \\
	-DSPE_SYSCONFDIR='""' -DSPE_STATEDIR='""' -DSPE_RUNDIR='""' -DSPE_LIBEXECDIR='""' -DSPE_DATADIR='""' \\
	>"$T/tidy.\$\$" 2>&1 || { cat "$T/tidy.\$\$"; exit 1; }
END
chmod +x "$T/tidy"
tidy_all() { printf '%s\n' "$@" | xargs -P2 -n8 "$T/tidy"; }
# shellcheck disable=SC2046 # a list of files
ok "clang-tidy" tidy_all $(printf '%s\n' "$code" | grep -v '^t/')
cp .clang-tidy "$T/.clang-tidy"
printf 'int f(int a);\nint f(int a)\n{\n\treturn a == a;\n}\n' >"$T/odd.c"
nok "odd code is seen by clang-tidy" "$T/tidy" "$T/odd.c"
finish
