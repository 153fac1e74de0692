#!/bin/sh
# A host whose cgroups can't limit is seen and said, and no task begins there: here a cgroup v2 without controllers, since
# the kernel has given them to v1, and then no cgroups at all. t/vm/run runs the limits on a whole v2 host.
. "${srcdir:-.}/t/lib.sh"
own_world "$@"
needs jq
[ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] && skip_all "this host has cgroup v2, where t/0320-limits.t says it all"
ok "people's users" test -n "$(uid_of aino)"
find /sys/fs/cgroup/pids/spe -maxdepth 1 -name 'k*' 2>/dev/null | sort >"$T/before"

# Where it is the descriptors that are missing, it ends and is started again: a sped that went on would refuse every task. With one
# descriptor more each time it comes past each call of its start, until it is past these.
mkdir -p "$T/short/etc/policy" "$T/short/state" "$T/short/run"
cp -r "$srcdir/policy/profiles" "$T/short/etc/"
: >"$T/short/etc/sped.conf"
short=0 went_on=''
for most in $(seq 8 80); do
	timeout 5 prlimit --nofile="$most" "$BIN/sped" -s "$T/short/state" -r "$T/short/run" -c "$T/short/etc" -l "$BIN" >"$T/short/log" 2>&1
	ended=$?
	if grep -q "can't limit memory, pids and cpu: Too many open files" "$T/short/log"; then
		short=$((short + 1))
		[ $ended = 1 ] || went_on="$went_on $most"
	elif [ $short -gt 0 ]; then
		break
	fi
done
ok "with $short numbers of descriptors there are too few for its cgroups" [ $short -gt 0 ]
is "with each of them it ends" "$went_on" ""

doctor() { cli root --json doctor | jq -r 'select(.check == "cgroups") | "\(.verdict): \(.detail); \(.cost)"'; }
keepers() { find /proc/[0-9]*/fd -lname "$T/run/keepers" 2>/dev/null | cut -d/ -f3 | sort -u; } # no group tells here
refused() { # what all of these hosts have in common
	like "$1: the log says so" "$(cat "$T/sped.log")" "$2"
	like "$1: doctor says so, and what it costs" "$(doctor)" "$3"
	ok "$1: people and keys are registered" people_make
	nok "$1: no holding is taken in" small_holding people
	like "$1: and why is said" "$(cat "$T/.out")" "this host can't limit it; spe-cli doctor"
	is "$1: it is listed as failed" "$(cli root --json holding list | jq -r ".tables[0].state // .state")" failed
}

if ! mount -t cgroup2 none /sys/fs/cgroup 2>"$T/.out"; then skip_all "can't mount cgroup2: $(cat "$T/.out")"; fi
is "the controllers are with v1" "$(grep -wcE 'memory|pids' /sys/fs/cgroup/cgroup.controllers)" 0
ok "sped serves all the same" sped_start
refused "v2 without controllers" "cgroup v2 can't limit memory, pids and cpu" \
	'^fail: version 2; missing:.*memory.* nothing can be limited'
sped_stop
rmdir /sys/fs/cgroup/spe/k* /sys/fs/cgroup/spe 2>/dev/null
umount /sys/fs/cgroup

mount -t tmpfs none /sys/fs/cgroup || exit 1
: >"$T/sped.log"
rm -rf "$T/state"
ok "sped serves where there are no cgroups" sped_start
refused "no cgroups" "cgroup v1 can't limit memory, pids and cpu" '^fail: version 1; missing: memory pids cpu'
sped_stop
umount /sys/fs/cgroup

rm -rf "$T/state"
: >"$T/sped.log"
ok "and serves where they are" sped_start
like "doctor has looked again" "$(doctor)" '^warn: version 1: memory, pids, cpu'
ok "people and keys are registered" people_make
ok "now the holding is taken in" small_holding people
finish
