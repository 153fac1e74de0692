#!/bin/sh
# Profiles of confinement: the tools that each is for run under it, what it is to keep from them it keeps, and who may use
# which is decided by host and permit.
. "${srcdir:-.}/t/lib.sh"
own_world "$@"
needs python3
needs jq
needs gcc
needs sqlite3
needs Rscript
needs java

mkdir -p "$T/etc" "$T/code"
echo 'work-mib = 64' >"$T/etc/sped.conf"
ok "a program is built, dynamically" gcc -O1 -o "$T/code/dynamic" "$srcdir/t/data/confined.c"
ok "and statically" gcc -O1 -static -o "$T/code/static" "$srcdir/t/data/confined.c"
ok "a private sped serves" sped_start
ok "people and keys are registered" people_make
ok "a holding is taken in" small_holding people
ok "a workspace is staged" small_workspace PROFILE-1 people
run() { cli aino run PROFILE-1 "$@"; }
# prints PROFILE COMMAND...: what the command printed there
prints() {
	p=$1
	shift
	run --code "$T/code" --profile "$p" -- "$@" >"$T/run.out" 2>&1
	captured "$(job_of "$T/run.out")" stdout.txt
}
# fares WHAT: how the compiled program fared, of $tried
fares() { printf '%s\n' "$tried" | sed -n "s|^$1: ||p"; }

# --- analysis
ok "analysis is what a job gets unasked" run -- true
is "and job show says so" "$(cli aino --json job show "$(job_of "$T/.out")" | jq -r .profile)" analysis
like "in text too" "$(cli aino job show "$(job_of "$T/.out")")" '^profile: +analysis'
ok "analysis: R: a model and a picture" run --profile analysis -- Rscript -e 'summary(lm(age ~ group, read.csv("/data/people/people.csv")))
	png("/outputs/a.png", type = "cairo"); plot(1:9); dev.off()'
is "analysis: R: regular expressions, whose compiler at run time does without" "$(prints analysis Rscript -e \
	'options(warn = 2); cat(grepl("^(a|b)+c$", "ababc", perl = TRUE), gsub("(\\d+)", "<\\1>", "a12", perl = TRUE))')" "TRUE a<12>"
ok "analysis: Python: numpy, pandas, matplotlib" run --profile analysis -- python3 -c 'import numpy, pandas, matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
d = pandas.read_csv("/data/people/people.csv")
m = d.groupby("group").age.mean()
assert numpy.linalg.inv(numpy.eye(50)).trace() == 50
m.plot(kind="bar"); plt.savefig("/outputs/m.png")'
ok "analysis: Python: processes, locks, shared memory, a callback" run --profile analysis -- python3 -c 'import multiprocessing as m
from multiprocessing import shared_memory
import ctypes
with m.Pool(2) as p: assert p.map(abs, range(-9, 0)) == list(range(9, 0, -1))
m.Lock(); q = m.Queue(); q.put(1); assert q.get() == 1
s = shared_memory.SharedMemory(create=True, size=100); s.close(); s.unlink()
f = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(lambda a, b: 0)
a = (ctypes.c_int * 3)(3, 2, 1); ctypes.CDLL(None).qsort(a, 3, 4, f)'
is "analysis: bash: pipes, here-documents, process substitution" "$(prints analysis bash -c 'set -o pipefail
	sort <(printf "b\na\n") | head -n 1; cat <<-E
	here
	E
	coproc cat; echo x >&"${COPROC[1]}"; read -r v <&"${COPROC[0]}"; echo $v')" "a
here
x"
is "analysis: SQLite on a file, with a journal and in WAL" "$(prints analysis sqlite3 /work/a.db 'create table t(a); insert into t values(1),(2);' \
	'pragma journal_mode=wal; insert into t select a + 2 from t; select sum(a) from t;')" "wal
10"
tried=$(prints analysis /code/dynamic)
is "analysis: a compiled program" "$(fares "write to /work")" yes
is "analysis: no memory is mapped to write and execute" "$(fares "map memory to write and execute")" "no (EACCES)"
is "analysis: nor executed once it was written" "$(fares "write memory, then execute it")" "no (EACCES)"
is "analysis: sockets within the job" "$(fares "unix socket"), $(fares "inet socket")" "yes, no (EPERM)"
is "analysis: nobody watches what others read" "$(fares "watch /usr/bin by F_NOTIFY"), $(fares "ask whether a file is cached")" "no (EPERM), no (EPERM)"
is "analysis: no io_uring" "$(fares io_uring)" "no (EPERM)"
is "analysis: what is newer than the filter is not there" "$(fares "a call that is newer")" "no (ENOSYS)"
is "analysis: the limit that keeps its memory from a helper of the host's stays" \
	"$(fares "no limit of core dumps"), $(fares "the same, with bits that are not read")" "no (EPERM), no (EPERM)"
