#!/bin/sh
# The rules catch what careful people catch: small slips in clean files, one in each, that must block or go to a person.
. "${srcdir:-.}/t/lib.sh"
. "$srcdir/t/data/corpus/corpus.sh"

if ! corpus_make >"$T/make.log" 2>&1 || ! "$python" "$SPE_CORPUS/dirty.py" "$T/clean" "$T/dirty" >>"$T/make.log" 2>&1; then
	echo "not ok 1 - the corpus is made"
	sed 's/^/# /' "$T/make.log"
	echo 1..1
	exit 1
fi
if ! corpus_check "$T/records" "$T"/clean/* "$T"/dirty/* >"$T/make.log" 2>&1; then
	echo "not ok 1 - the corpus is checked"
	sed 's/^/# /' "$T/make.log"
	echo 1..1
	exit 1
fi
"$python" "$srcdir/t/tools/corpus.py" dirty "$T/dirty" "$T/records"
