#!/bin/sh
# Nothing leaves without the decisions the permit asks for, whoever asks, and whatever the database says.
. "${srcdir:-.}/t/lib.sh"
own_world "$@"
needs jq
needs python3
needs sqlite3

state_of() { cli root --json export show "$1" | jq -r .state; }
db() { sqlite3 "$T/state/engine/state.db" "$1"; }
tables='printf "group,n\na,%d\nb,%d\n" 29 29 > /outputs/t.csv'
asks() { # a new job and export; prints the export's id
	cli aino run DECIDE-1 -- sh -c "$tables; echo $1 > /outputs/note.txt" >"$T/run.out" 2>&1 || { cat "$T/run.out" >&2; return 1; }
	export_of "$(job_of "$T/run.out")" t.csv note.txt
}
sign_raw() { # EXPORT PERSON KEYFILE: a decision made by hand, as a client of one's own would
	curl -sf --unix-socket "$SPE_SOCKET" "http://localhost/v1/exports/$1/manifest" >"$T/m.json" || return 1
	rm -f "$T/m.json.sig"
	ssh-keygen -q -Y sign -n "${4:-spe-decision}" -f "$3" "$T/m.json" 2>/dev/null || return 1
	jq -n --rawfile s "$T/m.json.sig" '{verdict: "approve", comment: "", signature: $s}' >"$T/body.json"
	as "$2" curl -s --unix-socket "$SPE_SOCKET" -H 'Content-Type: application/json' --data-binary @"$T/body.json" \
		"http://localhost/v1/exports/$1/decisions"
}

ok "a private sped serves" sped_start
ok "people and keys are registered" people_make
ok "a holding is taken in" small_holding people
ok "a workspace is staged" small_workspace DECIDE-1 people
chmod 755 "$T"

x=$(asks first)
is "an export is pending" "$(state_of "$x")" pending
for role in operator auditor; do
	cli root user add kari --uid "$(uid_of kari)" --role $role
	says "a checker who is an $role may not decide" 5 "kari is an $role of this host, and may not decide" cli kari review approve "$x"
	says "nor against it" 5 "may not decide" cli kari review reject "$x" --comment no
