#!/bin/sh
# When a permit ends its key goes first, then fingerprints, outputs and data; a signed proof stays, which stock OpenSSH verifies.
# shellcheck source=t/lib.sh
. "${srcdir:-.}/t/lib.sh"
needs jq
needs ssh-keygen
needs sqlite3
own_world "$@"
state=$T/state
proven() { cli root permit deletion DEL-1 >/dev/null 2>&1; }
data() { find "$state/workspaces/$1" -name '*.csv' 2>/dev/null | wc -l | tr -d ' '; } # WORKSPACE'S NUMBER: its tables
token() { # WORKSPACE'S NUMBER: the first pseudonym of what is staged
	sed -n 2p "$(find "$state/workspaces" -path "*/workspaces/$1/data-*" -name people.csv | sort | tail -n 1)" | cut -d, -f1
}
staged() { [ "$(find "$state/workspaces" -path "*/workspaces/1/data-2/*" -name people.csv -perm 444 | wc -l)" = 1 ]; }
failed() { cli root --json workspace show DEL-2 | jq -r .error | grep -q 'salts/DEL-2'; }

ok "sped starts" sped_start
ok "people" people_make
like "doctor says whether the disk is encrypted" "$(cli root doctor)" 'encryption at rest'
ok "a holding" small_holding del
ok "two permits" small_workspace DEL-1 del
first=$(token 1)
ok "each has its data" small_workspace DEL-2 del
is "and a key" "$(find "$state/gate/salts" -type f -size 32c | wc -l | tr -d ' ')" 2
ok "staged again" cli root workspace stage DEL-1
ok "it is" wait_for 30 staged
is "a person keeps the pseudonym" "$(token 1)" "$first"
nok "which is another in the other permit" test "$(token 2)" = "$first"
says "no proof while it is in force" 3 "its data are not gone yet" cli root permit deletion DEL-1
says "nor for a permit that nobody knows" 3 "there is no proof" cli root permit deletion NONE-1
says "a researcher can't ask" 5 "no role" cli aino permit deletion DEL-1

asks() { # PERMIT: a job and its export, whose id is printed
	cli aino run "$1" -- sh -c 'printf "group,n\na,29\nb,29\n" >/outputs/t.csv' >"$T/run.out" 2>&1 && export_of "$(job_of "$T/run.out")" t.csv
}
other=$(asks DEL-2)
like "an export of the other permit waits" "$other" '^[0-9a-f]{8}$'

# --- a key that is changed shows
salt=$state/gate/salts/DEL-2
cp -p "$salt" "$T/salt"
chmod u+w "$salt"
head -c 32 /dev/zero >"$salt"
says "a changed key is found" 1 "salts/DEL-2" cli root audit verify
cli root workspace stage DEL-2 >/dev/null
ok "and nothing is staged with it" wait_for 30 failed
cp "$T/salt" "$salt"
ok "put back all is well" cli root audit verify

# --- what was released, and what never will be
raw=$(printf 'never asked for\n' | sha256sum | cut -c1-64)
vault() { [ -e "$state/gate/vault/$(echo "$1" | cut -c1-2)/$1" ]; } # SHA256
cli aino run DEL-1 -- sh -c 'echo never asked for >/outputs/raw.txt' >"$T/raw.out" 2>&1
ok "what a job left and nobody asks for is in the vault" vault "$raw"
released=$(asks DEL-1)
for p in kari lars; do ok "$p approves what is asked for" cli "$p" review approve "$released"; done

# --- exports that wait: one for decisions, one for room
is_now() { [ "$(cli root --json export show "$1" | jq -r .state)" = "$2" ]; } # EXPORT STATE
ok "it is released" wait_for 20 is_now "$released" released
waits=$(asks DEL-1) late=$(asks DEL-1)
mkdir "$state/gate/tmp/release.tar"
for p in kari lars; do ok "$p approves one" cli "$p" review approve "$late"; done
ok "for whose release there is no room" is_now "$late" approved
ok "another waits for decisions" is_now "$waits" pending
lists() { cli kari --json review list | jq -r .export | grep -q "$1"; }
ok "which are asked for" lists "$waits"

# --- the end
ok "a backup that nobody took away" curl -sf --unix-socket "$SPE_SOCKET" -X POST -H 'Content-Type: application/json' -d '{}' http://localhost/v1/backup
ok "has the fingerprints" [ "$(find "$state/gate/backup/prints" -name 'DEL-1@*' -size +0 | wc -l)" -gt 0 ]
says "nobody revokes a permit without an operator's key" 5 "not a registered key of any operator" cli root permit revoke DEL-1 --reason no --key "$T/home/kari/.ssh/id_ed25519"
mkdir "$state/gate/permits/DEL-1/.deletion.json.new" # no room for the proof
ok "a permit is revoked" cli root permit revoke DEL-1 --reason "for the test" --key "$T/anna"
ok "what waits for decisions is withdrawn" wait_for 20 is_now "$waits" withdrawn
ok "and what could not leave in time" wait_for 20 is_now "$late" withdrawn
says "and it is told why" 0 "reason: its permit is over" cli aino export show "$waits"
nok "nobody is asked to decide" lists "$waits"
ok "but on what is of another permit" lists "$other"
unproven() { grep -q 'no proof of deletion for DEL-1, which is tried again' "$T/sped.log"; }
ok "a proof that can't be written is told of" wait_for 60 unproven
nok "and is not there" proven
sped_stop
rmdir "$state/gate/permits/DEL-1/.deletion.json.new" "$state/gate/tmp/release.tar"
ok "sped starts where there is room" sped_start
ok "the proof comes" wait_for 60 proven
ok "it is fetched" cli root permit deletion DEL-1 -o "$T/proof"
is "what it says" "$(jq -r '[.format, .permit, (.version|tostring), (.erased|join(" ")), (.data_versions|tostring)] | join("; ")' "$T/proof")" \
	"spe-deletion-1; DEL-1; 1; keys fingerprints staged-data outputs; 2"
is "of that very permit" "$(jq -r .permit_sha256 "$T/proof")" "$(sha256sum "$T/DEL-1.permit" | cut -d' ' -f1)"
echo "spe-gate namespaces=\"spe-deletion\" $(curl -sf --unix-socket "$SPE_SOCKET" http://localhost/v1/keys | jq -r .release)" >"$T/signers"
verify() { ssh-keygen -Y verify -f "$T/signers" -I spe-gate -n spe-deletion -s "$T/proof.sig" <"$1"; }
ok "OpenSSH verifies it" verify "$T/proof"
sed 's/DEL-1/DEL-2/' "$T/proof" >"$T/other"
nok "and nothing else" verify "$T/other"
says "never over a file" 4 "is there already" cli root permit deletion DEL-1 -o "$T/proof"
is "the key is gone" "$(wc -c <"$state/gate/salts/DEL-1" | tr -d ' ')" 0
is "and the fingerprints" "$(find "$state/gate/prints" -name 'DEL-1@*' -size +0 | wc -l)" 0
nok "also under a second name" [ -e "$state/gate/backup" ]
nok "no pseudonym of it is left" grep -rqF "$first" "$state/workspaces" "$state/gate/prints"
is "no table of it is left" "$(data 1)" 0
nok "nor what a job left and nobody asked for" vault "$raw"
is "nor what was found in what was not released" "$(find "$state/gate/exports/$waits" "$state/gate/exports/$late" -name 'check-*' -size +0 | wc -l)" 0
is "and the job does not say that it is" "$(cli aino --json job show "$(job_of "$T/raw.out")" | jq -c .outputs)" '[]'
says "a check can't be done again" 4 "went with it" cli kari check --replay "$released"
ok "the release is fetched" cli aino export fetch "$released" -o "$T/home/aino/$released.tar"
says "and verifies" 0 "verified" "$SPE_CLI" verify "$T/home/aino/$released.tar"
is "the other's data are there" "$(data 2)" 1
is "and its key" "$(wc -c <"$salt" | tr -d ' ')" 32
cli root --json audit search --limit 1000 | jq -r '.action + " " + (.object.number // "" | tostring) + " " + (.workspace // "")' >"$T/journal"
first_line() { grep -n "$1" "$T/journal" | tail -n "${2:-1}" | head -n 1 | cut -d: -f1; }
ok "the key went before the data" test "$(first_line 'permit.keys-destroyed')" -lt "$(first_line 'workspace.wipe 1')"
ok "and the proof came last" test "$(first_line 'workspace.wipe 1')" -lt "$(first_line 'permit.deleted')"
ok "journal and state agree" cli root audit verify
nok "no new version is staged" cli root workspace stage DEL-1
sped_stop
ok "sped starts again" sped_start
is "the proof stays" "$(cli root permit deletion DEL-1)" "$(cat "$T/proof")"
is "with one record of it" "$(cli root --json audit search --limit 1000 | jq -r .action | grep -c '^permit.deleted$')" 1
# as one that ended under an earlier version
sped_stop
sqlite3 "$state/engine/state.db" "UPDATE workspace SET state='ended' WHERE name='DEL-2'"
ok "sped starts where an export waits under a permit that is over" sped_start
is "which is in no checker's list, as is seen by an empty one" "$(cli kari --json review list && echo .)" .
ok "and is withdrawn" wait_for 20 is_now "$other" withdrawn
sped_stop
[ "$bad" = 0 ] || sed 's/^/# sped: /' "$T/sped.log"
finish
