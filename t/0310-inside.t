#!/bin/sh
# From inside a job: what a researcher with a program of their own reaches of the host. Nothing.
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

# something to find on the host's loopback
python3 -m http.server --bind 127.0.0.1 18765 --directory "$T/home" >/dev/null 2>&1 &
server=$!
wait_for 5 curl -sf http://127.0.0.1:18765/
mkdir -p "$T/code"
cp "$srcdir/t/data/probe.py" "$T/code/"
ok "the probe runs" cli aino run INSIDE-1 --code "$T/code" -- env PORT=18765 python3 /code/probe.py "$T"
kill "$server"
job=$(job_of "$T/.out")
captured "$job" stdout.txt >"$T/probe.out"
is "the probe ended well" "$(captured "$job" stderr.txt)" ""

# every line is a test; a line that says REACHED names what was reached
while IFS= read -r line; do
	case $line in
	*": refused"*) result 0 "$line" ;;
	*": REACHED"*) result 1 "$line" ;;
	esac
done <"$T/probe.out"
like "at least sixty things were tried" "$(grep -c ': ' "$T/probe.out")" '^([6-9][0-9]|1[0-9][0-9])$'
for cap in CapEff CapPrm CapBnd CapAmb; do
	like "no capability: $cap" "$(grep "^$cap" "$T/probe.out")" ' 0000000000000000$'
done
is "no_new_privs is set" "$(grep NoNewPrivs "$T/probe.out")" "NoNewPrivs: 1"
is "a seccomp filter is on" "$(grep '^Seccomp:' "$T/probe.out")" "Seccomp: 2"
for ns in user mnt pid net ipc uts cgroup; do
	unlike "its own $ns namespace" "$(grep '^namespaces' "$T/probe.out")" "$ns:\\[$(readlink /proc/self/ns/$ns | tr -dc 0-9)\\]"
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
finish
