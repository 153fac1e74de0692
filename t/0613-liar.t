#!/bin/sh
# A sped that lies to who signs and who looks: what people sign is what they were shown, and what it says steers no terminal.
. "${srcdir:-.}/t/lib.sh"
needs python3
needs jq
needs ssh-keygen

# --- a sped that answers with the files in $T/say, named by method and path, and keeps what is sent to it in $T/sent
mkdir -p "$T/say"
# (once, where its name ends so)
cat >"$T/liar.py" <<'P'
import http.server, os, socketserver, sys
top = sys.argv[1]
class Liar(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if sent: open(top + "/sent", "ab").write(sent + b"\n")
        at = top + "/say/" + self.command + self.path.replace("/", "_")
        if not os.path.exists(at): at = at.split("?")[0]
        if os.path.exists(at + ".gone"): # once as well
            os.remove(at + ".gone")
            self.close_connection = True
            return
        if os.path.exists(at + ".once"): os.rename(at + ".once", at + ".now"); at += ".now"
        have = os.path.exists(at)
        body = open(at, "rb").read() if have else b'{"error":{"code":"not-found","message":"not there"}}'
        self.send_response(200 if have else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    do_POST = do_PUT = do_GET
    def address_string(self): return ""
    def log_message(self, *args): pass
class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer): daemon_threads = True
Server(top + "/sock", Liar).serve_forever()
P
python3 "$T/liar.py" "$T" 2>"$T/liar.log" &
liar=$!
trap 'kill $liar; at_end' EXIT
export SPE_SOCKET="$T/sock"
ok "a sped that lies" wait_for 10 test -S "$T/sock"
ssh-keygen -q -t ed25519 -N '' -f "$T/key"
says_on() { cat >"$T/say/$1"; }
sent() { like "what was signed was sent" "$(cat "$T/sent" 2>/dev/null)" 'BEGIN SSH SIGNATURE'; rm -f "$T/sent"; }
sent_nothing() { is "nothing signed was sent" "$(cat "$T/sent" 2>/dev/null)" ""; rm -f "$T/sent"; }
sha() { sha256sum | cut -d' ' -f1; }

# --- an export: the engine shows F, the gate's manifest names G
x=7d20c4e1
echo benign >"$T/say/POST_v1_exports_${x}_files_t.csv"
f=$(sha <"$T/say/POST_v1_exports_${x}_files_t.csv") g=$(echo other | sha)
record() { # the gate's, of t.csv
	jq -n --arg f "$f" '{file: "t.csv", verdict: "review", class: "table", bytes: 7, bytes_out: 7, sha256_in: $f, sha256_out: $f, checks: [
		{id: "e-mail", outcome: "review", line: 2, column: 1, where: [1, 0], detail: "an address", fix: "leave it out"},
		{id: "min-count", outcome: "pass", line: 0, column: 0, where: 0, detail: "", fix: ""}]}'
}
manifest() { # FILES as the gate has them
	jq -n --arg x $x --argjson r "$(record)" '{format: "spe-findings-1", export: $x, files: [$r]}' | says_on "GET_v1_exports_${x}_findings"
	jq -n --arg x $x --arg s "$(sha <"$T/say/GET_v1_exports_${x}_findings")" --argjson files "$1" '{format: "spe-manifest-1", export: $x, workspace: "W-1",
		requester: "aino", job: "3f9c0a12", context: "a study", findings_sha256: $s, files: $files}' | says_on "GET_v1_exports_${x}_manifest"
}
shows() { # SHA256 VERDICT REQUESTER WORKSPACE as the export has them; the manifest's are fixed
	manifest "$(jq -n --arg f "$f" '[{name: "t.csv", sha256: $f, verdict: "review", description: "counts"}]')"
	jq -n --arg x $x --arg f "$1" --arg in "$f" --arg v "$2" --arg r "$3" --arg w "$4" --arg m "$(sha <"$T/say/GET_v1_exports_${x}_manifest")" '{export: $x,
		workspace: $w, requester: $r, job: "3f9c0a12", context: "a study", state: "pending", manifest_sha256: $m, files: [{name: "t.csv", sha256: $f, sha256_in: $in,
		verdict: $v, description: "counts", class: "table", bytes: 7, bytes_out: 7, passed: 1, findings: [{rule: "e-mail", severity: "review", row: 1,
		line: 2, column: 1, offset: 0, explanation: "an address", fix: "leave it out"}]}]}' | says_on "GET_v1_exports_$x"
}
shows_with() { # CHANGE: the export as it is but for that, by jq
	shows "$f" review aino W-1
	jq "$1" "$T/say/GET_v1_exports_$x" >"$T/more" && cp "$T/more" "$T/say/GET_v1_exports_$x"
}
echo "{\"export\":\"$x\",\"state\":\"pending\",\"approvals\":1,\"needed\":2}" | says_on "POST_v1_exports_${x}_decisions"
refused() { # WHAT: neither shown, opened nor signed
	says "$1: it is not shown" 1 "nothing was signed" "$SPE_CLI" review show $x
	says "nor opened" 1 "nothing was signed" "$SPE_CLI" review open $x t.csv --key "$T/key"
	says "nor approved" 1 "nothing was signed" "$SPE_CLI" review approve $x --key "$T/key"
	says "nor sent back" 1 "nothing was signed" "$SPE_CLI" review return $x --key "$T/key" --comment odd
	sent_nothing
}
shows "$f" review aino W-1
m=$(sha <"$T/say/GET_v1_exports_${x}_manifest")
says "what the manifest names is opened, and it is told which one" 0 "$m" "$SPE_CLI" review open $x t.csv --key "$T/key"
"$SPE_CLI" review open $x t.csv --key "$T/key" >"$T/opened" 2>"$T/note"
like "the file's own digest is said of it" "$(cat "$T/note")" "^t.csv has the sha256 $(sha256sum <"$T/opened" | cut -d' ' -f1) that"
says "it is shown, and by what it is approved" 0 "review approve $x --manifest $m" "$SPE_CLI" review show $x
says "and approved" 0 "you approved" "$SPE_CLI" review approve $x --key "$T/key"
like "what is signed is told" "$(cat "$T/.out")" '^t.csv: review, findings 1: "counts"$'
says "by the hash that was told as well" 0 "you approved" "$SPE_CLI" review approve $x --key "$T/key" --manifest "$m"
sent
says "and by no other" 1 "nothing was signed" "$SPE_CLI" review approve $x --key "$T/key" --manifest "$g"
sent_nothing
shows "$g" review aino W-1
refused "other bytes are shown than the manifest names"
shows "$f" pass aino W-1
refused "a milder verdict is shown"
shows "$f" review mikko W-1
refused "another requester is shown"
shows "$f" review aino W-2
refused "another workspace is shown"
shows "$f" review aino W-1
shows_with '.files += [{name: "u.csv", sha256: null, verdict: "pass"}]'
refused "a file more is shown"
shows_with '.files += .files'
manifest "$(jq -n --arg f "$f" --arg g "$g" '[{name: "t.csv", sha256: $f, verdict: "review", description: "counts"}, {name: "u.csv", sha256: $g, verdict: "review",
	description: "counts"}]')"
