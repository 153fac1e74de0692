#!/bin/sh
# Whatever of a running job is not as it should be any more is seen in the kernel, ends the job, and is in the journal: each
# time something real is changed from outside, as only root can.
. "${srcdir:-.}/t/lib.sh"
own_world "$@"
needs jq
needs python3
needs nsenter
needs prlimit
needs setpriv

mkdir -p "$T/etc"
printf 'slots = 3\npermit-running = 3\nwork-mib = 64\noutputs-mib = 32\n' >"$T/etc/sped.conf"
ok "a private sped serves" sped_start
ok "people and keys are registered" people_make
ok "a holding is taken in" small_holding people
ok "a workspace is staged" small_workspace ATTEST-1 people
is_running() { cli aino --json job show "$1" | jq -r .state | grep -q running; }
is_over() { cli aino --json job show "$1" | jq -r .state | grep -q captured; }
# begins: a job, in $job; its keeper in $keeper, its first process in $first
found() { for keeper in $(keepers); do first=$(pgrep -P "$keeper" -f spe-init) && pgrep -P "$first" -f "sleep $1" >/dev/null && return; done; return 1; }
begins() {
	mark=$((${mark:-600} + 1))
	job=$(cli aino --json run ATTEST-1 --detach -- sleep "$mark" | jq -r .job)
	wait_for 20 is_running "$job" && wait_for 20 found "$mark"
}
found_out() { cli root --json audit search --action job.drift | jq -r "select(.object.job == \"$1\") | .object.evidence"; }
# drifts WHAT EVIDENCE COMMAND...: the command changes something of a fresh job, which then ends with that evidence
drifts() {
	changed=$1 wanted=$2
	shift 2
	begins || { result 1 "$changed: a job begins"; return; }
	ok "$changed: it can be changed from outside" "$@"
	ok "$changed: the job is ended" wait_for 30 is_over "$job"
	like "$changed: the journal says what was found" "$(found_out "$job")" "$wanted"
	like "$changed: and so does the job's record" "$(cli aino --json job show "$job" | jq -r '.result + ": " + .reason')" \
		'^drift: it was not confined any more as it should be'
}
in_group() { # FILE-OF-V1 FILE-OF-V2 VALUE
	if [ -d "/sys/fs/cgroup/${1%%/*}/spe/k$keeper" ]; then echo "$3" >"/sys/fs/cgroup/${1%%/*}/spe/k$keeper/${1#*/}"
	else echo "$3" >"/sys/fs/cgroup/spe/k$keeper/$2"; fi
}
more_memory() { in_group memory/memory.memsw.limit_in_bytes memory.max 2147483648; in_group memory/memory.limit_in_bytes memory.max 2147483648; }
leave_group() {
	for g in /sys/fs/cgroup/pids /sys/fs/cgroup; do [ -e "$g/cgroup.procs" ] && echo "$first" >"$g/cgroup.procs" && return; done
}
no_core() { # with a limit of 0 the kernel would pipe its memory to a helper
	id=$(stat -c %u "/proc/$first")
	setpriv --reuid "$id" --regid "$id" --clear-groups -- prlimit --pid "$first" --core=0:0
}
inside() { nsenter -t "$first" -m -- "$@"; }

swap='; of swap the kernel keeps no account'
for f in /sys/fs/cgroup/memory/memory.memsw.limit_in_bytes /sys/fs/cgroup/spe/k*/memory.swap.max; do [ -e "$f" ] && swap=', and no swap'; done
ok "a job that nobody touches" begins
sleep 1
is "is as it should be" "$(cli root --json attest "$job" | jq -r 'select(.verdict != "ok")')" ""
for what in 'its filter is the one made of it when sped started, [0-9]+ instructions, sha256 [0-9a-f]{16}' 'profile analysis' 'no other group' \
	'ipc, uts, cgroup, time' 'no core dump' "memory limit of 1073741824 bytes$swap" 'thousandths of a processor' "in its limits' groups"; do
	like "attest says: $what" "$(cli root --json attest "$job" | jq -r .evidence)" "$what"
done
untouched=$job

drifts "memory" 'NOT: memory limit of 1073741824' more_memory
drifts "processes" 'NOT: limit of 100 processes' in_group pids/pids.max pids.max max
drifts "processors" 'NOT: limit of 2000 thousandths' in_group cpu/cpu.cfs_quota_us cpu.max 400000
drifts "a group that it left" "NOT: in its limits' groups" leave_group
drifts "core dumps" 'NOT: no core dump.*Max core file size' no_core
drifts "a mount over its data" 'NOT: (/data is version 1|[0-9]+ mounts)' inside mount -t tmpfs none /data
is "the untouched one still runs" "$(cli aino --json job show "$untouched" | jq -r .state)" running
cli aino job cancel "$untouched" >/dev/null

