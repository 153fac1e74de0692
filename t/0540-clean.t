#!/bin/sh
# The rules don't cry wolf: hundreds of ordinary result files, made afresh, of which none may be blocked and few doubted.
. "${srcdir:-.}/t/lib.sh"
. "$srcdir/t/data/corpus/corpus.sh"

if ! corpus_make >"$T/make.log" 2>&1; then
	echo "not ok 1 - the corpus is made"
	sed 's/^/# /' "$T/make.log"
	echo 1..1
	exit 1
fi
if ! corpus_check "$T/records" "$T"/clean/* >"$T/make.log" 2>&1; then
	echo "not ok 1 - the corpus is checked"
	sed 's/^/# /' "$T/make.log"
	echo 1..1
	exit 1
fi
"$python" "$srcdir/t/tools/corpus.py" clean "$T/clean" "$T/records"