done
ok "lars, who is neither, approves one" cli lars review approve "$(asks zeroth | tee "$T/zeroth")"
is "his vote is not shown to a checker who audits" "$(cli kari --json export show "$(cat "$T/zeroth")" | jq -c .decisions)" '[]'
cli root user add kari --uid "$(uid_of kari)"
says "it can't be fetched" 4 "" cli aino export fetch "$x" -o "$T/home/aino/a.tar"
ok "kari approves" cli kari review approve "$x"
is "one approval is not enough" "$(state_of "$x")" pending
says "still it can't be fetched" 4 "" cli aino export fetch "$x" -o "$T/home/aino/a.tar"
says "kari can't approve twice" 4 "" cli kari review approve "$x"
refused=$(cli root --json audit search --limit 1000 | jq -r --arg x "$x" 'select(.outcome == "conflict" and .object.export == $x) | "\(.object.asked) \(.seq)"' | tail -n 1)
like "a refusal names the record of what was asked" "$refused" '^[0-9]+ [0-9]+$'
first=${refused% *} second=${refused#* }
is "both are in the journal" "$(cli root --json audit search --from "$first" --limit 1000 | jq -r "select(.seq == $first or .seq == $second) | .outcome" | tr '\n' ' ')" "ok conflict "
like "and people read them as one" "$(cli root audit search --from "$first" --limit 1000)" "^$first, $second .*outcome conflict"
says "also where no more records are asked for than the first" 0 "outcome conflict" cli root audit search --from "$first" --limit 1
is "with no line of its own for the first" "$(cli root audit search --from "$first" --limit 1000 | grep -cE "^$first ")" 0
says "the requester can't approve" 5 "" cli aino review approve "$x" --key "$T/home/aino/.ssh/id_ed25519"
says "another researcher can't" 5 "" cli mikko review approve "$x" --key "$T/home/mikko/.ssh/id_ed25519"
says "nor the operator" 5 "" cli root review approve "$x" --key "$T/issuer"
is "it is pending all the same" "$(state_of "$x")" pending

# signatures made by hand: the manifest is read by kari, the keys are whatever one likes
as lars ssh-keygen -q -t ed25519 -N '' -f "$T/home/lars/other"
m() { as kari curl -sf --unix-socket "$SPE_SOCKET" "http://localhost/v1/exports/$x/manifest" >"$T/m.json"; }
by_hand() { # PERSON KEY NAMESPACE
	rm -f "$T/m.json.sig"
	ssh-keygen -q -Y sign -n "$3" -f "$2" "$T/m.json" 2>/dev/null
	jq -n --arg c "${said:-}" --rawfile s "$T/m.json.sig" '{verdict: "approve", comment: $c, signature: $s}' >"$T/body.json"
	chmod 644 "$T/body.json"
	as "$1" curl -s --unix-socket "$SPE_SOCKET" -H 'Content-Type: application/json' --data-binary "@$T/body.json" \
		"http://localhost/v1/exports/$x/decisions"
}
ok "the manifest is readable by a checker" m
like "words that are not signed" "$(said=fine by_hand lars "$T/home/lars/.ssh/id_ed25519" spe-decision)" 'request.comment of an approval needs a signature'
like "a key that is not registered" "$(by_hand lars "$T/home/lars/other" spe-decision)" 'not a registered key of lars'
like "another person's key" "$(by_hand lars "$T/home/kari/.ssh/id_ed25519" spe-decision)" 'not a registered key of lars'
like "another namespace" "$(by_hand lars "$T/home/lars/.ssh/id_ed25519" file)" 'another purpose'
cp "$T/m.json" "$T/m.good"; printf ' ' >>"$T/m.json"
like "other bytes than the manifest's" "$(by_hand lars "$T/home/lars/.ssh/id_ed25519" spe-decision)" 'not-authorised.*signature'
cp "$T/m.good" "$T/m.json"
is "nothing of that was released" "$(state_of "$x")" pending

# the database is edited by hand; the gate does not ask it
sped_stop
db "UPDATE export SET state='released', approvals=2, needed=2 WHERE id='$x'"
ok "sped starts on the edited database" sped_start
says "an edited database releases nothing" 4 "" cli aino export fetch "$x" -o "$T/home/aino/a.tar"
is "no release was written" "$(find "$T/state/gate/releases" -name '*.tar' | wc -l)" 0
sped_stop
db "UPDATE export SET state='approved', needed=1 WHERE id='$x'"
ok "sped starts again" sped_start
says "nor when it says approved" 4 "" cli aino export fetch "$x" -o "$T/home/aino/a.tar"

like "lars approves with his own key, by hand as those that were refused" "$(by_hand lars "$T/home/lars/.ssh/id_ed25519" spe-decision)" '"released"'
is "two approvals release" "$(state_of "$x")" released
ok "aino fetches" cli aino export fetch "$x" -o "$T/home/aino/a.tar"
ok "an outsider verifies" "$SPE_CLI" verify "$T/home/aino/a.tar"
says "the release does not change" 0 "" cli aino export fetch "$x" -o "$T/home/aino/b.tar"
ok "byte for byte" cmp "$T/home/aino/a.tar" "$T/home/aino/b.tar"
mkdir -p "$T/x" && tar xf "$T/home/aino/a.tar" -C "$T/x"
is "the released bytes are those that were checked" "$(cat "$T"/x/*/files/t.csv)" "$(captured "$(job_of "$T/run.out")" t.csv)"

# it shows that it is in the journal, and a release with the evidence of another one is told from it
d=$(echo "$T"/x/spe-release-*)
curl -sf --unix-socket "$SPE_SOCKET" http://localhost/v1/keys | jq -r .release >"$T/gate.pub"
like "verify says that the journal has it" "$("$SPE_CLI" verify "$T/home/aino/a.tar" --gate "$T/gate.pub")" 'good journal: the manifest, the findings and the decisions are in the journal of spe:SHA256'
ok "its evidence holds by itself" "$SPE_CLI" verify "$d/evidence.json" --gate "$T/gate.pub"
is "four records: asked for, manifest, two decisions" "$(jq '.records | length' "$d/evidence.json")" 4
foreign() { # FILTER: what verify says of the release with its evidence changed so
	cp -r "$T/x" "$T/y" && jq -c "$1" "$d/evidence.json" >"$T/y/$(basename "$d")/evidence.json"
	(cd "$T/y" && LC_ALL=C find spe-release-* -type f | LC_ALL=C sort | tar cf "$T/y.tar" --format=ustar --numeric-owner --owner=0 --group=0 --mode=0644 --no-recursion -T -)
	"$SPE_CLI" verify "$T/y.tar"; rm -rf "$T/y"
}
like "a record left out" "$(foreign 'del(.records[3])')" 'PROBLEM journal: evidence.json shows no record of decisions/'
like "a record changed" "$(foreign '.records[1].line |= sub("export.manifest"; "export.Manifest")')" 'PROBLEM journal: .*is not in the journal of the checkpoint'
like "a path of another place" "$(foreign '.records[0].path |= reverse')" 'PROBLEM journal: .*is not in the journal of the checkpoint'
like "a checkpoint that nobody signed" "$(foreign '.checkpoint |= sub("\"size\":"; "\"size\":1")')" 'PROBLEM journal: '
# and is held against what somebody kept
verify() { "$SPE_CLI" verify "$T/home/aino/a.tar" --gate "$T/gate.pub" "$@"; }
jq -r .checkpoint "$d/evidence.json" >"$T/same"
size=$(jq .size "$T/same")
says "a checkpoint of as many records is the same" 0 "good witness: the journal is that of a checkpoint of $size records" verify --witness "$T/same"
ok "root keeps a later one" cli root audit witness "$T/later"
says "of which it shows nothing" 1 "PROBLEM witness: no checkpoint of its $size records was kept" verify --witness "$T/later"
cat "$T/same" "$T/later" >"$T/both"
says "but sped does, of both" 0 "verified" cli root audit verify --witness "$T/both"
# root and the gate's key: another journal of as many records
python3 - "$T/state/gate/keys/release.key" "$T/gate.pub" >"$T/gate.key" <<'P'
import base64, struct, sys
seed, public = open(sys.argv[1], "rb").read(), base64.b64decode(open(sys.argv[2]).read().split()[1])
def string(b): return struct.pack(">I", len(b)) + b
private = bytes(8) + public + string(seed + public[-32:]) + string(b"")
private += bytes(range(1, -len(private) % 8 + 1))
b = base64.b64encode(b"openssh-key-v1\0" + string(b"none") * 2 + string(b"") + struct.pack(">I", 1) + string(public) + string(private)).decode()
print("-----BEGIN OPENSSH PRIVATE KEY-----", *[b[i:i + 70] for i in range(0, len(b), 70)], "-----END OPENSSH PRIVATE KEY-----", sep="\n")
P
chmod 600 "$T/gate.key"
jq -cj 'del(.signature) | .root |= (.[1:] + .[:1])' "$T/same" >"$T/signed"
ssh-keygen -q -Y sign -n spe-checkpoint -f "$T/gate.key" <"$T/signed" >"$T/signed.sig" 2>/dev/null
jq -Rsr --rawfile sig "$T/signed.sig" 'sub("}$"; ",\"signature\":" + ($sig | tojson) + "}")' "$T/signed" >"$T/other"
says "one with another root is another journal" 1 "PROBLEM witness: the journal of $size records does not begin with the $size that were there: it was rewritten" \
	verify --witness "$T/other"
