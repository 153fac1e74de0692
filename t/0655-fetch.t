#!/bin/sh
# A release comes whole or not at all, over breaks: of the client, of its connection, of the gate. What was begun is gone on with, and
# counts once; what lies there of something else is not; and no range gets anybody what may not be fetched any more.
. "${srcdir:-.}/t/lib.sh"
own_world "$@"
needs jq
needs python3
needs curl

mkdir -p "$T/etc/policy"
sed 's/^fetches = .*/fetches = 3/' "$srcdir/policy/rules/default.policy" >"$T/etc/policy/default.policy"
ok "a private sped serves" sped_start
ok "people and keys are registered" people_make
ok "a holding is taken in" small_holding people
ok "a workspace is staged" small_workspace FETCH-1 people
chmod 755 "$T"
# forty tables of some 50 kB: 2 MB
cat >"$T/make.sh" <<'S'
for f in $(seq 40); do awk -v f=$f 'BEGIN { print "group,n"; for (i = 0; i < 4000; i++) printf "g%06d,%d\n", f * 4000 + i, 10000 + (i * 7919 + f) % 80000 }' >/outputs/t$f.csv; done
S
released() { # an export of all of them, approved: its id
	job=$(cli aino --json run FETCH-1 -- sh -c "$(cat "$T/make.sh")" | tail -n 1 | jq -r .job)
	# shellcheck disable=SC2046 # words without blanks
	x=$(export_of "$job" $(seq -f 't%g.csv' 40)) && cli kari review approve "$x" >"$T/.approve" && cli lars review approve "$x" >>"$T/.approve" && echo "$x"
}
x=$(released)
like "an export is released" "$x" '^[0-9a-f]{8}$'
tar=$T/state/gate/releases/$x.tar
size=$(stat -c %s "$tar") sum=$(sha256sum <"$tar" | cut -d' ' -f1)
ok "of more than 2 MB" test "$size" -gt 2000000
h=$T/home/aino
journal() { tr -d '\000' <"$T/state/gate/journal/journal.jsonl"; }
count() { journal | jq -r --arg x "$x" --arg a "$1" 'select(.action == $a and .object.export == $x) | .object.person // .actor' | wc -l | tr -d ' '; }
ranges() { journal | jq -r --arg x "$x" 'select(.action == "export.resumed" and .object.export == $x) | .object.bytes' | awk '{ s += $1 } END { print s + 0 }'; }
same() { cmp -s "$tar" "$1"; }

# --- a proxy as whoever asks: cuts the first connections after so many bytes of answers, or holds them there
cat >"$T/proxy.py" <<'P'
"""proxy.py TO LISTEN BYTES CUTS|hold: the first CUTS connections end after so many bytes of their answers; hold: stay, and nothing more comes."""
import os, socket, sys, threading, time
to, at, most, cuts = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
left = [10**9 if cuts == "hold" else int(cuts)]
s = socket.socket(socket.AF_UNIX)
s.bind(at)
s.listen(8)
def pipe(a, b, limit):
    done = 0
    while True:
        try:
            p = a.recv(65536 if limit is None else min(65536, limit - done))
            if p: b.sendall(p)
        except OSError:
            p = b""
        done += len(p)
        if limit is not None and done >= limit and cuts == "hold": time.sleep(1000)
        if not p or (limit is not None and done >= limit): break
    for x in (a, b):
        try: x.shutdown(socket.SHUT_RDWR)
        except OSError: pass
while True:
    a, _ = s.accept()
    b = socket.socket(socket.AF_UNIX)
    b.connect(to)
    limit = most if left[0] > 0 else None
    left[0] -= 1
    threading.Thread(target=pipe, args=(a, b, None), daemon=True).start()
    threading.Thread(target=pipe, args=(b, a, limit), daemon=True).start()
P
chmod 644 "$T/proxy.py"
proxy() { # BYTES CUTS|hold: as aino, in $proxy
	rm -f "$h/proxy.sock"
	PATH=/usr/bin:/bin as aino python3 "$T/proxy.py" "$SPE_SOCKET" "$h/proxy.sock" "$1" "$2" &
	proxy=$!
	wait_for 10 test -S "$h/proxy.sock"
}
unproxy() { pkill -P "$proxy"; wait "$proxy" 2>/dev/null; } # of the shell that became aino, who would leave it behind
fetch() { cli aino export fetch "$x" -o "$h/$1" 2>&1; }

