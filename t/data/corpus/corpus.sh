# corpus.sh - make the corpus, in two processes at a time. Sourced after t/lib.sh by t/0540-clean.t and t/0550-dirty.t.
# shellcheck shell=sh
needs Rscript
SPE_CORPUS=$(cd "$srcdir/t/data/corpus" && pwd)
export SPE_CORPUS LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 MPLCONFIGDIR="$T/mpl"
# The first python3 that has what Debian packages; one of pyenv or conda may come before it.
corpus_python() {
	for p in python3 /usr/bin/python3; do
		"$p" -c 'import matplotlib, pandas, scipy, statsmodels' 2>/dev/null && { echo "$p"; return; }
	done
	return 1
}
python=$(corpus_python) || skip_all "needs Python's matplotlib, pandas, scipy and statsmodels; see t/packages"
Rscript -e 'stopifnot(all(sapply(c("survival", "MASS", "nlme", "mgcv", "ggplot2"), requireNamespace, quietly = TRUE)))' >/dev/null 2>&1 ||
	skip_all "needs R's survival, MASS, nlme, mgcv and ggplot2; see t/packages"

corpus_r() { for s in tables models plots; do Rscript --vanilla "$SPE_CORPUS/$s.R" "$T/clean" || return 1; done; }
corpus_py() { for s in texts results; do "$python" "$SPE_CORPUS/$s.py" "$T/clean" || return 1; done; }
# corpus_make: clean files in $T/clean, why some may be for review in $T/clean.reviews
corpus_make() {
	mkdir -p "$T/clean"
	corpus_r >"$T/r.log" 2>&1 &
	r=$!
	corpus_py >"$T/py.log" 2>&1
	py=$?
	wait "$r" && [ "$py" = 0 ] && return 0
	cat "$T/r.log" "$T/py.log"
	return 1
}
# corpus_check RECORDS FILE...: 1 says that a file was blocked, which the records tell
corpus_check() {
	records=$1
	shift
	"$SPE_CLI" check --policy "$srcdir/policy/rules/default.policy" --json -- "$@" >"$records" 2>"$T/check.err"
	status=$?
	[ "$status" = 0 ] || [ ! -s "$T/check.err" ] || cat "$T/check.err"
	[ "$status" = 0 ] || [ "$status" = "${refused:-4}" ]
}