# --- as the kernel does where a host is slow (kernel/sched/fair.c, sched_cfs_period_timer): period and quota are twice as long
v1=$([ -d "/sys/fs/cgroup/cpu/spe" ] && echo 1)
longer() {
	if [ "$v1" ]; then in_group cpu/cpu.cfs_period_us '' 200000 && in_group cpu/cpu.cfs_quota_us '' 400000
	else in_group cpu/cpu.cfs_quota_us cpu.max '400000 200000'; fi
}
ok "another job" begins
sleep 1 # it is read between the two only ten seconds later
ok "period and quota are lengthened" longer
is "it has no more than before" "$(cli root --json attest "$job" | jq -r 'select(.verdict != "ok") | .evidence')" ""
cli aino job cancel "$job" >/dev/null
ok "it ends" wait_for 20 is_over "$job"
if [ "$v1" ]; then # in version 2 a keeper has one job
	for keeper in $(keepers); do in_group cpu/cpu.cfs_period_us '' 200000; done
	ok "the next job of a keeper that had such a one" begins
	is "has its own period" "$(cat "/sys/fs/cgroup/cpu/spe/k$keeper/cpu.cfs_period_us")" 100000
	cli aino job cancel "$job" >/dev/null
fi

# --- one that is ending, which takes as long as the last of its processes: here one that is traced, and not waited for
hold() {
	python3 -c 'import ctypes, sys, time
ctypes.CDLL(None).ptrace(0x4206, int(sys.argv[1]), None, None) # PTRACE_SEIZE
open(sys.argv[2], "w")
time.sleep(60)' "$1" "$T/held" &
	holder=$!
	wait_for 10 test -e "$T/held"
}
has_no_memory() { ! grep -q ^VmSize: "/proc/$1/status"; }
ok "a job" begins
ok "of which a process is traced" hold "$(pgrep -P "$first" -f "sleep $mark")"
kill -9 "$first"
ok "is ended from outside, and can't end" wait_for 10 has_no_memory "$first"
is "that is no drift" "$(cli root --json attest "$job")" ""
ok "it is cancelled" cli aino job cancel "$job"
says "what was told to end is not read" 3 "is not running" cli root attest "$job"
kill "$holder"
ok "it ends" wait_for 20 is_over "$job"
is "and nothing was found to differ" "$(found_out "$job")" ""

# --- jobs that end while they are read, and soon after
ended=
for s in 0.17 0.19 0.2 0.21 0.22 0.23 0.25 0.3; do ended="$ended $(cli aino --json run ATTEST-1 --detach -- sleep "$s" | jq -r .job)"; done
all_over() { for j in $ended; do is_over "$j" || return 1; done; }
ok "short jobs end" wait_for 60 all_over
odd=
for j in $ended; do [ "$(cli aino --json job show "$j" | jq -r .result)" = completed ] || odd="$odd $j"; done
is "well, each of them" "$odd" ""
unlike "and no program of sped with them" "$(cat "$T/sped.log")" 'starting all three again'

# --- one that takes longer to begin than it takes to be read first
sped_stop
mkdir "$T/libexec" "$T/code"
echo 'echo begun' >"$T/code/a.sh"
cp "$BIN"/* "$T/libexec/" 2>/dev/null
cp "$TOOLS/t-slow-unpack" "$T/libexec/spe-unpack"
SPED_LIBEXEC=$T/libexec
ok "a sped that unpacks slowly" sped_start
ok "a job that is begun slowly is not stopped for having no filter yet" cli aino run ATTEST-1 --code "$T/code" -- sh /code/a.sh
is "and runs" "$(captured "$(job_of "$T/.out")" stdout.txt)" begun

# --- one whose command takes longer to be executed than its first process can be waited for
sped_stop
cp "$TOOLS/t-late-init" "$T/libexec/spe-init"
ok "a sped whose jobs' commands begin late" sped_start
ok "a job is not ended by being read meanwhile" cli aino run ATTEST-1 -- /usr/bin/true
is "nor lost and begun again" "$(cli root --json audit search --action job.lost | grep -c "$(job_of "$T/.out")")" 0

# --- filters of the host's own beneath, as a container or a service manager loads them
sped_stop
for k in $(keepers); do kill -9 "$k" 2>/dev/null; done
unset SPED_LIBEXEC
mkdir -p "$T/outer"
cat >"$T/outer/sped" <<W
#!/bin/sh
exec "$TOOLS/t-deny" acct EPERM "$TOOLS/t-deny" swapon EPERM "$BIN/sped" "\$@"
W
chmod 755 "$T/outer/sped"
SPED=$T/outer/sped
ok "a sped beneath two filters" sped_start
begins
sleep 2.5 # it is read a second after its begin
ok "its job goes on" is_running "$job"
is "nothing of it differs" "$(found_out "$job")" ""
# the kernel shows filters to nobody who has one (kernel/seccomp.c): where they can be read a job's is the only one of its stack
like "its filters are counted, and that they can't be read is said" "$(cli root --json attest "$job" | jq -r .evidence)" "3 filters.*its filter can't be read back"
cli aino job cancel "$job" >/dev/null
unset SPED

# --- another filter than its profile's
sped_stop
cp "$TOOLS/t-loose-init" "$T/libexec/spe-init"
SPED_LIBEXEC=$T/libexec
ok "a sped whose spe-init loads a filter that allows everything" sped_start
job=$(cli aino --json run ATTEST-1 --detach -- sleep 60 | jq -r .job)
ok "a job of it is ended" wait_for 30 is_over "$job"
like "for its filter" "$(found_out "$job")" 'NOT: its filter is the one made of it.*, 1 instructions'
finish
