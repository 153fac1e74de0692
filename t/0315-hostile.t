#!/bin/sh
# A hostile researcher: programs that want out of a job, what stopped each of them, and with what answer. The catalogue is
# t/hostile/table.c; t/0316-weak.t shows of each that it was this defence which stopped it.
. "${srcdir:-.}/t/lib.sh"
. "$srcdir/t/hostile/world.sh"
hostile_world "$@"
nok "outside of a job it tries nothing" "$HOSTILE" try
is "and says so" "$(cat "$T/.out")" "hostile: this is no job; nothing is tried"
ok "a host with something to find" hostile_host
programs=$(sha256sum "$BIN"/spe* /usr/local/games/suid)
ok "a private sped serves" sped_start
ok "people and keys are registered" people_make
ok "a holding is taken in" small_holding people
ok "a workspace is staged" small_workspace H-1 people
ok "another workspace is staged" small_workspace H-2 people

# --- the catalogue, while others go on
other=$(cli aino --json run H-2 --detach -- sh -c 'for i in $(seq 30); do sleep 0.1; done; cat /data/people/people.csv >/dev/null && echo went on' | jq -r .job)
catalogue
ok "at least 190 attempts were made" test "$(sed -n 's/^1\.\.//p' "$T/said")" -ge 190
state() { cli aino --json job show "$1" | jq -r '.state + " " + (.result // "")'; }
is_over() { state "$1" | grep -Eq '^(captured|checked|ended|done|completed)'; }
ok "a job of another workspace ended meanwhile" wait_for 30 is_over "$other"
is "as it should" "$(captured "$other" stdout.txt)" "went on"
is "the programs are those that were there" "$(sha256sum "$BIN"/spe* /usr/local/games/suid)" "$programs"
sed -n 's/^\(not \)\{0,1\}ok [0-9]* - //p' "$T/said" >"$T/first"
victim_ready
hostile_job again "abi=$abi" port=18765 "victim=$victim" "sped=$sped_pid" suid=/usr/local/games/suid device=/usr/local/games/device
sed -n 's/^\(not \)\{0,1\}ok [0-9]* - //p' "$T/said" >"$T/second"
is "the next job has the same answers (known escape 16)" "$(grep -vxFf "$T/first" "$T/second")" ""
ok "to nearly as many attempts" test "$(wc -l <"$T/second")" -ge 170

# --- after the command
hostile_job survive
ok "a command ends before what it began" test "$status" = 0
is "what ignores every signal does not outlive its job" "$(pgrep -f '^/usr/local/games/hostile survive')" ""
kill -9 "$victim" # which stays a minute: one that has just begun is there for another reason than that, or is not
victim_gone() { ! pgrep -f '^/usr/local/games/hostile stay'; }
ok "the job that stayed is over" wait_for 10 victim_gone
ok "another one goes on" victim_ready
hostile_job kill-all
ok "kill(-1) reaches its own job" test "$status" = 0
ok "and no other" kill -0 "$victim"
ok "sped among the others" curl -sf --unix-socket "$SPE_SOCKET" http://localhost/v1/openapi.json
hostile_job kill-parent
is "spe-init is not ended by its job" "$(state "$job" | cut -d' ' -f2)" completed
for i in 1 2; do
	hostile_job swap
	is "files and links swapped while they are captured: all there ($i)" "$(jq '(.outputs | length) + ([.skipped[].count] | add)' "$T/state/gate/jobs/$job.json")" 21 # empty logs are no outputs
	unlike "and no byte of the data ($i)" "$(jq -r '.outputs[].name' "$T/state/gate/jobs/$job.json" | while read -r f; do captured "$job" "$f"; done)" 'pin|^p[a-z2-7]{30}'
done
hostile_job litter
is "of links, hard links, sockets, odd names and depths" "$(jq -r '.outputs[].name' "$T/state/gate/jobs/$job.json" | tr '\n' ' ')" "good.txt stdout.txt "
is "each is told by its kind (known escape 19)" "$(jq -r '[.skipped[] | "\(.reason) \(.count)"] | sort | join(", ")' "$T/state/gate/jobs/$job.json")" \
	"depth 1, hardlink 2, link 4, name 1, special 1"
is "where links led nothing went (known escape 18)" "$(cat "$T/canary/alive")" alive
is "who looks in the same job finds it" "$(grep -cE '^found /(outputs|work|tmp|dev/shm)/out$' "$T/said")" 4
hostile_job look
is "the next job finds nothing of it (known escapes 4, 7)" "$(cat "$T/said")" "looked in 6"
begun=$(date +%s)
hostile_job flood
nok "a flood of log ends the job" test "$status" = 0
like "with a sentence" "$(cat "$T/job.out")" 'limit was reached|/outputs was full'
ok "soon" test $(($(date +%s) - begun)) -lt 30
ok "and the log is no larger than the limit" test "$(captured "$job" stdout.txt | wc -c)" -le $((16 << 20))
cli aino run H-1 --cpus 0.05 -- /usr/local/games/hostile burn >"$T/job.out" 2>&1
got=$(captured "$(job_of "$T/job.out")" stdout.txt)
ok "a busy job has the processor that it may have: 5 %, measured $got" test "${got:-100}" -lt 12
[ -n "$got" ] || { sed 's/^/# /' "$T/job.out"; cli root audit search --action job.drift | tail -n 1 | sed 's/^/# /'; tail -n 5 "$T/sped.log" | sed 's/^/# /'; }

# --- the known escapes: each is somewhere
"$HOSTILE" list >"$T/list"
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	seen=$(awk -F'\t' -v n=$i '$4 == n' "$T/list" | wc -l)
	other=$(cd "$srcdir" && grep -lE "known escapes?( $i\\b|s .*\\b$i\\b)" t/[0-9]*.t t/unit/*.c | tr '\n' ' ')
	ok "known escape $i: $seen in the catalogue${other:+, ${other}}" test "$seen" -gt 0 -o -n "$other"
done

# --- a helper of the host that takes the memory of what crashes: the host's own setting, so only where the host is the test's
if [ "${SPE_VM:-}" = 1 ]; then
	printf '#!/bin/sh\nhead -c 64 >/run/spe-core-was-here\n' >/usr/local/sbin/spe-core && chmod 755 /usr/local/sbin/spe-core
	echo '|/usr/local/sbin/spe-core' >/proc/sys/kernel/core_pattern
	rm -f /run/spe-core-was-here
	hostile_job crash
	like "a job crashes" "$(cat "$T/job.out")" 'signal|failure'
	sleep 1
	nok "the host's helper sees nothing of it (known escape 20)" test -e /run/spe-core-was-here
	prlimit --core=unlimited sh -c 'kill -ABRT $$'
	ok "and would have: it is called for a program outside" wait_for 5 test -e /run/spe-core-was-here
else
	echo "# core_pattern is this host's: what a helper would see of a job is asked in t/vm/run"
fi
finish