is "analysis: and so do those of spe-init" "$(fares "a limit of spe-init")" "no (EPERM)"
is "analysis: its own others it may lower" "$(fares "its other limits")" yes
is "analysis: nothing it asks flushes a disk" "$(fares "flush a disk")" yes
like "analysis: a foreign architecture kills" "$(fares "32-bit call"), $(fares "x32 call")" '^killed \((31|11)\), killed \(31\)$' # 11: the processor has no such gate here
is "analysis: a static one fares the same" "$(prints analysis /code/static)" "$tried"
nok "analysis: Java, which compiles as it runs, does not" run --profile analysis -- java -version

# --- jit
cat >"$T/code/Sum.java" <<-J
	public class Sum {
		public static void main(String[] a) throws Exception {
			long s = 0;
			for (int r = 0; r < 20000; r++) for (int i = 0; i < 100; i++) s += i;
			Thread t = new Thread(() -> {}); t.start(); t.join();
			System.out.println(s + " " + java.nio.file.Files.readAllLines(java.nio.file.Path.of("/data/people/people.csv")).get(0));
		}
	}
J
if command -v javac >/dev/null && javac -d "$T/code" "$T/code/Sum.java" 2>/dev/null; then
	is "jit: Java" "$(prints jit java -XX:-UsePerfData -cp /code Sum)" "99000000 pin,group,age"
else
	ok "jit: Java begins, compiles and ends" run --profile jit -- java -Xcomp -XX:+PrintFlagsFinal -version
fi
tried=$(prints jit /code/dynamic)
is "jit: memory may be written and executed" "$(fares "map memory to write and execute"), $(fares "write memory, then execute it")" "yes, yes"
is "jit: all else is as under analysis" "$(fares "inet socket"), $(fares io_uring), $(fares "watch /usr/bin by F_NOTIFY"), $(fares "x32 call")" \
	"no (EPERM), no (EPERM), no (EPERM), killed (31)"
is "jit: of limits and flushes too" "$(for i in "no limit of core dumps" "a limit of spe-init" "its other limits" "flush a disk" "a call that is newer"; do fares "$i"; done)" \
	"no (EPERM)
no (EPERM)
yes
yes
no (ENOSYS)"
ok "jit: R runs there as well" run --profile jit -- Rscript -e 'lm(dist ~ speed, cars)'

# --- strict
is "strict: shell and awk" "$(prints strict sh -c 'sort /data/people/people.csv | awk -F, "{ n++ } END { print n }"')" 59
is "strict: SQLite" "$(prints strict sqlite3 /work/a.db 'create table t(a); insert into t values(7); select * from t;')" 7
says "strict: a limit that is met is named, as under any other" 1 "/work or /tmp was full" run --profile strict -- sh -c 'head -c 70000000 /data/people/people.csv /dev/zero >/work/x'
is "strict: nothing that was brought is executed" "$(prints strict /code/dynamic)" ""
says "strict: and it is said" 1 "can't be executed" run --code "$T/code" --profile strict -- /code/dynamic
is "strict: nor loaded as if it were a library" "$(prints strict /lib64/ld-linux-x86-64.so.2 /code/dynamic)" ""
like "analysis: which elsewhere it may be" "$(prints analysis /lib64/ld-linux-x86-64.so.2 /code/dynamic)" '^write to /work: yes'
is "strict: limits and flushes are as under analysis" "$(prints strict python3 -c 'import os, resource
for f in (lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)), lambda: resource.prlimit(1, resource.RLIMIT_NOFILE, (64, 64)),
          lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)), lambda: os.fsync(99)):
    try: f(); print("yes")
    except PermissionError: print("no")
    except ValueError: print("no")')" "no
no
yes
yes"
is "strict: no socket, no /proc, nothing of the host's size" "$(prints strict python3 -c 'import os, socket
for f in (lambda: socket.socket(socket.AF_UNIX), lambda: open("/proc/self/status"), lambda: os.statvfs("/usr"), lambda: open("/dev/shm/x", "w")):
    try: f(); print("yes")
    except OSError as e: print(e.errno)')" "1
13
1
13"

