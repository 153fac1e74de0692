#!/bin/sh
# t/data/vectors.tsv: each vector of the output rules stands in the test that it names, and each section that has some is there.
. "${srcdir:-.}/t/lib.sh"
table=$srcdir/t/data/vectors.tsv
tab=$(printf '\t')
wrong=
while IFS=$tab read -r section literal file rest; do
	case $section in '#'*) continue ;; esac
	[ -n "$literal" ] && [ -n "$file" ] && [ -z "$rest" ] && grep -Fq -- "$literal" "$srcdir/$file" || wrong="$wrong
$section $literal: $file"
done <"$table"
is "each vector stands in its test" "$wrong" ""
is "sections with vectors" "$(grep -v '^#' "$table" | cut -f1 | sort -u | tr '\n' ' ')" "4.1 4.2 4.3 4.4 5.1 5.2 5.3 5.4 5.5 5.6 5.7 6.2 6.3 6.4 7 "
count() { grep -c "^$1$tab" "$table"; }
for least in "4.1 14" "4.3 3" "4.4 7" "5.1 20" "5.2 16" "5.3 18" "5.4 6" "5.5 10" "5.6 12" "5.7 12" "6.2 6"; do
	ok "section ${least% *} has ${least#* } or more" test "$(count "${least% *}")" -ge "${least#* }"
done
is "none is there twice" "$(grep -v '^#' "$table" | sort | uniq -d)" ""
for file in $(grep -v '^#' "$table" | cut -f3 | sort -u); do
	case $file in
	t/unit/*.c) ok "$file is built" grep -q "${file%.c}\.t" "$srcdir"/policy/policy.mk "$srcdir"/sped/stage/stage.mk ;;
	t/unit/*.h) ok "$file is used" grep -lq "$file" "$srcdir"/t/unit/*.c ;;
	*) ok "$file is run" grep -q "$file" "$srcdir/t/t.mk" ;;
	esac
done
finish