jq --arg m "$(sha <"$T/say/GET_v1_exports_${x}_manifest")" '.manifest_sha256 = $m' "$T/say/GET_v1_exports_$x" >"$T/more" && cp "$T/more" "$T/say/GET_v1_exports_$x"
refused "a file is shown twice and another not at all"
for change in '.files[0].description = "nothing"' '.context = "another study"' '.job = "3f9c0a13"' '.revises = "11111111"'; do
	shows_with "$change"
	refused "$change"
done
for change in '.findings = []' '.findings[0].explanation = "a word"' '.findings[0].severity = "block"' '.findings[0].row = 7' '.findings += .findings' '.passed = 2' \
	'.class = "other"' '.bytes = 8' '.sha256_in = null'; do
	shows_with ".files[0] |= ($change)"
	says "$change: it is not shown" 1 "nothing was signed" "$SPE_CLI" review show $x
	says "nor approved" 1 "nothing was signed" "$SPE_CLI" review approve $x --key "$T/key"
	sent_nothing
done
shows "$f" review aino W-1
jq -c '.files[0].checks = []' "$T/say/GET_v1_exports_${x}_findings" | says_on "GET_v1_exports_${x}_findings.once"
says "other findings than the manifest names are not taken" 1 "nothing was signed" "$SPE_CLI" review show $x
for once in '.files[0].verdict = "pass"' '.files[0].description = "nothing"' '.files[0].findings = []'; do
	shows_with "$once"
	mv "$T/say/GET_v1_exports_$x" "$T/say/GET_v1_exports_$x.once"
	shows "$f" review aino W-1
	says "$once, the first time alone: it is not shown" 1 "nothing was signed" "$SPE_CLI" review show $x
	says "the next time it is" 0 "risk: review" "$SPE_CLI" review show $x
