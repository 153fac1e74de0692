#!/bin/sh
# What a host lacks is told: each thing made to be lacking, in a mount namespace of the test's own.
. "${srcdir:-.}/t/lib.sh"
own_world "$@"
needs jq
doctor() { cli root --json doctor | jq -r --arg c "$1" 'select(.check == $c) | .verdict + " " + .detail'; }

ok "a private sped serves" sped_start
was=$(doctor "huge pages")
sped_stop
for size in /sys/kernel/mm/hugepages/*; do
	for count in nr_hugepages nr_overcommit_hugepages; do
		[ -e "$size/$count" ] || continue
		echo 3 >"$T/three"
		mount --bind "$T/three" "$size/$count"
		ok "sped serves" sped_start
		is "huge pages of ${size##*-} are seen in $count (${was%% *} before)" "$(doctor "huge pages")" "warn there is a pool"
		sped_stop
		umount "$size/$count"
	done
done

mount -t tmpfs none /proc/sys/kernel
mkdir /proc/sys/kernel/yama
echo 1 >/proc/sys/kernel/ns_last_pid
echo 1 >/proc/sys/kernel/yama/ptrace_scope
ok "sped serves" sped_start
is "filters can be read back" "$(doctor "filters read back")" "ok by spe-cli attest"
sped_stop
echo 3 >/proc/sys/kernel/yama/ptrace_scope
ok "sped serves" sped_start
is "but not where nobody may trace" "$(doctor "filters read back")" "warn kernel.yama.ptrace_scope is 3"
sped_stop
umount /proc/sys/kernel

ok "sped serves" sped_start
like "Landlock is there" "$(doctor landlock)" '^(ok|warn) ABI [0-9]'
sped_stop
ok "sped serves without it" sped_start -L
is "which is a failure, whatever the kernel has" "$(doctor landlock)" "fail switched off by -L"
finish
