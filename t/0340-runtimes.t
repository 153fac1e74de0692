#!/bin/sh
# Images become runtimes or are refused by name; jobs see what the permit names; nothing half-made is ever seen.
# shellcheck disable=SC2016 # what is in single quotes is for the shell in the job
. "${srcdir:-.}/t/lib.sh"
own_world "$@"
needs jq
needs python3
needs readelf
needs zstd
needs mmdebstrap
busybox=$(command -v busybox)
if readelf -l "$busybox" "$BIN/spe-init" | grep -q INTERP; then skip_all "needs a static busybox, and a build without sanitizers"; fi
image() { python3 "$srcdir/t/tools/image.py" "$@"; }
runtime() { cli root --json runtime show "$1"; }
tree_of() { find "$T/state/runtimes" -mindepth 1 -maxdepth 1 -name "r$1" | sed 's:$:/root:'; }
number() { sqlite3 "$T/state/engine/state.db" "SELECT number FROM runtime WHERE name='$1' AND state='ready'"; }

mkdir -p "$T/etc" && printf 'slots = 2\npermit-running = 2\nwork-mib = 64\noutputs-mib = 32\nruntime-mib = 300\n' >"$T/etc/sped.conf"
ok "a private sped serves" sped_start
ok "people and keys are registered" people_make
ok "a holding is taken in" small_holding people

# --- a small image, layer by layer
mkdir -p "$T/canary" && echo canary >"$T/canary/file"
canary=$(find "$T/canary" -ls)
cat >"$T/layers.py" <<'P'
import sys
sys.path.insert(0, sys.argv[1])
from image import layer
box = open(sys.argv[2], "rb").read()
out = sys.argv[3]
x = {"mode": 0o755}
layers = [
    [("./", "dir", None, {}), ("./bin/", "dir", None, {}), ("./bin/busybox", "file", box, {"mode": 0o4755, "uid": 0}),
     ("bin/sh", "hard", "bin/busybox", {}), ("bin/cat", "hard", "./bin/busybox", {}), ("bin/id", "link", "busybox", {}),
     ("bin/env", "link", "/bin/busybox", {}), ("bin/ls", "link", "busybox", {}),
     ("etc/passwd", "file", "root::0:0::/:/bin/sh\n", {}), ("etc/hosts", "link", "/proc/sysrq-trigger", {}), ("etc/release", "file", "one\n", {"mode": 0o600}),
     ("dev/null", "link", "/proc/sysrq-trigger", {}), ("dev/zero", "chr", None, {"devmajor": 8}), ("proc", "file", "evil", {}),
     ("tmp", "link", "/canary", {}), ("tmp/x", "file", "x", {}),
     ("sda", "blk", None, {"devmajor": 8}), ("tty", "chr", None, {"devmajor": 5}), ("pipe", "fifo", None, {}),
     ("old/a", "file", "a", {}), ("old/b/c", "file", "c", {}), ("gone", "file", "g", {}), ("gonedir/x/y", "file", "y", {}),
     ("dir-to-file/x", "file", "x", {}), ("file-to-dir", "file", "f", {}), ("link-to-file", "link", "/etc/passwd", {}),
     ("linked", "file", "v1", {}), ("linked-too", "hard", "linked", {}), ("opt/conda/bin/tool", "file", "#!/bin/sh\necho the tool\n", x),
     ("caps", "file", "c", {"pax_headers": {"SCHILY.xattr.security.capability": "AAAA"}}), ("sgid", "file", "s", {"mode": 0o2755}),
     ("sticky", "dir", None, {"mode": 0o1777}), ("name with blanks", "file", "b", {}), ("n\u00e4me", "file", "u", {}), ("kept/low", "file", "l", {})],
    # in any order: whiteouts are about lower layers alone
    [("old/new", "file", "n", {}), ("old/.wh..wh..opq", "file", "", {}), (".wh.gone", "file", "", {}), ("gonedir/z", "file", "z", {}),
     ("gonedir/.wh.x", "file", "", {}), ("dir-to-file", "file", "now a file", {}), ("file-to-dir/x", "file", "x", {}), ("file-to-dir", "dir", None, {}),
     ("link-to-file", "file", "now a file", {}), ("linked", "file", "v2", {}), ("etc/release", "file", "two\n", {}), (".wh.never", "file", "", {}),
     ("never/.wh..wh..opq", "file", "", {}), (".wh.dev", "file", "", {})],
]
layers[1] = [e for e in layers[1] if e[0] != "file-to-dir/x"] + [("file-to-dir/x", "file", "x", {})]
for i, l in enumerate(layers):
    open("%s%d.tar" % (out, i + 1), "wb").write(layer(l))
