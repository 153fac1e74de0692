#!/bin/sh
# holding describe drafts a description that tells nothing of one person; holding dummy makes data from it that staging takes.
# shellcheck source=t/lib.sh
. "${srcdir:-.}/t/lib.sh"
needs jq
needs ssh-keygen
needs zstd
needs python3
own_world "$@"

# 400 made-up people with rare values, one of each
awk 'BEGIN { print "pin;sex;age;weight;day;code;note"; c = "0123456789ABCDEFHJKLMNPRSTUVWXY"
	for (i = 0; i < 400; i++) { n = sprintf("%02d%02d%02d", 1 + i % 28, 1 + i % 12, 40 + i % 50); z = 900 + i % 100; k = (n z) % 31
		printf "%s-%d%s;%d;%d;%.1f;20%02d-0%d-11;%s;%s\n", n, z, substr(c, k + 1, 1), 1 + i % 2, i == 5 ? 117 : 30 + i % 40, 60 + i % 30,
		10 + i % 10, 1 + i % 9, i == 6 ? "Z99.9" : "E1" i % 3, i == 7 ? "the one with the blue dog" : "note" i } }' >"$T/visits.csv"
zstd -q "$T/visits.csv" -o "$T/visits.csv.zst"

# --- a draft, without sped
says "a draft" 0 '"identifier": "fi"' "$SPE_CLI" holding describe "$T/visits.csv" --id visits --holder urn:spe:holder:test
ok "into a file" "$SPE_CLI" holding describe "$T/visits.csv.zst" --id visits --holder urn:spe:holder:test -o "$T/visits.json"
ok "also where there is neither a rename that leaves what is there nor a second name, as on exFAT" "$TOOLS/t-deny" renameat2 EINVAL \
	"$TOOLS/t-deny" linkat EPERM "$SPE_CLI" holding describe "$T/visits.csv.zst" --id visits --holder urn:spe:holder:test -o "$T/exfat.json"
is "the same, and nothing beside" "$(find "$T" -name 'exfat*' -exec sha256sum {} +)" "$(sha256sum <"$T/visits.json" | cut -d' ' -f1)  $T/exfat.json"
says "never over one that is there" 4 "visits.json" "$SPE_CLI" holding describe "$T/visits.csv" -o "$T/visits.json"
col() { jq -c --arg n "$1" '.tables[0].columns[] | select(.name == $n) | del(.name)' "$T/visits.json"; }
is "delimiter" "$(jq -r '.tables[0].delimiter' "$T/visits.json")" ";"
is "digest of the file as it is" "$(jq -r '.tables[0].sha256' "$T/visits.json")" "$(sha256sum "$T/visits.csv.zst" | cut -d' ' -f1)"
is "a code" "$(col sex)" '{"datatype":"integer","required":true,"values":[1,2]}'
is "an age, roughly" "$(col age)" '{"datatype":"integer","required":true,"minimum":30,"maximum":70}'
is "a day, by years" "$(col day)" '{"datatype":"date","required":true,"minimum":"2010-01-01","maximum":"2019-12-31"}'
is "a diagnosis" "$(col code)" '{"datatype":"string","required":true,"values":["E10","E11","E12"]}'
sed 1d "$T/visits.csv" | cut -d';' -f1 >"$T/pins"
nok "no identity number is in it" grep -qFf "$T/pins" "$T/visits.json"
nok "no rare value" grep -qE '117|Z99|blue dog|note[0-9]' "$T/visits.json"
head -n 30 "$T/visits.csv" | sed 1d >"$T/headless.csv"
odd=$(printf '\377')
says "an id that is no text" 2 "the holding's id must be UTF-8 text" "$SPE_CLI" holding describe "$T/visits.csv" --id "$odd"
says "and a holder" 2 "the holder must be UTF-8 text" "$SPE_CLI" holding describe "$T/visits.csv" --holder "$odd"
says "a file without names of columns" 2 "has a value; a line of column names is wanted" "$SPE_CLI" holding describe "$T/headless.csv"
unlike "is refused without its values" "$(cat "$T/.out")" "$(head -n 1 "$T/pins")"
printf 'a,b\n1,2,3\n' >"$T/odd.csv"
says "and a malformed one by its line" 2 "line 2" "$SPE_CLI" holding describe "$T/odd.csv"
printf '\377\376a\0,\0b\0\n\0' >"$T/wide.csv"
says "UTF-16 is said" 2 "UTF-16" "$SPE_CLI" holding describe "$T/wide.csv"
awk 'BEGIN { print "a,b"; for (i = 0; i < 60; i++) print i % 2 ? "\xe4" : "x", "," i }' | tr -d ' ' >"$T/latin.csv"
says "and Latin-1" 2 "iconv -f ISO-8859-1" "$SPE_CLI" holding describe "$T/latin.csv"
awk 'BEGIN { print "visit,code"; for (i = 0; i < 60; i++) print i ",E11" }' >"$T/visit.csv"
says "a table of nobody's numbers is described by names and types" 0 "no column has personal identity numbers" "$SPE_CLI" holding describe "$T/visit.csv"
unlike "and not by what may be one person's values" "$(cat "$T/.out")" 'E11|minimum|length'
printf 'pin,mother\n' >"$T/two.csv"
paste -d, "$T/pins" "$T/pins" >>"$T/two.csv"
says "a second column of persons is warned of" 0 "column \"mother\" has identity numbers too" "$SPE_CLI" holding describe "$T/two.csv"
like "and drafted as what is staged as pseudonyms too" "$("$SPE_CLI" holding describe "$T/two.csv" 2>/dev/null | jq -c '[.tables[0].columns[] | [.identifier, .person]]')" '^\[\["fi",true\],\["fi",null\]\]$'

