#!/bin/sh
# Limits hold and are reported by name, in words that help and say nothing of the data.
. "${srcdir:-.}/t/lib.sh"
own_world "$@"
needs python3

cat_conf() { printf 'slots = 2\nwork-mib = 64\noutputs-mib = 32\n'; }
mkdir -p "$T/etc" && cat_conf >"$T/etc/sped.conf"
# groups are named by their keeper's pid: one without a keeper is left over
groups() { find /sys/fs/cgroup/pids/spe /sys/fs/cgroup/spe -maxdepth 1 -name 'k*' 2>/dev/null | sort; }
groups >"$T/before"
none_left() {
	groups | comm -13 "$T/before" - | while read -r d; do [ -d "/proc/${d##*/k}" ] || echo "$d"; done | grep -q . && return 1
	return 0
}
ok "a private sped serves" sped_start
ok "people and keys are registered" people_make
ok "a holding is taken in" small_holding people
ok "a workspace is staged" small_workspace LIMITS-1 people

says "memory" 1 "the memory limit of 64 MiB was reached" cli aino run LIMITS-1 --memory 64M -- python3 -c 'x = bytearray(300 << 20)'
says "time" 1 "the time limit of 2 s ended the job" cli aino run LIMITS-1 --time 2s -- sleep 60
says "time, of something that forks and ignores signals" 1 "the time limit of 2 s ended the job" \
	cli aino run LIMITS-1 --time 2s -- sh -c 'trap "" TERM HUP; (setsid sh -c "trap \"\" TERM; sleep 50") & sleep 50'
says "processes" 1 "processes was reached" cli aino run LIMITS-1 --processes 12 -- sh -c 'for i in $(seq 40); do sleep 3 & done; wait'
says "one file's size" 1 "file size limit was reached" cli aino run LIMITS-1 -- sh -c 'exec dd if=/dev/zero of=/work/x bs=1M count=60 2>/dev/null'
says "all outputs together" 1 "/outputs was full" cli aino run LIMITS-1 -- sh -c 'for i in 1 2 3 4 5; do head -c 10000000 /dev/zero > /outputs/$i.txt || exit 1; done'
says "a fork bomb ends" 1 "limit of 5" cli aino run LIMITS-1 --processes 50 --time 5s -- sh -c 'b() { b | b & }; b; sleep 10'
says "a command that fails says so, not why" 1 "its own words are in stderr.txt" cli aino run LIMITS-1 -- sh -c 'echo secret-content >&2; exit 3'
unlike "and shows no byte of what it wrote" "$(cat "$T/.out")" 'secret-content'
says "a command that is not there" 1 "not in the runtime" cli aino run LIMITS-1 -- no-such-command
says "more than the permit allows is cut to it, not refused" 0 "" cli aino run LIMITS-1 --memory 900G --time 20d -- true
like "the permit's memory holds" "$(cli aino --json job show "$(job_of "$T/.out")")" '"memory": ?1073741824'
no_process() { for k in $(keepers); do pgrep -P "$k" -u 1879048193 && return 1; done; return 0; }
ok "no process of a job is left" wait_for 10 no_process
ok "no cgroup of a job is left" wait_for 10 none_left
finish
