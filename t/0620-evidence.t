#!/bin/sh
# What happened can be proven to somebody who trusts nobody here, and a journal that was cut or rewritten is seen by
# whoever kept a checkpoint of it, also where all that lies on the host agrees.
. "${srcdir:-.}/t/lib.sh"
own_world "$@"
needs jq
needs python3
cd "$T" || exit 1
g=$T/state/gate
sed -n '/^# sh by-hand/,/^```/p' "$srcdir/README.md" | grep -v '^```' >"$T/by-hand"

ok "a private sped serves" sped_start
ok "people and keys are registered" people_make
ok "an auditor is" cli root user add eve --uid 61005 --role auditor
for u in kari lars aino; do cli root user list >/dev/null; done
curl -sf --unix-socket "$SPE_SOCKET" http://localhost/v1/keys | jq -r .release >"$T/gate.pub"

# one record
ok "eve asks for the proof of one record" cli eve audit prove 7 -o "$T/home/eve/7.json"
cp "$T/home/eve/7.json" "$T/7.json"
ok "it holds" "$SPE_CLI" verify "$T/7.json"
says "and says what it is" 0 "good record: 7 of " "$SPE_CLI" verify "$T/7.json"
says "the key's origin is said to be unproven" 0 "its origin is not proven" "$SPE_CLI" verify "$T/7.json"
unlike "but not when it is given" "$("$SPE_CLI" verify "$T/7.json" --gate "$T/gate.pub")" 'not proven'
nok "another gate's key does not do" "$SPE_CLI" verify "$T/7.json" --gate "$T/home/kari/.ssh/id_ed25519.pub"
for option in checkers registry; do
	says "--$option says nothing of it" 2 "are for releases" "$SPE_CLI" verify "$T/7.json" "--$option" "$T/gate.pub"
done
is "it is the record's line, byte for byte" "$(jq -r '.records[0].line' "$T/7.json")" "$(sed -n 7p "$g/journal/journal.jsonl")"
is "and no other is in it" "$(jq '.records | length' "$T/7.json")" 1
is "stock programs say the same" "$(sh "$T/by-hand" "$T/7.json" "$T/gate.pub")" "the record is in the journal"
for record in 1 2 5 8 11; do
	cli root audit prove "$record" >"$T/n.json"
	is "of record $record too" "$(sh "$T/by-hand" "$T/n.json" "$T/gate.pub")" "the record is in the journal"
	ok "and verify" "$SPE_CLI" verify "$T/n.json" --gate "$T/gate.pub"
done
says "a record that is not there" 3 "the journal has no record 99999" cli root audit prove 99999
says "a researcher gets none" 5 "" cli aino audit prove 7
says "nor a stranger's checkpoint" 5 "" cli aino audit witness "$T/home/aino/w"

# every byte that is changed shows
changed=0 missed=0
for at in $(python3 -c 'import os, sys; n = os.path.getsize(sys.argv[1]); print(*range(3, n - 2, 41))' "$T/7.json"); do
	python3 - "$T/7.json" "$at" >"$T/odd.json" <<-'P'
	import sys
	b = bytearray(open(sys.argv[1], "rb").read()); b[int(sys.argv[2])] ^= 1; sys.stdout.buffer.write(b)
	P
	changed=$((changed + 1))
	if "$SPE_CLI" verify "$T/odd.json" --gate "$T/gate.pub" >"$T/.out" 2>&1; then
		missed=$((missed + 1))
		echo "# byte $at"
	fi
done
is "no byte of $changed can be another" "$missed" 0
jq -c '.records[0].line |= sub("\"actor\":\"[^\"]*\""; "\"actor\":\"mikko\"")' "$T/7.json" >"$T/odd.json"
says "a record with another actor is named" 1 "record 7 is not in the journal" "$SPE_CLI" verify "$T/odd.json"
nok "and stock programs see it" sh "$T/by-hand" "$T/odd.json" "$T/gate.pub"
# an invented journal of one record, signed with an invented key that the evidence names as the gate's
ssh-keygen -q -t ed25519 -N '' -C '' -f "$T/mine"
jq -j '.records[0].line | sub("\"actor\":\"[^\"]*\""; "\"actor\":\"mikko\"")' "$T/7.json" >"$T/mine.line"
jq -j --arg root "$({ printf '\000'; cat "$T/mine.line"; } | sha256sum | cut -c1-64)" --arg by "$(ssh-keygen -lf "$T/mine.pub" | cut -d' ' -f2)" \
	'.checkpoint | fromjson | del(.signature) | .size = 1 | .root = $root | .origin = "spe:" + $by | tojson' "$T/7.json" >"$T/mine.signed"