P
ok "layers are made" python3 "$T/layers.py" "$srcdir/t/tools" "$busybox" "$T/layer"
set -- "$T/layer1.tar" "$T/layer2.tar"
small=$(image "$T/small.tar" --pack gzip --env PATH=/opt/conda/bin:/bin --env LD_PRELOAD=/x.so --env HOME=/root --env SPE_DATA=/x "$@")
says "an image is taken in" 0 "runtime small is ready: $small" cli root runtime import small "$T/small.tar"
root=$(tree_of "$(number small)")
is "whiteouts, replacements, places: the tree is as it should be" "$(cd "$root" && find . ! -name . ! -path './bin/*' -printf '%P %y %m %l\n' | LC_ALL=C sort)" "$(LC_ALL=C sort <<'L'
bin d 555 
caps f 444 
code d 555 
data d 555 
dev d 555 
dir-to-file f 444 
etc d 555 
etc/Rprofile.spe f 444 
etc/group f 444 
etc/hostname f 444 
etc/hosts f 444 
etc/nsswitch.conf f 444 
etc/passwd f 444 
etc/release f 444 
etc/resolv.conf f 444 
file-to-dir d 555 
file-to-dir/x f 444 
gonedir d 555 
gonedir/z f 444 
kept d 555 
kept/low f 444 
link-to-file f 444 
linked f 444 
linked-too f 444 
name with blanks f 444 
näme f 444 
old d 555 
old/new f 444 
opt d 555 
opt/conda d 555 
opt/conda/bin d 555 
opt/conda/bin/tool f 555 
outputs d 555 
proc d 555 
sgid f 555 
sticky d 555 
sys d 555 
tmp d 555 
work d 555 
L
)"
is "a replaced file leaves its other names alone" "$(cat "$root/linked" "$root/linked-too")" "v2v1"
is "hard links are kept within the image" "$(stat -c %h "$root/bin/busybox")" 3
is "links are text" "$(readlink "$root/bin/env")" /bin/busybox
is "all of it is one owner's, who is nobody" "$(find "$root" -printf '%U:%G\n' | sort -u)" "$((0x70040000 + $(number small))):$((0x70040000 + $(number small)))"
is "no attributes" "$(python3 -c 'import os, sys
for d, _, fs in os.walk(sys.argv[1]):
    for f in fs: print(*os.listxattr(os.path.join(d, f), follow_symlinks=False))' "$root" | grep .)" ""
is "what was left out is counted" "$(runtime small | jq -c .dropped)" \
	'{"devices":2,"fifos":1,"sockets":0,"setid":2,"xattrs":1,"places":7}'
is "the digest of the tree can be computed by anybody" "$(python3 - "$root" <<'P'
import hashlib, os, stat, sys
h = hashlib.sha256()
def walk(d, path):
    for name in sorted(os.listdir(d)):
        full, p = os.path.join(d, name), path + name
        st = os.lstat(full)
        kind = b"d" if stat.S_ISDIR(st.st_mode) else b"l" if stat.S_ISLNK(st.st_mode) else b"x" if st.st_mode & 0o111 else b"f"
        h.update(kind + b"\0" + p + b"\0")
        if kind == b"d": walk(full, p + b"/")
        elif kind == b"l": h.update(os.readlink(full) + b"\0")
        else: h.update(hashlib.sha256(open(full, "rb").read()).hexdigest().encode() + b"\0")
walk(os.fsencode(sys.argv[1]), b"")
print(h.hexdigest())
P
)" "$(runtime small | jq -r .tree)"
is "its environment, but for what is not its own" "$(runtime small | jq -c .env)" '["PATH=/opt/conda/bin:/bin","LD_PRELOAD=/x.so"]'
is "the canary is as it was" "$(find "$T/canary" -ls)" "$canary"

# --- the same in other wrappings
digest() { runtime "$1" | jq -r "$2"; }
for kind in none zstd; do
	d=$(image "$T/$kind.tar" --pack $kind "$@")
	says "layers by $kind" 0 "is ready: $d" cli root runtime import "as-$kind" "$T/$kind.tar"
	is "give the same tree" "$(digest "as-$kind" .tree)" "$(digest small .tree)"
