#!/bin/sh
# The command line of spe-cli without a sped: help, wrong usage, offline verbs, what is refused before sending.
. "${srcdir:-.}/t/lib.sh"
manual=$srcdir/spe-cli/spe-cli.1
policy=$srcdir/policy/rules/default.policy
cp "$srcdir/policy/rules/default.policy" "$T/default.policy"
export SPE_SOCKET="$T/nobody.sock"

# --- help, for every verb of the table
ok "--help works" "$SPE_CLI" --help
"$SPE_CLI" --help >"$T/help"
"$SPE_CLI" --complete-words >"$T/words"
is "the manual has as many verbs as the program" "$(grep -c '^\.It Nm Cm ' "$manual")" "$(grep -c . "$T/words")"
k=0
while read -r verb sub options; do
	k=$((k + 1))
	[ -z "${SPE_TEST_FEW:-}" ] || [ $((k % 8)) = 0 ] || continue # under sanitizers: all go the same way
	[ "$sub" = - ] && sub=
	name="$verb${sub:+ $sub}"
	# shellcheck disable=SC2086
	says "spe-cli $name --help names it" 0 "usage: spe-cli $name" "$SPE_CLI" $verb $sub --help
	# shellcheck disable=SC2086
	like "and has an example" "$("$SPE_CLI" $verb $sub --help)" "^example: spe-cli $name"
	# shellcheck disable=SC2086
	unlike "in lines that fit" "$("$SPE_CLI" $verb $sub --help | grep -v ^usage)" '^.{125}'
	ok "--help of all lists $name" grep -Eq "^  spe-cli $name( |\$)" "$T/help"
	ok "the manual has $name" grep -Eq "^\.It Nm Cm $name( |\$)" "$manual"
	# shellcheck disable=SC2086
	says "an unknown option of $name is named" 2 'there is no option "--no-such-option"' \
		"$SPE_CLI" $verb $sub --no-such-option
	# shellcheck disable=SC2086
	says "and its usage line is shown" 2 "usage: spe-cli $name" "$SPE_CLI" $verb $sub --no-such-option
	missing=
	for option in $options; do
		grep -q "Fl -${option#--}" "$manual" || missing="$missing $option"
	done
	is "the manual has all options of $name" "$missing" ""
done <"$T/words"
says "--version" 0 "spe-cli " "$SPE_CLI" --version
says "help of a group" 0 "spe-cli job wait JOB" "$SPE_CLI" job --help

# --- wrong usage
says "no verb" 2 "a verb is missing" "$SPE_CLI"
says "unknown verb" 2 'there is no verb "jobs"' "$SPE_CLI" jobs
says "with what to try" 2 "try: spe-cli --help" "$SPE_CLI" jobs
says "half a verb" 2 '"job" wants a second word' "$SPE_CLI" job
says "whose words are a call away" 2 'try: spe-cli job --help' "$SPE_CLI" job shwo
says "wrong second word" 2 'there is no "job lost"' "$SPE_CLI" job lost
says "operand missing" 2 'something is missing after "job show"' "$SPE_CLI" job show
says "operand too many" 2 '"b" is one word too many' "$SPE_CLI" job show a b
says "value missing" 2 "--reason wants a value: TEXT" "$SPE_CLI" permit revoke FI-1 --reason
says "option missing" 2 "--reason is missing" "$SPE_CLI" permit revoke FI-1
says "option twice" 2 "--reason is given twice" "$SPE_CLI" permit revoke FI-1 --reason a --reason=b
says "value where none belongs" 2 "--json takes no value" "$SPE_CLI" whoami --json=yes
says "option of all before a verb" 6 "$T/other.sock" "$SPE_CLI" --json --socket "$T/other.sock" audit search --limit 5
says "one of a verb does not stand between its words" 2 'there is no option "--limit" before a verb' "$SPE_CLI" audit --limit 5 search
says "option of a verb before it" 2 'there is no option "--uid" before a verb' "$SPE_CLI" --uid 1 user add a
says "uid that is none" 2 '--uid: "-1" is not a whole number' "$SPE_CLI" user add aino --uid -1
says "id that is none" 2 "can't be a person's id" "$SPE_CLI" user add ../aino --uid 1
says "role that is none" 2 'there is no role "checker"' "$SPE_CLI" user add aino --uid 1 --role checker
says "run without a command" 2 "the command is missing" "$SPE_CLI" run FI-1
says "run without --" 2 "the command stands after --" "$SPE_CLI" run FI-1 Rscript main.R -- x
says "memory that is none" 2 '--memory: "2X" is not a size' "$SPE_CLI" run FI-1 --memory 2X -- true
says "time that is none" 2 '--time: "soon" is not a time' "$SPE_CLI" run FI-1 --time soon -- true
says "processors that are none" 2 '--cpus: "1.2345" is not a number' "$SPE_CLI" run FI-1 --cpus 1.2345 -- true
says "halt needs a word" 2 "name one workspace, or give --all" "$SPE_CLI" halt
says "not two" 2 "name one workspace, or give --all" "$SPE_CLI" halt FI-1 --all
says "a file without description" 2 "b.csv has no description" \
	"$SPE_CLI" export request 3f9c0a12 a.csv b.csv --describe a.csv=x