cat "$T/other" "$T/same" >"$T/two"
says "also where there is the same too" 1 "PROBLEM witness: " verify --witness "$T/two"
# stock tools say the same
ok "sha256sum agrees" sh -c "cd '$d' && sha256sum -c --quiet SHA256SUMS"
ok "ssh-keygen verifies the gate's signature" sh -c "cd '$d' && ssh-keygen -q -Y verify -f gate -I spe-gate -n spe-release -s SHA256SUMS.sig < SHA256SUMS"
for p in kari lars; do
	ok "ssh-keygen verifies $p's decision" sh -c "cd '$d' && ssh-keygen -q -Y verify -f checkers -I $p -n spe-decision -s decisions/$p.sig < manifest.json"
done

# what can't be written at that moment is released later, when asked for and by itself
latest_is_out() { [ "$(state_of "$latest")" = released ]; }
late=$(asks late) latest=$(asks latest)
for y in "$late" "$latest"; do cli kari review approve "$y" >/dev/null 2>&1; done
mkdir "$T/state/gate/tmp/release.tar"
says "an approval stands when its release can't be written" 0 "tried again every minute" cli lars review approve "$late"
ok "so does another" cli lars review approve "$latest"
is "it waits as approved" "$(state_of "$late")" approved
says "and is not handed out" 4 "has not been released" cli aino export fetch "$late" -o "$T/home/aino/late.tar"
rmdir "$T/state/gate/tmp/release.tar"
ok "with room again whoever fetches has it" cli aino export fetch "$late" -o "$T/home/aino/late.tar"
ok "with both decisions" "$SPE_CLI" verify "$T/home/aino/late.tar"