ssh-keygen -q -Y sign -f "$T/mine" -n spe-checkpoint <"$T/mine.signed" >"$T/mine.sig" 2>/dev/null
jq -c --rawfile line "$T/mine.line" --rawfile cp "$T/mine.signed" --rawfile sig "$T/mine.sig" --arg gate "$(cut -d' ' -f1,2 "$T/mine.pub")" \
	'.gate = $gate | .records = [.records[0] | .seq = 1 | .path = [] | .line = $line] |
	.checkpoint = ($cp | sub("}$"; ",\"signature\":" + ($sig | tojson) + "}"))' "$T/7.json" >"$T/forged.json"
says "an invented journal agrees with its own key" 0 "the record is in the journal" sh "$T/by-hand" "$T/forged.json" "$T/mine.pub"
nok "and not with the gate's by stock programs" sh "$T/by-hand" "$T/forged.json" "$T/gate.pub"
nok "nor by ours" "$SPE_CLI" verify "$T/forged.json" --gate "$T/gate.pub"
# the gate's own checkpoint, which says size and root once more behind its signature: of a journal of one record
jq -c --slurpfile forged "$T/forged.json" '.records = $forged[0].records | ($forged[0].checkpoint | fromjson) as $cp |
	.checkpoint |= sub("}$"; ",\"size\":1,\"root\":" + ($cp.root | tojson) + "}")' "$T/7.json" >"$T/evil.json"
is "what is said twice is another thing the second time" "$(jq -r .checkpoint "$T/evil.json" | jq .size)" 1
nok "which stock programs do not take" sh "$T/by-hand" "$T/evil.json" "$T/gate.pub"
nok "nor do ours" "$SPE_CLI" verify "$T/evil.json" --gate "$T/gate.pub"

# bundles
ok "a bundle of what sped did by itself" cli root audit bundle --actor sped -o "$T/b.evidence"
nok "never over a file that is there" cli root audit bundle -o "$T/b.evidence"
says "where not all of it can be kept" 1 "can't be written" "$TOOLS/t-deny" fsync ENOSPC "$SPE_CLI" audit bundle -o "$T/all.evidence"
is "there is nothing that would verify" "$(find "$T" -name '*all.evidence*')" ""
ok "a bundle of everything" cli root audit bundle -o "$T/all.evidence"
ok "holds" "$SPE_CLI" verify "$T/all.evidence" --gate "$T/gate.pub"
says "some of it" 0 "verified: 5 records" sh -c "'$SPE_CLI' --socket '$SPE_SOCKET' audit bundle --limit 5 -o '$T/five' && '$SPE_CLI' verify '$T/five'"
cli root --json audit search --action person.set --limit 1000 | jq .seq >"$T/found"
cli root audit bundle --action person.set | jq '.records[].seq' >"$T/proven"
ok "what is proven is what is found" cmp "$T/found" "$T/proven"

