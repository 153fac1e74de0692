# shellcheck shell=sh disable=SC2154 # srcdir is of t/lib.sh
# corpus.sh - make the corpus, in two processes at a time. Sourced after t/lib.sh by t/0540-clean.t and t/0550-dirty.t.
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
corpus_py() { for s in texts results spoken near; do "$python" "$SPE_CORPUS/$s.py" "$T/clean" || return 1; done; }
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
# corpus_check RECORDS FILE...: as one export, behind the records that are there; a file that is blocked is no failure
corpus_check() {
	records=$1
	shift
	status=0
	"$SPE_CLI" check --policy "$srcdir/policy/rules/default.policy" --json -- "$@" >>"$records" 2>"$T/check.err" || status=$?
	[ "$status" = 0 ] || [ "$status" = 4 ] || { cat "$T/check.err"; return 1; }
}
# corpus_check_each RECORDS FILE...: each as an export of its own: most have nothing to do with one another
corpus_check_each() {
	each=$1
	shift
	for f; do corpus_check "$each" "$f" || return 1; done
}
# corpus_or_end WHAT COMMAND...: nothing can be said without it
corpus_or_end() {
	what=$1
	shift
	"$@" >"$T/step.log" 2>&1 && return 0
	echo "not ok 1 - $what"
	sed 's/^/# /' "$T/step.log"
	echo 1..1
	exit 1
}
