#!/bin/sh
# The catalogue again, in a build whose defences can be left out by name (include/spe/weak.h): without what stopped it an
# attempt is stopped by the next defence, or succeeds. So none was stopped by something else than it is said to be.
. "${srcdir:-.}/t/lib.sh"
. "$srcdir/t/scratch.sh"
. "$srcdir/t/hostile/world.sh"
hostile_world "$@"
weakened="sped/bin/sped sped/bin/sped-engine sped/bin/spe-init sped/bin/spe-filter sped/bin/spe-root"
if [ -n "${WEAK_TREE:-}" ]; then # one that is there
	ln -s "$WEAK_TREE" "$T/tree"
else
	ok "the sources are copied" scratch_copy
	ok "configured" scratch_configure --enable-weak-for-tests
	# shellcheck disable=SC2086 # a list of files
	ok "built" scratch_make -s $weakened
	nok "it can't be installed" scratch_make install-exec-local
fi
mkdir "$T/weak"
cp "$BIN"/spe* "$T/weak/"
for p in $weakened; do
	nok "$p as built for use has no switch" grep -q SPE_WEAK "$BIN/${p##*/}"
	ok "and has it as built here" grep -q SPE_WEAK "$T/tree/$p"
	cp "$T/tree/$p" "$T/weak/"
done
BIN=$T/weak
ok "a host with something to find" hostile_host
ok "a private sped serves" sped_start
ok "people and keys are registered" people_make
ok "a holding is taken in" small_holding people
ok "a workspace is staged" small_workspace H-1 people
ok "another workspace is staged" small_workspace H-2 people
weakly() { # SET: sped again, without these
	sped_stop
	export SPE_WEAK="$1"
	sped_start || result 1 "sped serves without $1: $(tail -n 2 "$T/sped.log")"
}
for set in ${WEAK_SETS:-marks $("$HOSTILE" sets)}; do
	weakly "attest,$set"
	catalogue "$set"
done

# --- what ends a job, and what is read of it
left() { pgrep -f '^/usr/local/games/hostile survive'; }
weakly attest,reap
cli aino run H-1 --time 2s -- /usr/local/games/hostile survive >"$T/job.out" 2>&1
like "without spe-init's last signal the time limit ends the job" "$(cat "$T/job.out")" 'time limit of 2 s'
is "and its pid namespace what was left" "$(left)" ""
weakly attest,reap,pidns
hostile_job survive off=pidns
unlike "without its pid namespace too, it is left" "$(left)" '^$'
for p in $(left); do kill -9 "$p"; done
weakly attest,pidns
hostile_job kill-parent off=pidns
nok "without its pid namespace a job ends spe-init" test "$status" = 0
weakly attest,cgroup
cli aino run H-1 --cpus 0.05 -- /usr/local/games/hostile burn >"$T/job.out" 2>&1
got=$(captured "$(job_of "$T/job.out")" stdout.txt)
ok "without its cgroups' limits a job has more of the processor than 5 %: measured $got" test "$got" -ge 12
# what attest sees of a first process (one without a filter may be unpacking still); "attest" is not left out: sped looks
for set in userns pidns netns ipcns utsns cgroupns cgroup readonly nosuid nodev; do
	weakly "$set"
	cli aino run H-1 -- sleep 6 >"$T/job.out" 2>&1
	job=$(job_of "$T/job.out")
	is "a job without $set is stopped by sped itself" "$(cli root --json audit search --action job.drift | tail -n 1 | jq -r '.object.job')" "${job:-no job}"
done
finish
