#!/bin/sh
# A data holder encrypts a table to the environment's key with another implementation of Crypt4GH; it is taken in, stays
# encrypted where it lies, and is staged. What the format does not notice, the digest in the description does.
# shellcheck source=t/lib.sh
. "${srcdir:-.}/t/lib.sh"
needs jq
needs ssh-keygen
needs zstd
/usr/bin/python3 -c 'import nacl' 2>/dev/null || skip_all "needs Python's nacl"
own_world "$@"
box() { /usr/bin/python3 "$srcdir/t/tools/crypt4gh.py" "$@"; }
describe() { # the holding's description, with the digest of this file
	jq --arg d "$(sha256sum "$1" | cut -d' ' -f1)" '.tables[0].sha256 = $d' "$T/box.json" >"$T/box-digest.json"
}

ok "sped starts" sped_start
ok "people" people_make
ok "a holding, in plain" small_holding box

# --- the key
ok "the key is shown" cli root holding key -o "$T/spe.pub"
is "as a key file" "$(sed -n '1p;3p' "$T/spe.pub" | tr '\n' ' ')" "-----BEGIN CRYPT4GH PUBLIC KEY----- -----END CRYPT4GH PUBLIC KEY----- "
is "on the screen as in the file" "$(cli root holding key)" "$(cat "$T/spe.pub")"
cli root --json holding key -o "$T/json.pub" >"$T/key.json"
is "in a file also where it is shown in JSON" "$(cat "$T/json.pub" && jq -r .crypt4gh "$T/key.json")" "$(cat "$T/spe.pub" && sed -n 2p "$T/spe.pub")"
is "and in JSON" "$(cli root --json holding key | jq -r .crypt4gh)" "$(sed -n 2p "$T/spe.pub")"
says "never over a file that is there" 4 "spe.pub" cli root holding key -o "$T/spe.pub"
printf -- '-----BEGIN CRYPT4GH PUBLIC KEY-----\n%s\n-----END CRYPT4GH PUBLIC KEY-----\n' \
	"$(head -c 32 /dev/zero | tr '\0' '\11' | base64)" >"$T/other.pub"

# --- containers
zstd -q "$T/box.csv" -o "$T/box.csv.zst"
box "$T/other.pub" "$T/spe.pub" "$T/other.pub" <"$T/box.csv" >"$T/box.c4gh"
box "$T/spe.pub" <"$T/box.csv.zst" >"$T/box.zst.c4gh"
box "$T/other.pub" <"$T/box.csv" >"$T/others.c4gh"
says "not without a digest of what is in it" 2 "the description does not say what is in it" cli root holding add "$T/box.json" "people=$T/box.c4gh"
describe "$T/box.csv"
says "not what others are to read" 2 "is encrypted for others: none of its 1 header packets" \
	cli root holding add "$T/box-digest.json" "people=$T/others.c4gh"
head -c -1 "$T/box.c4gh" >"$T/cut.c4gh"
says "not what is cut" 2 "segment 1 of the Crypt4GH container is cut or damaged" cli root holding add "$T/box-digest.json" "people=$T/cut.c4gh"
says "for three recipients, among them sped" 0 "60 rows" cli root holding add "$T/box-digest.json" "people=$T/box.c4gh"
describe "$T/box.csv.zst"
says "around a compressed table" 0 "60 rows" cli root holding add "$T/box-digest.json" "people=$T/box.zst.c4gh"
describe "$T/box.csv"
bytes=$(wc -c <"$T/box.csv")
(head -c 1000 /dev/zero; cat "$T/box.csv"; head -c 99 /dev/zero) | box --edit "1000,$bytes" "$T/spe.pub" >"$T/edited.c4gh"
says "with an edit list, what it keeps" 0 "60 rows" cli root holding add "$T/box-digest.json" "people=$T/edited.c4gh"

is "the version counts what was taken in" "$(cli root --json holding list | jq -r '.tables[0].version')" 4

# --- staged as if it had been in plain
ok "a permit" small_workspace BOX-1 box
gone() { [ "$(find "$T/state/holdings" -name table | wc -l)" = 1 ]; }
ok "the versions before are gone" wait_for 20 gone
nok "no identity number lies in what is kept" grep -rqE '[0-9]{6}-[0-9]{3}' "$T/state/holdings"
ok "it is as it came" cmp "$T/edited.c4gh" "$(find "$T/state/holdings" -name table)"
cli root --json workspace show BOX-1 >"$T/ws.json"
is "58 people of 22 and older" "$(jq -r '.data[0].rows' "$T/ws.json")" 58
unlike "no key is in the log" "$(cat "$T/sped.log")" "c4gh\":\"[0-9a-f]"
sped_stop
[ "$bad" = 0 ] || sed 's/^/# sped: /' "$T/sped.log"
finish
