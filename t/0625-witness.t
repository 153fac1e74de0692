#!/bin/sh
# Checkpoints are signed at intervals and given to whom root named, by a program that is nobody; and a journal that root wrote anew
# and signed again with the gate's own key is found by what a witness has.
. "${srcdir:-.}/t/lib.sh"
own_world "$@"
needs jq
needs python3
cd "$T" || exit 1
g=$T/state/gate
h=$T/home/eve
kept=$h/kept
checks() { cli root --json doctor | jq -r 'select(.check == "witness") | .verdict + " " + .detail'; }

# --- the file, and who takes it
mkdir -p "$T/etc" "$h/state"
chown 61005 "$h/state"
cat >"$T/take" <<-'S'
	#!/bin/sh
	dir=$1
	[ ! -e "$dir/hang" ] || sleep 100
	[ ! -e "$dir/fail" ] || exit 3
	cat >>"$dir/taken"
	echo "$(id -u) $SPE_WITNESS $(ls /proc/self/fd | tr '\n' ' ')" >"$dir/who"
S
chmod 755 "$T/take"
cat >"$T/etc/witnesses" <<-W
	# for this test
	every 1
	timeout 3
	auditor file $kept
	mail command $T/take $h
	self spe $T/run/sped.sock
W
chmod 644 "$T/etc/witnesses"
ok "the file is good" "$BIN/sped-engine" -n "$T/etc/witnesses"
mkdir "$T/odd" && echo 'auditor file kept' >"$T/odd/witnesses"
says "an odd one is named with its line" 2 "witnesses:1: behind file comes a path that begins with a slash" "$BIN/sped-engine" -n "$T/odd/witnesses"
ok "a private sped serves" sped_start
ok "people and keys are registered" people_make
like "doctor says that nobody has a checkpoint" "$(checks)" '^fail auditor \(file\) was given no checkpoint yet'
says "root is not who sends them" 1 "does not run as root" "$BIN/spe-witness" -c "$T/etc" -r "$SPE_SOCKET" -s "$h/state"
chmod 666 "$T/etc/witnesses"
says "a file that others may write is not taken" 1 "others may write it" as eve "$BIN/spe-witness" -c "$T/etc" -r "$SPE_SOCKET" -s "$h/state"
chmod 644 "$T/etc/witnesses"
once() { as eve "$BIN/spe-witness" -1 -c "$T/etc" -r "$SPE_SOCKET" -s "$h/state"; }
says "who is no witness is told nothing" 1 "nobody's in the registry" once
ok "eve's program is one" cli root user add witness --uid 61005 --role witness
curl -sf --unix-socket "$SPE_SOCKET" http://localhost/v1/keys | jq -r .release >"$T/gate.pub"
says "it reads no record" 5 "" cli eve audit search
says "nor can another say that something was kept" 0 403 \
	as aino curl -s -o /dev/null -w '%{http_code}' -X POST -H 'Content-Type: application/json' -d '{"state":"kept","size":5}' --unix-socket "$SPE_SOCKET" http://localhost/v1/audit/witnesses/auditor
nok "a sped that nobody named a peer keeps nothing" once
like "which doctor says" "$(checks)" '^fail self \(spe\) .*no peer with this gate.s key'
like "the file has the first" "$(wc -l <"$kept")" '^1$'
ok "two operators name it" signed_by_two peer add self "$T/gate.pub"

# --- at intervals
begin() {
	as eve "$BIN/spe-witness" -c "$T/etc" -r "$SPE_SOCKET" -s "$h/state" 2>>"$T/witness.log" &
	witness_pid=$!
}
settled() { [ "$(checks | grep -c '^ok ')" = 3 ]; }
begin
ok "all three have it" wait_for 60 settled
ok "the command has what the file has" grep -qxF "$(tail -n 1 "$h/taken")" "$kept"
is "it ran as nobody but the witness, with a name, three descriptors and that of ls" "$(cat "$h/who")" "61005 mail 0 1 2 3 "
is "the peer has it too" "$(cli root peer show self | jq -r .origin)" "spe:$(ssh-keygen -l -f "$T/gate.pub" | cut -d' ' -f2)"
like "and is listed" "$(cli root peer list)" 'self +valid +[0-9]+'
sent() { cli root --json audit search --action "checkpoint.$1" --limit 1000 | jq -r '.actor + " " + .object.witness + " " + .object.kind + " " + .object.detail'; }
like "the journal has each, and how the command ended" "$(sent sent)" '^witness mail command exit status 0$'
sleep 4
lines=$(wc -l <"$kept")
sleep 5
is "where nothing is recorded nothing is signed" "$(wc -l <"$kept")" "$lines"
cli root audit search >/dev/null
more() { [ "$(wc -l <"$kept")" -gt "$lines" ]; }
ok "a record is reason for one" wait_for 30 more

# --- a witness that can't be reached
touch "$h/fail"
cli root whoami >/dev/null
failing() { checks | grep -q "^fail mail .*$1"; }
ok "a command that fails is shown" wait_for 30 failing 'exit status 3'
touch "$h/hang"
ok "one that hangs is ended" wait_for 60 failing 'longer than the timeout'
rm "$h/hang" "$h/fail"
like "the journal says so" "$(sent failed)" '^witness mail command exit status 3$'
ok "nothing else waited for it" cli lars whoami
ok "and it has all once it can be reached" wait_for 60 settled

# --- each of them is what the journal goes on from
says "what the witness has agrees" 0 "verified" cli root audit verify --witness "$kept"
cp "$kept" "$T/held" # the question is recorded, and so the witness is given one more
like "each of it" "$(cli root --json audit verify --witness "$T/held" | jq -c .witness)" \
	"\"checkpoints\":$(wc -l <"$T/held"),\"agree\":$(wc -l <"$T/held"),\"first_disagreement\":null"