done
shows_with 'del(.manifest_sha256)'
says "what names no manifest is not to decide by" 0 "don't decide by it" "$SPE_CLI" review show $x
# --- an export that is over while its requester waits
echo "{\"export\":\"$x\"}" | says_on POST_v1_exports
asks() { "$SPE_CLI" export request 3f9c0a12 t.csv --describe t.csv=counts; }
for state in withdrawn:4 rejected:4 returned:4 blocked:4 pending:0 approved:0 released:0; do
	shows_with ".state = \"${state%:*}\" | .reason = \"why\""
	says "${state%:*} is exit status ${state#*:}" "${state#*:}" "export $x is ${state%:*}: why" asks
done
# as under a policy that tells no sizes, and before its check
like "a file's size is told where it is known" "$(shows_with '.files[0].size = 7' && "$SPE_CLI" export show $x)" '^t.csv: review \(7 bytes\)$'
like "and else nothing" "$(shows_with . && "$SPE_CLI" export show $x)" '^t.csv: review$'
unchecked='.manifest_sha256 = null | .files = [{name: "t.csv", verdict: null, sha256: null, description: "counts", findings: []}]'
like "a file is being checked" "$(shows_with "$unchecked | .state = \"checking\"" && "$SPE_CLI" export show $x)" '^t.csv: being checked$'
like "or is not" "$(shows_with "$unchecked | .state = \"withdrawn\"" && "$SPE_CLI" export show $x)" '^t.csv: not checked$'
rm -f "$T/sent"
# --- a permit: another one than was asked for
permit() { # ID as the engine answers to a question for FI-1
	jq -n --arg p "$1" --arg d "$g" '{permit: $p, version: 2, digest: $d, until: "2027-01-01"}' | says_on GET_v1_permits_FI-1
}
echo '{"permit":"FI-1","state":"revoked","by":"anna"}' | says_on POST_v1_permits_FI-1_revoke
permit FI-2
says "another permit is not revoked" 1 "nothing was signed" "$SPE_CLI" permit revoke FI-1 --reason late --key "$T/key"
sent_nothing
permit FI-1
says "the one that was named is" 0 "signing that version 2 of permit FI-1, sha256 $g" "$SPE_CLI" permit revoke FI-1 --reason late --key "$T/key"
says "and programs are told as well" 0 "signing that version 2 of permit FI-1" "$SPE_CLI" --json permit revoke FI-1 --reason late --key "$T/key"
sent
# --- a proof of deletion: none, or another permit's
proof() { jq -n --arg p "$1" --arg s "$2" '{permit: "FI-1", statement: ({format: "spe-deletion-1", permit: $p} | tojson), signature: $s}' | says_on GET_v1_permits_FI-1_deletion; }
deletion() { "$SPE_CLI" permit deletion FI-1 -o "$T/proof"; }
echo '{}' | says_on GET_v1_permits_FI-1_deletion
says "no proof is not taken for one" 1 "sped gave no proof" deletion
proof FI-1 ""
says "nor one without a signature" 1 "sped gave no proof" deletion
proof FI-2 signed
says "nor another permit's" 1 "no proof of deletion of permit FI-1" deletion
is "nothing is written of them" "$(find "$T" -name 'proof*')" ""
proof FI-1 signed
ok "that of the permit is" deletion