# --- the connection breaks
ok "a proxy cuts three connections after 700 kB each" proxy 700000 3
says "what was begun is gone on with" 0 "is written" cli aino --socket "$h/proxy.sock" export fetch "$x" -o "$h/cut.tar"
unproxy
ok "it is the release" same "$h/cut.tar"
is "nothing else is left of it" "$(find "$h" -name '*part*')" ""
is "it counts once" "$(count export.fetched)" 1
ok "each range is in the journal" test "$(count export.resumed)" -ge 2
ok "as what aino read" test "$(journal | jq -r --arg x "$x" 'select(.action == "export.fetch" and .actor == "aino" and .object.export == $x and .object.from > 0) | .seq' | wc -l)" -ge 2
ok "and together they are little more than what was missing" test "$(ranges)" -lt $((size - 700000 + 2 * 1048576))

# --- the client is killed
ok "a proxy that stalls after 1 MB" proxy 1000000 hold
cli aino --socket "$h/proxy.sock" export fetch "$x" -o "$h/killed.tar" >/dev/null 2>&1 &
client=$!
part_has() { [ "$(stat -c %s "$h/$1.part" 2>/dev/null || echo 0)" -gt "$2" ]; }
ok "a part of it comes" wait_for 20 part_has killed.tar 900000
says "meanwhile nobody else writes there" 4 "another spe-cli" cli aino export fetch "$x" -o "$h/killed.tar"
for p in $(pgrep -u 61001 -f "export fetch $x -o $h/killed.tar"); do kill -9 "$p"; done
wait $client 2>/dev/null
unproxy
nok "nothing has the name" test -e "$h/killed.tar"
is "what it is a part of is said beside it" "$(cat "$h/killed.tar.part.sha256")" "$sum  killed.tar"
gate=$(pgrep -P "$sped_pid" -x sped-gate)
kill -9 "$gate"
ok "the gate is killed as well" wait_for 30 curl -sf --unix-socket "$SPE_SOCKET" http://localhost/v1/keys
was=$(ranges)
like "the next fetch goes on" "$(fetch killed.tar)" 'bytes are there already'
ok "it is the release" same "$h/killed.tar"
is "begun twice in all" "$(count export.fetched)" 2
ok "only what was missing came" test $(($(ranges) - was)) -lt $((size - 900000))
cp "$tar" "$T/copy.tar" && chmod 644 "$T/copy.tar"

# --- what lies there is not of this release: another's bytes, more of them, no file, somebody else's
other() { rm -f "$h"/odd.tar*; as aino sh -c "$1"; printf '%s  odd.tar\n' "$sum" | as aino tee "$h/odd.tar.part.sha256" >/dev/null; }
other "head -c 500000 /dev/zero >'$h/odd.tar.part'"
like "other bytes are seen in the end" "$(fetch odd.tar)" 'is not of this release'
ok "it is the release" same "$h/odd.tar"
is "for which nothing was counted" "$(count export.fetched)" 2
other "cat '$T/copy.tar' >'$h/odd.tar.part'"
was=$(ranges)
like "where all of it is there nothing is asked for" "$(fetch odd.tar)" 'is written'
is "nothing" "$(($(ranges) - was))" 0
for error in EINVAL ENOSYS; do # as on NFS
	other "cat '$T/copy.tar' >'$h/odd.tar.part'"
	says "where no rename leaves what is there ($error) it gets its name as well" 0 "is written" "$TOOLS/t-deny" renameat2 $error \
		setpriv --reuid="$(uid_of aino)" --regid="$(uid_of aino)" --clear-groups -- "$SPE_CLI" export fetch "$x" -o "$h/odd.tar"
	ok "it is the release" same "$h/odd.tar"
	is "and has no other name" "$(find "$h" -name '*odd.tar*')" "$h/odd.tar"
done
other "ln -s '$T/copy.tar' '$h/odd.tar.part'"
like "a link is not followed" "$(fetch odd.tar)" 'symbolic link'
other "head -c 500000 '$T/copy.tar' >'$h/b.part'; ln '$h/b.part' '$h/odd.tar.part'"
like "a file with two names is left alone" "$(fetch odd.tar)" 'no plain file of your own'
rm -f "$h/odd.tar.part"
cp "$T/copy.tar" "$h/odd.tar.part" && chmod 666 "$h/odd.tar.part"
like "and somebody else's" "$(fetch odd.tar)" 'no plain file of your own'
is "which is as it was" "$(sha256sum <"$h/odd.tar.part" | cut -d' ' -f1)" "$sum"
as aino sh -c "echo mine >'$h/there.tar'"
like "nothing is written over" "$(fetch there.tar)" 'is there already'
is "nor changed" "$(cat "$h/there.tar")" mine
echo x >"$h/dir" && like "a directory that is none is named" "$(fetch dir/a.tar)" "can't be made"

# --- another release than what was begun with: all of it comes, and that is a fetch
other "head -c 500000 '$T/copy.tar' >'$h/odd.tar.part'"
printf '%064d  odd.tar\n' 0 | as aino tee "$h/odd.tar.part.sha256" >/dev/null
like "where the tag has changed it begins anew" "$(fetch odd.tar)" 'is written'
ok "it is the release" same "$h/odd.tar"
is "which counts" "$(count export.fetched)" 3