# witnesses
w=$T/home/eve/spe.checkpoints
ok "eve keeps a checkpoint" cli eve audit witness "$w"
cli root audit search >/dev/null
says "and a later one, which goes on from it" 0 "they begin with" cli eve audit witness "$w"
is "both are kept" "$(wc -l <"$w")" 2
is "and can be printed for others" "$(cli eve --json audit witness "$w" | jq -r .origin)" "spe:$(ssh-keygen -l -f "$T/gate.pub" | cut -d' ' -f2)"
ok "evidence that follows what she saw" cli eve audit prove 7 --witness "$w" -o "$T/home/eve/w.json"
says "verifies with her file" 0 "good witness" "$SPE_CLI" verify "$T/home/eve/w.json" --witness "$w"
says "the older one does not know of it" 1 "PROBLEM witness" "$SPE_CLI" verify "$T/7.json" --witness "$w"
ok "another sped can keep what was seen" cli root audit saw "$w"
is "in its journal" "$(cli root --json audit search --action checkpoint.seen | jq -r .object.checkpoint)" "$(tail -n 1 "$w")"
sed 's/"size":[0-9]*/"size":5/' "$w" >"$T/forged"
nok "a forged one is refused" cli root audit saw "$T/forged"
nok "by a witness too" cli root audit witness "$T/forged"
head -c 100 "$w" >"$T/cut" # a full disk
cat "$T/cut" >>"$w"
whole=$(sed -n 3p "$w")
ok "what was cut off is not what was seen" cli root audit saw "$w"
is "but the last that is whole" "$(cli root --json audit search --action checkpoint.seen | jq -rs '.[-1].object.checkpoint')" "$whole"
ok "and with room again there is a next one" cli eve audit witness "$w"
is "in a line of its own" "$(tail -n 1 "$w" | jq -r .origin)" "spe:$(ssh-keygen -l -f "$T/gate.pub" | cut -d' ' -f2)"
says "the whole ones agree" 0 verified cli root audit verify --witness "$w"
like "and the other is said" "$(cat "$T/.out")" '^witness: 1 line was cut off'
sed '$s/}$/|/' "$w" >"$T/home/eve/odd"
chown 61005 "$T/home/eve/odd"
says "one that was changed in its last letter is named" 2 "odd line $(wc -l <"$w"): " cli eve audit witness "$T/home/eve/odd"
says "and not taken for one that was cut off" 2 "odd line $(wc -l <"$w"): " cli root audit verify --witness "$T/home/eve/odd"

# root rolls the whole gate back to yesterday: all that lies there agrees, and eve sees it
sped_stop
cp -a "$g" "$T/yesterday"
ok "sped starts" sped_start
ok "lars does something that is to be forgotten" cli lars whoami
for _ in 1 2 3 4 5 6 7 8; do cli root audit search >/dev/null; done
ok "eve keeps a checkpoint of it" cli eve audit witness "$w"
sped_stop
rm -rf "$g"
mv "$T/yesterday" "$g"
ok "sped starts on what was rolled back" sped_start
ok "all that is there agrees" cli root audit verify
says "but eve sees that it was cut" 1 "it was cut" cli eve audit witness "$w"
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do cli root audit search >/dev/null; done
says "or, once it is longer, rewritten" 1 "it was rewritten" cli eve audit witness "$w"
is "and keeps nothing of it" "$(wc -l <"$w")" 6

# a file of the gate's is changed while it is stopped: what it finds is told, also to who has a witness's file, and it is put back
sped_stop
cp "$g/registry/2.json" "$T/2.json"
sed -i 's/lars/larz/' "$g/registry/2.json"
ok "sped starts on a changed file" sped_start
"$SPE_CLI" audit verify --witness "$w" >"$T/changed" 2>&1
is "audit verify with a witness ends as without one" "$?" 1
like "it names the file" "$(cat "$T/changed")" '^problem: .*registry'
like "says that no witness is compared" "$(cat "$T/changed")" "^problem: the witness can't be compared: what the gate keeps was changed"
"$SPE_CLI" --json audit verify --witness "$w" >"$T/changed.json" 2>&1
ok "in JSON too" is_true '.ok == false and (.problems[-1] | test("witness")) and .witness == null' "$T/changed.json"
sped_stop
cp "$T/2.json" "$g/registry/2.json"
ok "put back" sped_start
ok "all agrees" cli root audit verify

# the end of the journal after a power cut: room behind the last record
kill -9 "$(pgrep -P "$sped_pid" -x sped-gate)"
wait_for 10 cli root whoami
ok "a gate that was killed finds its last record" cli root audit verify
like "though NULs follow it" "$(tail -c 100 "$g/journal/journal.jsonl" | od -An -c | head -n 2)" '\\0 +\\0'
finish
