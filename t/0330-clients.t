#!/bin/sh
# What clients may send: odd, hostile or too much of it. The daemons stay, others are served, and
# what researchers are told of outputs before a release is no way out for data.
. "${srcdir:-.}/t/lib.sh"
own_world "$@"
needs python3
needs jq

U=http://localhost/v1
api() { who=$1; shift; as "$who" curl -s -m 20 --unix-socket "$SPE_SOCKET" "$@"; }
status() { who=$1; shift; as "$who" curl -s -m 20 -o /dev/null -w '%{http_code}' --unix-socket "$SPE_SOCKET" "$@"; }
daemons() { pgrep -P "$sped_pid" -x 'sped-(gate|engine|api)' | sort | tr '\n' ' '; }
post() { who=$1 path=$2 file=$3; shift 3; status "$who" -H 'Content-Type: application/json' --data-binary "@$file" "$U$path" "$@"; }

ok "a private sped serves" sped_start
ok "people and keys are registered" people_make
ok "a holding is taken in" small_holding people
ok "a workspace is staged" small_workspace CLIENT-1 people
before=$(daemons)

for path in jobs/%ff catalogue/%ff workspaces/%c3 jobs/%-1 'jobs/%ff?since=x&wait=1' exports/%00 jobs/..%2f..%2fx a/b/c/d/e/f/g/h %2f%2f; do
	is "GET /v1/$path: there is no such thing" "$(status aino "$U/$path")" 404
done
is "of a workspace that can't be there are no jobs" "$(api aino "$U/jobs?workspace=%ff")" '{"items":[]}'
python3 - "$T" <<'P'
import json, sys
t = sys.argv[1] + "/"
def put(name, value):
    with open(t + name, "w") as f:
        f.write(value if isinstance(value, str) else json.dumps(value))