says "a description without file" 2 "--describe names b.csv" \
	"$SPE_CLI" export request 3f9c0a12 a.csv --describe a.csv=x --describe b.csv=x
mkdir "$T/results"
says "a directory to fetch to, before anything is asked" 2 "name one in that directory" "$SPE_CLI" export fetch 7d20c4e1 -o "$T/results/"
is "nothing is begun there" "$(ls -A "$T/results")" ""
says "and nothing to fetch to" 2 '-o "" names no file' "$SPE_CLI" export fetch 7d20c4e1 -o ""
says "a file described twice" 2 "a.csv is described twice" "$SPE_CLI" export request 3f9c0a12 a.csv --describe a.csv=x --describe a.csv=y
says "a proof of no record, against a witness" 2 "--witness goes with a record" "$SPE_CLI" audit prove --from 5 --witness "$T/kept"
says "a team of operators" 2 "--team is for checkers" "$SPE_CLI" user key kari kari.pub --role operator --team T
says "a key in two roles" 2 "--role is given twice" "$SPE_CLI" user key kari kari.pub --role checker --role operator

# --- nobody answers
for words in whoami doctor "job list" "review list" "audit verify" "halt FI-1" "run FI-1 -- true"; do
	# shellcheck disable=SC2086
	says "no sped: $words" 6 "spe-cli: sped does not answer on $T/nobody.sock" "$SPE_CLI" $words
done
says "with what to try" 6 "try: systemctl status sped" "$SPE_CLI" whoami
says "--socket goes before SPE_SOCKET" 6 "$T/other.sock" "$SPE_CLI" --socket "$T/other.sock" whoami
says "a proxy is not asked" 6 "sped does not answer" env http_proxy=http://127.0.0.1:9 ALL_PROXY=http://127.0.0.1:9 "$SPE_CLI" whoami

# --- permits
cat >"$T/permit.json" <<-'E'
	{"format":"spe-permit-1","id":"FI-1","kind":"data-permit","version":1,"replaces":null,
	 "issuer":{"hdab":"urn:spe:hdab:fi","country":"FI","case":"THL/1/2026"},"issued":"2026-10-01T09:00:00Z",
	 "data":[{"holding":"colon-trial","form":"pseudonymised","format":"csv","variables":{"colon":["*"]}}],
	 "purpose":{"article53":["e"],"text":"survival after surgery"},
	 "persons":[{"id":"aino","roles":["principal-investigator","researcher"]},{"id":"kari","roles":["checker"]},
	  {"id":"lars","roles":["checker"]}],
	 "valid":{"from":"2026-10-15","until":"2027-10-14","erased-by":"2027-12-31"},
	 "environment":{"runtime":["host"],"cpus":2,"memory":"4G","disk":"10G"},
	 "outputs":{"types":["text/csv"],"min-cell":10,"max-bytes":1000000}}
