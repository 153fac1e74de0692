#!/bin/sh
# Five hundred jobs of twenty workspaces wait at once: all are done, none is lost or mixed up with another, no workspace waits
# for the others', and the programs of sped hold no more memory afterwards than before.
. "${srcdir:-.}/t/lib.sh"
own_world "$@"
needs python3
needs jq

WORKSPACES=20 EACH=25
mkdir -p "$T/etc/policy" && printf 'slots = 4\npermit-running = 4\nwork-mib = 16\noutputs-mib = 16\n' >"$T/etc/sped.conf"
sed 's/^show-findings = .*/show-findings = false/' "$srcdir/policy/rules/default.policy" >"$T/etc/policy/default.policy"
ok "a private sped serves" sped_start -p 5
ok "people and keys are registered" people_make
ok "a holding is taken in" small_holding people
workspaces_make() {
	for i in $(seq $WORKSPACES); do
		permit_text "QUEUE-$i" people >"$T/q.permit" && rm -f "$T/q.permit.sig" &&
			ssh-keygen -q -Y sign -n spe-permit -f "$T/issuer" "$T/q.permit" && cli root permit import --detach "$T/q.permit" || return 1
	done
}
ok "$WORKSPACES permits are imported" workspaces_make
all_ready() { [ "$(cli root --json workspace list | jq -r .state | grep -c ready)" = $WORKSPACES ]; }
ok "and staged" wait_for 60 all_ready

cat >"$T/queue.py" <<'P'
"""queue.py SOCKET WORKSPACES EACH: as aino, holds all slots, queues the jobs, lets the slots go, waits until all are done.
Prints "NUMBER JOB STATE TOKEN" of each."""
import http.client, json, os, random, socket, sys, time

path, workspaces, each = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

