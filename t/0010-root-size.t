#!/bin/sh
# What runs as root stays small enough to be read: under 1,500 lines, comments and all, and the C
# library; and sped/launcher/AUDIT says of each file who read it last.
. "${srcdir:-.}/t/lib.sh"

# sources FRAGMENT VARIABLE: the words of a make variable, continuation lines joined
sources() {
	sed -e ':a' -e '/\\$/N; s/\\\n//; ta' "$srcdir/$1" | sed -n "s/^$2 = //p" | tr -s '\t ' ' '
}
files="$(sources sped/launcher/launcher.mk sped_bin_sped_SOURCES) $(sources sped/base/base.mk sped_base_libroot_a_SOURCES)"
libs=$(sources sped/launcher/launcher.mk sped_bin_sped_LDADD)
paths=
for f in $files; do
	paths="$paths $srcdir/$f"
done
# shellcheck disable=SC2086 # a list of files
lines=$(cat $paths | wc -l)
echo "# root links $lines lines in $(echo "$files" | wc -w) files"
ok "they are counted" test "$lines" -gt 500
ok "under 1,500 lines run as root ($lines)" test "$lines" -lt 1500
like "of our libraries root links libroot.a alone" "$libs" '^sped/base/libroot\.a$'

needs readelf
linked=$(readelf -d "$BIN/sped" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort)
echo "# it is linked to: $(echo "$linked" | tr '\n' ' ')"
if echo "$linked" | grep -q 'lib[au]b\{0,1\}san'; then
	linked=$(echo "$linked" | grep -v 'lib[a-z]*san')
	echo "# a build with sanitizers: theirs are left out"
fi
ok "the C library is one" sh -c 'echo "$1" | grep -q "^libc\."' sh "$linked"
is "no other library" "$(echo "$linked" | grep -v '^libc\.so\.6$')" ""
ok "position independent" sh -c 'readelf -h "$1" | grep -q "Type:.*DYN"' sh "$BIN/sped"
nok "no file of its own to be found by a run path" sh -c 'readelf -d "$1" | grep -Eq "RPATH|RUNPATH"' sh "$BIN/sped"

# --- the audit
audit=$srcdir/sped/launcher/AUDIT
is "AUDIT lists what root links" "$(sed '/^#/d; s/ .*//' "$audit" | sort | tr '\n' ' ')" \
	"$(echo "$files" | tr ' ' '\n' | grep . | sort | tr '\n' ' ')"
# read_again FILE: prints the lines whose date no longer stands for the file
read_again() {
	sed '/^#/d' "$1" | while read -r file date digest who; do
		[ "$date" = - ] && [ "$digest" = - ] && continue
		echo "$date" | grep -Eq '^20[0-9][0-9]-[01][0-9]-[0-3][0-9]$' || echo "$file: no date"
		[ -n "$who" ] && [ "$who" != - ] || echo "$file: nobody's name"
		[ "$digest" = "$(sha256sum <"$srcdir/$file" | cut -d' ' -f1)" ] || echo "$file: not what was read"
	done
}
is "a date stands for the file as it is" "$(read_again "$audit")" ""
echo "# not yet read by anybody: $(sed '/^#/d' "$audit" | grep -c ' - - -$')"
echo "sped/launcher/main.c 2026-01-01 $(printf '%064d' 0) aino" >"$T/AUDIT"
is "a changed file is seen" "$(read_again "$T/AUDIT")" "sped/launcher/main.c: not what was read"
finish