first=$(head -n 1 "$kept" | jq .size)
ok "how it went on is proven by itself" cli root audit prove --from "$first" -o "$T/on"
head -n 1 "$kept" >"$T/then"
says "and verified with a checkpoint of then" 0 "the journal begins with the $first records" "$SPE_CLI" verify "$T/on" --gate "$T/gate.pub" --witness "$T/then"
says "but not from more than there is" 3 "or was cut" cli root audit prove --from 999999
says "a record or a size" 2 "one of them" cli root audit prove 3 --from 4

# --- a full disk cut a line off, while nobody writes
sleep 5
lines=$(wc -l <"$kept")
head -n 1 "$kept" | head -c 100 >>"$kept"
cli lars whoami >/dev/null
ok "the next one begins a line of its own" wait_for 30 more
says "and what was cut off is left out" 0 "verified" cli root audit verify --witness "$kept"

# --- at the end
cli lars whoami >/dev/null
kill "$(pgrep -P "$witness_pid")"
wait "$witness_pid"
is "who sends them ends well, with the newest sent" "$?" 0
cp "$kept" "$T/own.copy"

# --- who shows the same checkpoint for ever hides what comes behind it
says "it is said when a checkpoint was signed" 0 " records of spe:SHA256:" cli root audit witness "$T/seen"
like "by the clock" "$(cat "$T/.out")" ", signed [0-9]{4}-[0-9-]{5} [0-9:]{8} [^;]+; they begin with the 0 that were seen before\$"
ok "asked again there is another" cli root audit witness "$T/seen"
is "with more records" "$(jq .size "$T/seen" | sort -nu | wc -l)" 2
clocked() { SPE_CLOCK=$T/clock LD_PRELOAD=$TOOLS/t-clock.so "$SPE_CLI" audit witness "$T/seen"; }
printf '\220\137\001\0\0\0\0\0' >"$T/clock" # 25 hours
says "one of yesterday is not the newest" 1 "was not signed now" clocked
is "though it is kept" "$(wc -l <"$T/seen")" 3
printf '\160\240\376\377\377\377\377\377' >"$T/clock" # 25 hours back
says "nor is one of tomorrow" 1 "was not signed now" clocked
# an answer that somebody kept, and gives again
curl -sf --unix-socket "$SPE_SOCKET" "http://localhost/v1/audit/evidence?limit=0&since=$(tail -n 1 "$T/seen" | jq .size)" >"$T/answer"
python3 - "$T/again.sock" "$T/answer" <<'P' &
import http.server, socketserver, sys
class Again(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = open(sys.argv[2], "rb").read()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def address_string(self): return "again"
    def log_message(self, *a): pass
socketserver.UnixStreamServer(sys.argv[1], Again).serve_forever()
P
again=$!
ok "somebody gives an old answer" wait_for 10 test -S "$T/again.sock"
ok "which is news once" "$SPE_CLI" --socket "$T/again.sock" audit witness "$T/seen"
says "and not twice" 1 "is shown again, though asking for one is recorded" "$SPE_CLI" --socket "$T/again.sock" audit witness "$T/seen"
kill "$again"
cli lars whoami >/dev/null
sped_stop
is "and the gate's end leaves one of all" "$(tail -n 1 "$g/journal/checkpoints.jsonl" | jq .size)" "$(wc -l <"$g/journal/journal.jsonl")"

# --- root writes the journal anew: a record behind the first checkpoint has another actor, all hashes are made again, and the
# gate signs it with its own key
second=$(jq .size "$kept" 2>/dev/null | awk -v f="$first" '$1 > f' | sort -n | head -n 1)
python3 - "$g/journal/journal.jsonl" "$first" <<'P'
import hashlib, json, sys
path, after = sys.argv[1], int(sys.argv[2])
lines, prev, out, done = open(path, "rb").read().decode().splitlines(), "0" * 64, [], False
for n, line in enumerate(lines, 1):
    head = line[:line.rindex(',"prev":"')]
    if n > after and not done and '"actor":"root"' in head and '"files"' not in head:
        head, done = head.replace('"actor":"root"', '"actor":"nobody"', 1), True
    head += ',"prev":"%s"' % prev
    prev = hashlib.sha256(head.encode()).hexdigest()
    out.append('%s,"hash":"%s"}\n' % (head, prev))
assert done
open(path, "w").write("".join(out))
P
rm "$g/journal/checkpoints.jsonl" "$g/journal/tree"
ok "sped starts on it" sped_start
says "and finds nothing: all of it agrees" 0 "verified" cli root audit verify
says "but not with what the witness has" 1 "the first checkpoint that disagrees is the one of $second records" cli root audit verify --witness "$kept"
says "which says where it was changed" 1 "lies in records $((first + 1)) to $second" cli root audit verify --witness "$kept"
is "in JSON too" "$(cli root --json audit verify --witness "$kept" | jq -c '[.ok, .witness.first_disagreement, .witness.last_agreement]')" "[false,$second,$first]"
ok "sped says of a record that it goes on from before" cli root audit prove "$second" --witness "$T/then" -o "$T/chosen"
says "which is not what the witness asks about" 1 "PROBLEM witness" "$SPE_CLI" verify "$T/chosen" --gate "$T/gate.pub" --witness "$kept"
nok "who sends them sees it" once
like "and doctor says it" "$(checks)" '^fail auditor .*it was rewritten'
like "the new journal has to have it" "$(sent disagrees)" '^witness auditor file the journal of'
ok "the witness's own stays as it was" cmp "$kept" "$T/own.copy"
[ "$bad" = 0 ] || sed 's/^/# witness: /' "$T/witness.log"
finish
