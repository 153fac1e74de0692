#!/bin/sh
# What spe-root makes of a runtime's tree, asked without the engine: trees that no intake would have left, put there by
# hand. A place that is not what it should be is a refusal; nothing of the host is reached, written or seen on the way.
# shellcheck disable=SC2016 # what is in single quotes is for the shell in the job
. "${srcdir:-.}/t/lib.sh"
own_world "$@"
needs busybox
needs python3
needs readelf
busybox=$(command -v busybox)
if readelf -l "$busybox" "$BIN/spe-init" | grep -q INTERP; then skip_all "needs a static busybox, and a build without sanitizers"; fi

ok "a private sped serves" sped_start -p 2
ok "and its engine has looked which jobs are there: it would end those that it does not know" wait_for 20 cli root whoami
R=$T/state/runtimes
mkdir -p "$T/state/workspaces/7/data-1" "$T/canary"
echo canary >"$T/canary/file"
chmod 755 "$T/state/workspaces/7/data-1" "$T/canary"
before=$(find "$T/canary" -ls)

# tree NUMBER: as intake leaves one: busybox, and the places that are covered
tree() {
	t=$R/r$1/root
	mkdir -p "$t/bin" "$t/etc" "$t/opt/x"
	cp "$busybox" "$t/bin/busybox"
	cp "$busybox" "$t/opt/x/"
	for p in sh cat test readlink stat ls mount id env grep; do ln "$t/bin/busybox" "$t/bin/$p"; done
	for p in code data dev outputs proc sys tmp work; do mkdir "$t/$p"; done
	for p in passwd group hosts hostname nsswitch.conf resolv.conf Rprofile.spe; do : >"$t/etc/$p"; done
	echo 'of the image' >"$t/etc/release"
	chmod -R a-w "$t"
}
# runs NUMBER LINE: a job's end, its value and step, as "END VALUE STEP"; 1: it ran, and exited with VALUE. The step of one
# that left nothing in /outputs, 128, is as none.
runs() {
	"$TOOLS/t-launch" -r "$1" "$T/run/keepers" 7 64 20 1 0 -- /bin/sh -c "$2" |
		sed 's/.* end \([0-9]*\) value \([0-9]*\) .* step \([0-9]*\) .*/\1 \2 \3/; s/^\(1 [0-9]*\) 128$/\1 0/'
}
tree 1
is "a job runs in it" "$(runs 1 true)" "1 0 0"
is "and its exit status is its own" "$(runs 1 'exit 7')" "1 7 0"
is "it sees the image's files" "$(runs 1 'test "$(cat /etc/release)" = "of the image"')" "1 0 0"
is "nothing of the host's" "$(runs 1 'test ! -e /usr -a ! -e /lib -a ! -e /etc/debian_version')" "1 0 0"
is "a program of a directory of its own runs" "$(runs 1 '/opt/x/busybox true')" "1 0 0"
is "made-up people" "$(runs 1 'grep -q ^job:x:1000 /etc/passwd && grep -q "^hosts: files" /etc/nsswitch.conf && test ! -s /etc/resolv.conf')" "1 0 0"
is "devices of ours" "$(runs 1 'test "$(stat -c %t:%T /dev/null)" = 1:3 && test "$(stat -Lc %t:%T /dev/fd/0)" = 1:3')" "1 0 0"
is "five of them and no more" "$(runs 1 'set -- /dev/*; test "$*" = "/dev/fd /dev/full /dev/null /dev/random /dev/shm /dev/stderr /dev/stdin /dev/stdout /dev/urandom /dev/zero"')" "1 0 0"
is "a /proc of its own" "$(runs 1 'test "$(stat -f -c %T /proc)" = proc && test ! -e /proc/sys && test $$ -lt 20')" "1 0 0"
is "all read-only but the places to write to" "$(runs 1 'cat /proc/self/mounts |
	grep -vE "^[^ ]* /(proc|work|tmp|outputs|dev/shm) " | grep -vE "^[^ ]* [^ ]* [^ ]* ro,nosuid"; test $? = 1')" "1 0 0"
is "no second user" "$(runs 1 'test "$(id -u)" = 1000')" "1 0 0"
for p in /x /etc/x /bin/x /dev/x /sys/x /data/x /code/x /proc/x; do
	is "nothing can be made at $p" "$(runs 1 "(echo x >$p) 2>/dev/null && exit 9; exit 0")" "1 0 0"
done
is "what there is to write to is there" "$(runs 1 'echo x >/work/x && echo x >/tmp/x && echo x >/outputs/x && echo x >/dev/shm/x')" "1 0 0"
is "no program is run from where outputs go" "$(runs 1 'cat /bin/busybox >/outputs/b; /outputs/b true && exit 9; exit 0')" "1 0 0"
is "a runtime that is not there is a refusal" "$(runs 99 true)" "4 5 20"

