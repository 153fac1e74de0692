#!/bin/sh
# A defence that can't be put up is a refusal, never a job without it: each call on which one rests is made to fail, and what
# the host lends to every job is made to be something else. What is asked for either way: that the command did not run.
. "${srcdir:-.}/t/lib.sh"
own_world "$@"
needs jq
ok "a private sped serves" sped_start
ok "people and keys are registered" people_make
ok "a holding is taken in" small_holding people
ok "a workspace is staged" small_workspace REFUSED-1 people
n_ran=0
ran() { find "$T/state/gate/vault" -type f -exec grep -lx "it ran $n_ran" {} + 2>/dev/null | grep -q .; }
# start_under COMMAND...: sped under it; until it serves or has ended
serves() { curl -sf --unix-socket "$T/run/sped.sock" http://localhost/v1/openapi.json >/dev/null 2>&1; }
gave_up() { ! kill -0 "$sped_pid" 2>/dev/null || grep -q 'starting all three again' "$T/sped.log"; }
settled() { serves || gave_up; }
start_under() {
	sped_stop
	for k in $(keepers); do kill -9 "$k" 2>/dev/null; done
	rm -f "$T/run/sped.sock"
	: >"$T/sped.log"
	"$@" "$BIN/sped" -s "$T/state" -r "$T/run" -c "$T/etc" -l "$BIN" 2>>"$T/sped.log" &
	sped_pid=$!
	wait_for 20 settled
}
# refused WHAT WHY: sped does not serve, or the job does not begin; and it says why
refused() {
	n_ran=$((n_ran + 1))
	if serves; then
		timeout 20 "$SPE_CLI" halt --all >/dev/null 2>&1
		"$SPE_CLI" resume --all >/dev/null 2>&1
		cli aino run REFUSED-1 -- echo "it ran $n_ran" >"$T/.job" 2>&1
		is "$1: the job is refused" "$?" 1
		like "$1: and why is said" "$(cat "$T/.job")" "$2"
	else
		ok "$1: sped does not begin its work" gave_up
		like "$1: and says why" "$(cat "$T/sped.log")" "$2"
	fi
	tail -n 2 "$T/sped.log" | sed 's/^/# /'
	nok "$1: nothing ran" ran
}

# --- known escapes 12 and 14
while IFS='|' read -r call error what why; do
	start_under "$TOOLS/t-deny" "$call" "$error"
	refused "without $what ($call: $error)" "$why"
done <<E
setns|EPERM|the root that jobs share|could not be made .namespaces, mounts, ids or limits
unshare,0,0x10000000,0x10000000|EPERM|a user namespace|start: namespaces: Operation not permitted
clone,0,0x20000,0x20000|EPERM|a mount namespace|could not be made .namespaces, mounts, ids or limits
clone,0,0x20000000,0x20000000|EPERM|a pid namespace|could not be made .namespaces, mounts, ids or limits
unshare,0,0x40000000,0x40000000|ENOSPC|a network namespace|could not be made .namespaces, mounts, ids or limits
clone,0,0x8000000,0x8000000|EPERM|an ipc namespace|could not be made .namespaces, mounts, ids or limits
clone,0,0x4000000,0x4000000|EPERM|a uts namespace|could not be made .namespaces, mounts, ids or limits
clone,0,0x2000000,0x2000000|EPERM|a cgroup namespace|could not be made .namespaces, mounts, ids or limits
mount|EPERM|file systems of its own|runtime 0 is no root for a job: Operation not permitted
open_tree|ENOSYS|views of what is mounted|runtime 0 is no root for a job: Function not
mount_setattr|EPERM|read-only mounts|runtime 0 is no root for a job: Operation not permitted
move_mount|EPERM|mounts in their places|runtime 0 is no root for a job: Operation not permitted
pivot_root|EPERM|another root|runtime 0 is no root for a job: Operation not permitted
umount2|EPERM|the old root gone|runtime 0 is no root for a job: Operation not permitted
sethostname|EPERM|a name of its own|could not be made .namespaces, mounts, ids or limits
prlimit64,0,0xffffffff,0|EPERM|limits|confine: can't set its limits: Operation not permitted
capset|EPERM|capabilities given up|can't keep the capabilities it needs .*: Operation not permitted
setresuid|EPERM|a user of its own|start: namespaces: Operation not permitted
setresgid|EPERM|a group of its own|start: namespaces: Operation not permitted
setgroups|EPERM|other groups given up|start: namespaces: Operation not permitted
prctl,0,0xffffffff,24|EPERM|an empty bounding set|bounding set: Operation not permitted
prctl,0,0xffffffff,28|EPERM|locked securebits|start: namespaces: Operation not permitted
prctl,0,0xffffffff,38|EPERM|no_new_privs|no_new_privs: Operation not permitted
prctl,0,0xffffffff,1|EPERM|an end with its keeper|its death with ours: Operation not permitted
prctl,0,0xffffffff,62|EPERM|cores of its own, where the kernel has that|could not be made .a core of its own: Operation not permitted
keyctl|EPERM|a session keyring of its own|could not be made .a keyring of its own: Operation not permitted
landlock_create_ruleset|ENOSYS|Landlock|can't enter its Landlock domain: Function not
landlock_restrict_self|EPERM|Landlock in force|can't enter its Landlock domain: Operation not permitted
seccomp|ENOSYS|filters|can't load its filter
close_range|ENOSYS|closed descriptors|descriptors: Function not
openat2|ENOSYS|files beneath a directory|filter: profiles/.*: Function not
execveat|ENOSYS|programs by descriptor|could not be made .namespaces, mounts, ids or limits: Function not
E
start_under env
n_ran=all
ok "with all of it a job runs" cli aino run REFUSED-1 -- echo "it ran $n_ran"
ok "and what it wrote is found" ran
# clone may not share memory across time namespaces before Linux 6.3: no defence, so a job begins all the same
start_under "$TOOLS/t-deny" clone,0,0x4100,0x4100 EINVAL
n_ran=copied
ok "where a job's first process can't share memory until it runs it has a copy" cli aino run REFUSED-1 -- echo "it ran $n_ran"
ok "and runs" ran
if [ "$(cli root --json doctor | jq -r 'select(.check == "memory written or executed") | .verdict')" = ok ]; then
	n_ran=90 # else it is kept by the filter
	start_under "$TOOLS/t-deny" prctl,0,0xffffffff,65 EPERM
	refused "without memory that is written or executed (prctl: EPERM)" "could not be made .memory that is never written and executed: Operation not"
fi
rm -rf "$T/state"

# --- known escapes 6 and 10: what is lent is what its name says, or nothing is
echo untouched >"$T/canary" && chmod 666 "$T/canary"
devices() { # a /dev of this test's
	echo untouched >"$T/canary"
	[ "$(stat -f -c %T /dev)" = tmpfs ] && [ ! -e /dev/tty ] && umount -l /dev
	mount -t tmpfs -o mode=755 none /dev && mknod -m 666 /dev/null c 1 3 && mknod -m 666 /dev/zero c 1 5 && mknod -m 666 /dev/full c 1 7 &&
		mknod -m 666 /dev/random c 1 8 && mknod -m 666 /dev/urandom c 1 9
}
no_root() { cat "$T/sped.log"; ! serves && gave_up && grep -q "the root that jobs share can't be made: No such device" "$T/sped.log"; }
sped_stop
devices || skip_all "can't make devices"
mkdir -p "$T/state"
start_under env
ok "with devices of its own sped serves" serves
for d in null zero full random urandom; do
	devices
	rm "/dev/$d" && ln -s "$T/canary" "/dev/$d"
	start_under env
	ok "/dev/$d as a link: no" no_root
	[ "$d" = null ] || is "/dev/$d as a link: where it leads nothing is written" "$(cat "$T/canary")" untouched # our shell writes to null
	devices
	rm "/dev/$d" && mknod -m 666 "/dev/$d" c 1 "$([ $d = zero ] && echo 7 || echo 5)"
	start_under env
	ok "/dev/$d as another device: no" no_root
	devices
	rm "/dev/$d" && : >"/dev/$d"
	start_under env
	ok "/dev/$d as a file: no" no_root
done
devices
start_under env
ok "as they should be: yes" serves
finish
