#!/bin/sh
# From inside a job: what it is, what it has of the data, and that tools work there. What it can't reach: t/0315-hostile.t.
. "${srcdir:-.}/t/lib.sh"
own_world "$@"
needs python3
needs jq

ok "a private sped serves" sped_start
ok "people and keys are registered" people_make
ok "a holding is taken in" small_holding people
ok "another holding is taken in, for another workspace" small_holding others
ok "a workspace is staged" small_workspace INSIDE-1 people
ok "another workspace is staged" small_workspace INSIDE-2 others

ok "a job shows what it is" cli aino run INSIDE-1 -- sh -c 'cat /proc/self/status; ls -l /proc/self/ns
	python3 -c "import time; print(\"clocks:\", int(time.clock_gettime(time.CLOCK_MONOTONIC)), int(time.clock_gettime(time.CLOCK_BOOTTIME)))"'
job=$(job_of "$T/.out")
captured "$job" stdout.txt >"$T/inside"
for cap in CapInh CapPrm CapEff CapBnd CapAmb; do
	like "no capability: $cap" "$(grep "^$cap" "$T/inside")" '0000000000000000$'
done
like "no_new_privs is set" "$(grep NoNewPrivs "$T/inside")" "1$"
like "a seccomp filter is on" "$(grep '^Seccomp:' "$T/inside")" "2$"
like "its clocks began with it" "$(grep '^clocks:' "$T/inside")" ' [0-9]{1,2} [0-9]{1,2}$'
for ns in user mnt pid net ipc uts cgroup time; do
	unlike "its own $ns namespace" "$(grep -- "-> $ns:" "$T/inside")" "$ns:\\[$(readlink /proc/self/ns/$ns | tr -dc 0-9)\\]"
	like "which is shown" "$(grep -- "-> $ns:" "$T/inside")" "$ns:\\[[0-9]+\\]"
done

ok "a job of the other workspace looks around" cli aino run INSIDE-2 -- sh -c 'ls -R /data; id -u; cat /data/*/people.csv'
job2=$(job_of "$T/.out")
like "it sees its own data" "$(captured "$job2" stdout.txt)" 'people.csv'
unlike "and none of the first workspace's" "$(captured "$job2" stdout.txt)" '/data/people'
like "the identifier is a pseudonym" "$(captured "$job2" stdout.txt)" '^p[a-z2-7]{30},'
unlike "no identity number is staged" "$(captured "$job2" stdout.txt)" '[0-9]{6}-[0-9]{3}'
unlike "no variable outside the permit is staged" "$(captured "$job2" stdout.txt)" 'secret|,s[0-9]'
unlike "no row outside the permit is staged" "$(captured "$job2" stdout.txt)" ',2[01]$'
one=$(cli aino run INSIDE-1 -- sh -c 'cut -d, -f1 /data/people/people.csv | sort | md5sum' 2>&1 | grep -oE '\b[0-9a-f]{8}\b' | head -n 1)
two=$(cli aino run INSIDE-2 -- sh -c 'cut -d, -f1 /data/others/people.csv | sort | md5sum' 2>&1 | grep -oE '\b[0-9a-f]{8}\b' | head -n 1)
unlike "the same people have other pseudonyms under another permit" "$(captured "$one" stdout.txt)" "$(captured "$two" stdout.txt)"
says "a stranger sees no workspace" 5 "nobody's in the registry" cli eve workspace list
says "a stranger sees no job" 5 "spe-cli:" cli eve job show "$job"
ok "the tools people use run: R" cli aino run INSIDE-1 -- Rscript -e 'summary(lm(age ~ group, read.csv("/data/people/people.csv"))); png("/outputs/a.png", type="cairo"); plot(1:9); dev.off()'
ok "Python with threads and processes" cli aino run INSIDE-1 -- python3 -c 'import multiprocessing as m, threading
t = threading.Thread(target=print); t.start(); t.join()
with m.Pool(2) as p: assert p.map(abs, range(-9, 0)) == list(range(9, 0, -1))
m.Lock()'
ok "a pipeline of shell tools" cli aino run INSIDE-1 -- sh -c 'sort /data/people/people.csv | tail -n 3 | wc -l > /outputs/n.txt'
# one network namespace serves a keeper's jobs one after another: what one leaves there ends with it
cat >"$T/net.py" <<'P'
import os, socket
print("net", os.readlink("/proc/self/ns/net"))
print("unix", [l.split()[-1] for l in open("/proc/self/net/unix") if "left" in l])
print("used", [l.split()[2] for l in open("/proc/self/net/sockstat") if l.startswith("sockets:")][0])
print("links", sorted(os.listdir("/proc/self/net/dev_snmp6")) if os.path.isdir("/proc/self/net/dev_snmp6") else [], open("/proc/self/net/dev").read().count(":"))
s = socket.socket(socket.AF_UNIX)
try:
    s.connect("\0left")
    print("found")
except OSError as e:
    print("nothing", e.errno)
held = []
for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
    h = socket.socket(socket.AF_UNIX, kind)
    h.bind("\0left" if kind == socket.SOCK_STREAM else "\0left%d" % kind)
    held.append(h)
held[0].listen()
if os.fork() == 0: # and nobody ends it
    os.setsid()
    while True:
        held[0].accept()
P
mkdir -p "$T/home/aino/net" && cp "$T/net.py" "$T/home/aino/net/" && chmod -R a+rX "$T/home/aino/net"
: >"$T/nets"
for ws in INSIDE-1 INSIDE-2 INSIDE-1 INSIDE-2 INSIDE-1 INSIDE-2 INSIDE-1 INSIDE-2; do
	cli aino run $ws --code "$T/home/aino/net" -- python3 /code/net.py >"$T/.net" 2>&1
	captured "$(job_of "$T/.net")" stdout.txt >>"$T/nets"
done
is "eight jobs of two workspaces ran" "$(grep -c '^net ' "$T/nets")" 8
ok "some in the network namespace of one before" test "$(grep '^net ' "$T/nets" | sort -u | wc -l)" -lt 8
unlike "none in the host's" "$(cat "$T/nets")" "^net net:\\[$(readlink /proc/self/ns/net | tr -dc 0-9)\\]"
is "none finds a socket that another held" "$(grep -E '^(found|nothing)' "$T/nets" | sort -u)" "nothing 111"
is "nor its name" "$(grep '^unix ' "$T/nets" | sort -u)" "unix []"
is "nor how many it had" "$(grep '^used ' "$T/nets" | sort -u | wc -l)" 1
is "nor another link than the loopback" "$(grep '^links ' "$T/nets" | sort -u | wc -l)" 1
finish
