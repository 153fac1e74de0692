#!/bin/sh
# The rules don't cry wolf: hundreds of ordinary result files, made afresh, of which none may be blocked and few doubted.
. "${srcdir:-.}/t/lib.sh"
. "$srcdir/t/data/corpus/corpus.sh"

corpus_or_end "the corpus is made" corpus_make
corpus_or_end "the corpus is checked" corpus_check_each "$T/records" "$T"/clean/*
# Exports as people ask for them: all of one study, and the same table of several cohorts.
mkdir "$T/exports"
export_of_files() { # NAME FILE...
	name=$1
	shift
	corpus_or_end "$name is checked" corpus_check "$T/exports/$name" "$@"
}
cd "$T/clean" || exit 1
srcdir=$(cd "$SPE_CORPUS/../../.." && pwd)
export_of_files colon-cancer table1-colon-csv.csv crosstab-colon-*.* counts-colon-*.* rates-colon.* km-both-colon.* cox-colon.txt \
	logrank-colon.txt median-survival-colon.txt survival-at-years.csv forest-colon.png README.md
export_of_files curves km-colon.* km-gbsg.* km-lung.* km-mgus.* km-myeloid.* km-pbc.* km-rotterdam.*
export_of_files series yearly-*.* arsvis-incidens.csv vuosittain.csv dodsfall-per-uke.csv
export_of_files models tidy-*.csv glance-*.csv ratios-*.* model-*.json sm-*.csv
export_of_files groups pd-crosstab.txt pd-groups.csv pd-pivot.csv sites.csv quintiles.csv hist-bmi.csv
"$python" "$srcdir/t/tools/corpus.py" clean "$T/clean" "$T/records" "$T"/exports/*