E
says "a permit that is one" 0 "permit.json: permit FI-1 version 1 of urn:spe:hdab:fi" "$SPE_CLI" permit check "$T/permit.json"
sed 's/"kind"/"kinds"/' "$T/permit.json" >"$T/odd.json"
says "a permit that is none" 2 "odd.json: permit" "$SPE_CLI" permit check "$T/odd.json"
like "as JSON" "$("$SPE_CLI" permit check --json "$T/odd.json")" '^\{"file":".*odd.json","ok":false,"message":"permit'
says "a permit that is not there" 3 "none.json: the permit is not there" "$SPE_CLI" permit check "$T/none.json"
ssh-keygen -q -t ed25519 -N '' -C issuer -f "$T/issuer"
ssh-keygen -q -t ed25519 -N '' -C other -f "$T/other"
ssh-keygen -q -Y sign -n spe-permit -f "$T/issuer" "$T/permit.json" 2>/dev/null
says "its signature" 0 "its signature is good" \
	"$SPE_CLI" permit check "$T/permit.json" --signature "$T/permit.json.sig" --key "$T/issuer.pub"
says "by another key" 5 "permit.json: " \
	"$SPE_CLI" permit check "$T/permit.json" --signature "$T/permit.json.sig" --key "$T/other.pub"
says "both options or none" 2 "--signature and --key go together" \
	"$SPE_CLI" permit check "$T/permit.json" --key "$T/issuer.pub"
says "a private key is refused" 2 "this is a private key; it was not sent" "$SPE_CLI" user key aino "$T/issuer"
odd=$(printf '\377')
says "what is no text goes into no change of keys" 2 "team must be UTF-8 text" "$SPE_CLI" user key kari "$T/issuer.pub" --team "$odd"
says "nor as a day" 2 "valid-from must be UTF-8 text" "$SPE_CLI" issuer add urn:x "$T/issuer.pub" --valid-from "$odd"
says "nor as the last one" 2 "valid-until must be UTF-8 text" "$SPE_CLI" issuer add urn:x "$T/issuer.pub" --valid-until "$odd"
says "nor takes it a holding from whom it was given to" 2 "a person's id must be UTF-8 text" "$SPE_CLI" holding give h "$odd"
says "import wants the signature" 3 "odd.json.sig: the permit's signature is not there" "$SPE_CLI" permit import "$T/odd.json"

# --- policies
says "the default policy" 0 "default.policy: counts from 10" "$SPE_CLI" policy check "$policy"
echo 'colour = "red"' >>"$T/default.policy"
lines=$(wc -l <"$T/default.policy")
says "an odd line is named" 2 "$T/default.policy:$lines: " "$SPE_CLI" policy check "$T/default.policy"

# --- outputs
printf 'group,n\nold,40\nyoung,50\n' >"$T/good.csv"
printf 'group,n\nold,4\nyoung,50\n' >"$T/small.csv"
printf 'who\n131052-308T\n' >"$T/hetu.csv"
says "a good output passes" 0 "good.csv: pass" "$SPE_CLI" check --policy "$policy" "$T/good.csv"
says "a small count blocks" 4 "small.csv: block" "$SPE_CLI" check --policy "$policy" "$T/small.csv"
says "by this rule, on this line" 4 "$T/small.csv:2:2: block min-count: " "$SPE_CLI" check --policy "$policy" "$T/small.csv"
says "with what would help" 4 "; try: " "$SPE_CLI" check --policy "$policy" "$T/small.csv"
says "an identity number blocks" 4 "block identity-number" "$SPE_CLI" check --policy "$policy" "$T/hetu.csv"
unlike "and is not repeated" "$(cat "$T/.out")" "131052-308T"
says "one blocked among several" 4 "good.csv: pass" "$SPE_CLI" check --policy "$policy" "$T/small.csv" "$T/good.csv"
says "no file" 2 'something is missing after "check"' "$SPE_CLI" check
says "no sped: check --replay" 6 "spe-cli: sped does not answer on $T/nobody.sock" "$SPE_CLI" check --replay 7d20c4e1
says "--replay and files" 2 "--replay takes no files" "$SPE_CLI" check --replay 7d20c4e1 "$T/good.csv"
for option in "--policy $policy" "--sidecar $T/s.json" "--rebuilt $T/left" --explain; do
	# shellcheck disable=SC2086
	says "nor ${option%% *}" 2 "no other option" "$SPE_CLI" check --replay 7d20c4e1 $option
