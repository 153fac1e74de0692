# t/hostile/world.sh - a machine of its own for programs that want out: pids, network, System V, host name and cgroups
# besides the mounts of own_world, so that what gets out of a weakened job meets nothing of this host.
# Sourced after t/lib.sh.
# shellcheck shell=sh disable=SC2154 # T, srcdir, top_builddir
HOSTILE=$top_builddir/t/hostile/hostile

hostile_world() { # "$@"
	needs_root "a private sped"
	needs jq
	if [ "${SPE_WORLD:-}" != 1 ]; then
		rm -rf "$T"
		SPE_WORLD=1 exec unshare --mount --propagation private --pid --fork --kill-child --mount-proc --net --ipc --uts -- sh "$0" "$@"
	fi
	own_world "$@"
	groups=${T##*.}
	if [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]; then
		echo "+memory +pids +cpu" >/sys/fs/cgroup/cgroup.subtree_control
		controllers=.
	else
		controllers="memory pids cpu"
	fi
	for c in $controllers; do
		mkdir "/sys/fs/cgroup/$c/spe-$groups" && mount --bind "/sys/fs/cgroup/$c/spe-$groups" "/sys/fs/cgroup/$c" ||
			skip_all "can't make a cgroup of its own for the test"
	done
	echo host.of.the.test >/proc/sys/kernel/hostname
	echo 20000 >/proc/sys/kernel/ns_last_pid # numbers that a job has not for a process of its own, which it may signal
}
no_groups() { rmdir "$1"/k* "$1" 2>/dev/null; [ ! -e "$1" ]; }
at_end() {
	for p in ${hosts:-}; do kill "$p" 2>/dev/null; done
	sped_stop
	for p in $(pgrep -f '^/usr/local/games/hostile'); do kill -9 "$p"; done # of this world: /proc shows no other
	for k in $(keepers); do kill -9 "$k" 2>/dev/null; done
	for c in ${controllers:-}; do
		wait_for 5 no_groups "/sys/fs/cgroup/$c/spe"
		umount "/sys/fs/cgroup/$c" && rmdir "/sys/fs/cgroup/$c/spe-$groups"
	done
	umount -R /mnt /usr/local/games 2>/dev/null
	umount "$T/hostdev" 2>/dev/null
	rm -rf "$T"
}

# What this host has, and a job must not find: files at /mnt, sockets, System V objects, programs, devices.
hostile_host() {
	mkdir -p "$T/hostdev" "$T/etc" /usr/local/games
	printf 'slots = 4\npermit-running = 4\nwork-mib = 32\noutputs-mib = 16\n' >"$T/etc/sped.conf"
	mount -t tmpfs -o mode=755 none "$T/hostdev" && mknod -m 666 "$T/hostdev/kmsg" c 1 11 &&
		mount --rbind "$T" /mnt && mount -t tmpfs -o mode=755 none /usr/local/games &&
		install -m 4755 "$HOSTILE" /usr/local/games/suid && install "$HOSTILE" /usr/local/games/hostile && mknod -m 666 /usr/local/games/device c 1 9 || return 1
	echo secret >"$T/secret" && echo root:secret >"$T/shadow" && chmod 644 "$T/secret" && chmod 600 "$T/shadow"
	mkdir -m 777 "$T/canary" && echo alive >"$T/canary/alive"
	"$HOSTILE" host port=18765 >"$T/host.out" 2>&1 &
	hosts=$!
	wait_for 5 grep -q ready "$T/host.out" || { cat "$T/host.out"; return 1; }
	abi=$("$HOSTILE" abi)
}
# victim_ready: a job of the same workspace goes on; its command's pid, as the host has it, in $victim
victim_ready() {
	victim=$(pgrep -f '^/usr/local/games/hostile stay' | head -n 1)
	[ -n "$victim" ] && return
	cli aino run H-1 --detach --memory 64M --processes 10 -- /usr/local/games/hostile stay "off=${1:-}" >/dev/null 2>&1
	wait_for 10 pgrep -f '^/usr/local/games/hostile stay'
	victim=$(pgrep -f '^/usr/local/games/hostile stay' | head -n 1)
	[ -n "$victim" ]
}
# hostile_job WORD...: a job of it; the job's id in $job, what it printed in $T/said
hostile_job() {
	cli aino run H-1 --memory 128M --processes 60 -- /usr/local/games/hostile "$@" >"$T/job.out" 2>&1
	status=$?
	job=$(job_of "$T/job.out")
	captured "$job" stdout.txt >"$T/said" 2>/dev/null
	captured "$job" stderr.txt >&2 2>/dev/null
	return $status
}
# catalogue [OFF]: every attempt, with what is left out; a line of TAP for each
catalogue() {
	victim_ready "${1:-}" || { result 1 "another job goes on"; return; }
	hostile_job try "abi=$abi" port=18765 "victim=$victim" "sped=$sped_pid" suid=/usr/local/games/suid \
		device=/usr/local/games/device "off=${1:-}"
	while IFS= read -r line; do
		case $line in
		"ok "*) result 0 "${1:+without $1: }${line#* - }" ;;
		"not ok "*) result 1 "${1:+without $1: }${line#* - }" ;;
		esac
	done <"$T/said"
	plan=$(sed -n 's/^1\.\.//p' "$T/said")
	[ "$plan" = "$(grep -cE '^(not )?ok ' "$T/said")" ] || result 1 "${1:+without $1: }the catalogue came to its end: $(cat "$T/job.out")"
}
