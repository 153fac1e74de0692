#!/bin/sh
# What the manuals, README.md and HACKING.md say is so: options, defaults, verbs, paths, the unit.
. "${srcdir:-.}/t/lib.sh"
engine=$BIN/sped-engine
words() { tr -s ' \t\n' '\n' | grep . | sort -u | tr '\n' ' '; }

# --- sped(8)
usage=$("$BIN/sped" -x 2>&1)
is "sped: wrong usage" $? 2
used=$(echo "$usage" | grep -o '\[-[A-Za-z]' | tr -d '[-' | words)
ok "sped has options" test -n "$used"
is "sped(8) lists the options of its usage" "$(sed -n 's/^\.It Fl \([A-Za-z]\)\( .*\)*$/\1/p' "$srcdir/sped/sped.8" | words)" "$used"
is "and so does its synopsis" "$(sed -n 's/^\.Op Fl \([A-Za-z]\)\( .*\)*$/\1/p' "$srcdir/sped/sped.8" | words)" "$used"
is "and so does the source" "$(sed -n 's/.*getopt(argc, argv, "\([^"]*\)".*/\1/p' "$srcdir/sped/launcher/main.c" | tr -d : | grep -o . | words)" "$used"
says "sped takes no words" 2 "usage: sped" "$BIN/sped" word
for p in $(cat "$srcdir"/sped/*/*.mk | sed -n 's/^\(pkglibexec\|sbin\)_PROGRAMS += //p'); do
	ok "sped(8) knows $(basename "$p")" grep -Eq "(\\.It |Nm )$(basename "$p")( |\$)" "$srcdir/sped/sped.8"
done
kept=$(sed -n '/^static const unsigned kept = /,/;/p' "$srcdir/sped/launcher/main.c" | grep -o 'CAP_[A-Z_]*' | words)
is "the unit gives what sped keeps, and FSETID" \
	"$(sed -n 's/^CapabilityBoundingSet=//p' "$srcdir/sped/sped.service" | words)" "$(echo "$kept CAP_FSETID" | words)"
for cap in $kept; do
	ok "sped(8) knows $cap" grep -q "^\\.Dv $cap\\b" "$srcdir/sped/sped.8"
done

# --- sped.conf(5): the source, the manual and the file that is installed
known=$(grep -o 'CFG_[A-Z_]*("[a-z-]*"' "$srcdir/sped/engine/conf.c" | sed 's/.*"\(.*\)"/\1/' | words)
ok "sped.conf has options" test -n "$known"
is "sped.conf(5) has every option" "$(sed -n 's/^\.It Ic \([a-z-]*\) No = .*/\1/p' "$srcdir/sped/sped.conf.5" | words)" "$known"
is "and the file as well" "$(sed -n 's/^#\{0,1\}\([a-z-]*\) = .*/\1/p' "$srcdir/sped/sped.conf" | words)" "$known"
# number TEXT: a constant of limits.h or a number
number() { echo "$1" | grep -Exq '[0-9]+' && echo "$1" || sed -n "s/^#define $1 (*\\([0-9]*\\).*/\\1/p" "$srcdir/include/spe/limits.h"; }
entry() { sed -n "/^\\.It Ic $1 No =/,/^\\.It\\|^\\.El/p" "$srcdir/sped/sped.conf.5" | tr '\n' ' '; }
for name in $known; do
	default=$(grep -o "CFG_INT(\"$name\", [A-Z0-9_]*" "$srcdir/sped/engine/conf.c" | sed 's/.*, //')
	[ -n "$default" ] || continue
	default=$(number "$default")
	like "$name: the default in sped.conf(5)" "$(entry "$name")" "default $default([.,;]| )"
	is "$name: the default in the file" "$(sed -n "s/^#\\{0,1\\}$name = //p" "$srcdir/sped/sped.conf")" "$default"
	range=$(entry "$name" | grep -Eo '[0-9]+ to [0-9]+' | head -n 1)
	least=${range%% to *} most=${range##* to }
	for edge in "$least" "$most"; do
		echo "$name = $edge" >"$T/edge.conf"
		ok "$name: $edge is taken" "$engine" -n "$T/edge.conf"
	done
	for edge in $((least - 1)) $((most + 1)); do
		echo "$name = $edge" >"$T/edge.conf"
		says "$name: $edge is not" 2 "$name is $edge; $least to $most are taken" "$engine" -n "$T/edge.conf"
	done
done
ok "the shipped file is good" "$engine" -n "$srcdir/sped/sped.conf"
printf '# one\n/* see https://example.org */\nslots = 1\n' >"$T/other.conf"
says "a comment that may swallow options is refused" 2 "$T/other.conf:2: \"/*\" is not taken" "$engine" -n "$T/other.conf"
sed 's/^#\([a-z-]* = \)/\1/' "$srcdir/sped/sped.conf" >"$T/all.conf"
ok "and with all of it switched on" "$engine" -n "$T/all.conf"
sed -n '/^\.Sh EXAMPLES/,/^\.Ed/p' "$srcdir/sped/sped.conf.5" | grep ' = ' >"$T/example.conf"
ok "the manual has an example" test -s "$T/example.conf"
ok "which is good" "$engine" -n "$T/example.conf"
printf '# one\nslots = 2\ncolour = "red"\n' >"$T/odd.conf"
says "an odd option is named with its line" 2 "$T/odd.conf:3: " "$engine" -n "$T/odd.conf"
printf 'slots = many\n' >"$T/odd.conf"
says "so is a word for a number" 2 "$T/odd.conf:1: " "$engine" -n "$T/odd.conf"
says "a file that is not there" 2 "can't be read" "$engine" -n "$T/none.conf"

# --- spe-holding(5) has the fields that are read; spe-cli(1) the variables of jobs; what manuals name is installed
for field in $(sed -n '/ fields\[\] = {/,/};/p' "$srcdir/sped/trust/holding.c" | grep -o '"[a-z0-9-]*"' | tr -d '"' | sort -u); do
	ok "spe-holding(5) has $field" grep -Eq "^\.(It )?Cm ([a-z0-9, -]* )?$field( |\$)" "$srcdir/sped/spe-holding.5"
done
sed -n '/^\.Sh EXAMPLES/,/^\.Ed/p' "$srcdir/sped/spe-holding.5" | grep -v '^\.' >"$T/holding.json"
echo age >"$T/colon.csv"
SPE_SOCKET=$T/none says "its example is taken, as far as no sped has to be asked" 6 "" "$SPE_CLI" holding add "$T/holding.json" "colon=$T/colon.csv"
for variable in $(sed -n '/ ours\[\] = {/,/};/p' "$srcdir/sped/engine/jobs.c" | grep -o '"[A-Z_]*=' | tr -d '"='); do
	ok "spe-cli(1) has $variable" sh -c 'sed -n "/^\.Sh ENVIRONMENT OF JOBS/,/^\.El/p" "$1" | grep -qx "\.It Ev $2"' sh "$srcdir/spe-cli/spe-cli.1" "$variable"
done
for verb in $(sed -n 's/^ELSEWHERE(cmd_\([a-z]*\).*/\1/p' "$srcdir/spe-cli/elsewhere.c" | sort -u); do
	ok "spe-cli(1) has $verb among what is handed to spe-cli-files" \
		sh -c 'sed -n "/^\.It Pa .*spe-cli-files/,/^\.El/p" "$1" | grep -Eq "^\.Cm (.* )?$2( |\$)"' sh "$srcdir/spe-cli/spe-cli.1" "$verb"
done
ok "README.md is installed" grep -q '^dist_doc_DATA = .*README.md' "$srcdir/Makefile.am"

# --- verbs and options in what people copy
"$SPE_CLI" --help >"$T/help"
# verb_exists WORD WORD: by the lines of --help
verb_exists() {
	grep -Eq "^ *spe-cli $1 $2( |\$)" "$T/help" && return 0
	grep -Eq "^ *spe-cli $1( |\$)" "$T/help" && ! grep -Eq "^ *spe-cli $1 [a-z]+( |\$)" "$T/help"
}
verbs_of() { grep -Eo '(^|`|sudo |\$ |/|Ic )spe-cli [a-z].*' "$@" | sed -E 's/^.*spe-cli //; s/`.*//; s/ +# .*//'; }
lines=0
for doc in README.md HACKING.md sped/sped.8 sped/sped.conf.5 t/bench/README.md; do
	verbs_of "$srcdir/$doc" | sort -u >"$T/verbs"
	while read -r verb sub rest; do
		lines=$((lines + 1))
		verb_exists "$verb" "$sub" || is "$doc: spe-cli $verb $sub" "is no verb" "is one"
		for option in $(echo "$sub $rest" | sed 's/ -- .*//; s/"[^"]*"//g' | grep -o -- '--[a-z][a-z-]*'); do
			if ! "$SPE_CLI" "$verb" --help 2>/dev/null | grep -q -- "$option" &&
				! "$SPE_CLI" "$verb" "$sub" --help 2>/dev/null | grep -q -- "$option"; then
				is "$doc: spe-cli $verb $sub" "no $option" "$option"
			fi
		done
	done <"$T/verbs"
done
ok "every verb and option in the documents is one ($lines lines)" test "$lines" -gt 25
nok "a verb that is none is seen" verb_exists audit nothing
nok "and another" verb_exists nothing ""

# --- paths and manuals that are named
for path in $(grep -Eho '`(t|sped|policy|include|spe-cli|\.ci)/[A-Za-z0-9._/-]*[A-Za-z0-9]`|`[A-Z]+\.md`' "$srcdir/README.md" "$srcdir/HACKING.md" |
	tr -d '`' | sort -u); do
	case $path in *NAME* | */NNNN*) continue ;; esac
	ok "$path is there" test -e "$srcdir/$path"
done
for manual in $(grep -Eho '\b(spe|sped)[a-z.-]*\([1-8]\)' "$srcdir/README.md" "$srcdir/HACKING.md" "$srcdir/sped/sped.conf" "$srcdir/sped/sped.service" | sort -u); do
	file=$(echo "$manual" | sed 's/(\(.\))/.\1/')
	ok "$manual is there" test -n "$(find "$srcdir/sped" "$srcdir/policy" "$srcdir/spe-cli" -name "$file")"
done
for fragment in "$srcdir"/*/*.mk "$srcdir"/*/*/*.mk; do
	room=$(dirname "${fragment#"$srcdir"/}")
	case $room in sped) continue ;; include) room=include/spe ;; esac
	ok "HACKING.md has a row for $room" grep -q "^| \`$room/\`" "$srcdir/HACKING.md"
done
version=$(sed -n 's/^AC_INIT(\[spe\], \[\([0-9.]*\)\].*/\1/p' "$srcdir/configure.ac")
is "NEWS begins with this version" "$(grep -E '^[0-9]+\.[0-9.]+$' "$srcdir/NEWS" | head -n 1)" "$version"
for text in README.md HACKING.md NEWS LICENSE sped/sped.conf; do
	is "$text: no line but a table's is longer than 132" "$(awk 'length > 132 && !/^[|]/ { print FILENAME ":" FNR }' "$srcdir/$text" | head -n 1)" ""
done

# --- the unit, the users, the directories
missing() { # aloud; with SPE_TEST_ALL=1 a failure
	if [ "${SPE_TEST_ALL:-}" = 1 ]; then result 1 "$2: would be skipped, there is no $1"; else result 0 "$2 # SKIP there is no $1"; fi
}
ok "the unit is made" test -s "$top_builddir/sped/bin/units/sped.service"
is "nothing is left to substitute" "$(grep -rl '@[a-z]*@' "$top_builddir/sped/bin/units")" ""
if command -v systemd-analyze >/dev/null; then
	mkdir "$T/unit"
	sed "s|^ExecStart=.*|ExecStart=$BIN/sped|" "$top_builddir/sped/bin/units/sped.service" >"$T/unit/sped.service"
	verify=$(systemd-analyze --man=no verify "$T/unit/sped.service" 2>&1)
	is "systemd-analyze verify" "$? $(echo "$verify" | grep -F sped.service)" "0 "
	sed -i 's/^KillMode=.*/KillMood=process/' "$T/unit/sped.service"
	like "an odd unit is seen" "$(systemd-analyze --man=no verify "$T/unit/sped.service" 2>&1)" KillMood
else
	missing systemd-analyze "systemd-analyze verify"
fi
if command -v systemd-sysusers >/dev/null && [ "$(id -u)" = 0 ]; then
	mkdir -p "$T/root/etc"
	ok "systemd-sysusers" systemd-sysusers --root="$T/root" "$(cd "$top_builddir" && pwd)/sped/bin/units/sysusers.d/spe.conf"
	is "the users that sped wants" "$(cut -d: -f1 "$T/root/etc/passwd" | words)" \
		"$({ sed -n '/daemons\[DAEMONS\]/,/};/p' "$srcdir/sped/launcher/main.c" | grep -o '"_[a-z-]*"' | tr -d '"'
			sed -n 's/^User=//p' "$srcdir/sped/spe-witness.service"; } | words)"
	ok "with no shell" sh -c '! grep -vq ":/usr/sbin/nologin$" "$1"' sh "$T/root/etc/passwd"
else
	missing systemd-sysusers systemd-sysusers
fi
finish
