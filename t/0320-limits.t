#!/bin/sh
# Limits hold and are reported by name, in words that help and say nothing of the data.
. "${srcdir:-.}/t/lib.sh"
own_world "$@"
needs python3
needs jq

cat_conf() { printf 'slots = 2\npermit-running = 2\nwork-mib = 64\noutputs-mib = 32\n'; }
mkdir -p "$T/etc" && cat_conf >"$T/etc/sped.conf"
# groups are named by their keeper's pid: one without a keeper is left over, where it was one of ours
none_left() {
	sort -u "$T/mine" | while read -r k; do
		[ -d "/proc/$k" ] || ls -d "/sys/fs/cgroup/pids/spe/k$k" "/sys/fs/cgroup/spe/k$k" 2>/dev/null
	done | grep -q . && return 1
	return 0
}
ok "a private sped serves" sped_start
while kill -0 "$sped_pid" 2>/dev/null; do pgrep -P "$sped_pid"; sleep 0.1; done >"$T/mine" &
ok "people and keys are registered" people_make
ok "a holding is taken in" small_holding people
ok "a workspace is staged" small_workspace LIMITS-1 people

ended_by() { cli aino --json job show "$(job_of "$T/.out")" | jq -r .result; }
workspace_uid=$((0x70000001)) # of the first workspace
no_process() { for k in $(keepers); do pgrep -P "$k" -u "$workspace_uid" && return 1; done; return 0; }

says "memory" 1 "the memory limit of 64 MiB was reached" cli aino run LIMITS-1 --memory 64M -- python3 -c 'x = bytearray(300 << 20)'
says "time" 1 "the time limit of 2 s ended the job" cli aino run LIMITS-1 --time 2s -- sleep 60
says "time, of something that forks and ignores signals" 1 "the time limit of 2 s ended the job" \
	cli aino run LIMITS-1 --time 2s -- sh -c 'trap "" TERM HUP; (setsid sh -c "trap \"\" TERM; sleep 50") & sleep 50'
says "processes" 1 "processes was reached" cli aino run LIMITS-1 --processes 12 -- sh -c 'for i in $(seq 40); do sleep 3 & done; wait'
says "one file's size" 1 "the command had set it itself" cli aino run LIMITS-1 -- sh -c 'ulimit -f 1024; exec dd if=/dev/zero of=/work/x bs=1M count=60 2>/dev/null'
says "all outputs together" 1 "/outputs was full" cli aino run LIMITS-1 -- sh -c 'for i in 1 2 3 4 5; do head -c 10000000 /dev/zero > /outputs/$i.txt || exit 1; done'
says "a fork bomb ends" 1 "limit of 5" cli aino run LIMITS-1 --processes 50 --time 5s -- sh -c 'b() { b | b & }; b; sleep 10'
says "a command that fails says so, not why" 1 "its own words are in stderr.txt" cli aino run LIMITS-1 -- sh -c 'echo secret-content >&2; exit 3'
unlike "and shows no byte of what it wrote" "$(cat "$T/.out")" 'secret-content'
says "a command that is not there" 1 "not in the runtime" cli aino run LIMITS-1 -- no-such-command
says "more than the permit allows is cut to it, not refused" 0 "" cli aino run LIMITS-1 --memory 900G --time 20d -- true
like "the permit's memory holds" "$(cli aino --json job show "$(job_of "$T/.out")")" '"memory": ?1073741824'
says "scratch" 1 "/work or /tmp was full: each takes 64 MiB and 17408 files" cli aino run LIMITS-1 -- sh -c 'for i in 1 2 3; do head -c 30000000 /dev/zero > /work/$i || exit 1; done'
is "which the job's record names" "$(ended_by)" work-full
says "/tmp too" 1 "/work or /tmp was full" cli aino run LIMITS-1 -- sh -c 'for i in 1 2 3; do head -c 30000000 /dev/zero > /tmp/$i || exit 1; done'
says "the number of outputs" 1 "/outputs was full: it takes 9216 files and directories" cli aino run LIMITS-1 -- \
	python3 -c 'for i in range(20000): open(f"/outputs/{i}", "w")'
is "which the job's record names" "$(ended_by)" outputs-files
like "and text says" "$(cli aino job show "$(job_of "$T/.out")")" '^reason: +/outputs was full: it takes 9216 files'
cli aino run LIMITS-1 --memory 64M -- python3 -c 'x = bytearray(300 << 20)' >"$T/.out" 2>&1
is "memory is named" "$(ended_by)" memory
cli aino run LIMITS-1 --time 1s -- sleep 60 >"$T/.out" 2>&1
is "time is named" "$(ended_by)" time
cli aino run LIMITS-1 --processes 12 -- sh -c 'for i in $(seq 40); do sleep 1 & done; wait' >"$T/.out" 2>&1
is "processes are named" "$(ended_by)" processes
cli aino run LIMITS-1 -- sh -c 'ulimit -f 1024; exec dd if=/dev/zero of=/work/x bs=1M count=60' >"$T/.out" 2>&1
is "a file's size that the command had limited is named" "$(ended_by)" file-size
says "a file may be as large as /work, whatever /outputs takes" 0 "" cli aino run LIMITS-1 -- python3 -c 'open("/work/x", "wb").write(bytes(60 << 20))'
says "and a program that minds no signal meets the size of /work" 1 "/work or /tmp was full" cli aino run LIMITS-1 -- \
	python3 -c 'open("/work/x", "wb").write(bytes(80 << 20))'