# --- a change of the registry: the second operator would sign another one
entry() { # PERSON: an entry as its text
	printf '{"format":"spe-registry-1","seq":2,"changes":[{"set":"%s","role":"checker","key":"%s"}]}' "$1" "$(cut -d' ' -f1,2 "$T/key.pub")"
}
own=$(entry mal | sha)
pending() { # ID as the engine tells it of the entry that makes mal a checker
	jq -n --arg i "$1" --arg e "$(entry mal)" '{items: [{change: $i, entry: $e, signer: "anna", proposed: "2026-11-30T12:00:00Z"}]}' |
		says_on GET_v1_registry_changes
}
answers() { jq -n --arg i "$1" '{change: $i, state: "pending", entry: 2, signers: ["anna"]}'; }
jq -n --arg k "$(cut -d' ' -f1,2 "$T/key.pub")" '{entries: 1, head: "", items: [], unsigned: [{name: "mal", role: "checker", key: $k}]}' | says_on GET_v1_registry
answers 0badc0de | says_on POST_v1_registry_changes
says "anna is not told the id of another entry" 1 "do not confirm it" "$SPE_CLI" registry adopt --key "$T/key"
says "what she signs of sped's is shown before" 3 "mal signs as checker" "$SPE_CLI" registry adopt --key "$T/none"
says "where programs read as well" 3 "mal signs as checker" "$SPE_CLI" --json registry adopt --key "$T/none"
sent
pending 0badc0de
says "bert is not shown another entry under anna's id" 1 "do not confirm it" "$SPE_CLI" registry pending
says "and does not sign it" 1 "do not confirm it" "$SPE_CLI" registry confirm 0badc0de --key "$T/key"
pending "$(echo "$own" | cut -c1-8)"
says "nor one that only begins as hers" 3 "waits for a signature" "$SPE_CLI" registry confirm "$(echo "$own" | cut -c1-8)00000000" --key "$T/key"
sent_nothing
says "he sees 16 digits" 0 "confirm $(echo "$own" | cut -c1-16)" "$SPE_CLI" registry pending
answers "$(echo "$own" | cut -c1-8)" | says_on "POST_v1_registry_changes_$(echo "$own" | cut -c1-8)"
for digits in 8 16 64; do
	says "and signs by $digits" 0 "mal signs as checker" "$SPE_CLI" registry confirm "$(echo "$own" | cut -c1-$digits)" --key "$T/key"
done
answers 0badc0de | says_on "POST_v1_registry_changes_$(echo "$own" | cut -c1-8)"
says "an answer about another one is seen" 1 "do not confirm it" "$SPE_CLI" registry confirm "$own" --key "$T/key"
sent

# --- what ends in its midst leaves no part of it under its name
echo '{"items":[{"entry":"one"}],"next":2}' | says_on "GET_v1_registry_entries?from=1"
says "sped goes after one page of the registry" 3 "not there" "$SPE_CLI" registry export -o "$T/keys.registry"
is "nothing is left of it" "$(find "$T" -name 'keys.registry*')" ""
echo '{"items":[{"entry":"two"}],"next":0}' | says_on "GET_v1_registry_entries?from=2"
ok "it comes whole" "$SPE_CLI" registry export -o "$T/keys.registry"
is "under its name alone" "$(find "$T" -name 'keys.registry*' -exec cat {} +)" '{"entry":"one"}
{"entry":"two"}'

# --- how far an upload is: no object is no answer, and it is asked again
echo '{"id":"h","title":"t","description":"d","holder":"u","tables":[{"name":"a","columns":[{"name":"x","datatype":"integer"}]}]}' >"$T/h.json"
truncate -s 9M "$T/a.csv"
for call in POST_v1_holdings POST_v1_uploads_u_finish PUT_v1_uploads_u; do echo '{}' | says_on $call; done
echo '{"upload":"u","offset":0,"state":"open"}' | says_on POST_v1_holdings_h_tables_a_uploads
echo '[]' | says_on GET_v1_uploads_u.once
echo '{"offset":9437184}' | says_on GET_v1_uploads_u
echo '{"tables":[{"table":"a","state":"ready"}]}' | says_on GET_v1_holdings_h
says "an upload goes on after an odd answer" 0 "table a is ready" "$SPE_CLI" holding add "$T/h.json" "a=$T/a.csv"
nok "which came" test -e "$T/say/GET_v1_uploads_u.once"
rm -f "$T/sent"