done
d=$(image "$T/docker.tar" --docker "$@" "$T/layer2.tar") # the same layer twice: docker save writes a link
says "what docker save wrote" 0 "is ready: $d" cli root runtime import docker "$T/docker.tar"
is "gives the same tree too" "$(digest docker .tree)" "$(digest small .tree)"
d=$(image "$T/layout" --dir --arch arm64 --arch amd64 --arch s390x --env A=1 "$@")
says "a layout as a directory, of several platforms" 0 "is ready: $d" cli root runtime import multi "$T/layout"
is "the one for linux/amd64" "$(digest multi .tree)" "$(digest small .tree)"
says "the same image again is not taken in twice" 2 "is here already, as runtime small" cli root runtime import again "$T/small.tar"
says "nor another under the same name" 4 "a runtime is never changed" cli root runtime import small "$T/docker.tar"
says "a name that is no name" 2 "can't name a runtime" cli root runtime import host "$T/small.tar"
says "nor one with a slash" 2 "can't name a runtime" cli root runtime import ../x "$T/small.tar"
says "a directory that is no layout" 2 "oci-layout can't be packed" cli root runtime import no "$T/canary"
says "a researcher can't import" 5 "" cli aino runtime import x "$T/small.tar"
says "nor remove" 5 "" cli aino runtime remove small
like "but may see what there is" "$(cli aino runtime list)" "small +ready +$small"
unlike "and not whose permits name it" "$(cli aino --json runtime show small)" permits
like "one that failed says why" "$(cli root runtime list)" "again +failed .*here already"
says "and can be removed" 0 "is removed" cli root runtime remove again

