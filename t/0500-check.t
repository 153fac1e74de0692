#!/bin/sh
# spe-cli check, offline, end to end: several files as one export, findings letter by letter, sidecars, what would be
# released, rules in words, what a terminal gets, exit statuses.
. "${srcdir:-.}/t/lib.sh"
needs jq
policy=$srcdir/policy/rules/default.policy
cp "$srcdir/policy/rules/default.policy" "$T/a.policy"
mkdir "$T/w"
cd "$T/w" || exit 1
case $SPE_CLI in /*) ;; *) exit 1 ;; esac
check() { "$SPE_CLI" check --policy "$T/a.policy" "$@"; }
printf 'group,n\nold,40\nyoung,50\n' >good.csv
printf 'group,n\nold,4\nyoung,50\n' >small.csv
printf 'who,n\n131052-308T,40\nyoung,50\n' >hetu.csv
printf 'Ages are in tens.\n' >note.txt
printf 'Ask info@example.org for more.\n' >role.txt

# --- one file
check good.csv >out 2>err
is "a file without findings: status" "$?" 0
like "its summary" "$(head -n 1 out)" '^good\.csv: pass: 0 blocks, 0 to review, [0-9]+ rules passed; csv, 24 B$'
is "and that of all" "$(tail -n 1 out)" "1 file: 0 block, 0 review, 1 pass; policy default"
is "two lines and no more" "$(wc -l <out | tr -d ' ')" 2
is "what offline can't see is said" "$(cat err)" \
	"not looked at offline: the staged data, its pseudonyms, and what was released before; the checks of an export do"
check small.csv >out 2>err
is "a small count: status" "$?" 4
like "file, line, column, severity, rule, text, fix" "$(head -n 1 out)" \
	'^small\.csv:2:2: block min-count: [^;]*under 10[^;]*; try: .+$'
unlike "no count is repeated" "$(cat out)" "\\b(is|of|has) 4\\b"
check role.txt >out 2>/dev/null
is "something to review: status" "$?" 0
like "is said so" "$(head -n 1 out)" '^role\.txt:1:[0-9]+: review e-mail: '
check hetu.csv >out 2>&1
unlike "an identity number is not repeated" "$(cat out)" "131052-308T|-308T"
like "but for two characters" "$(cat out)" "block identity-number"

# --- several files
check good.csv role.txt small.csv note.txt >out 2>/dev/null
is "one blocked among several: status" "$?" 4
is "files come the worst first" "$(grep -Eo '^[a-z]+\.[a-z]+: (block|review|pass)' out | tr '\n' ' ')" \
	"small.csv: block role.txt: review good.csv: pass note.txt: pass "
is "all of them in one line" "$(tail -n 1 out)" "4 files: 1 block, 1 review, 2 pass; policy default"
check --json role.txt small.csv good.csv >out 2>err
is "as JSON: a record a line, as they were named" "$(jq -r '.file + " " + .verdict' out | tr '\n' ' ')" \
	"role.txt review small.csv block good.csv pass "
is "with nothing else said" "$(cat err)" ""
for field in file sha256_in sha256_out bytes type verdict checks params_id params checker_version history_epoch; do
	is "a record has $field" "$(jq -r "has(\"$field\")" out | sort -u)" true
done
is "the digest is of the bytes" "$(jq -r 'select(.file == "good.csv").sha256_in' out)" "$(sha256sum good.csv | cut -d' ' -f1)"
is "of what is blocked nothing leaves" "$(jq -r 'select(.file == "small.csv").sha256_out' out)" null
check --json good.csv >again
check --json good.csv >again2
ok "the same again is the same, byte for byte" cmp again again2

# --- types that may not leave: what to write instead, in the language that wrote them
for instead in 'svg savefig("x.png")' 'pdf ggsave("x.png")' 'xlsx to_csv()' 'ods soffice --convert-to csv' 'docx soffice --convert-to txt' \
	'rds write.csv()' 'dta export delimited' 'zip one by one' 'exe CSV, text or PNG'; do
	cp good.csv "a.${instead%% *}"
	says "instead of ${instead%% *}" 4 "${instead#* }" check "a.${instead%% *}"
done

# --- the policy
sed 's/^min-count = .*/min-count = 41/' "$policy" >"$T/a.policy"
says "another policy, another verdict" 4 "good.csv:2:2: block min-count: " check good.csv
sed 's/^min-count = .*/min-count = 40/' "$policy" >"$T/a.policy"
says "and its near twin passes" 0 "good.csv: pass" check good.csv
cp "$policy" "$T/a.policy"
says "a policy that is not there" 3 "none.policy: the policy is not there" "$SPE_CLI" check --policy none.policy good.csv