put("plain.json", {"command": ["true"]})
put("long.json", {"command": ["sh", "-c", "\x01" * 40000]})
put("cut1.json", {"command": ["true"], "bundle": "a" * 19 + "\u00e9"})
put("cut2.json", {"command": ["true"], "a" * 59 + "\u00e9": 1})
put("cut3.json", {"command": ["true"], "runtime": "a" * 79 + "\u00e9"})
put("deep.json", '{"command":' + "[" * 5000 + "]" * 5000 + "}")
put("twice.json", '{"command":["true"],"command":["false"]}')
put("nul.json", '{"command":["tr\\u0000ue"]}')
put("number.json", '{"command":["true"],"memory":99999999999999999999}')
put("negative.json", {"command": ["true"], "time": -5})
put("list.json", "[]")
put("empty.json", "")
P
chmod 644 "$T"/*.json
while read -r f want; do
	is "a job from $f.json: $want" "$(post aino /workspaces/CLIENT-1/jobs "$T/$f.json")" "$want"
done <<E
plain 202
long 400
cut1 404
cut2 400
cut3 422
deep 400
twice 400
nul 400
number 400
negative 400
list 400
empty 400
E
for odd in '"memory":"4G"' '"cpus":1.5' '"time":"30m"' '"time":0.0' '"processes":true' '"bundle":7' '"runtime":5' '"profile":[]' '"runtime":""'; do
	printf '{"command":["true"],%s}' "$odd" >"$T/odd.json"
	chmod 644 "$T/odd.json"
	is "a job with $odd is refused, and not run as another" "$(post aino /workspaces/CLIENT-1/jobs "$T/odd.json")" 400
done
echo '{"command":["true"],"bundle":null,"runtime":null,"profile":null,"memory":null,"cpus":0}' >"$T/nulls.json"
chmod 644 "$T/nulls.json"
is "what is null or 0 was not asked for" "$(post aino /workspaces/CLIENT-1/jobs "$T/nulls.json")" 202
like "a command of many words is taken or refused, not more" "$(python3 -c 'import json; print(json.dumps({"command": ["echo"] + ["x"] * 250}))' >"$T/many.json"; chmod 644 "$T/many.json"; post aino /workspaces/CLIENT-1/jobs "$T/many.json")" '^(202|400)$'
is "a stranger's request is refused" "$(status eve "$U/jobs")" 403
is "the daemons are the same as before" "$(daemons)" "$before"
for _ in 1 2 3; do
	for id in 192064 192128; do
		setpriv --reuid=$id --regid=$id --clear-groups -- curl -s -m 20 -o /dev/null --unix-socket "$SPE_SOCKET" "$U/quotas"
	done
done
is "two uids of one stranger that take turns are one record" "$(cli root --json audit search --limit 1000 |
	jq -r 'select(.outcome == "not-authorised") | .object.path' | grep -c quotas)" 1
sleep 10 # what aino was refused before is what is told of them in ten seconds
cli root user add toka --uid $(($(uid_of aino) + 64)) >/dev/null
for id in "$(uid_of aino)" $(($(uid_of aino) + 64)); do
	setpriv --reuid="$id" --regid="$id" --clear-groups -- curl -s -m 20 -o /dev/null --unix-socket "$SPE_SOCKET" "$U/attest"
done
is "of two persons each refusal is one" "$(cli root --json audit search --limit 1000 |
	jq -r 'select(.outcome == "not-authorised" and (.object.path | test("attest"))) | .actor' | sort | tr '\n' ' ')" "aino toka "

# what is refused before its body comes, and what a handler refuses
attempts() { # ACTOR
	cli root --json audit search --actor "$1" --limit 1000 |
		jq -r 'select(.outcome == "not-authorised" or .outcome == "not-found") | .action + " " + .object.path + " " + .outcome'
}
head -c 20000 /dev/zero | tr '\0' ' ' >"$T/padded.json" && cat "$T/plain.json" >>"$T/padded.json" && chmod 644 "$T/padded.json"
other=$(api aino -H 'Content-Type: application/json' -d '{"command":["true"]}' "$U/workspaces/CLIENT-1/jobs" | jq -r .job)
is "a researcher brings no table" "$(status aino -T "$T/plain.json" "$U/holdings/people/tables/people")" 403
is "nor a large permit" "$(post mikko /permits "$T/padded.json")" 403
is "a checker submits no job" "$(post kari /workspaces/CLIENT-1/jobs "$T/plain.json")" 403
for _ in 1 2 3; do
	is "nor does somebody else cancel one" "$(setpriv --reuid=61065 --regid=61065 --clear-groups -- curl -s -m 20 -o /dev/null -w '%{http_code}' -X POST --unix-socket "$SPE_SOCKET" "$U/jobs/$other/cancel")" 404
done
like "what was refused before it came is in the journal" "$(attempts aino)" '^put /holdings/people/tables/people not-authorised$'
is "once, also where it is long" "$(attempts mikko)" 'call /permits not-authorised'
is "so is what was refused once it was looked at" "$(attempts kari)" 'call /workspaces/CLIENT-1/jobs not-authorised'
is "and what is another's, once in ten seconds" "$(attempts toka | grep -c "^call /jobs/$other/cancel not-found\$")" 1

# what spe-cli had begun to write as it was interrupted: sped says nothing here
python3 -c 'import socket, sys, time; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(9); time.sleep(60)' "$T/silent" &
silent=$!
ok "somebody who never answers" wait_for 10 [ -S "$T/silent" ]
heard() { # COMMAND...: with HUP as it is, also where all this is begun by nohup
	exec /usr/bin/python3 -c 'import os, signal, sys; signal.signal(signal.SIGHUP, signal.SIG_DFL); os.execvp(sys.argv[1], sys.argv[1:])' "$@"
}
for signal in 1 15; do # HUP, TERM; a script's jobs in the background ignore INT
	SPE_SOCKET="$T/silent" heard "$SPE_CLI" registry export -o "$T/left" >"$T/left.out" 2>&1 &
	asking=$!
	ok "what comes lies beside" wait_for 10 [ -e "$T/left.part-$asking" ]
	{ kill "-$signal" "$asking"; wait "$asking"; } 2>"$T/.ended"
	is "signal $signal ends it" "$?" "$((128 + signal))"
	nok "and it goes" [ -e "$T/left.part-$asking" ]
done
kill "$silent"

# bundles that spe-cli would never send
python3 - "$T" <<'P'
import io, sys, tarfile
t = sys.argv[1] + "/"
def make(name, *members):
    with tarfile.open(t + name, "w") as tar:
        for path, kind, extra in members:
            i = tarfile.TarInfo(path)
            i.type = kind
            if kind == tarfile.REGTYPE:
                i.size = len(extra)
                tar.addfile(i, io.BytesIO(extra))
            else:
                i.linkname = extra or ""
                tar.addfile(i)
R = tarfile.REGTYPE
make("good.tar", ("a.sh", R, b"echo hello > /outputs/x.txt\n"))
make("utf8.tar", ("a.sh", R, b"test -e /code/h\xc3\xa4st/\xe9\x9a\x8e.txt\n"), ("h\u00e4st/\u968e.txt", R, b"x"))
make("absolute.tar", ("/work/x", R, b"x"))
make("dotdot.tar", ("../work/x", R, b"x"))
make("symlink.tar", ("l", tarfile.SYMTYPE, "/etc"), ("l/x", R, b"x"))
make("hardlink.tar", ("a", R, b"x"), ("b", tarfile.LNKTYPE, "a"))
make("device.tar", ("d", tarfile.CHRTYPE, ""))
make("fifo.tar", ("p", tarfile.FIFOTYPE, ""))
make("twice.tar", ("a", R, b"x"), ("a", R, b"y"))
open(t + "noise.tar", "wb").write(bytes(range(256)) * 40)
P
chmod 644 "$T"/*.tar
result_of() { # BUNDLE-FILE: how a job with it ends
	b=$(api aino -H 'Content-Type: application/octet-stream' --data-binary "@$T/$1" "$U/bundles?workspace=CLIENT-1" | jq -r .bundle)
	printf '{"bundle":"%s","command":["sh","/code/a.sh"]}' "$b" >"$T/job.json"
	chmod 644 "$T/job.json"
	j=$(api aino -H 'Content-Type: application/json' --data-binary "@$T/job.json" "$U/workspaces/CLIENT-1/jobs" | jq -r .job)
	for _ in $(seq 100); do
		r=$(api aino "$U/jobs/$j" | jq -r 'select(.state == "captured") | .result')
		[ -z "$r" ] || break
		sleep 0.1
	done
	echo "$r"
}
is "a plain bundle runs" "$(result_of good.tar)" completed
is "one with other names than ASCII too, which it has as they were" "$(result_of utf8.tar)" completed
for f in absolute dotdot symlink hardlink device fifo twice noise; do
	is "a bundle with $f is not started" "$(result_of $f.tar)" not-started
done

# a job that takes from itself what its outputs are read with
ok "a job that may not enter its outputs any more" cli aino run CLIENT-1 -- sh -c 'echo kept > /outputs/kept.txt; chmod -R 644 /outputs 2>/dev/null; :'
is "has them captured" "$(captured "$(job_of "$T/.out")" kept.txt)" kept
cli aino run CLIENT-1 --time 1s -- sh -c 'echo kept > /outputs/kept.txt; chmod 600 /outputs; sleep 60' >"$T/.out" 2>&1
is "and where it was ended by force it is said that they can't be read" "$(cli aino --json job show "$(job_of "$T/.out")" | jq -r '.skipped | tostring')" \
	'[{"reason":"unreadable"}]'

# what is told of outputs before anybody has decided
ok "a job with odd outputs" cli aino run CLIENT-1 -- sh -c 'printf abc > /outputs/three.txt; printf "group,n\na,3\nb,29\n" > /outputs/t.csv
	for i in 1 2 3; do ln -s / /outputs/l$i; done; mkfifo /outputs/p 2>/dev/null; ln /outputs/three.txt /outputs/hard.txt; echo x > "/outputs/odd name"'
job=$(job_of "$T/.out")
cli aino --json job show "$job" >"$T/job.out"
unlike "no digest of an output" "$(cat "$T/job.out")" 'sha256'
unlike "no number of links" "$(jq -c .skipped "$T/job.out")" '3'
x=$(export_of "$job" t.csv)
cli aino --json export show "$x" >"$T/x.out"
unlike "no digest in an export before its release" "$(cat "$T/x.out")" '"(manifest_)?sha256": ?"'
like "a blocked table names line and column" "$(jq -c '.files[0].findings[0]' "$T/x.out")" '"line": ?2'
unlike "and quotes nothing" "$(jq -r '.files[].findings[].explanation' "$T/x.out")" '\(|"'
says "a checker can't let a blocked export go" 4 "" cli kari review approve "$x"
y=$(cli mikko run CLIENT-1 -- sh -c 'echo hi > /outputs/h.txt' 2>&1 | grep -oE '\b[0-9a-f]{8}\b' | head -n 1)
says "two researchers of one permit see each other's jobs" 0 "mikko" cli aino --json job show "$y"
says "a checker can't submit" 5 "" cli kari run CLIENT-1 -- true
says "a researcher can't import a permit" 5 "" cli aino permit import "$T/CLIENT-1.permit"
says "a researcher can't read the journal" 5 "" cli aino audit verify
says "a researcher can't open an output" 5 "" cli aino review open "$x" t.csv

# many at once
pids=
for _ in $(seq 60); do
	cli aino --json run CLIENT-1 --detach -- true >/dev/null 2>&1 &
	pids="$pids $!"
done
others() { [ "$(status kari -m 2 "$U/whoami")" = 200 ]; }
ok "kari is served meanwhile" others
# shellcheck disable=SC2086 # pids are words; a bare wait would wait for sped too
wait $pids
ok "all sixty are done in the end" wait_for 60 sh -c "[ \"\$($SPE_CLI --json job list CLIENT-1 | jq -r .state | sort -u | tr -d '\n')\" = captured ]"
is "the daemons are the same as before" "$(daemons)" "$before"
ok "all it keeps verifies" cli root audit verify
finish
