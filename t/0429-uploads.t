#!/bin/sh
# t/0429-uploads.t - the drop-box: a table that comes in pieces, over kills of the api, the engine, the client and sped.
. "${srcdir:-.}/t/lib.sh"
own_world "$@"
needs jq

mkdir -p "$T/etc" && echo 'upload-mib = 400' >"$T/etc/sped.conf"
ok "sped starts" sped_start
ok "people" people_make
for u in aino mikko; do cli root user add $u --uid "$(uid_of $u)" --role holder >/dev/null 2>&1; done
cat >"$T/big.json" <<'J'
{"id":"big","title":"Big","description":"For tests","holder":"urn:spe:holder:test","tables":[{"name":"t","columns":[{"name":"n","datatype":"integer"}]}]}
J
{ echo n; yes 123456789012345 | head -n 20000000; } >"$T/big.csv"
chmod a+r "$T/big.json" "$T/big.csv"
size=$(stat -c %s "$T/big.csv")
sum=$(sha256sum <"$T/big.csv" | cut -d' ' -f1)
cli aino holding add "$T/big.json" >/dev/null 2>&1
have() { find "$T/state/engine/uploads" -type f -printf '%s\n' 2>/dev/null | awk '{ n += $1 } END { print n + 0 }'; }
more() { [ "$(have)" -gt "$1" ]; }
program() { pgrep -P "$(cat "$T/pid" 2>/dev/null || echo "$sped_pid")" -x "$1"; }

# --- over kills, by spe-cli
cli aino holding add "$T/big.json" "t=$T/big.csv" >"$T/adding" 2>&1 &
adding=$!
ok "a table begins to come" wait_for 20 more 1000000
client() { pgrep -P $adding -x 'spe-cli|spe-cli-files'; }
kill -STOP "$(client)"
there=$(have)
kill -9 "$(program sped-api)"
kill -CONT "$(client)"
ok "its client goes on after kill -9 of the api" wait_for 30 more "$there"
kill -9 "$(client)"
wait $adding 2>/dev/null
sleep 0.5
there=$(have)
ok "what came before kill -9 of the client is there" test "$there" -gt 1000000
kill -9 "$(program sped-engine)"
ok "the engine is there again" wait_for 20 cli aino whoami
is "what came is still there" "$(cli aino --json whoami >/dev/null; have)" "$there"
again() { cli aino holding add "$T/big.json" "t=$T/big.csv" >"$T/adding" 2>&1; }
ok "begun anew it goes on from there, to its end" again
like "and says so" "$(cat "$T/adding")" "table t: $there bytes are there already"
is "all of it is taken in" "$(cli aino --json holding list | jq -c '.tables[] | [.state, .rows, .bytes, .sha256]')" "[\"ready\",20000000,$size,\"$sum\"]"
is "and nothing of the upload is left" "$(have)" 0