# --- sidecars
mkdir acro
cp good.csv acro/
printf '{"version":"1.0.1","results":{}}' >acro/results.json
says "one that lies beside the file is taken" 0 "sidecar: acro/results.json" check acro/good.csv
unlike "one in another directory is not" "$(check good.csv 2>&1)" "sidecar"
says "one that is named with the files is taken" 0 "sidecar: acro/results.json" check good.csv acro/results.json
like "and not checked itself" "$(check good.csv acro/results.json 2>/dev/null)" \
	"^acro/results.json: taken for what it says of the other files, not checked; alone it is checked\$"
is "nor counted" "$(check good.csv acro/results.json 2>/dev/null | tail -n 1)" "1 file: 0 block, 0 review, 1 pass; policy default"
like "alone it is" "$(check acro/results.json 2>/dev/null)" "^acro/results.json: (pass|review|block): "
cp acro/results.json other.json
says "--sidecar names another" 0 "sidecar: other.json" check --sidecar other.json acro/good.csv
unlike "instead" "$(check --sidecar other.json acro/good.csv 2>&1)" "acro/results.json"
says "one that is not there" 3 "none.json: the sidecar is not there" check --sidecar none.json good.csv
head -c 300000 /dev/zero | tr '\0' ' ' >large.json
says "one that is too large" 2 "large.json: the sidecar is larger than 262144 bytes" check --sidecar large.json good.csv

# --- what would be released
check --rebuilt left good.csv small.csv note.txt >/dev/null 2>&1
is "--rebuilt: status as ever" "$?" 4
is "what is not blocked is there" "$(find left -type f | sort | tr '\n' ' ')" "left/good.csv left/note.txt "
for file in good.csv note.txt; do
	is "$file is what the record says leaves" "$(sha256sum <"left/$file" | cut -d' ' -f1)" "$(check --json $file | jq -r .sha256_out)"
done
cp note.txt new.txt
says "nothing is written over" 4 "spe-cli: left/good.csv is there already and is left as it is" check --rebuilt left new.txt good.csv
nok "and then nothing else either" test -e left/new.txt
says "nor one by another" 4 "good.csv and acro/good.csv would both become twice/good.csv" check --rebuilt twice good.csv acro/good.csv
is "and then nothing is written" "$(find twice -type f | wc -l | tr -d ' ')" 0
ln -s nowhere left/role.txt
says "nor through a link" 4 "left/role.txt is there already" check --rebuilt left role.txt
says "a directory that can't be" 2 "good.csv/x can't be made" check --rebuilt good.csv/x note.txt
no_room() { (trap '' XFSZ; ulimit -f 0; "$@" 2>&1; echo "status $?") | cat; }
like "where it can't be written the check fails" "$(no_room check --rebuilt full note.txt | tr '\n' ' ')" "of note.txt can't be written: .* status 1 "
is "and no part of it is there" "$(ls -A full)" ""

# --- without power: root is not confined, everybody else is
if [ "$(id -u)" = 0 ]; then
	mkdir -m 777 free
	cp "$SPE_CLI" "$SPE_CLI-files" "$T/" && chmod 755 "$T/spe-cli" "$T/spe-cli-files"
	chmod 755 . && chmod 644 good.csv small.csv note.txt "$T/a.policy"
	as aino "$T/spe-cli" check --policy "$T/a.policy" --rebuilt free/left good.csv small.csv note.txt >confined 2>&1
	is "confined: status" "$?" 4
	check good.csv small.csv note.txt >bare 2>&1
	is "the same is found" "$(cat confined)" "$(cat bare)"
	ok "and the same is written" diff -r free/left left --exclude role.txt
	like "where it can't be" "$(no_room as aino "$T/spe-cli" check --policy "$T/a.policy" --rebuilt free/full note.txt)" "status 1"
	is "no part of it stays" "$(ls -A free/full)" ""