# an amendment asks for three, the next for two again: what has its two by then is released
amend() { # VERSION DECISIONS
	DECISIONS=$2 permit_text DECIDE-1 people "$1" "\"$(sha256sum <"$T/DECIDE-1.permit" | cut -d' ' -f1)\"" |
		sed 's/{"id":"mikko","roles":\["researcher"\]}/{"id":"mikko","roles":["checker"]}/' >"$T/next.permit"
	permit_import "$T/next.permit" >"$T/.amended" 2>&1 && mv "$T/next.permit" "$T/DECIDE-1.permit" && wait_for 30 ready
}
ready() { [ "$(cli root --json workspace show DECIDE-1 | jq -r .state)" = ready ]; }
three=$(asks three)
ok "an amendment asks for three decisions" amend 2 3
ok "kari approves" cli kari review approve "$three"
says "lars is the second of three" 0 "2 of 3" cli lars review approve "$three"
ok "the next amendment asks for two" amend 3 2
three_is_out() { [ "$(state_of "$three")" = released ]; }
ok "which it has: it is released" wait_for 20 three_is_out

y=$(asks second)
ok "kari rejects another" cli kari review reject "$y" --comment "say which population"
is "it is rejected" "$(state_of "$y")" rejected
says "and can't be approved any more" 4 "" cli lars review approve "$y"
like "aino reads why" "$(cli aino export show "$y"; cli kari export show "$y")" 'say which population|rejected'

# a question and its answer, then back to whoever asked; asked for anew, what was said goes with it
q=$(asks question)
ok "lars asks" cli lars export comment "$q" --comment "which population?"
ok "aino answers" cli aino export comment "$q" --comment "adults, as in table 2"
says "what is empty says nothing" 2 "text" cli aino export comment "$q" --comment ""
says "who is neither researcher nor checker is not part of it" 5 "" cli root export comment "$q" --comment hello
like "kari reads both" "$(cli kari review show "$q" | tr '\n' ' ')" 'comment by lars: which population.*comment by aino: adults'
is "and sees in the list that there are two" "$(cli kari --json review list | jq -s --arg q "$q" '.[] | select(.export == $q) | .comments')" 2
ok "kari approves, and says why" cli kari review approve "$q" --comment 'counts of "29"'
like "which kari reads, as it was signed" "$(cli kari export show "$q" | tr '\n' ' ')" 'approve by kari: counts of "29"'
is "which aino does not see" "$(cli aino --json export show "$q" | jq '.decisions | length')" 0
says "a return needs a comment" 2 "comment" cli lars review return "$q"
ok "lars returns it" cli lars review return "$q" --comment "table 2 is of all ages"
is "it is returned" "$(state_of "$q")" returned
says "nobody decides on it a second time" 4 "has decided" cli kari review reject "$q" --comment late
says "and it is not released" 4 "" cli aino export fetch "$q" -o "$T/home/aino/q.tar"
like "aino reads what to change, and how" "$(cli aino export show "$q" | tr '\n' ' ')" 'return by lars: table 2 is of all ages.*--revises'
job=$(job_of "$T/run.out")
desc="--describe t.csv=groups"
# shellcheck disable=SC2086 # two words
says "what has left is not revised" 4 "released" cli aino export request "$job" t.csv $desc --revises "$x"
# shellcheck disable=SC2086
again=$(cli aino export request "$job" t.csv $desc --revises "$q" --detach)
patient() { for _ in $(seq 100); do [ "$(state_of "$1")" = "$2" ] && return 0; sleep 0.1; done; return 1; }
ok "and waits for decisions, with none so far" patient "$again" pending
like "kari sees what was said of the first" "$(cli kari review show "$again" | tr '\n' ' ')" "which this one revises, is returned .*return by lars"
is "what is signed names it" "$(as kari curl -sf --unix-socket "$SPE_SOCKET" "http://localhost/v1/exports/$again/manifest" | jq -r .revises)" "$q"
ok "kari approves that" cli kari review approve "$again"
ok "so does lars" cli lars review approve "$again"
ok "aino fetches it" cli aino export fetch "$again" -o "$T/home/aino/again.tar"
ok "and an outsider verifies" "$SPE_CLI" verify "$T/home/aino/again.tar"
z=$(asks third)
ok "aino withdraws a third" cli aino export withdraw "$z"
says "nobody can approve it" 4 "" cli kari review approve "$z"