# --- it is started again while somebody waits: what was asked for is known, and is waited for
goes() { : >"$T/say/$1.gone"; }
echo '{"job":"3f9c0a12"}' | says_on POST_v1_workspaces_W-1_jobs
echo '{"job":"3f9c0a12","state":"captured","result":"completed","checks":"pending","outputs":[]}' | says_on GET_v1_jobs_3f9c0a12
goes GET_v1_jobs_3f9c0a12
says "a job that was just submitted" 0 "job 3f9c0a12: completed" "$SPE_CLI" run W-1 -- true
is "whose id is told first" "$(head -n 1 "$T/.out")" "job 3f9c0a12 is submitted"
like "as that sped is away" "$(cat "$T/.out")" '^job 3f9c0a12: sped is away'
: >"$T/say/GET_v1_jobs_3f9c0a12?wait=20&until=checked"
goes "GET_v1_jobs_3f9c0a12?wait=20&until=checked"
says "a job that has ended is known without its checks" 0 "job 3f9c0a12: completed" "$SPE_CLI" job wait 3f9c0a12
like "which are not done" "$(cat "$T/.out")" 'the checks are not done yet'
shows "$f" review aino W-1
goes "GET_v1_exports_$x"
says "an export" 0 "export $x is pending" asks
like "whose id is told first" "$(head -n 1 "$T/.out")" "^export $x is asked for"
echo '{}' | says_on POST_v1_holdings_h_verify
echo '{"verifying":false,"tables":[{"table":"t","sha256":"a1","same":true}]}' | says_on GET_v1_holdings_h
goes GET_v1_holdings_h
says "a holding" 0 "sped is away" "$SPE_CLI" holding verify h
rm -f "$T/sent" "$T/say/GET_v1_jobs_3f9c0a12?wait=20&until=checked"

# --- what is asked for is one word of the request, however odd
echo '{"items":[{"job":"a b","verdict":"ok"}]}' | says_on GET_v1_attest_a%20b%2Fc-0123456789012345678901234567890123456789
says "a job is named as a whole" 0 "a b" "$SPE_CLI" attest "a b/c-0123456789012345678901234567890123456789"

# --- a terminal: nothing that sped says steers it
on_terminal() { # SECONDS WORDS of spe-cli
	seconds=$1; shift
	timeout -k 1 "$seconds" python3 -c 'import pty, sys; pty.spawn(sys.argv[1:])' "$SPE_CLI" "$@" </dev/null 2>&1 | cat -v
}
printf '%s\n' '{"job":"\u001b]0;PWNED\u0007","state":"queued"}' >"$T/say/POST_v1_workspaces_W-1_jobs"
printf '%s\n' '{"job":"\u001b]0;PWNED\u0007","state":"running","progress":{"percent":43}}' >"$T/say/GET_v1_jobs_%1B%5D0%3BPWNED%07"
progress=$(on_terminal 12 run W-1 -- true)
like "how far a job is is told" "$progress" '[?]]0;PWNED[?]: 43 %'
unlike "without what steers" "$progress" '\^\[\]|\^G'
printf '%s\n' '{"@context":"c","name":"k\u009b31m\u202edr\u007f"}' >"$T/say/GET_v1_catalogue_H_dcat"
catalogue=$(on_terminal 10 catalogue export H)
like "a description is told" "$catalogue" '"@context": "c"'
like "without what steers" "$catalogue" 'k.u009B31m.u202Edr.u007f"'
printf '%s\n' '{"items":[{"entry":1,"name":"k\u009b31m\u202edr\u007f"}]}' >"$T/say/GET_v1_registry_entries?from=1"
entries=$(on_terminal 10 registry export)
like "so is the registry, as evidence is" "$entries" '"entry":1,"name":"k.u009B31m.u202Edr.u007f"'
is "a file has it as it was" "$("$SPE_CLI" registry export | jq -r .name | od -An -tx1 | tr -d ' \n')" 6bc29b33316de280ae64727f0a
finish