# --- by its addresses
call() { # WHO METHOD PATH [curl's]: status and body
	who=$1 method=$2 path=$3
	shift 3
	as "$who" curl -s --unix-socket "$SPE_SOCKET" -X "$method" -w '\n%{http_code}' "$@" "http://sped/v1/$path" | awk 'NR > 1 { print last } { last = $0 } END { print last }' | sed -n '1{h;d};2{G;s/\n/ /;p}'
}
printf 'n\n1\n2\n3\n' >"$T/small"
chmod a+r "$T/small"
small=$(sha256sum <"$T/small" | cut -d' ' -f1)
announce() { call "$1" POST holdings/big/tables/t/uploads -H 'Content-Type: application/json' -d "{\"bytes\":$2,\"sha256\":\"$3\"}"; }
id_of() { sed -n 's/.*"upload": \{0,1\}"\([0-9a-f]*\)".*/\1/p'; }
like "a file is announced" "$(announce aino 8 "$small")" '^201 .*"offset": ?0'
up=$(announce aino 8 "$small" | id_of)
like "announced again it is the same" "$(announce aino 8 "$small")" "^200 .*\"$up\""
like "another holder may not announce" "$(announce mikko 8 "$small")" '^403 '
like "and does not see it" "$(call mikko GET "uploads/$up")" '^404 .*there is no upload'
like "nor writes to it" "$(call mikko PUT "uploads/$up?offset=0" --data-binary 'n')" '^404 '
like "an offset is wanted" "$(call aino PUT "uploads/$up" --data-binary 'n')" '^400 .*offset= is missing'
like "the right one" "$(call aino PUT "uploads/$up?offset=3" --data-binary 'n')" "^409 .*has 0 bytes of 8; go on from there"
like "a piece comes" "$(printf 'n\n1\n' | call aino PUT "uploads/$up?offset=0" --data-binary @-)" '^200 .*"offset": ?4'
like "it is not whole" "$(call aino POST "uploads/$up/finish")" '^409 .*is not whole: it has 4 bytes of 8'
like "the same piece does not come twice" "$(printf 'n\n1\n' | call aino PUT "uploads/$up?offset=0" --data-binary @-)" '^409 '
like "more than was announced does not" "$(printf '2\n3\n4\n5\n6\n' | call aino PUT "uploads/$up?offset=4" --data-binary @-)" '^413 '
{ printf 2; sleep 3; } | as aino curl -s --unix-socket "$SPE_SOCKET" -T - -H 'Expect:' "http://sped/v1/uploads/$up?offset=$(have)" >/dev/null 2>&1 &
slow=$!
sleep 1
like "two do not write at once" "$(call aino PUT "uploads/$up?offset=$(have)" --data-binary x)" '^503 .*being written over another connection'
like "nor is it removed meanwhile, to keep its room uncounted" "$(call aino DELETE "uploads/$up")" '^503 .*being written over another connection'
wait $slow
like "the list tells how much of it came" "$(cli aino upload list)" "$up +big +t +aino +[5-6] B of 8 B +open"
unlike "and another holder has none" "$(cli mikko upload list 2>&1)" "$up"
nok "nor may they remove it" cli mikko upload remove "$up"
like "it is removed" "$(cli aino upload remove "$up")" "^upload $up is removed"
is "with its file" "$(have)" 0
up=$(announce aino 8 "$(printf '%064d' 7)" | id_of)
call aino PUT "uploads/$up?offset=0" --data-binary @"$T/small" >/dev/null
like "whole, of another digest than was announced" "$(call aino POST "uploads/$up/finish")" '^202 '
tells() { cli aino --json holding list | jq -r '.tables[].error // empty' | grep -q 'did not arrive as it was announced: its SHA-256 differs'; }
ok "it is refused" wait_for 20 tells
is "and gone" "$(have)" 0
up=$(announce aino 8 "$small" | id_of)
call aino PUT "uploads/$up?offset=0" --data-binary @"$T/small" >/dev/null
rm "$T/state/engine/uploads/$up"
like "one whose file is lost, as on a restored host" "$(call aino GET "uploads/$up")" '"offset": ?0'
like "comes anew" "$(call aino PUT "uploads/$up?offset=0" --data-binary @"$T/small")" '^200 .*"offset": ?8'
is "nobody but the engine may open it" "$(stat -c %a "$T/state/engine/uploads" "$T/state/engine/uploads/$up" | tr '\n' ' ')" '700 600 '
like "one of its digest is taken in" "$(call aino POST "uploads/$up/finish")" '^202 '
taken() { cli aino --json holding list | is_true '.tables[] | .state == "ready" and .rows == 3'; }
ok "to its end" wait_for 20 taken
# the engine ends when it is to write down that the table is there
db() { sqlite3 -cmd '.timeout 9000' "$T/state/engine/state.db" "$1"; }
announces() { up=$(announce aino 8 "$small" | id_of) && [ -n "$up" ]; }
ok "the file is announced once more" wait_for 10 announces
call aino PUT "uploads/$up?offset=0" --data-binary @"$T/small" >/dev/null
ok "no table can become ready" db "CREATE TRIGGER stop BEFORE UPDATE OF state ON tab WHEN new.state='ready' BEGIN SELECT raise(ABORT,'for a test'); END"
like "it is to be taken in" "$(call aino POST "uploads/$up/finish")" '^202 '
ok "the engine ended there" wait_for 20 grep -q 'for a test' "$T/sped.log"
like "the upload is there still" "$(wait_for 20 cli aino whoami; call aino GET "uploads/$up")" '^200 .*"offset": ?8'
db "DROP TRIGGER stop"
like "and is taken in" "$(call aino POST "uploads/$up/finish")" '^202 '
ok "at last" wait_for 20 taken
like "what is more than a person may have open is refused" "$(announce aino 500000000 "$small")" '^413 .*sped.conf'
up=$(announce aino 9 "$small" | id_of)
touch -d '8 days ago' "$T/state/engine/uploads/$up"
: >"$T/state/engine/uploads/stray"
sped_stop
ok "sped starts again" sped_start
gone() { [ -z "$(ls "$T/state/engine/uploads")" ]; }
ok "one of which nothing came for a week is gone, and what nobody announced" wait_for 20 gone
like "the journal has it" "$(cli root --json audit search --action holding.upload-expired)" '"holding": ?"big"'

# --- the engine's wall clock is set: pauses and ages go by the time that passes
sped_stop
mkdir "$T/libexec" && cp -r "$BIN"/* "$T/libexec/" && mv "$T/libexec/sped-engine" "$T/libexec/engine-itself"
printf '#!/bin/sh\nSPE_CLOCK=%s LD_PRELOAD=%s exec %s\n' "$T/clock" "$TOOLS/t-clock.so" "$T/libexec/engine-itself" >"$T/libexec/sped-engine"
chmod 755 "$T/libexec" "$T/libexec/sped-engine"
clock() { /usr/bin/python3 -c 'import struct, sys; open(sys.argv[1], "r+b").write(struct.pack("=q", int(sys.argv[2])))' "$T/clock" "$1"; }
: >"$T/clock" && chmod 644 "$T/clock" && clock 0
SPED_LIBEXEC=$T/libexec
ok "sped starts with an engine whose clock is ours" sped_start
up=$(announce aino 9 "$small" | id_of)
permit_text CLOCK-1 big | jq '.data[0].variables = {"t":["n"]} | .data[0].rows = []' >"$T/CLOCK-1.permit"
ok "a workspace" permit_import "$T/CLOCK-1.permit"
job=$(cli aino --json run CLOCK-1 --detach -- sleep 100 | jq -r .job)
curl -s -m 20 --unix-socket "$SPE_SOCKET" "http://sped/v1/jobs/$job?wait=3&until=over" >"$T/waited" &
waits=$!
sleep 1
clock -86400
ok "who waits for three seconds is answered, though the clock was set back a day" wait $waits
like "with how it stands" "$(cat "$T/waited")" '"state": ?"(queued|running)"'
clock $((30 * 86400))
sleep 62
ok "an upload of today is no month old because the clock says so" [ -e "$T/state/engine/uploads/$up" ]
clock 0
finish
