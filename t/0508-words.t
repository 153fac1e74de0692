#!/bin/sh
# What run, job show, workspace show, review list and review show tell people: what is risky, where, what next; and
# no raw numbers.
. "${srcdir:-.}/t/lib.sh"
needs jq
needs ssh-keygen
own_world "$@"
export TZ=EET-2
ok "sped starts" sped_start
people_make >"$T/out" 2>&1 && small_holding sixty >>"$T/out" 2>&1 && small_workspace FI-8 sixty >>"$T/out" 2>&1
is "a workspace is staged" "$?" 0
cli root workspace show FI-8 >"$T/ws"
like "a workspace: memory" "$(cat "$T/ws")" '^memory: 1 GiB$'
like "time" "$(cat "$T/ws")" '^time for a job: 5 min$'
like "processors" "$(cat "$T/ws")" '^processors: [0-9.]+$'
unlike "and no raw number" "$(cat "$T/ws")" '(^| )[0-9]{7,}( |$)'

cli aino run FI-8 -- sh -c 'printf "group,n\nold,40\nyoung,3\nall,43\n" >/outputs/small.csv
	printf "group,n\nold,40\nyoung,50\n" >/outputs/good.csv
	printf "Ask info@example.org for more.\n" >/outputs/role.txt; sleep 1.1' >"$T/ran" 2>&1
is "a job: status" "$?" 0
job=$(sed -nE 's/.*job ([0-9a-f]{8})[ :].*/\1/p' "$T/ran" | head -n 1)
like "its outputs in a table" "$(cat "$T/ran")" '^NAME +SIZE +PASS +REVIEW +BLOCK$'
like "with sizes for people" "$(cat "$T/ran")" '^good\.csv +24 B +'
hint() { tr '\n' ' ' <"$1" | tr -s ' ' | grep -o "spe-cli export request [^;]* --describe \"[^\"]*\""; } # folded lines
like "a blocked file's rules are asked for by what is whole" "$(hint "$T/ran")" "^spe-cli export request $job FILE --describe \"FILE=what it shows\"\$"
loud=$(cli aino --json run FI-8 -- sh -c 'echo odd >&2' | jq -r 'select(.job).job' | head -n 1)
like "and a log by what is, too" "$(cli aino job log "$loud" 2>&1)" "spe-cli export request $loud stderr.txt --describe \"stderr.txt=what it shows\""
like "and what to do next" "$(cat "$T/ran")" "^next: spe-cli export request $job [a-z.]+ --describe \"[a-z.]+=what it shows\"\$"
cli aino job show "$job" >"$T/job"
like "job show: local time with its zone" "$(cat "$T/job")" '^submitted: 20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9:]{8} EET$'
like "how long it took" "$(cat "$T/job")" '^took: [0-9]+ s$'
like "limits in words" "$(cat "$T/job")" '^limits: 2 processors, 1 GiB of memory, 5 min, 100 processes$'
unlike "no JSON, no raw number" "$(cat "$T/job")" '[{}]|(^| )[0-9]{7,}( |$)'
like "the JSON has them as they came" "$(cli aino job show "$job" --json | jq -c .limits)" '"memory":1073741824'
like "job list: local time" "$(cli aino job list)" "^$job .* EET "

# --- review
cli aino export request "$job" role.txt good.csv --describe "role.txt=whom to ask" --describe "good.csv=two groups" >"$T/ask" 2>&1
is "an export is asked for" "$?" 0
export=$(sed -nE 's/.*export ([0-9a-f]{8}) is pending.*/\1/p' "$T/ask")
like "what comes next" "$(cat "$T/ask")" "^next: .* spe-cli export show $export "
like "export list: local time" "$(cli aino export list)" "^$export .* EET\$"
like "export show, too" "$(cli aino export show "$export")" '^requested: .* EET$'
cli kari review list >"$T/list"
like "review list: the risk" "$(cat "$T/list")" "^$export .* review: 1 of 2 files, 1 finding: e-mail\$"
like "under its title" "$(head -n 1 "$T/list")" ' RISK$'
is "also as JSON" "$(cli kari review list --json | jq -r .risk)" "review: 1 of 2 files, 1 finding: e-mail"
check=$T/state/gate/exports/$export/findings.json
cp -p "$check" "$T/check" && echo '{' >"$check"
second=$(export_of "$job" good.csv)
says "one that can't be read has why, and the exit status" 1 "unreadable: " cli kari review list
like "it keeps its row" "$(cli kari review list)" "^$export .* unreadable: "
like "and so do the others" "$(cli kari review list)" "^$second .* pass: 1 file\$"
cat "$T/check" >"$check"
ok "it is taken back" cli aino export withdraw "$second"
sqlite3 "$T/state/engine/state.db" "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i<200) INSERT INTO export(id,workspace,job,
	requester,state,context,requested,files,serial) SELECT printf('%08x',i),workspace,job,requester,state,context,requested,files,serial+1000+i
	FROM export, n WHERE id='$export'"
says "of more than 200 it says so" 0 "these are the oldest 200; more wait behind them" cli kari review list
sqlite3 "$T/state/engine/state.db" "DELETE FROM export WHERE id='000000c8'"
unlike "not of 200" "$(cli kari review list 2>&1)" 'more wait'
sqlite3 "$T/state/engine/state.db" "DELETE FROM export WHERE id LIKE '000000%'"
cli kari review show "$export" >"$T/show"
is "review show begins with the risk" "$(head -n 1 "$T/show")" "risk: review: 1 of 2 files, 1 finding: e-mail"
is "the worst file is the first" "$(grep -Eo '^[a-z]+\.[a-z]+: (review|pass)' "$T/show" | tr '\n' ' ')" "role.txt: review good.csv: pass "
like "with its size and findings" "$(cat "$T/show")" '^role\.txt: review(, text)?, 31 B(, leaves as [0-9]+ B)?; 0 block, 1 review'
like "the rule" "$(cat "$T/show")" '^  review e-mail:$'
like "the place" "$(cat "$T/show")" '^    line 1( column [0-9]+)?: '
like "the fix" "$(cat "$T/show")" '^    fix: '
is "and a question for each file" "$(grep -c '^  to decide: ' "$T/show")" 2
like "what the researcher says of it" "$(cat "$T/show")" '^  "whom to ask"$'
like "when, in local time" "$(cat "$T/show")" '^asked for at: .* EET$'

# --- many findings of one rule are one group
cli aino run FI-8 -- sh -c '{ echo group,n; for i in 1 2 3 4 5 6 7 8 9; do echo "g$i,$i"; done; } >/outputs/many.csv' >"$T/ran" 2>&1
job=$(sed -nE 's/.*job ([0-9a-f]{8})[ :].*/\1/p' "$T/ran" | head -n 1)
cli aino export request "$job" many.csv --describe "many.csv=nine groups" >"$T/ask" 2>&1
is "nine small counts: blocked" "$?" 4
export=$(sed -nE 's/.*export ([0-9a-f]{8}) is blocked.*/\1/p' "$T/ask")
cli kari review show "$export" >"$T/show"
like "are one group" "$(cat "$T/show")" '^  block min-count, 9 places:$'
is "of which six are shown" "$(grep -Ec '^    (row|line) [0-9]+ column 2: ' "$T/show")" 6
like "and the others counted" "$(cat "$T/show")" '^    and 3 more like them$'
is "one fix for all of them" "$(grep -c '^    fix: ' "$T/show")" 1
like "nothing is left to decide" "$(cat "$T/show")" "^  to decide: nothing: what is blocked can't be approved"
finish