# the permit's types hold where the policy allows more
cli aino run DECIDE-1 -- sh -c 'echo "{}" > /outputs/a.json' >"$T/run.out" 2>&1
w=$(export_of "$(job_of "$T/run.out")" a.json 2>/dev/null)
is "a type the permit does not name is blocked" "$(state_of "$w")" blocked
like "and the finding says which rule" "$(cli aino --json export show "$w")" '"rule": ?"file-type"'

# one flipped byte, anywhere, is named
ok "the journal and all files verify" cli root audit verify
flip() { # FILE OFFSET: change a byte there and back
	python3 - "$1" "$2" <<-'P'
	import os, sys
	fd = os.open(sys.argv[1], os.O_RDWR); at = int(sys.argv[2]); size = os.fstat(fd).st_size
	at = at % size; b = os.pread(fd, 1, at); os.pwrite(fd, bytes([b[0] ^ 1]), at)
	P
}
g=$T/state/gate
for f in "$g/vault/"*/* "$g/exports/$q/thread/0.json" "$g/exports/$x/decisions/"*.sig "$g/exports/$x/manifest.json" "$g/exports/$x/findings.json" \
	"$g/releases/"*.tar "$g/journal/journal.jsonl" "$g/journal/tree"; do
	name=${f#"$g/"}
	if ! [ -s "$f" ]; then # a path of another name is no file
		nok "there is something in $name" true
		continue
	fi
	flip "$f" 7
	says "a flipped byte in $name is named" 1 "$(basename "$name" | cut -c1-12 | sed 's/journal.json/line/')" cli root audit verify
	flip "$f" 7
done
ok "and all verify again" cli root audit verify
flip "$g/releases/$x.tar" 2000
says "a changed release is not handed out" 1 "" cli aino export fetch "$x" -o "$T/home/aino/c.tar"
flip "$g/releases/$x.tar" 2000

ok "what waited for room is released within a minute, though nobody asked" wait_for 70 latest_is_out

# a journal that was changed while sped was away stops everything but looking
sped_stop
flip "$g/journal/journal.jsonl" 5000
ok "sped starts on a changed journal" sped_start
says "and names the record" 1 "line" cli root audit verify
says "but does nothing else" 1 "was changed" cli aino run DECIDE-1 -- true
says "not even for the operator" 1 "was changed" cli root workspace list
sped_stop
flip "$g/journal/journal.jsonl" 5000
ok "with the byte as it was it starts" sped_start
ok "and all verifies" cli root audit verify
ok "and jobs run" cli aino run DECIDE-1 -- true
cp "$T/home/aino/a.tar" "$T/r.tar"
for at in 300 1100 2100 5000; do
	flip "$T/r.tar" $at
	nok "the outsider sees a changed byte at $at" "$SPE_CLI" verify "$T/r.tar"
	flip "$T/r.tar" $at
done
finish