else
	check good.csv small.csv note.txt >bare 2>&1
	is "confined: status" "$?" 4
fi

# --- rules in words
"$SPE_CLI" check --explain min-count >out
is "one rule: status" "$?" 0
is "its first line is its name" "$(head -n 1 out)" min-count
is "in four parts" "$(sed -n 's/^  \([A-Z][a-z ]*\): .*/\1/p' out | tr '\n' ,)" "Looks for,Why,Source,What to change,"
like "as JSON" "$("$SPE_CLI" check --json --explain min-count)" '^\{"rule":"min-count","text":"Looks for: '
says "an unknown rule: status" 2 'spe-cli: there is no rule "min-counts"' "$SPE_CLI" check --explain min-counts
says "with the nearest" 2 'try: spe-cli check --explain min-count' "$SPE_CLI" check --explain min-counts
for word in min_count Min-Count mincount "min count" min; do
	says "$word means one" 2 'try: spe-cli check --explain min-count' "$SPE_CLI" check --explain "$word"
done
says "dominanse means another" 2 'try: spe-cli check --explain dominance' "$SPE_CLI" check --explain dominanse
unlike "and none is near to some" "$("$SPE_CLI" check --explain abracadabra 2>&1)" "try: "
says "and those that there are" 2 "the rules: file-name, file-type, size, " "$SPE_CLI" check --explain min-counts
for rule in $("$SPE_CLI" check --explain none-such 2>&1 | sed -n 's/^the rules: //p' | tr -d ,); do
	says "$rule is explained" 0 "  What to change: " "$SPE_CLI" check --explain "$rule"
done
check --explain small.csv role.txt >out 2>/dev/null
is "with files: the rules that found something" "$(grep -Ex '[a-z-]+' out | sort | tr '\n' ' ')" "e-mail group-disclosure min-count "
unlike "and none that passed" "$(cat out)" "^identity-number"
is "nothing found, nothing explained" "$(check --explain good.csv 2>/dev/null | wc -l | tr -d ' ')" 2

# --- what is no file to check
says "a file that is not there" 3 "none.csv: the file is not there" check none.csv
says "one among others" 3 "none.csv: the file is not there" check good.csv none.csv
says "a directory" 2 "acro: the file must be a regular file" check acro
mkfifo pipe.csv
says "a fifo, without waiting" 2 "pipe.csv: the file must be a regular file" timeout 10 "$SPE_CLI" check --policy "$T/a.policy" pipe.csv
says "nothing" 2 'something is missing after "check"' check
printf 'group,n\n' >"$(printf 'a\033[31mb.csv')"
unlike "a name does not steer the terminal" "$(check "$(printf 'a\033[31mb.csv')" 2>&1)" "$(printf '\033')"

# --- what a terminal gets: script(1) makes one
if command -v script >/dev/null; then
	tty() { script -qec "stty cols $1; $2 '$SPE_CLI' check --policy '$T/a.policy' --explain small.csv good.csv" /dev/null </dev/null | tr -d '\r'; }
	longest() { sed "s/$(printf '\033')\\[[0-9;]*m//g" | awk '{ if (length > n) n = length } END { print n }'; }
	tty 60 "env -u NO_COLOR TERM=xterm" | grep -v '^not looked' >out
	ok "no row is longer than the terminal is wide" test "$(longest <out)" -le 60
	like "a block is red" "$(cat out)" "$(printf '\033')\\[31mblock$(printf '\033')\\[0m"
	like "a pass is green" "$(cat out)" "$(printf '\033')\\[32mpass$(printf '\033')\\[0m"
	tty 200 "env -u NO_COLOR TERM=xterm" | grep -v '^not looked' >wide
	ok "a wider one gets longer rows" test "$(longest <wide)" -gt 60
	is "of the same words" "$(tr -s ' \n' '\n' <out)" "$(tr -s ' \n' '\n' <wide)"
	unlike "NO_COLOR" "$(tty 80 "env NO_COLOR=1 TERM=xterm")" "$(printf '\033')"
	unlike "a dumb terminal" "$(tty 80 "env -u NO_COLOR TERM=dumb")" "$(printf '\033')"
else
	result 0 "what a terminal gets # SKIP there is no script"
fi
unlike "a file gets no colour" "$(TERM=xterm check small.csv 2>&1)" "$(printf '\033')"
finish