# --- trees that no intake would leave: KERNEL rows 6 to 12 of the known escapes
hostile() { # NUMBER WHAT COMMANDS within the tree: the job is not started, and the canary is as it was
	tree "$1"
	(cd "$R/r$1/root" && eval "$3") || result 1 "$2: the tree is made"
	got=$(runs "$1" true)
	case $got in
	"4 "*" 20") result 0 "$2: refused ($got)" ;;
	*) result 1 "$2: refused"; echo "# got $got" ;;
	esac
}
hostile 10 "/dev is a link to the host" 'rmdir dev; ln -s /canary dev'
hostile 11 "/dev is a link to what is there" "rmdir dev; ln -s $T/canary dev"
hostile 12 "/proc is a file" 'rmdir proc; echo 1 >proc'
hostile 13 "/proc is a link" 'rmdir proc; ln -s dev proc'
hostile 14 "/code is a link out" 'rmdir code; ln -s ../../../../canary code'
hostile 15 "/tmp is missing" 'rmdir tmp'
hostile 16 "/etc is a link" 'mv etc etcetera; ln -s etcetera etc'
hostile 17 "/etc/passwd is a link" 'rm -f etc/passwd; ln -s /etc/passwd etc/passwd'
hostile 18 "/etc/hosts is a directory" 'rm -f etc/hosts; mkdir etc/hosts'
hostile 19 "/etc/resolv.conf is a link to procfs" 'rm -f etc/resolv.conf; ln -s /proc/sysrq-trigger etc/resolv.conf'
hostile 20 "/work is a fifo" 'rmdir work; mkfifo work'
hostile 21 "/data is a device" 'rmdir data; mknod data c 1 3'
hostile 22 "/outputs is a file" 'rmdir outputs; : >outputs'
hostile 23 "the tree itself is a link" "cd ..; mv root elsewhere; ln -s $T/canary root"
# --- and those that are covered, whatever there is
tree 30
rmdir "$R/r30/root/dev/null" 2>/dev/null
(cd "$R/r30/root" && chmod u+w dev proc && ln -s /proc/sysrq-trigger dev/null && ln -s /proc/sysrq-trigger dev/zero &&
	mkdir dev/shm dev/pts && echo evil >dev/console && ln -s / dev/fd && mkdir -p proc/self/fd proc/1 && echo evil >proc/sysrq-trigger)
is "what an image has beneath /dev is covered" "$(runs 30 'test "$(stat -c %t:%T /dev/null)" = 1:3 -a ! -e /dev/console -a ! -e /dev/pts && test "$(stat -Lc %t:%T /dev/stdin)" = 1:3')" "1 0 0"
is "and beneath /proc" "$(runs 30 'test ! -e /proc/sysrq-trigger && test "$(stat -f -c %T /proc)" = proc')" "1 0 0"
is "stdin is the null device" "$(runs 30 'test "$(stat -Lc %t:%T /proc/self/fd/0)" = 1:3')" "1 0 0"
tree 31
(cd "$R/r31/root" && chmod u+w . bin && mknod bin/sda b 8 0 && mkdir bin/root && cp bin/busybox bin/root && chown 0:0 bin/root/busybox && chmod 6755 bin/root/busybox && mkfifo bin/pipe)
is "a device in the tree opens nothing" "$(runs 31 'cat /bin/sda && exit 9; exit 0')" "1 0 0"
is "a set-user-id program gives nobody anything" "$(runs 31 'test "$(/bin/root/busybox id -u)" = 1000')" "1 0 0"
tree 32
(cd "$R/r32/root" && chmod u+w . && ln -s / host && ln -s ../../../../../../.. up && ln -s /proc/1/root root)
is "a link at the top leads nowhere else" "$(runs 32 "test ! -e /host$T && test ! -e /up$T && test ! -e /root$T")" "1 0 0"
# what runs there before the job asks the image for nothing
for p in spe-init spe-unpack; do
	is "$p asks for no library" "$(readelf -d "$BIN/$p" | grep -c NEEDED)" 0
	is "$p asks for no loader" "$(readelf -l "$BIN/$p" | grep -c INTERP)" 0
done
# row 12: a kernel or a filter that knows no openat2 is a refusal, not a way round
cat >"$T/no-openat2.py" <<'P'
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
# load nr; openat2 (437): ENOSYS; else allow. seccomp(2), linux/filter.h
f = struct.pack("HBBI", 0x20, 0, 0, 0) + struct.pack("HBBI", 0x15, 0, 1, 437) + struct.pack("HBBI", 6, 0, 0, 0x50000 | 38) + struct.pack("HBBI", 6, 0, 0, 0x7fff0000)
buf = ctypes.create_string_buffer(f)
prog = struct.pack("HxxxxxxQ", 4, ctypes.addressof(buf))
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, prog) == 0
os.execv(sys.argv[1], sys.argv[1:])
P
mkdir "$T/odd"
sped_stop
for p in "$BIN"/*; do ln -s "$p" "$T/odd/"; done
rm "$T/odd/spe-root"
cat >"$T/odd/spe-root" <<S
#!/bin/sh
exec python3 $T/no-openat2.py $BIN/spe-root
S
chmod 755 "$T/odd/spe-root"
SPED_LIBEXEC=$T/odd
ok "sped serves where spe-root has no openat2" sped_start -p 2
is "a runtime is refused there" "$(runs 1 true)" "4 38 20"
like "and the log says at which place" "$(tail -n 2 "$T/sped.log")" "/code is not as intake left it: Function not implemented"
like "the log named the place each time" "$(cat "$T/sped.log")" "/etc/passwd is not as intake left it"
is "the canary is as it was" "$(find "$T/canary" -ls)" "$before"
finish