# --- odd images: each is refused, by name
ok "odd images are made" python3 "$srcdir/t/tools/odd-images.py" "$T/odd"
cut -f1 "$T/odd/list" >"$T/odd/names"
send() { while read -r o; do curl -sf -o /dev/null -T "$T/odd/$o.tar" --unix-socket "$SPE_SOCKET" "http://localhost/v1/runtimes/odd.$o" || echo "$o was not sent"; done <"$T/odd/names"; }
sed -i 's/^runtime-mib.*/runtime-mib = 100/' "$T/etc/sped.conf" && sped_stop
ok "with a bound of 100 MiB" sped_start -p 3
is "all are sent" "$(send)" ""
rm -f "$T"/odd/*.tar
none_taken_in() { [ "$(cli root --json runtime list | jq -r 'select(.state == "intake") | .runtime')" = "" ]; }
ok "all are looked at" wait_for 120 none_taken_in
cli root --json runtime list >"$T/odd.json"
while IFS="$(printf '\t')" read -r o text; do
	got=$(jq -r --arg n "odd.$o" 'select(.runtime == $n) | .state + ": " + (.error // "")' "$T/odd.json")
	case $got in
	failed:*"$text"*) result 0 "$o: ${got#failed: }" ;;
	*) result 1 "$o is refused"; echo "# got $got; wanted $text" ;;
	esac
done <"$T/odd/list"
left() { find "$T/state/runtimes" -mindepth 1 -maxdepth 1 | wc -l; }
only() { [ "$(left)" = "$1" ]; }
ok "nothing of them is left" wait_for 20 only 5
is "the canary is as it was" "$(find "$T/canary" -ls)" "$canary"
truncate -s 3T "$T/sparse" && tar -C "$T" --sparse -cf "$T/sparse-layer.tar" sparse
image "$T/sparse.tar" "$T/sparse-layer.tar" >/dev/null
says "a file of nothing but holes" 2 "see runtime-mib" cli root runtime import sparse "$T/sparse.tar"

# --- permits
other=sha256:$(printf '%064d' 7)
permit_text RT-1 people | sed "s|\"runtime\":\[\"host\"\]|\"runtime\":[\"host\",\"$small\",\"$other\"]|" >"$T/RT-1.permit"
ok "a permit that names two runtimes" permit_import "$T/RT-1.permit"
like "whoever imports it is told that one is missing" "$(cat "$T/.out")" "runtime $other, which the permit names, is not on this host"
unlike "and not that the other is" "$(cat "$T/.out")" "runtime $small, which"
like "the workspace says so too" "$(cli root workspace show RT-1)" "runtimes not on this host: $other\$"
is "and a runtime says who needs it" "$(runtime small | jq -c .permits)" '["RT-1"]'
permit_text RT-2 people | sed "s|\"runtime\":\[\"host\"\]|\"runtime\":[\"$(digest as-none .digest)\"]|" >"$T/RT-2.permit"
ok "a permit without the host's" permit_import "$T/RT-2.permit"
says "a runtime that the permit does not name" 4 "the permit does not name runtime $(digest as-zstd .digest)" cli aino run RT-1 --runtime as-zstd -- sh -c true
says "one that is nowhere" 4 "there is no runtime nowhere on this host" cli aino run RT-1 --runtime nowhere -- sh -c true
says "one that is missing" 4 "which is not on this host; the operator has to import it" cli aino run RT-1 --runtime "$other" -- sh -c true
says "the host's, where the permit does not name it" 4 "the permit does not name runtime host" cli aino run RT-2 --runtime host -- true
says "where it names one alone, that is meant" 0 "" cli aino run RT-2 -- sh -c true
is "and the job says so" "$(cli aino --json job show "$(job_of "$T/.out")" | jq -r .runtime)" "$(digest as-none .digest)"
says "the host's is meant elsewhere" 0 "" cli aino run RT-1 -- true
is "and named" "$(cli aino --json job show "$(job_of "$T/.out")" | jq -r .runtime)" host

# --- a job in it
runs() { # LINE: what it printed
	cli aino run RT-1 --runtime "${in:-small}" ${code:+--code "$code"} -- sh -c "$1" >"$T/.run" 2>&1
	captured "$(job_of "$T/.run")" stdout.txt
	captured "$(job_of "$T/.run")" stderr.txt
}
is "it sees the image" "$(runs 'cat /etc/release')" two
is "runs what is on the image's PATH" "$(runs tool)" "the tool"
is "is nobody" "$(runs 'id -un; ls -l /dev/null | cut -c1; cat /etc/hosts')" "$(printf 'job\nc\n127.0.0.1 localhost')"
is "has its data" "$(runs 'cat /data/people/people.csv | busybox wc -l')" 59
mkdir "$T/code" && echo 'echo from the bundle' >"$T/code/x.sh"
is "and its code" "$(code=$T/code runs 'sh /code/x.sh')" "from the bundle"
like "the image's environment and ours" "$(runs env)" '^HOME=/work'
run=$(cli aino --json run RT-1 --runtime "$small" --detach -- sh -c 'while :; do :; done' | jq -r .job)
is_running() { cli aino --json job show "$1" | jq -r .state | grep -q running; }
ok "a job by the digest runs" wait_for 20 is_running "$run"
attested() { cli root --json attest "$run" | jq -r .evidence | grep -q 'seccomp mode 2'; }
ok "it is attested" wait_for 10 attested
like "with its runtime" "$(cli root --json attest "$run" | jq -r 'select(.verdict == "ok") | .evidence')" "the root is runtime $small, read-only"
is "all as it should be" "$(cli root --json attest "$run" | jq -r 'select(.verdict != "ok") | .evidence')" ""
says "a runtime in use stays" 4 "need runtime small; wait for them, or cancel them" cli root runtime remove small
kill -9 "$sped_pid"; wait "$sped_pid" 2>/dev/null
ok "sped is killed and started again" sped_start
ok "the job goes on" wait_for 10 is_running "$run"
is "and is as it should be" "$(cli root --json attest "$run" | jq -r 'select(.verdict != "ok") | .evidence')" ""
cli aino job cancel "$run" >/dev/null 2>&1
for action in job.submit job.start job.end; do
	is "the journal names it: $action" "$(cli root --json audit search --action $action --limit 1000 | jq -r --arg j "$run" 'select(.object.job == $j) | .object.runtime')" "$small"
done

# --- a real one: Debian with Python and SQLite
ok "Debian is bootstrapped" sh -c 'mmdebstrap --quiet --variant=extract --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
	--include=base-files,dash,coreutils,findutils,mawk,passwd,libc-bin,python3-minimal,sqlite3 bookworm "$1" >/dev/null 2>"$1.log"' sh "$T/debian.tar"
debian=$(image "$T/debian.oci" --pack zstd "$T/debian.tar")
sed -i 's/^runtime-mib.*/runtime-mib = 16384/' "$T/etc/sped.conf" && sped_stop
ok "with the usual bound" sped_start
begun=$(date +%s%N)
says "it is taken in" 0 "is ready: $debian" cli root runtime import debian-12 "$T/debian.oci"
echo "# $(digest debian-12 .entries) entries, $(digest debian-12 .bytes) bytes in $((($(date +%s%N) - begun) / 1000000)) ms"
rm -f "$T/debian.tar" "$T/debian.oci"
permit_text RT-1 people 2 "\"$(cli root --json permit show RT-1 | jq -r .digest)\"" | sed "s|\"runtime\":\[\"host\"\]|\"runtime\":[\"host\",\"$debian\",\"$small\"]|" >"$T/RT-1.permit"
ok "an amendment names it" permit_import "$T/RT-1.permit"
in="debian-12"
is "Python runs in it" "$(runs 'python3 -c "import csv; print(len(list(csv.DictReader(open(\"/data/people/people.csv\")))))"')" 58
is "SQLite too" "$(runs 'sqlite3 -csv :memory: ".import /data/people/people.csv p" "select count(*) from p"')" 58
is "made-up people, not Debian's" "$(runs 'wc -l </etc/passwd; python3 -c "import pwd; print(pwd.getpwuid(1000).pw_name)"')" "$(printf '2\njob')"
is "nothing set-user-id" "$(runs 'find / -xdev -perm /6000 2>/dev/null')" ""
like "its set-user-id programs are none" "$(digest debian-12 .dropped.setid)" '^[1-9]'
like "no network" "$(runs 'python3 -c "import socket; socket.create_connection((\"127.0.0.1\", 80))"')" "^PermissionError"
is "threads and processes" "$(runs 'python3 -c "
import threading, subprocess
t = threading.Thread(target=print, args=(1,)); t.start(); t.join()
print(subprocess.run([\"mawk\", \"BEGIN { print 2 }\"], capture_output=True, text=True).stdout, end=str())"')" "$(printf '1\n2')"
says "one that a permit names can go" 0 "is removed" cli root runtime remove debian-12
gone() { [ -z "$(tree_of "$1")" ]; }
says "then it is missing" 4 "which is not on this host" cli aino run RT-1 --runtime "$debian" -- true
ok "audit verifies" cli root audit verify

# --- killed, and full
victims() { # PROGRAM: those of this sped's keepers
	for p in $(pgrep -x "$1"); do is_keeper "$(awk '{ print $4 }' "/proc/$p/stat" 2>/dev/null)" && echo "$p"; done
}
python3 - "$srcdir/t/tools" "$T/slow.tar" <<'P'
import os, sys
sys.path.insert(0, sys.argv[1])
from image import layer
open(sys.argv[2], "wb").write(layer([("d%d/f%d" % (i % 50, i), "file", os.urandom(600), {}) for i in range(60000)]))
P
image "$T/slow.oci" --pack none "$T/slow.tar" >/dev/null
rm -f "$T/slow.tar"
half() { find "$T/state/runtimes" -mindepth 1 -maxdepth 1 -name '*.new' | grep -q .; }
half_written() { find "$T/state/runtimes" -mindepth 3 -maxdepth 3 -path '*.new/root/d*' | grep -q .; }
settled() { ! half && none_taken_in; }
stands_half_written() { # stopped where it is, or it would be done before it is found
	for p in $(victims spe-image); do
		kill -STOP "$p"
		half_written && return 0
		kill -CONT "$p"
	done
	return 1
}
for who in spe-image sped-keeper sped-gate sped-engine sped; do
	cli root runtime import "killed.$who" "$T/slow.oci" >"$T/killed.out" 2>&1 &
	importer=$!
	case $who in
	spe-image | sped-keeper) ok "an image is half written" wait_for 20 stands_half_written ;;
	*) ok "an image is half written" wait_for 20 half_written ;;
	esac
	case $who in
	spe-image) for p in $(victims spe-image); do kill -9 "$p"; done ;;
	sped-keeper) for p in $(victims spe-image); do kill -9 "$(awk '{ print $4 }' "/proc/$p/stat")"; done ;;
	sped) kill -9 "$sped_pid"; wait "$sped_pid" 2>/dev/null; sped_start ;;
	*) kill -9 "$(pgrep -P "$sped_pid" -x "$who")" ;;
	esac
	ok "$who is killed in the middle: nothing half-made is left" wait_for 60 settled
	wait $importer
	like "and the importer hears of it" "$(cat "$T/killed.out")" 'spe-cli: '
	is "it is no runtime" "$(cli root --json runtime list | jq -r --arg n "killed.$who" 'select(.runtime == $n) | .state')" failed
done
says "undisturbed it is one" 0 "is ready" cli root runtime import killed.spe-image "$T/slow.oci"
before=$(left)
sped_stop
mkdir "$T/full" && mount -t tmpfs -o size=20m,mode=700 none "$T/full"
mv "$T/state/runtimes" "$T/runtimes.kept"
mkdir -m 700 "$T/state/runtimes" && mount --bind "$T/full" "$T/state/runtimes"
ok "sped with little room for runtimes" sped_start
says "a full disk is a refusal" 2 "the host's disk is full" cli root runtime import no-room "$T/slow.oci"
ok "and leaves nothing" wait_for 20 only 0
sped_stop
wait_for 60 umount "$T/state/runtimes" && rmdir "$T/state/runtimes" && mv "$T/runtimes.kept" "$T/state/runtimes"
umount "$T/full"
ok "sped with all of them again" sped_start
is "none has gone" "$(left)" "$before"
in="small"
is "and one can be used" "$(runs 'cat /etc/release')" two
# --- after a restore an image is imported again: jobs that waited for it begin in what it is now
was=$(number small)
detached() { cli aino --json run --detach "$@" | jq -r .job; }
hold1=$(detached RT-2 -- /bin/busybox sleep 200)
hold2=$(detached RT-2 -- /bin/busybox sleep 200)
is_state() { [ "$(cli root --json job show "$1" | jq -r .state)" = "$2" ]; }
ok "both slots are taken" wait_for 20 is_state "$hold2" running
waits=$(detached RT-1 --runtime small -- sh -c 'cat /etc/release; echo "$PATH"')
behind=$(detached RT-1 -- true)
sped_stop
rm -rf "$T/state/runtimes/r$was"
sqlite3 "$T/state/engine/state.db" "UPDATE runtime SET state='failed', wiped=1 WHERE number=$was"
ok "sped begins without the image" sped_start
cli root job cancel "$hold1" >/dev/null
cli root job cancel "$hold2" >/dev/null
ok "another permit's job runs, with slots left" cli aino run RT-2 -- sh -c true
ok "and one of the same permit" wait_for 20 is_state "$behind" captured
like "what has no image waits for it" "$(cli root --json job show "$waits" | jq -r '.state + ": " + .reason')" '^queued: it waits for its runtime'
hold1=$(detached RT-2 -- /bin/busybox sleep 200)
hold2=$(detached RT-2 -- /bin/busybox sleep 200)
ok "both slots are taken again" wait_for 20 is_state "$hold2" running
says "it is imported again" 0 "runtime small is ready: $small" cli root runtime import small "$T/small.tar"
is "and is another tree" "$([ "$(number small)" != "$was" ] && echo yes)" yes
says "which stays, as the job waits for it" 4 "need runtime small" cli root runtime remove small
cli root job cancel "$hold1" >/dev/null
cli root job cancel "$hold2" >/dev/null
ok "what waited for it is done" wait_for 20 is_state "$waits" captured
is "in that tree, with its environment" "$(captured "$waits" stdout.txt)" "two
/opt/conda/bin:/bin"
says "at last it is removed" 0 "is removed" cli root runtime remove small
ok "with its tree" wait_for 10 only $((before - 1))

# --- a wipe that fails is tried again
there=$(number docker)
stays() { grep -q "runtime $1 stays for now" "$T/sped.log"; }
is_gone() { ! find "$T/state/runtimes" -maxdepth 1 -name "r$1*" | grep -q .; }
mkdir "$T/state/runtimes/r$there.new" && echo x >"$T/state/runtimes/r$there.new/x"
says "one that is in the way of its own wipe is removed" 0 "is removed" cli root runtime remove docker
ok "but can't be wiped" wait_for 20 stays "$there"
ok "and is still there" test -d "$T/state/runtimes/r$there"
rm -r "$T/state/runtimes/r$there.new"
sped_stop
ok "sped starts again" sped_start
ok "it is wiped" wait_for 20 is_gone "$there"
is "and forgotten" "$(sqlite3 "$T/state/engine/state.db" "SELECT count(*) FROM runtime WHERE number=$there")" 0
ok "audit verifies" cli root audit verify
is "the canary is as it was" "$(find "$T/canary" -ls)" "$canary"
[ "$bad" = 0 ] || sed 's/^/# sped: /' "$T/sped.log"
finish