# --- a kernel before Linux 6.3: the filter keeps memory from being written and executed, and the tools run all the same
sped_stop
mkdir "$T/libexec"
cp "$BIN"/* "$T/libexec/" 2>/dev/null
cp "$TOOLS/t-older-filter" "$T/libexec/spe-filter"
SPED_LIBEXEC=$T/libexec
ok "an older kernel's sped" sped_start
job=$(cli aino --json run PROFILE-1 --detach -- sleep 20 | jq -r .job)
kept() { cli root attest "$job" | grep -q 'is written or executed, by the filter'; }
ok "older: attest finds memory kept by the filter" wait_for 15 kept
cli aino job cancel "$job" >/dev/null 2>&1
tried=$(prints analysis /code/dynamic)
is "older: no memory is mapped to write and execute" "$(fares "map memory to write and execute")" "no (EPERM)"
is "older: nor executed once it was written" "$(fares "write memory, then execute it")" "no (EPERM)"
is "older: a static one fares the same" "$(prints analysis /code/static)" "$tried"
ok "older: R: a model and a picture" run --profile analysis -- Rscript -e 'summary(lm(age ~ group, read.csv("/data/people/people.csv")))
	png("/outputs/a.png", type = "cairo"); plot(1:9); dev.off()'
is "older: R: regular expressions" "$(prints analysis Rscript -e 'options(warn = 2); cat(gsub("(\\d+)", "<\\1>", "a12", perl = TRUE))')" "a<12>"
ok "older: Python: numpy, pandas, matplotlib" run --profile analysis -- python3 -c 'import numpy, pandas, matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
pandas.read_csv("/data/people/people.csv").groupby("group").age.mean().plot(kind="bar"); plt.savefig("/outputs/m.png")'
nok "older: Java under analysis does not" run --profile analysis -- java -version
ok "older: Java under jit does" run --profile jit -- java -Xcomp -version
is "older: strict: shell and awk" "$(prints strict sh -c 'sort /data/people/people.csv | awk -F, "{ n++ } END { print n }"')" 59
sped_stop
unset SPED_LIBEXEC
ok "sped as it is here again" sped_start

# --- who may use which
says "a profile that is not there" 4 "profile other is not for jobs of workspace PROFILE-1, whose permit and host give it analysis, jit, strict" \
	run --profile other -- true
permit_text PROFILE-2 people | sed 's/"runtime":\["host"\]/&,"profiles":["strict","analysis","unknown"]/' >"$T/p2.permit"
ok "a permit names profiles" permit_import "$T/p2.permit"
ok "one of them is taken" cli aino run PROFILE-2 --profile strict -- true
says "another is not" 4 "profile jit is not for jobs of workspace PROFILE-2, whose permit and host give it analysis, strict" \
	cli aino run PROFILE-2 --profile jit -- true
ok "unasked it is the host's first that the permit names" cli aino run PROFILE-2 -- true
is "which is recorded" "$(cli aino --json job show "$(job_of "$T/.out")" | jq -r .profile)" analysis
permit_text PROFILE-3 people | sed 's/"runtime":\["host"\]/&,"profiles":["unknown"]/' >"$T/p3.permit"
ok "a permit may name what this host has not" permit_import "$T/p3.permit"
says "then no job begins" 4 "the permit of workspace PROFILE-3 names no profile that this host has" cli aino run PROFILE-3 -- true
like "the journal has it" "$(cat "$T"/state/gate/journal/journal.jsonl)" '"action":"job.submit".*"profile":"jit"'
sped_stop
sed -n '/^\.Sh EXAMPLES/,/^\.Ed/p' "$srcdir/policy/spe-profile.5" | grep -v '^\.' >"$T/etc/profiles/quiet.profile"
echo 'profiles = {"quiet"}' >>"$T/etc/sped.conf"
ok "a host with the manual's example" sped_start
is "in which a job runs" "$(prints quiet cat /data/people/people.csv | head -n 1)" pin,group,age
more='echo began; { echo >/work/x && echo wrote; }; exec ls /work'
is "and little else" "$(prints quiet sh -c "$more")" began
sped_stop
sed -i 's/quiet/analysis/' "$T/etc/sped.conf"
ok "a host that gives one alone" sped_start
is "in which more can be done" "$(prints analysis sh -c "$more" | tr '\n' ' ')" "began wrote x "
says "gives no other" 4 "profile jit is not for jobs of workspace PROFILE-1, whose permit and host give it analysis" run --profile jit -- true
sped_stop

# --- files that can't be taken
cp "$T/etc/profiles/analysis.profile" "$T/good"
sed 's/"access"/"ptrace"/' "$T/good" >"$T/etc/profiles/analysis.profile"
: >"$T/sped.log"
nok "sped does not begin with a profile that loosens" timeout 20 "$BIN/sped" -s "$T/state" -r "$T/run" -c "$T/etc" -l "$BIN" 2>"$T/sped.log"
like "and says file, line and what" "$(cat "$T/.out")" 'profiles/analysis.profile:[0-9]+: calls: ptrace is never allowed'
says "as spe-cli does, offline" 2 "analysis.profile:11: calls: ptrace is never allowed" "$SPE_CLI" profile check "$T/etc/profiles/analysis.profile"
sed 's/^name = .*/name = "other"/' "$T/good" >"$T/etc/profiles/analysis.profile"
nok "nor with one that is called otherwise" timeout 20 "$BIN/sped" -s "$T/state" -r "$T/run" -c "$T/etc" -l "$BIN"
like "and says so" "$(cat "$T/.out")" 'name is other; a profile is in the file of its name'
rm "$T/etc/profiles/analysis.profile"
sped_start || :
nok "nor without one that jobs may use" cli root whoami
like "and says which" "$(cat "$T/sped.log")" 'profiles/analysis.profile in the configuration directory'
sped_stop
cp "$T/good" "$T/etc/profiles/analysis.profile"
says "the shipped ones are good" 0 "jit.profile: jit, 214 calls, memory is written and executed" "$SPE_CLI" profile check "$srcdir"/policy/profiles/*.profile
finish
