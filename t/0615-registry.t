#!/bin/sh
# Whose keys count is said by two operators, and by root who they are: not by the engine, whoever owns it, and not by what is
# in its database.
. "${srcdir:-.}/t/lib.sh"
own_world "$@"
needs jq
needs sqlite3

doctor() { cli root --json doctor | jq -r --arg c "$1" 'select(.check == $c) | .verdict + " " + .detail'; }
entries() { curl -s --unix-socket "$SPE_SOCKET" http://localhost/v1/registry | jq .entries; }
key_of() { echo "$T/home/$1/.ssh/id_ed25519.pub"; }
ssh_key() { as "$1" mkdir -p -m 700 "$T/home/$1/.ssh" && as "$1" ssh-keygen -q -t ed25519 -N '' -C "$1" -f "$T/home/$1/.ssh/id_ed25519"; }

# --- root names operators
mkdir -p "$T/etc"
operators_make
chmod 664 "$T/etc/operators"
ok "a private sped serves" sped_start
for u in kari lars eve mikko; do ok "$u has a key" ssh_key "$u"; done
like "a file that others may write is not root's word" "$(doctor operators)" '^fail the file operators is not root.s own'
like "so there are no operators" "$(doctor registry)" '^fail 0 operators, of whom 2'
says "and nobody signs for a key" 4 "the registry has no operators yet" cli root user key kari "$(key_of kari)" --key "$T/anna"
sped_stop
chmod 644 "$T/etc/operators"
echo "needed 3" >>"$T/etc/operators"
ok "sped starts on a file that is odd" sped_start
like "and says where" "$(doctor operators)" 'operators: line 3: needed 1 or needed 2'
sped_stop
sed -i '$d' "$T/etc/operators"
ok "sped starts" sped_start
is "two operators are in the registry" "$(doctor registry)" "ok 2 operators, of whom 2 sign every change of keys"
like "and in the list" "$(cli root registry list)" 'anna +operator +valid'

# --- the uids of people, as on a new host
ok "kari has a uid" cli root user add kari --uid 62001
says "lars has one, and a role, which is said" 0 "lars is registered with uid 62002 and the role: auditor" cli root user add lars --uid 62002 --role auditor
says "kari can't have that of lars" 4 "uid 62002 is that of lars" cli root user add kari --uid 62002
like "and it is said what to do" "$(cat "$T/.out")" '^try: first spe-cli user add lars with a --uid that nobody has, and the --role it has$'
ok "which is" cli root user add lars --uid 62009 --role auditor
ok "so that the first can be swapped" cli root user add kari --uid 62002
says "and the second; without --role it has none" 0 "lars is registered with uid 62001 and no role" cli root user add lars --uid 62001
is "they are" "$(cli root --json user list | jq -c '[.person, .uid, .roles]' | tr '\n' ' ')" '["kari",62002,[]] ["lars",62001,[]] '

# --- one proposes, another confirms
says "anna proposes a key" 0 "another operator has to sign it: spe-cli registry confirm" cli root user key kari "$(key_of kari)" --team north --key "$T/anna"
cp "$T/.out" "$T/proposed"
change=$(sed -nE 's/.*confirm ([0-9a-f]{16})$/\1/p' "$T/proposed")
like "what she signed is shown" "$(cat "$T/proposed")" 'kari signs as checker of team north with SHA256:'
is "nothing has come of it yet" "$(entries)" 1
like "it is listed" "$(cli root registry pending)" "change $change, signed by anna at 2"
says "one change goes after the other" 4 "waits for a second signature" cli root user key eve "$(key_of eve)" --key "$T/bert"
like "the remedy has no 8 digits to confirm" "$(cat "$T/.out")" '^try: spe-cli registry pending, then registry confirm with the 16 digits'
says "anna can't confirm her own" 5 "anna has signed it already" cli root registry confirm "$change" --key "$T/anna"
says "nor can a key of nobody" 5 "no operator's key" cli root registry confirm "$change" --key "$T/home/eve/.ssh/id_ed25519"
says "nor anybody what is not there" 3 "no change 00000000 waits" cli root registry confirm 00000000 --key "$T/bert"
says "who is no operator here sends nothing" 5 "" cli kari registry confirm "$change" --key "$T/home/kari/.ssh/id_ed25519"
says "bert confirms what he is shown" 0 "entry 2 of the registry, signed by anna, bert:" cli root registry confirm "$change" --key "$T/bert"
like "before he signs it" "$(cat "$T/.out")" '^signing change [0-9a-f]{16}, after anna'
unlike "and nothing of how ssh-keygen does it" "$(cat "$T/.out" "$T/proposed")" 'Signing file|Write signature|spe-sign'
like "kari's key counts" "$(cli root registry list)" 'kari +checker +valid +north'
is "nothing waits" "$(cli root registry pending)" "no change waits for a signature"
says "the same again is refused" 4 "already" cli root user key kari "$(key_of kari)" --team north --key "$T/anna"
says "a private key is refused" 2 "this is a private key" cli root user key kari "$T/anna" --key "$T/anna"
says "there are two roles for keys" 2 '"auditor"' cli root user key eve "$(key_of eve)" --role auditor --key "$T/anna"
cli root --json user key eve "$(key_of eve)" --key "$T/bert" >"$T/change.out"
says "what was proposed can be taken back" 0 "is withdrawn" cli root registry withdraw "$(jq -r .change "$T/change.out")"
says "the journal knows each step" 0 "registry.withdraw" cli root audit search --action registry.withdraw
like "and who signed what" "$(cli root --json audit search --action registry.change | jq -c 'select(.object.entry == 2) | [.object.signers, .object.changes[0]]')" \
	'\[\["anna","bert"\],"set checker kari SHA256:'
says "verify tells how many sign" 0 "of whom 2 sign a change" cli root audit verify
like "and what it looked at, in words" "$(cli root audit verify)" '^checked: [0-9]+ outputs in the vault, [0-9]+ exports, [0-9]+ releases, [0-9]+ permits$'

# --- days
ok "a key may count until a day" signed_by_two user key mikko "$(key_of mikko)" --valid-until "$(day_plus 0)"
like "as the list says" "$(cli root registry list)" "mikko +checker +valid +- +- +$(day_plus 0)"
says "a day that is none is named" 2 "entry.changes[0].until" cli root user key mikko "$(key_of mikko)" --valid-until 2026-02-30 --key "$T/anna"
ok "and be revoked" signed_by_two user revoke mikko
says "then it does not come back" 4 "was revoked; mikko needs a new one" cli root user key mikko "$(key_of mikko)" --key "$T/anna"
says "who has no key has none to revoke" 3 "no such key of nobody" cli root user revoke nobody --key "$T/anna"

# --- keys of other kinds
as eve ssh-keygen -q -t ecdsa -N '' -f "$T/home/eve/ecdsa"
as eve ssh-keygen -q -t rsa -b 3072 -N '' -f "$T/home/eve/rsa"
ok "an ECDSA key and an RSA key are named as operators'" signed_by_two user key nils "$T/home/eve/ecdsa.pub" nora "$T/home/eve/rsa.pub" --role operator
cli root --json user revoke nils --key "$T/home/eve/rsa" >"$T/change.out"
says "and sign" 0 "nora, nils" cli root registry confirm "$(jq -r .change "$T/change.out")" --key "$T/home/eve/ecdsa"
ok "the other one goes too" signed_by_two user revoke nora

# --- root has the last word on operators, and it shows
before=$(entries)
sped_stop
echo "needed 1" >>"$T/etc/operators"
ok "root lets one operator do" sped_start
is "which is an entry" "$(entries)" $((before + 1))
like "of which doctor warns" "$(doctor registry)" '^warn 2 operators, of whom 1 sign'
says "one signature does then" 0 "entry $((before + 2)) of the registry, signed by anna:" cli root user key lars "$(key_of lars)" --key "$T/anna"
like "the journal says that it was root" "$(cli root --json audit search --action registry.change | jq -c .object.by)" '"root"'
sped_stop
sed -i '$d' "$T/etc/operators"
ok "and takes it back" sped_start
is "two sign again" "$(doctor registry)" "ok 2 operators, of whom 2 sign every change of keys"

# --- a workspace with an export that has one of two votes
people_all() {
	for u in aino kari lars mikko; do cli root user add "$u" --uid "$(uid_of "$u")" || return 1; done
	ssh_key aino || return 1
	ssh-keygen -q -t ed25519 -N '' -C issuer -f "$T/issuer" && signed_by_two issuer add urn:spe:hdab:fi "$T/issuer.pub"
}
ok "people and keys are registered" people_all
ok "a holding is taken in" small_holding people
ok "a workspace is staged" small_workspace REG-1 people
cli aino run REG-1 -- sh -c 'printf "group,n\na,29\nb,29\n" > /outputs/t.csv' >"$T/run.out" 2>&1
job=$(job_of "$T/run.out")
x=$(export_of "$job" t.csv)
ok "one of two checkers approves" cli kari review approve "$x"
as kari curl -sf --unix-socket "$SPE_SOCKET" "http://localhost/v1/exports/$x/manifest" >"$T/manifest.json"
state_of() { cli root --json export show "$x" | jq -r .state; }
is "the other one has not" "$(state_of)" pending

# --- the database is edited: a proposal of somebody's own, a name of their own, an operator of their own
db() { sqlite3 "$T/state/engine/state.db" "$1"; }
head=$(curl -s --unix-socket "$SPE_SOCKET" http://localhost/v1/registry | jq -r .head)
seq=$(entries)
ssh-keygen -q -t ed25519 -N '' -C mal -f "$T/mal"
mal=$(cut -d' ' -f1,2 "$T/mal.pub")
# entry ROLE NAME KEY: the next one, as somebody would make it who knows all that the engine knows
entry() {
	jq -cnj --arg before "$head" --argjson seq $((seq + 1)) --arg now "$(date -u +%FT%TZ)" --arg role "$1" --arg name "$2" --arg key "$3" \
		'{format: "spe-registry-1", seq: $seq, before: $before, time: $now, by: "operators",
		  changes: [{set: $name, role: $role, key: $key, team: null, from: null, until: null}]}, "\n"'
}
signature() { # KEY NAMESPACE FILE: makes FILE.sig
	rm -f "$3.sig"
	ssh-keygen -q -Y sign -n "$2" -f "$1" "$3" 2>/dev/null
}
entry checker lars "$mal" >"$T/entry"
signature "$T/mal" spe-registry "$T/entry"
sped_stop
db "INSERT INTO change(id,behind,entry,signature,signer,proposed)
	VALUES('$(sha256sum <"$T/entry" | cut -c1-8)','$head',readfile('$T/entry'),readfile('$T/entry.sig'),'anna','2026-01-01T00:00:00Z');
	UPDATE person SET uid=$(uid_of eve) WHERE id='lars';
	INSERT OR REPLACE INTO person(id,uid,roles) VALUES('mikko',$(uid_of mikko),'[\"operator\"]');
	UPDATE export SET approvals=2, needed=1, state='approved' WHERE id='$x'"
ok "sped starts on the edited database" sped_start
says "a forged proposal is not made good by an honest signature" 5 "no operator's key" cli root registry confirm "$(sha256sum <"$T/entry" | cut -c1-8)" --key "$T/bert"
says "who is lars in the database has no key of his" 5 "not a registered key of lars" cli eve review approve "$x" --key "$T/home/eve/.ssh/id_ed25519"
cp "$T/mal" "$T/home/mikko/mal" && chown "$(uid_of mikko)" "$T/home/mikko/mal" && chmod 600 "$T/home/mikko/mal"
cli root registry withdraw "$(sha256sum <"$T/entry" | cut -c1-8)" >/dev/null
says "nor does she read" 5 "not a registered key of lars" cli eve review open "$x" t.csv --key "$T/home/eve/.ssh/id_ed25519"
says "an operator of the database's own signs nothing" 5 "no operator's key" cli mikko user key lars "$T/mal.pub" --key "$T/home/mikko/mal"
says "and what the database calls approved is not fetched" 4 "" cli aino export fetch "$x" -o "$T/home/aino/a.tar"
is "no release was written" "$(find "$T/state/gate/releases" -name '*.tar' | wc -l)" 0
sped_stop
db "UPDATE person SET uid=$(uid_of lars) WHERE id='lars'; UPDATE export SET approvals=1, needed=2, state='pending' WHERE id='$x'"

# --- the engine itself is replaced by one that asks the gate for what it likes
mkdir "$T/libexec"
cp "$BIN"/* "$T/libexec/" 2>/dev/null
cp "$TOOLS/t-other-engine" "$T/libexec/sped-engine"
record='{actor: "kari", role: "checker", action: "x", object: {}}'
cp "$T/manifest.json" "$T/vote" && signature "$T/mal" spe-decision "$T/vote"
cp "$T/manifest.json" "$T/wrong" && signature "$T/home/lars/.ssh/id_ed25519" spe-registry "$T/wrong"
entry checker mal "$mal" >"$T/entry2"
signature "$T/mal" spe-registry "$T/entry2"
entry operator mal "$mal" | sed 's/"by":"operators"/"by":"root","needed":1,"file":"'"$(echo | sha256sum | cut -c1-64)"'"/' >"$T/entry3"
kari_sig=$T/state/gate/exports/$x/decisions/kari.sig
calls() {
	# A checker's key: as before there was a registry, with no signature, with one's own twice, and by an entry said to be root's.
	jq -cn --arg k "$mal" "{op: 3, in: {record: $record, person: \"lars\", key: \$k}}"
	jq -cn --rawfile t "$T/entry" "{op: \"registry-change\", in: {record: $record, entry: \$t, signatures: []}}"
	jq -cn --rawfile t "$T/entry2" --rawfile s "$T/entry2.sig" "{op: \"registry-change\", in: {record: $record, entry: \$t, signatures: [\$s, \$s]}}"
	jq -cn --rawfile t "$T/entry3" --rawfile s "$T/entry2.sig" "{op: \"registry-change\", in: {record: $record, entry: \$t, signatures: [\$s]}}"
	# A record that would be the gate's own.
	jq -cn "{op: \"journal\", in: {records: [{actor: \"spe-gate\", role: \"gate\", action: \"registry.change\", object: {files: {}}}]}}"
	# A vote of lars by another key, by his own for another purpose, by kari's vote again; a vote of somebody who is no checker.
	jq -cn --arg x "$x" --rawfile s "$T/vote.sig" "{op: \"decide\", in: {record: $record, export: \$x, person: \"lars\", verdict: \"approve\", signature: \$s}}"
	jq -cn --arg x "$x" --rawfile s "$T/wrong.sig" "{op: \"decide\", in: {record: $record, export: \$x, person: \"lars\", verdict: \"approve\", signature: \$s}}"
	jq -cn --arg x "$x" --rawfile s "$kari_sig" "{op: \"decide\", in: {record: $record, export: \$x, person: \"lars\", verdict: \"approve\", signature: \$s}}"
	jq -cn --arg x "$x" --rawfile s "$T/vote.sig" "{op: \"decide\", in: {record: $record, export: \$x, person: \"mal\", verdict: \"approve\", signature: \$s}}"
	# A release, and its bytes.
	jq -cn --arg x "$x" "{op: \"release\", in: {record: $record, export: \$x}}"
	jq -cn --arg x "$x" "{op: \"fetch\", in: {record: $record, export: \$x}}"
	# An output: as it would leave, as the job wrote it, by one's own key, by the vote that a checker gave.
	jq -cn --arg x "$x" "{op: \"open\", in: {record: $record, export: \$x, what: \"file\", name: \"t.csv\"}}"
	jq -cn --arg x "$x" --rawfile a "$T/open" --rawfile s "$T/open.sig" \
		"{op: \"open\", in: {record: $record, export: \$x, what: \"original\", name: \"t.csv\", person: \"kari\", statement: \$a, signature: \$s}}"
	jq -cn --arg x "$x" --rawfile a "$T/open" --rawfile s "$kari_sig" \
		"{op: \"open\", in: {record: $record, export: \$x, what: \"original\", name: \"t.csv\", person: \"kari\", statement: \$a, signature: \$s}}"
	# Another export of the same job, under a policy of its own.
	jq -cn --arg x 0badcafe --arg j "$job" --rawfile p "$T/lax.policy" "{op: \"export\", in: {record: ($record + {workspace: \"REG-1\"}),
		export: \$x, job: \$j, permit: \"REG-1\", requester: \"aino\", context: \"\", files: [{name: \"t.csv\", description: \"x\"}],
		policy: {name: \"default\", text: \$p}}}"
	# The check of an output, which is made and goes past the engine.
	jq -cn --arg j "$job" --rawfile p "$T/etc/policy/default.policy" \
		'{op: "job-check", in: {task: "0000beef", job: $j, index: 0, policy: {name: "default", text: $p}}}'
	# A permit of an issuer of its own.
	jq -cn --rawfile p "$T/other.permit" --rawfile s "$T/other.permit.sig" "{op: \"permit\", in: {record: $record, permit: \$p, signature: \$s}}"
}
jq -cnj --arg x "$x" --arg t "$(date -u +%FT%TZ)" '{format: "spe-open-1", export: $x, what: "original", name: "t.csv", time: $t}' >"$T/open"
signature "$T/mal" spe-open "$T/open"
sed 's/^min-count = .*/min-count = 1/' "$T/etc/policy/default.policy" >"$T/lax.policy"
permit_text REG-2 people >"$T/other.permit"
signature "$T/mal" spe-permit "$T/other.permit"
asked() { [ -e "$T/state/engine/answers" ]; }
said() { jq -r --argjson n "$1" -s '.[$n] | "\(.status) \(.answer.error.message // .answer.state // .bytes)"' "$T/state/engine/answers"; }
SPED_LIBEXEC=$T/libexec
sped_start
calls >"$T/calls"
cp "$T/calls" "$T/state/engine/calls.new" && mv "$T/state/engine/calls.new" "$T/state/engine/calls"
ok "another engine asks the gate" wait_for 20 asked
is "all of it" "$(wc -l <"$T/state/engine/answers")" 17
like "a key on the engine's word" "$(said 0)" '^4.*request'
like "a key without a signature" "$(said 1)" '^403 an operator has to sign it'
like "a key by one's own signature" "$(said 2)" "^403 .*no operator's key"
like "an entry that says it is root's" "$(said 3)" '^400 there are more signatures'
like "a record of the gate's own" "$(said 4)" '^400 .*those of the gate'
like "a vote by a made-up key" "$(said 5)" '^403 .*not a registered key of lars'
like "a vote by a signature for something else" "$(said 6)" '^403 .*another purpose'
like "another's vote once more" "$(said 7)" '^403 .*not a registered key of lars'
like "a vote of a made-up checker" "$(said 8)" '^403 mal is no checker of permit'
like "a release without the votes" "$(said 9)" '^422 export .* has 1 of the 2 approvals'
like "its bytes" "$(said 10)" '^409 .*has not been released'
like "an output" "$(said 11)" '^400 request.person'
like "an output by a made-up key" "$(said 12)" '^403 .*not a registered key of kari'
like "an output by a signature for something else" "$(said 13)" '^403 .*another purpose'
like "an export under a policy that root has not installed" "$(said 14)" '^422 policy default is none of those'
is "of a check, no more than that it was made" "$(jq -c -s '.[15]' "$T/state/engine/answers")" \
	'{"op":"job-check","status":200,"answer":{"task":"0000beef"}}'
like "a permit of a made-up issuer" "$(said 16)" '^403 .*not a registered key of urn:spe:hdab:fi'
is "no other answer was good" "$(jq -s 'map(select(.status == 200)) | length' "$T/state/engine/answers")" 1
is "no release was written" "$(find "$T/state/gate/releases" -name '*.tar' | wc -l)" 0
sped_stop
unset SPED_LIBEXEC

# --- a policy that others may write is not root's
chmod 666 "$T/etc/policy/default.policy"
ok "sped starts on a policy that others may write" sped_start
cli aino export request "$job" t.csv --describe t.csv=test >"$T/lax.out" 2>&1
like "and no export is made under it" "$(cat "$T/lax.out")" 'policy default is none of those that root has installed'
sped_stop
chmod 644 "$T/etc/policy/default.policy"

# --- with its own engine all goes on, and the registry that was changed on disk does not
ok "sped starts with its own engine" sped_start
ok "all verifies" cli root audit verify
is "the journal says which ticket was asked for" "$(cli root --json audit search --action ticket.job-check | jq -r .object.job | tail -n 1)" "$job"
is "the registry is as it was" "$(entries)" "$seq"
ok "lars approves" cli lars review approve "$x"
is "and the export is released" "$(state_of)" released

# --- a policy may ask for different teams
sped_stop
sed -i 's/^different-teams = false/different-teams = true/' "$T/etc/policy/default.policy"
ok "sped starts with a policy of different teams" sped_start
first=$x
cli aino run REG-1 -- sh -c 'printf "group,n\na,29\nb,29\n" > /outputs/t.csv' >"$T/run.out" 2>&1
x=$(export_of "$(job_of "$T/run.out")" t.csv)
says "who has no team approves nothing" 5 "lars has no team in the registry" cli lars review approve "$x"
ok "lars is put in kari's team" signed_by_two user key lars "$(key_of lars)" --team north
ok "kari approves" cli kari review approve "$x"
says "one of a team is enough" 5 "another checker of team north has approved already" cli lars review approve "$x"
ok "lars goes to another" signed_by_two user key lars "$(key_of lars)" --team south
ok "and approves" cli lars review approve "$x"
is "which releases it" "$(state_of)" released
ok "aino fetches it" cli aino export fetch "$x" -o "$T/home/aino/teams.tar"
cli root registry export -o "$T/teams.registry"
for u in kari lars; do echo "$u $(cut -d' ' -f1,2 "$(key_of $u)")"; done >"$T/teams.checkers"
says "without the registry nobody sees of which teams they are" 0 "good decisions: the manifest asks for different teams: not shown without --registry" \
	"$SPE_CLI" verify "$T/home/aino/teams.tar" --checkers "$T/teams.checkers"
says "an outsider sees the teams in the registry" 0 "verified: " "$SPE_CLI" verify "$T/home/aino/teams.tar" --registry "$T/teams.registry"
unlike "and then nothing is left out" "$(cat "$T/.out")" 'not shown'
x=$first

# --- whose keys these were, an outsider can tell
ok "aino fetches it" cli aino export fetch "$x" -o "$T/home/aino/a.tar"
ok "an auditor gets the registry" cli root registry export -o "$T/keys.registry"
curl -sf --unix-socket "$SPE_SOCKET" http://localhost/v1/keys | jq -r .release >"$T/gate.pub"
verify() { "$SPE_CLI" verify "$T/home/aino/a.tar" --gate "$T/gate.pub" --registry "$@"; }
says "an outsider holds the release against it" 0 "the release was made on entry $seq of the $(entries)" verify "$T/keys.registry"
like "and knows whose keys signed" "$(verify "$T/keys.registry")" 'kari signed the manifest with a key that two operators registered'
like "one operator, where one signed for it" "$(verify "$T/keys.registry")" 'lars signed the manifest with a key that one operator registered'
like "and without the gate's key that neither is proven" "$("$SPE_CLI" verify "$T/home/aino/a.tar" --registry "$T/keys.registry")" \
	"kari signed the manifest with a key of the registry that was given: .*not proven; --gate gives its key"
fingerprint() { ssh-keygen -lf "$1" | cut -d' ' -f2; }
verify "$T/keys.registry" >"$T/verified"
like "and who made these operators" "$(cat "$T/verified")" "that two operators registered, who are operators by root's entry 1\$"
ok "as root wrote, whom nobody vouches for, with their keys" grep -qxF \
	"good registry: entry 1 is by root, whom no signature vouches for; operators since then, of whom 2 sign: anna $(fingerprint "$T/anna.pub"), bert $(fingerprint "$T/bert.pub")" "$T/verified"
is "each time" "$(grep -c '^good registry: entry .* is by root' "$T/verified")" \
	"$(jq -r --argjson seq "$seq" '.entry | fromjson | select(.by == "root" and .seq <= $seq) | .seq' "$T/keys.registry" | wc -l)"
head -n $((seq - 1)) "$T/keys.registry" >"$T/short"
says "without that entry it is another" 1 "it has no entry $seq" verify "$T/short"
sed '3s/checker/chekker/' "$T/keys.registry" >"$T/odd"
says "with a changed one too" 1 "PROBLEM registry: line 3: " verify "$T/odd"
says "what is no registry is none" 1 "PROBLEM registry: line 1: " verify "$T/gate.pub"
ok "a key is revoked later" signed_by_two user revoke kari
cli root registry export -o "$T/later" && says "which changes nothing of that" 0 "verified: " verify "$T/later"
mkdir "$T/x" && tar xf "$T/home/aino/a.tar" -C "$T/x"
d=$T/x/spe-release-$x
cp "$d/manifest.json" "$T/forged" && signature "$T/mal" spe-decision "$T/forged" && cp "$T/forged.sig" "$d/decisions/kari.sig"
echo "kari namespaces=\"spe-decision\" $mal" >>"$d/checkers"
(cd "$T/x" && find "spe-release-$x" -type f | LC_ALL=C sort |
	tar cf "$T/forged.tar" --format=ustar --numeric-owner --owner=0 --group=0 --mode=0644 -T -)
says "a vote by another key shows" 1 "in the registry this was no key of the checker kari when" "$SPE_CLI" verify "$T/forged.tar" --registry "$T/later"

# root and a gate's key: an entry that names two operators of root's own, one by these with keys for the checkers, and a release on it
python3 - "$d" "$T/later" "$T/own" <<'PY'
import glob, hashlib, json, os, subprocess, sys
d, registry, out = sys.argv[1:]
os.mkdir(out)
def key(name):
    if not os.path.exists(out + "/" + name):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", out + "/" + name], check=True)
    return open(out + "/" + name + ".pub").read().strip()
def sign(name, space, data):
    return subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-n", space, "-f", out + "/" + name], input=data, capture_output=True, check=True).stdout.decode()
def read(name): return open(d + "/" + name, "rb").read()
def write(name, text): open(d + "/" + name, "w").write(text)
def sha256(data): return hashlib.sha256(data).hexdigest()
def setting(name, role): return {"set": name, "role": role, "key": key(name), "team": None, "from": None, "until": None}
lines = open(registry).read().splitlines()
def add(by, changes, signers):
    last = json.loads(lines[-1])["entry"]
    entry = {"format": "spe-registry-1", "seq": len(lines) + 1, "before": sha256(last.encode()), "time": json.loads(read("registry"))["time"], "by": by}
    if by == "root": entry.update(needed=2, file="0" * 64)
    text = json.dumps(dict(entry, changes=changes), separators=(",", ":")) + "\n"
    lines.append(json.dumps({"entry": text, "signatures": [sign(s, "spe-registry", text.encode()) for s in signers]}))
    return sha256(text.encode())
people = [os.path.basename(f)[:-4] for f in glob.glob(d + "/decisions/*.sig")]
add("root", [setting("mal", "operator"), setting("mol", "operator")], [])
head = add("operators", [setting(p, "checker") for p in people], ["mal", "mol"])
open(out + "/registry", "w").write("\n".join(lines) + "\n")
for p in people: write("decisions/%s.sig" % p, sign(p, "spe-decision", read("manifest.json")))
write("checkers", "".join('%s namespaces="spe-decision" %s\n' % (p, key(p)) for p in people))
write("gate", 'spe-gate namespaces="spe-release" %s\n' % key("gate"))
write("registry", json.dumps(dict(json.loads(read("registry")), entry=len(lines), sha256=head)))
os.remove(d + "/evidence.json")
names = sorted(os.path.relpath(os.path.join(at, f), d) for at, _, files in os.walk(d) for f in files if not f.startswith("SHA256SUMS"))
write("SHA256SUMS", "".join("%s  %s\n" % (sha256(read(n)), n) for n in names))
write("SHA256SUMS.sig", sign("gate", "spe-release", read("SHA256SUMS")))
PY
(cd "$T/x" && find "spe-release-$x" -type f | LC_ALL=C sort |
	tar cf "$T/own.tar" --format=ustar --numeric-owner --owner=0 --group=0 --mode=0644 -T -)
"$SPE_CLI" verify "$T/own.tar" --gate "$T/own/gate.pub" --registry "$T/own/registry" >"$T/own.out"
entry=$(($(wc -l <"$T/own/registry") - 1))
ok "two operators of root's own are named, with their keys" grep -qxF \
	"good registry: entry $entry is by root, whom no signature vouches for; operators since then, of whom 2 sign: anna $(fingerprint "$T/anna.pub"), bert $(fingerprint "$T/bert.pub"), mal $(fingerprint "$T/own/mal.pub"), mol $(fingerprint "$T/own/mol.pub")" "$T/own.out"
for u in kari lars; do
	ok "$u's key is theirs" grep -qxF "good decisions: $u signed the manifest with a key that two operators registered, who are operators by root's entry $entry" "$T/own.out"
done
sped_stop
python3 - "$T/state/gate/registry/2.json" <<'P'
import sys
b = bytearray(open(sys.argv[1], "rb").read()); b[40] ^= 1; open(sys.argv[1], "wb").write(b)
P
ok "sped starts on a registry that was changed" sped_start
says "verify names the file" 1 "registry/2.json" cli root audit verify
says "the registry can be looked at" 0 "anna" cli root registry list
says "and nothing else is done" 1 "was changed" cli aino run REG-1 -- true
finish
