#!/bin/sh
# The rules catch what careful people catch: small slips in clean files, one in each, that must block or go to a person.
. "${srcdir:-.}/t/lib.sh"
. "$srcdir/t/data/corpus/corpus.sh"

corpus_or_end "the corpus is made" corpus_make
corpus_or_end "slips are made" "$python" "$SPE_CORPUS/dirty.py" "$T/clean" "$T/dirty"
corpus_or_end "slips of the tongue are made" "$python" "$SPE_CORPUS/spoken.py" "$T/clean" "$T/dirty"
corpus_or_end "clean files are checked" corpus_check_each "$T/records" "$T"/clean/*
corpus_or_end "dirty files are checked" corpus_check_each "$T/records" "$T"/dirty/*
# What only two files together tell: the clean one first, in one export.
: >"$T/pairs"
cut -f 1,4 "$T/dirty.expect" | grep '[[:space:]]+' >"$T/pair.list"
while read -r file source; do
	corpus_or_end "$file is checked behind ${source#+}" corpus_check "$T/pairs" "$T/clean/${source#+}" "$T/dirty/$file"
done <"$T/pair.list"
"$python" "$srcdir/t/tools/corpus.py" dirty "$T/dirty" "$T/records" "$T/pairs"