class Unix(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(path)

sped = Unix("sped")

def ask(method, where, body=None):
    sped.request(method, where, json.dumps(body) if body is not None else None, {"Content-Type": "application/json"})
    answer = sped.getresponse()
    text = answer.read()
    if answer.status > 299:
        sys.exit("%s %s: %d %s" % (method, where, answer.status, text))
    return json.loads(text)

def run(number, *words):
    return ask("POST", "/v1/workspaces/QUEUE-%d/jobs" % number, {"command": list(words)})["job"]

held = [run(1, "sleep", "200") for _ in range(4)]
jobs = {}
for number in range(1, workspaces + 1):
    for _ in range(each):
        token = "%016x" % random.getrandbits(64)
        script = 'cut -c1-9 /data/people/people.csv | head -n 2 | tail -n 1 >/outputs/data.txt; echo %d %s >/outputs/token.txt' % (number, token)
        jobs[run(number, "sh", "-c", script)] = (number, token)
print("queued", len(jobs), file=sys.stderr, flush=True)
for job in held:
    ask("POST", "/v1/jobs/%s/cancel" % job, {})
state = {}
for job in jobs: # in the order of their submission, each waited for
    while state.get(job) not in ("captured", "gone"):
        state[job] = ask("GET", "/v1/jobs/%s?wait=20&until=over" % job)["state"]
for job, (number, token) in jobs.items():
    print(number, job, state[job], token)
P
cat >"$T/verify.py" <<'P'
"""verify.py GATE LIST WORKSPACES: what each job wrote is in the vault, and is its own. Prints what is not so."""
import json, sys

gate, data = sys.argv[1], {}
for line in open(sys.argv[2]):
    number, job, state, token = line.split()
    if state != "captured":
        print(job, "is", state)
        continue
    kept = json.load(open("%s/jobs/%s.json" % (gate, job)))
    got = {}
    for o in kept["outputs"]:
        got[o["name"]] = open("%s/vault/%s/%s" % (gate, o["sha256"][:2], o["sha256"])).read()
    if sorted(got) != ["data.txt", "token.txt"] or got["token.txt"] != "%s %s\n" % (number, token):
        print(job, "of workspace", number, "has", got)
    data.setdefault(number, set()).add(got.get("data.txt"))
    if kept["workspace"] != "QUEUE-" + number:
        print(job, "is of", kept["workspace"])
if len(data) != int(sys.argv[3]):
    print("only", len(data), "workspaces had jobs that were done")
elif any(len(d) != 1 for d in data.values()) or len(set.union(*data.values())) != len(data):
    print("workspaces saw the same pseudonyms, or one saw several:", data)
P
# programs: proportional memory in KiB of each program of this sped, keepers and what waits in them together
programs() {
	for p in $(pgrep -P "$sped_pid") "$sped_pid"; do
		name=$(cat "/proc/$p/comm" 2>/dev/null) || continue
		for q in $p $([ "$name" = sped-keeper ] && pgrep -P "$p"); do
			pss=$(sed -n 's/^Pss: *\([0-9]*\).*/\1/p' "/proc/$q/smaps_rollup" 2>/dev/null)
			echo "$name ${pss:-0}"
		done
	done | awk '{ kib[$1] += $2 } END { for (n in kib) print n, kib[n] }' | sort
}
memory() { programs >"$T/memory.$1"; sed "s/^/# memory $1, KiB: /" "$T/memory.$1"; }
ok "a few jobs to warm up" sh -c 'for i in 1 2 3 4 5 6; do setpriv --reuid=61001 --regid=61001 --clear-groups -- "$1" run QUEUE-$i -- true || exit 1; done' sh "$SPE_CLI"
memory before
began=$(date +%s%N)
PATH=/usr/bin:/bin as aino python3 "$T/queue.py" "$SPE_SOCKET" $WORKSPACES $EACH >"$T/jobs" 2>"$T/queue.err" &
queue=$!
half_done() { ! kill -0 $queue 2>/dev/null || [ "$(find "$T/state/gate/jobs" -name '*.json' | wc -l)" -gt $((WORKSPACES * EACH / 2)) ]; }
ok "half of them are done" wait_for 100 half_done
memory middle
wait $queue
is "all were heard of" "$(cat "$T/queue.err"; wc -l <"$T/jobs" | tr -d ' ')" "queued $((WORKSPACES * EACH))
$((WORKSPACES * EACH))"
echo "# $((WORKSPACES * EACH)) jobs queued and done in $((($(date +%s%N) - began) / 1000000)) ms"
is "each has what it wrote, of its own workspace, in the vault" "$(python3 "$T/verify.py" "$T/state/gate" "$T/jobs" $WORKSPACES)" ""
memory after

# --- lists come by pages, and spe-cli asks for all of them
listed=$(cli root --json job list | jq -r .job | sort)
is "the list has each job once, however many there are" "$(printf '%s\n' "$listed" | uniq | wc -l | tr -d ' ')" $((WORKSPACES * EACH + 4 + 6))
page() { as "$1" curl -s --unix-socket "$SPE_SOCKET" "http://sped/v1/jobs?$2"; }
pages() { # PERSON QUERY: all of it, of seven each
	next=
	while :; do
		page "$1" "limit=7${2:+&$2}${next:+&before=$next}" >"$T/page"
		jq -r '.items[].job' "$T/page"
		[ "$(jq '.items | length' "$T/page")" -le 7 ] || echo "too many"
		next=$(jq -r '.next // empty' "$T/page")
		[ -n "$next" ] || break
	done
}
is "pages of seven give the same to an operator" "$(pages root '' | sort)" "$listed"
is "and to a researcher of all these workspaces" "$(pages aino '' | sort)" "$listed"
is "in the same order" "$(pages aino '')" "$(pages root '')"
is "those of one workspace are its own" "$(pages mikko workspace=QUEUE-7)" "$(cli root --json job list | jq -r 'select(.workspace == "QUEUE-7") | .job')"
like "who is nobody sees no job" "$(page eve limit=5)" not-authorised
like "a page of nothing is refused" "$(page aino limit=0)" 'limit must be a whole number from 1 to 500'
like "and one of too much" "$(page aino limit=501)" 'limit must be'
like "and one behind what was never listed" "$(page aino before=00000000)" 'before must be the job that a list ended with'

# --- nobody waits for the others: of what began after the slots were let go, each workspace has had as much as any other
from=$(cli root --json audit search --action job.cancel --limit 1000 | jq -s 'map(.seq) | max')
tr -d '\000' <"$T/state/gate/journal/journal.jsonl" >"$T/journal" # without the room behind the last record
uneven=$(jq -r --argjson from "$from" 'select(.action == "job.start" and .seq > $from) | .workspace' "$T/journal" |
	awk -v n=$WORKSPACES '{ c[$1]++; if (NR % n == 0 && NR <= 400) { k = 0; min = 1e9; max = 0
		for (w in c) { k++; if (c[w] < min) min = c[w]; if (c[w] > max) max = c[w] }
		if (NR > n && (k < n || max - min > 3)) print "after", NR, "jobs:", k, "workspaces had", min, "to", max } }')
is "workspaces take turns" "$uneven" ""
is "each began once" "$(jq -r 'select(.action == "job.start") | .object.job' "$T/journal" | sort | uniq -d)" ""

# --- memory: what the journal's index takes for each job is little; all else is given back
grown() { join "$T/memory.before" "$T/memory.after" | awk '$1 != "sped-keeper" && $3 > $2 + 4096 { print }'; }
is "no program holds 4 MiB more than before" "$(grown)" ""
each_keeper() { for p in $(pgrep -P "$sped_pid" -x sped-keeper); do sed -n 's/^Pss: *\([0-9]*\).*/\1/p' "/proc/$p/smaps_rollup"; done; }
is "no keeper holds 2 MiB" "$(each_keeper | awk '$1 > 2048')" ""
finish