# --- the count is used up
rm -f "$h/odd.tar"
like "a fourth fetch is refused" "$(fetch odd.tar)" 'was fetched 3 times'
is "and leaves nothing" "$(find "$h" -name '*odd.tar*')" ""
get() { who=$1; shift; as "$who" curl -s -o "$T/out.$who" -D "$T/head.$who" -w '%{http_code} %{size_download}' --unix-socket "$SPE_SOCKET" "$@" "http://sped/v1/exports/$x/release"; }
for u in aino mikko kari; do : >"$T/out.$u" && : >"$T/head.$u" && chown "$(uid_of $u)" "$T/out.$u" "$T/head.$u"; done
is "who never began has no range of it" "$(get mikko -H 'Range: bytes=1-' | cut -d' ' -f1)" 422
like "and hears why" "$(cat "$T/out.mikko")" 'mikko has begun no fetch'
is "from the first byte on neither" "$(get mikko -H 'Range: bytes=0-' | cut -d' ' -f1)" 422
is "nor the last byte" "$(get mikko -H 'Range: bytes=-1' | cut -d' ' -f1)" 422
is "nor all, with a tag that does not fit" "$(get mikko -H 'Range: bytes=1-' -H 'If-Range: "x"' | cut -d' ' -f1)" 422
had=$(ranges)
goes=0
while [ "$(get aino -H 'Range: bytes=1-' | cut -d' ' -f1)" = 206 ] && [ $goes -lt 20 ]; do goes=$((goes + 1)); done
like "who began goes on for twice the bytes of what was begun" "$(cat "$T/out.aino")" 'for 2 times its bytes'
ok "and no more" test "$(ranges)" -le $((3 * 2 * size))
ok "which was as much as could be" test $((had + goes * (size - 1))) -gt $((3 * 2 * size - size))
kill -9 "$(pgrep -P "$sped_pid" -x sped-gate)"
ok "the gate is killed" wait_for 30 curl -sf --unix-socket "$SPE_SOCKET" http://localhost/v1/keys
is "it has not forgotten" "$(get aino -H 'Range: bytes=1-' | cut -d' ' -f1)" 422
is "of anybody" "$(get mikko | cut -d' ' -f1)" 422

# --- ranges as RFC 9110 has them, to one whose fetches are not counted
field() { tr -d '\r' <"$T/head.kari" | sed -n "s/^$1: //Ip"; }
piece() { dd if="$tar" bs=1 skip="$1" count="$2" 2>/dev/null | cmp -s - "$T/out.kari"; }
is "a checker has all of it" "$(get kari)" "200 $size"
is "its tag is its SHA-256" "$(field ETag)" "\"$sum\""
is "and it may come in ranges" "$(field Accept-Ranges)" bytes
is "a range" "$(get kari -H 'Range: bytes=100-299')" "206 200"
is "says which it is" "$(field Content-Range)" "bytes 100-299/$size"
ok "and is it" piece 100 200
is "one to the end" "$(get kari -H "Range: bytes=$((size - 7))-")" "206 7"
ok "is it" piece $((size - 7)) 7
is "the last bytes" "$(get kari -H 'Range: bytes=-9')" "206 9"
ok "are they" piece $((size - 9)) 9
is "a range that goes too far ends with the end" "$(get kari -H "Range: bytes=$((size - 5))-99999999999")" "206 5"
is "one behind the end is none" "$(get kari -H "Range: bytes=$size-" | cut -d' ' -f1)" 416
is "and says how much there is" "$(field Content-Range)" "bytes */$size"
is "where the tag fits it is a range" "$(get kari -H 'Range: bytes=5-9' -H "If-Range: \"$sum\"")" "206 5"
is "where it does not, all of it" "$(get kari -H 'Range: bytes=5-9' -H 'If-Range: "0"')" "200 $size"
is "a weak tag does not" "$(get kari -H 'Range: bytes=5-9' -H "If-Range: W/\"$sum\"")" "200 $size"
is "nor does a date" "$(get kari -H 'Range: bytes=5-9' -H 'If-Range: Sat, 29 Oct 1994 19:43:31 GMT')" "200 $size"
for odd in 'bytes=9-5' 'bytes=1-2,4-5' 'bytes=a-b' 'bytes=-' 'bytes' 'lines=1-2' 'bytes=1-99999999999999999999999' 'bytes= 1-2'; do
	is "$odd is no range: all of it" "$(get kari -H "Range: $odd")" "200 $size"
done
is "what has no ranges comes whole" "$(as kari curl -s -o /dev/null -w '%{http_code}' -H 'Range: bytes=1-2' --unix-socket "$SPE_SOCKET" http://sped/v1/whoami)" 200
says "and all fits the journal" 0 "" cli root audit verify
finish
