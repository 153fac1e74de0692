#!/bin/sh
# What careful researchers write isn't blocked: hundreds of clean results of R and Python, all sorts of data and formats.
# A block of one of them is a fault of the checks, and more than a few reviews make reviewers switch them off.
. "${srcdir:-.}/t/lib.sh"
needs jq
needs Rscript
needs python3
Rscript -e 'library(survival)' >/dev/null 2>&1 || skip_all "needs R's package survival"
corpus=$srcdir/t/data/corpus
policy=$srcdir/policy/rules/default.policy
ok "R writes its results" Rscript "$corpus/clean.R" "$T/clean"
ok "R writes more, easily taken for persons" Rscript "$corpus/wide.R" "$T/clean"
ok "Python writes its results" python3 "$corpus/clean.py" "$T/clean"

cd "$T/clean" || exit 1
files=$(find . -type f | wc -l)
# One export for each result in all its formats and sizes, whose counts agree. Tables of several outcomes with the same
# labels would need their populations named, or differencing takes them for tables of the same persons.
find . -type f | sed 's|^\./||' | sort >"$T/list"
sed 's/_[0-9]*\.png$//; s/\.[a-z]*$//; s/-eu$//' "$T/list" | paste -d ' ' - "$T/list" | sort |
	awk '$1 != was { if (was != "") print ""; was = $1 } { printf "%s ", $2 } END { print "" }' >"$T/exports"
while read -r export; do
	# shellcheck disable=SC2086 # names are made without blanks
	"$SPE_CLI" check --policy "$policy" --json -- $export
done <"$T/exports" >"$T/checked" 2>"$T/err"
jq -r 'select(.verdict != "pass") | .file as $f | .checks[] | select(.outcome != "pass") |
	[.outcome, .id, $f, (.line // 0), (.column // 0), .detail] | @tsv' "$T/checked" | sort >"$T/findings"
count() { jq -r --arg v "$1" 'select(.verdict == $v) | .file' "$T/checked" | wc -l; }
blocks=$(count block) reviews=$(count review) passes=$(count pass)

ok "at least 300 files" [ "$files" -ge 300 ]
is "each has a verdict" "$((blocks + reviews + passes))" "$files"
is "none is blocked" "$blocks" 0
ok "at most 15 in 100 are for a person to review" [ $((reviews * 100)) -le $((files * 15)) ]
grep '^block' "$T/findings" | sort -u -k 3,3 | sed 's/^/# /'
echo "# $files files: $blocks blocked, $reviews to review, $passes passed"
cut -f 1,2 "$T/findings" | sort | uniq -c | sed 's/^/# /'
[ -z "${SPE_TEST_VERBOSE:-}" ] || sed 's/^/# /' "$T/findings"
cat "$T/err" >&2

# Twins: the same files with a person or few in them are found, or the above would prove nothing.
mkdir "$T/twins"
cd "$T/twins" || exit 1
verdict() { "$SPE_CLI" check --policy "$policy" --json -- "$@" | jq -r '"\(.verdict) " + ([.checks[] | select(.outcome != "pass") | .id] | unique | join(","))'; }
sed 's/^"60-74",[0-9]*/"60-74",4/' "$T/clean/rate_stroke.csv" >rate.csv
is "a small count in the table of rates" "$(verdict rate.csv)" "block min-count"
sed 's/INFO impute/INFO 131052-308T impute/' "$T/clean/run_0.log" >run.log
is "an identity code in the log" "$(verdict run.log)" "block identity-number"
{ cat "$T/clean/codebook_0.csv"; echo 'ihmisen_hetu,string,131052-308T'; } >codebook.csv
like "an identity code in the codebook" "$(verdict codebook.csv)" '^block .*identity-number'
finish