done
like "the record as JSON" "$("$SPE_CLI" check --policy "$policy" --json -- "$T/good.csv")" \
	'^\{"file":"good.csv","sha256_in":"[0-9a-f]{64}",.*"verdict":"pass"'
says "a file that is not there" 3 "the file is not there" "$SPE_CLI" check --policy "$policy" "$T/none.csv"
says "a directory is no file" 2 "must be a regular file" "$SPE_CLI" check --policy "$policy" "$T"
says "a policy that is odd" 2 "default.policy:$lines: " "$SPE_CLI" check --policy "$T/default.policy" "$T/good.csv"

# --- code: what is refused before a word goes to sped (which is not there: 6 would come next)
fresh() { rm -rf "$T/code"; mkdir -p "$T/code/lib"; echo 'x <- 1' >"$T/code/main.R"; }
# shellcheck disable=SC2317 # called by says
run_code() { "$SPE_CLI" run FI-1 --code "$T/code" -- true; }
fresh
says "plain code would be sent" 6 "sped does not answer" run_code
mkdir "$T/code/.git"; ln -s /etc/passwd "$T/code/.git/link"
says ".git is left out" 6 "sped does not answer" run_code
fresh; ln -s /etc/passwd "$T/code/lib/link"
says "a symbolic link" 2 "lib/link is a symbolic link" run_code
says "nothing was sent" 2 "nothing was sent" run_code
fresh; ln "$T/code/main.R" "$T/code/same.R"
says "a hard link" 2 "is a file with several names (hard links)" run_code
fresh; mkfifo "$T/code/pipe"
says "a fifo" 2 "pipe is a fifo" run_code
fresh; : >"$T/code/$(printf 'a\033b')"
says "a name with an odd byte" 2 "bytes that are not printable ASCII, or a backslash: a?b" run_code
fresh; truncate -s 65M "$T/code/data.bin"
says "more than 64 MiB" 2 "the code is larger than 64 MiB at data.bin" run_code
fresh; rm -r "$T/code/lib" "$T/code/main.R"
says "nothing at all" 2 "the code directory is empty" run_code
rm -rf "$T/code"
says "no directory" 3 "there is no code directory" run_code

# --- holdings: files are opened before the description is sent
echo '{"id":"h","title":"t","description":"d","holder":"u","tables":[{"name":"a","columns":[{"name":"x","datatype":"integer"}]}]}' >"$T/h.json"
says "a table that is not described" 2 'the description has no table "b"' "$SPE_CLI" holding add "$T/h.json" "b=$T/good.csv"
says "a table without its file" 3 "the table's file is not there" "$SPE_CLI" holding add "$T/h.json" "a=$T/none.csv"
says "a word that is no table" 2 "is not TABLE=FILE" "$SPE_CLI" holding add "$T/h.json" "$T/good.csv"

# --- what reads files is another program, beside this one or where it was installed
mkdir "$T/alone" && cp "$SPE_CLI" "$T/alone/spe-cli"
if [ ! -e "$(strings -a "$SPE_CLI" | grep -m 1 '^/.*/spe-cli-files$')" ]; then
	says "spe-cli without it says so" 1 "/spe-cli-files can't be run: No such file or directory" "$T/alone/spe-cli" check "$T/good.csv"
fi
cp "$SPE_CLI-files" "$T/alone/"
says "and with it gets it to do the work" 3 "spe-cli: " "$T/alone/spe-cli" check "$T/none.csv"
says "as it was asked" 6 "sped does not answer" "$T/alone/spe-cli" --socket "$T/none.sock" export list
finish
