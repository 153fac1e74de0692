#!/bin/sh
# The whole day of t/demo as a test: a permit, a job of a researcher, two checkers, a release; and what nobody may
# see or do on the way.
# shellcheck source=t/lib.sh
. "${srcdir:-.}/t/lib.sh"
needs Rscript
needs ssh-keygen
needs zstd
Rscript -e 'library(survival)' >/dev/null 2>&1 || skip_all "needs R's package survival"
own_world "$@"
# shellcheck source=t/day.sh
. "$srcdir/t/day.sh"

log_on_failure() { [ "$bad" = 0 ] || sed 's/^/# sped: /' "$T/sped.log"; }
needed() { # WHAT STEP: without it nothing of the rest can be tried
	before=$bad
	ok "$1" "$2"
	[ "$bad" = "$before" ] || { log_on_failure; finish; }
}
hash() { sha256sum "$1" | cut -d' ' -f1; }
api() { # WHO PATH [BODY]: the HTTP status that sped answers
	as "$1" curl -s -o /dev/null -w '%{http_code}' --unix-socket "$SPE_SOCKET" ${3:+-H "Content-Type: application/json" -d "$3"} \
		"http://localhost$2"
}
run() { # WHO LINE of shell as the job's command; everything that spe-cli says, and sets job
	text=$(cli "$1" run "$permit" -- sh -c "$2" 2>&1)
	status=$?
	job=$(printf '%s\n' "$text" | sed -nE 's/.*job ([0-9a-f]{8})[: ].*/\1/p' | head -n 1)
}

needed "sped starts" sped_start
needed "homes and files" day_begin
needed "two holdings are made" day_data
needed "people and their keys are registered" day_people
needed "holdings are read" day_holdings
needed "a permit is signed" day_permit

# --- before there is a permit nobody has anything
is "aino has no workspace yet" "$(cli aino workspace list --json)" ""
needed "the permit is imported and staged" day_import
like "colon has all its rows" "$(cli root workspace show $permit)" "colon .*1858|1858.*colon"
like "of pbc those who took part" "$(cli root workspace show $permit)" "pbc .*312|312.*pbc"

needed "the analysis runs" day_run
analysis=$job
like "a job's output is not printed" "$(cli aino job log "$analysis" 2>&1)" "stdout.txt"
unlike "not even its log" "$(cli aino job log "$analysis" 2>&1; cli aino job show "$analysis")" "929 subjects|Cox model"

# --- people whom it does not concern
says "eve is nobody" 5 "61005" cli eve workspace list
says "nor may she ask for a job" 5 "spe-cli: " cli eve job show "$analysis"
says "nor run one" 5 "spe-cli: " cli eve run "$permit" -- true
says "kari checks and runs nothing" 5 "spe-cli: " cli kari run "$permit" -- true

needed "an export is asked for and not blocked" day_request
like "its files are judged" "$(cli kari review show "$export")" "linked.csv: pass"
as aino ssh-keygen -q -t ed25519 -N '' -f "$T/home/aino/key"
says "aino can't read her log before release" 5 "spe-cli: " cli aino review open "$export" stdout.txt --key "$T/home/aino/key"
is "nor by HTTP" "$(api aino "/v1/exports/$export/files/stdout.txt" "{}")" 403
is "nor the release" "$(api aino "/v1/exports/$export/release")" 409
says "eve does not see the export" 5 "spe-cli: " cli eve export show "$export"

# --- decisions
as aino sh -c "mkdir -m 700 -p .ssh; ssh-keygen -q -t ed25519 -N '' -f $T/home/aino/own" 2>/dev/null
says "aino can't decide on her own" 5 "spe-cli: " cli aino review approve "$export" --key "$T/home/aino/own"
cli kari review open "$export" km.csv -o "$T/home/kari/km.csv" >/dev/null 2>&1
needed "kari approves" day_review_kari
like "one approval is not enough" "$(cli aino export show "$export" --json)" '"state": ?"pending"'
says "nothing can be fetched" 4 "spe-cli: " cli aino export fetch "$export" -o "$T/home/aino/early.tar"
nok "and no file is left" test -e "$T/home/aino/early.tar"
cli lars review show "$export" --json >"$T/shown" 2>&1
like "lars is shown the export" "$(cat "$T/shown")" "\"export\": ?\"$export\""
unlike "and not how kari decided" "$(cat "$T/shown")" '"verdict": ?"approve"'
nok "kari can't decide twice" cli kari review approve "$export"
like "so it still waits" "$(cli aino export show "$export" --json)" '"state": ?"pending"'
needed "lars approves, and it is released" day_review_lars

# --- the release
needed "aino fetches it" day_fetch
R=$T/home/aino/spe-release-$export
ok "a second fetch" cli aino export fetch "$export" -o "$T/home/aino/again.tar"
ok "gives the same bytes" cmp "$R.tar" "$T/home/aino/again.tar"
nok "and nothing is written over" cli aino export fetch "$export" -o "$T/home/aino/again.tar"
ok "kari had read the very bytes" cmp "$T/home/kari/km.csv" "$R/files/km.csv"
for file in $released; do
	kept=$(find "$T/state/gate/vault" -type f -name "*$(hash "$R/files/$file" | cut -c5-)")
	ok "$file is as captured" cmp "$R/files/$file" "$kept"
	like "$file is as decided on" "$(cat "$R/manifest.json")" "\"$(hash "$R/files/$file")\""
done
is "nothing else is in it" "$(find "$R/files" -type f | wc -l | tr -d ' ')" 5
needed "it verifies, also by stock programs" day_verify
ok "its tables can be read" day_read
needed "its figures are those of the records" day_figures
sed 1d "$T/home/operator/colon.csv" | cut -d, -f1 | sort -u >"$T/pins"
nok "no identity number is in it" grep -rqFf "$T/pins" "$R"

# --- a job that fails tells so and no more
run aino 'echo 131052-308T; echo the 929 of the trial >&2; exit 7'
is "a job that fails: status 1" "$status" 1
like "says so" "$text" "ended with a failure"
unlike "without a byte of what it printed" "$text" "308T|of the trial"

# --- what must not leave
run aino 'printf "group,n\nold,40\nyoung,3\n" >/outputs/small.csv
	cut -d, -f1,4 /data/trial-colon/colon.csv >/outputs/rows.csv
	printf "term\n" >/outputs/one.csv; sed -n 2p /data/trial-pbc/pbc.csv | cut -d, -f1 >>/outputs/one.csv'
is "another job" "$status" 0
# shellcheck disable=SC2317 # called by says
request() { cli aino export request "$job" "$1" --describe "$1=a table"; }
says "a small count is blocked" 4 "line 3 column 2" request small.csv
like "and the rule is named" "$(cat "$T/.out")" "block min-count"
says "rows of the data are blocked" 4 "block pseudonym" request rows.csv
says "one pseudonym is enough" 4 "line 2" request one.csv
like "for the rule" "$(cat "$T/.out")" "block pseudonym"
blocked=$(sed -nE 's/.*export ([0-9a-f]{8}) is blocked.*/\1/p' "$T/.out")
nok "checkers can't wave it through" cli kari review approve "$blocked"
is "and it can't be fetched" "$(api aino "/v1/exports/$blocked/release")" 409

needed "journal, vault and releases verify" day_audit
for action in permit job export decision release; do
	like "the journal has the $action" "$(cli root audit search --workspace $permit --limit 1000 --json)" "$action"
done
sped_stop
log_on_failure
finish