is "which its record names" "$(ended_by)" work-full
says "shared memory" 1 "/dev/shm was full: it takes half of the job's memory, 128 MiB" cli aino run LIMITS-1 --memory 256M -- \
	sh -c 'head -c 140000000 /dev/zero >/dev/shm/x || exit 1'
is "which the job's record names" "$(ended_by)" shm-full
says "no swap: what is over the limit is not on a disk" 1 "the memory limit of 64 MiB was reached" cli aino run LIMITS-1 --memory 64M -- \
	python3 -c 'x = [bytearray(b"x" * 4096) for i in range(30000)]'
# a processor's second, with a fifth of one
spin='import time; t = time.process_time(); w = time.time()
while time.process_time() - t < 1: pass
w = time.time() - w; print("slow" if w > 3 else f"{w:.1f} s")'
cli aino run LIMITS-1 --cpus 0.2 -- python3 -c "$spin" >"$T/.out" 2>&1
is "processor time" "$(captured "$(job_of "$T/.out")" stdout.txt)" slow
# what leaves its session and its parents, again and again
cat >"$T/bomb.py" <<-'P'
	import os, signal, time
	for s in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT): signal.signal(s, signal.SIG_IGN)
	def bomb():
	    while True:
	        try:
	            if os.fork() == 0:
	                os.setsid()
	                if os.fork(): os._exit(0)
	        except OSError: time.sleep(0.001)
	bomb()
	P
mkdir "$T/bomb" && cp "$T/bomb.py" "$T/bomb/"
says "a bomb that leaves sessions and parents ends with its time" 1 "the time limit of 3 s ended the job" \
	cli aino run LIMITS-1 --code "$T/bomb" --processes 60 --time 3s -- python3 /code/bomb.py
ok "nothing of it is left" wait_for 5 no_process
bomb=$(cli aino --json run LIMITS-1 --code "$T/bomb" --processes 60 --detach -- python3 /code/bomb.py | jq -r .job)
is_running() { cli aino --json job show "$1" | jq -r .state | grep -q running; }
ok "another bomb runs" wait_for 10 is_running "$bomb"
sleep 2
nok "with processes that can be seen" no_process
ok "one is cancelled" cli aino job cancel "$bomb"
ok "and nothing of it is left either" wait_for 5 no_process
is "its record says so" "$(cli aino --json job wait "$bomb" 2>/dev/null | jq -r .result)" killed
ok "no process of a job is left" wait_for 10 no_process
ok "it had keepers" [ "$(sort -u "$T/mine" | wc -l)" -gt 5 ]
ok "no cgroup of a job is left" wait_for 10 none_left

# --- the disk that data is on
sped_stop
echo 'disk-read-mib = 1' >>"$T/etc/sped.conf"
ok "sped with a limit on what is read of the disk" sped_start
awk 'BEGIN { print "pin,group,age,secret"; c = "0123456789ABCDEFHJKLMNPRSTUVWXY"
	for (i = 0; i < 150000; i++) { n = sprintf("0101%02d", 40 + i % 50); z = 900 + i % 60
		k = (n z) % 31; printf "%s-%d%s,%s,%d,x\n", n, z, substr(c, k + 1, 1), i % 2 ? "a" : "b", 30 + i % 40 } }' >"$T/many.csv"
sed 's/"id":"people"/"id":"many"/' "$T/people.json" >"$T/many.json"
ok "a larger holding" cli root holding add "$T/many.json" "people=$T/many.csv"
ok "is staged" small_workspace LIMITS-2 many
cat >"$T/bomb/read.py" <<-'P'
	import glob, mmap, os, time
	fd = os.open(glob.glob("/data/*/*.csv")[0], os.O_RDONLY | os.O_DIRECT)
	room, n, w = mmap.mmap(-1, 1 << 20), 0, time.time()
	while n < 4 << 20:
	    got = os.readv(fd, [room])
	    if not got: break
	    n += got
	w = time.time() - w
	print("slow" if n >= 4 << 20 and w > 2 else f"{n} bytes in {w:.2f} s")
	P
cli aino run LIMITS-2 --code "$T/bomb" -- python3 /code/read.py >"$T/.out" 2>&1
is "four MiB take their time" "$(captured "$(job_of "$T/.out")" stdout.txt)" slow
cli aino --json run LIMITS-2 --detach -- sleep 20 >"$T/.out"
job=$(jq -r .job "$T/.out")
reads() { cli root --json attest "$job" | jq -r .evidence | grep -q '; at most 1048576 bytes a second read of disk'; }
ok "attest reads it back" wait_for 10 reads
cli aino job cancel "$job" >/dev/null
finish