zipped() { python3 -c 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED); [z.write(f, f[1:]) for f in sys.argv[2:]]' "$@"; }
zipped "$T/visits.zip" "$T/visits.csv" && zipped "$T/both.zip" "$T/visits.csv" "$T/two.csv" && zipped "$T/dir.zip" "$T"
ok "a zip file, as intake takes it" "$SPE_CLI" holding describe "$T/visits.zip" --id visits --holder urn:spe:holder:test -o "$T/zipped.json"
is "has the same draft" "$(jq 'del(.tables[0].sha256)' "$T/zipped.json")" "$(jq 'del(.tables[0].sha256)' "$T/visits.json")"
says "but not with two entries" 2 "zip file with more than one entry" "$SPE_CLI" holding describe "$T/both.zip"
says "nor with a directory" 2 "first entry is no plain file" "$SPE_CLI" holding describe "$T/dir.zip"

# --- made-up data, from the description alone
mkdir "$T/one" "$T/two" # a third is made
chmod 777 "$T"
nobody() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"; else "$@"; fi; }
chmod 644 "$T"/*.csv
says "what can't be described" 2 "UTF-16" nobody "$SPE_CLI" holding describe "$T/wide.csv" -o "$T/left.json"
is "leaves no file" "$(find "$T" -name '*left*')" ""
says "behind the guard as well" 0 "" nobody "$SPE_CLI" holding describe "$T/two.csv" -o "$T/left.json"
chmod 644 "$T/visits.zip"
says "also a zip file" 0 '"identifier": "fi"' nobody "$SPE_CLI" holding describe "$T/visits.zip"
ok "a description comes" grep -q '"columns"' "$T/left.json"
is "and nothing else" "$(find "$T" -name '*left*')" "$T/left.json"
chmod 711 "$T"
dummy() { "$SPE_CLI" holding dummy "$@"; }
ok "made-up data, offline" dummy "$T/visits.json" --rows 500 --seed 1 -o "$T/one"
ok "again" dummy "$T/visits.json" --rows 500 --seed 1 -o "$T/two"
ok "the same bytes" cmp "$T/one/visits.csv" "$T/two/visits.csv"
ok "another seed" dummy "$T/visits.json" --rows 500 --seed 2 -o "$T/three"
nok "other bytes" cmp -s "$T/one/visits.csv" "$T/three/visits.csv"
is "commas are between values, as in staged data, not what the holder has" "$(head -n 1 "$T/one/visits.csv") $(jq -r '.tables[0].delimiter' "$T/visits.json")" \
	'pin,sex,age,weight,day,code,note ;'
is "so many rows" "$(wc -l <"$T/one/visits.csv" | tr -d ' ')" 501
says "never over a file" 4 "visits.csv is there already" dummy "$T/visits.json" --rows 1 --seed 1 -o "$T/one"
says "the number of rows is wanted" 2 "--rows" dummy "$T/visits.json" --seed 1
says "as a number" 2 "whole number" dummy "$T/visits.json" --rows -1 --seed 1
says "not as nothing" 2 "--rows takes a whole number" dummy "$T/visits.json" --rows "" --seed 1 -o "$T/none"
says "nor the seed" 2 "--seed takes a whole number" dummy "$T/visits.json" --rows 1 --seed "" -o "$T/none"

# --- which the staging of a permit takes
ok "sped starts" sped_start
ok "people" people_make
ok "the holding as drafted" cli root holding add "$T/visits.json" "visits=$T/visits.csv.zst"
ok "a researcher makes data at home" cli aino holding dummy visits --rows 500 --seed 1 -o "$T/home/aino/d"
ok "the same, from the catalogue" cmp "$T/home/aino/d/visits.csv" "$T/one/visits.csv"
{
	echo pin,note
	sed -n '1,10s/.*/&,x/p; 11,13s/.*/&,&/p' "$T/pins"
} >"$T/few.csv"
jq -n '{id: "few", title: "x", description: "x", holder: "urn:spe:holder:test", tables: [{name: "few", columns: [
	{name: "pin", datatype: "string", identifier: "fi"}, {name: "note", datatype: "string"}]}]}' >"$T/few.json"
says "identity numbers where none are said to be" 0 'column "note" has 3 values that read as personal identity numbers' \
	cli root holding add "$T/few.json" "few=$T/few.csv"
is "are counted" "$(cli root --json holding list | jq -c 'select(.holding == "few").tables[0].numbers')" '{"note":3}'
jq '.id = "made-up" | del(.tables[0].sha256, .tables[0].delimiter)' "$T/visits.json" >"$T/made-up.json"
says "it is taken in" 0 "500 rows" cli root holding add "$T/made-up.json" "visits=$T/one/visits.csv"
permit_text MADE-1 made-up | jq '.data[0].variables = {"visits":["*"]} | .data[0].rows = [{"table":"visits","variable":"age","op":"ge","value":30}]' >"$T/MADE-1.permit"
ok "and staged" permit_import "$T/MADE-1.permit"
like "nearly all of it" "$(cli root --json workspace show MADE-1 | jq '.data[0].rows')" '^(4[5-9]|500)'
sped_stop
finish
