# t/lib.sh - what shell tests share: TAP, a temporary directory, and a private sped.
# Sourced by t/*.t from the top of the tree or by make check. Prints TAP, ends with `finish`.
# shellcheck shell=sh
set -u
srcdir=$(cd "${srcdir:-.}" && pwd) # tests may go elsewhere
top_builddir=$(cd "${top_builddir:-.}" && pwd)
BIN=$(cd "$top_builddir" && pwd)/sped/bin
SPE_CLI=$(cd "$top_builddir" && pwd)/spe-cli/spe-cli
TOOLS=$(cd "$top_builddir" && pwd)/t/tools
n=0 bad=0 sped_pid=

# Everything a test makes lies here; 0711 so that the daemons' users can pass through.
T=$(mktemp -d "${TMPDIR:-/tmp}/spe-t.XXXXXX") || exit 1
chmod 711 "$T"
at_end() {
	sped_stop
	for k in $(keepers); do kill -9 "$k" 2>/dev/null; done # those with a task outlive sped
	rm -rf "$T"
}
trap at_end EXIT
trap 'exit 1' HUP INT TERM

result() { # good(0/1) what
	n=$((n + 1))
	if [ "$1" = 0 ]; then echo "ok $n - $2"; else bad=$((bad + 1)); echo "not ok $n - $2"; echo "$0: not ok $n - $2" >&2; fi
}
ok() { what=$1; shift; if "$@" >"$T/.out" 2>&1; then result 0 "$what"; else result 1 "$what"; sed 's/^/# /' "$T/.out"; fi; }
nok() { what=$1; shift; if "$@" >"$T/.out" 2>&1; then result 1 "$what"; sed 's/^/# /' "$T/.out"; else result 0 "$what"; fi; }
is() { if [ "$2" = "$3" ]; then result 0 "$1"; else result 1 "$1"; printf '# got    %s\n# wanted %s\n' "$2" "$3"; fi; }
like() { if printf '%s\n' "$2" | grep -Eq -- "$3"; then result 0 "$1"; else result 1 "$1"; printf '%s\n' "$2" | sed 's/^/# got: /'; echo "# wanted: $3"; fi; }
unlike() { if printf '%s\n' "$2" | grep -Eq -- "$3"; then result 1 "$1"; printf '%s\n' "$2" | sed 's/^/# got: /'; else result 0 "$1"; fi; }
# says WHAT STATUS TEXT COMMAND...: the exact exit status, and the text within its output
says() {
	what=$1 want=$2 text=$3
	shift 3
	"$@" >"$T/.out" 2>&1
	got=$?
	if [ "$got" = "$want" ] && grep -Fq -- "$text" "$T/.out"; then
		result 0 "$what"
	else
		result 1 "$what"
		echo "# status $got, wanted $want; text wanted: $text"
		sed 's/^/# /' "$T/.out"
	fi
}
finish() {
	reports=$(grep -sE 'ERROR: (Address|Leak)Sanitizer|runtime error:' "$T/sped.log") # of daemons, which sped starts again
	[ -z "$reports" ] || { result 1 "no sanitizer reports anything of sped"; printf '%s\n' "$reports" | sed 's/^/# /'; }
	echo "1..$n"
	[ "$bad" = 0 ] || exit 1
	exit 0
}
skip_all() { # aloud; with SPE_TEST_ALL=1 a skip is a failure
	if [ "${SPE_TEST_ALL:-}" = 1 ]; then echo "not ok 1 - would be skipped: $1"; echo 1..1; exit 1; fi
	echo "1..0 # SKIP $1"
	exit 0
}
needs_root() { [ "$(id -u)" = 0 ] || skip_all "$1: needs root"; }
needs() { command -v "$1" >/dev/null 2>&1 || skip_all "needs the program $1"; }
wait_for() { # SECONDS COMMAND...: until it succeeds; what has not happened within a second is asked for less often
	tries=$(($1 * 20)) often=20
	shift
	while ! "$@" >/dev/null 2>&1; do
		often=$((often - 1)) pause=0.05
		[ "$often" -ge 0 ] || { tries=$((tries - 3)) pause=0.2; }
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep $pause
	done
}

is_true() { jq "$@" | grep -qx true; } # jq -e is content where there is nothing to ask, up to 1.6

# --- a private sped ----------------------------------------------------------------------
# own_world: run the test again in its own mount namespace, where /etc/passwd also has the
# daemons' users and four people; the host's file stays as it is.
own_world() {
	needs_root "a private sped"
	if [ "${SPE_WORLD:-}" != 1 ]; then
		rm -rf "$T"
		SPE_WORLD=1 exec unshare --mount --propagation private -- sh "$0" "$@"
	fi
	grep -vE '^(_spe|aino|kari|lars|mikko|eve)' /etc/passwd >"$T/passwd"
	grep -vE '^(_spe|aino|kari|lars|mikko|eve)' /etc/group >"$T/group"
	id=990
	for u in _spe-api _spe _spe-gate; do
		id=$((id - 1))
		echo "$u:x:$id:$id::/nonexistent:/usr/sbin/nologin" >>"$T/passwd"
		echo "$u:x:$id:" >>"$T/group"
	done
	id=61000
	for u in aino kari lars mikko eve; do
		id=$((id + 1))
		mkdir -p "$T/home/$u"
		chown $id:$id "$T/home/$u"
		echo "$u:x:$id:$id::$T/home/$u:/bin/sh" >>"$T/passwd"
		echo "$u:x:$id:" >>"$T/group"
	done
	chmod 711 "$T/home"
	chmod 644 "$T/passwd" "$T/group"
	if ! mount --bind "$T/passwd" /etc/passwd || ! mount --bind "$T/group" /etc/group; then
		skip_all "can't bind a private passwd file"
	fi
}
uid_of() { case $1 in aino) echo 61001;; kari) echo 61002;; lars) echo 61003;; mikko) echo 61004;; eve) echo 61005;; esac; }
# as PERSON COMMAND...: as that person, in their home
as() {
	who=$1
	shift
	[ "$who" = root ] && { HOME=$T/home "$@"; return; }
	who_uid=$(uid_of "$who")
	HOME="$T/home/$who" setpriv --reuid="$who_uid" --regid="$who_uid" --clear-groups --no-new-privs -- "$@"
}
cli() { who=$1; shift; as "$who" "$SPE_CLI" "$@"; }
# operators_make: two who sign changes of keys, as root names them at installation; anna's key is $T/anna, bert's $T/bert.
operators_make() {
	for u in anna bert; do
		[ -e "$T/$u" ] || ssh-keygen -q -t ed25519 -N '' -C "$u" -f "$T/$u" || return 1
		echo "$u $(cat "$T/$u.pub")"
	done >"$T/etc/operators"
	chmod 644 "$T/etc/operators" # more than root's, and it would not be taken
}
sped_start() { # [options of sped]
	mkdir -p "$T/state" "$T/run" "$T/etc/policy"
	[ -e "$T/etc/sped.conf" ] || : >"$T/etc/sped.conf"
	[ -e "$T/etc/policy/default.policy" ] || cp "$srcdir/policy/rules/default.policy" "$T/etc/policy/"
	[ -e "$T/etc/profiles" ] || cp -r "$srcdir/policy/profiles" "$T/etc/"
	[ -e "$T/etc/operators" ] || operators_make || return 1
	chmod 755 "$T/run" "$T/etc" "$T/etc/policy" "$T/etc/profiles"
	"${SPED:-$BIN/sped}" -s "$T/state" -r "$T/run" -c "$T/etc" -l "${SPED_LIBEXEC:-$BIN}" "$@" 2>>"$T/sped.log" &
	sped_pid=$!
	export SPE_SOCKET="$T/run/sped.sock"
	wait_for 20 curl -sf --unix-socket "$SPE_SOCKET" http://localhost/v1/openapi.json
}
keepers() { # the pids of this test's keepers: their groups are named by pid, their directory is ours
	for d in /sys/fs/cgroup/pids/spe/k* /sys/fs/cgroup/spe/k*; do echo "/proc/${d##*/k}/fd"; done |
		xargs -r sh -c 'find "$@" -lname "$0/run/keepers" 2>/dev/null; :' "$T" | cut -d/ -f3 | sort -un # others' may be many
}
is_keeper() { find "/proc/$1/fd" -lname "$T/run/keepers" 2>/dev/null | grep -q .; }
sped_stop() {
	[ -n "$sped_pid" ] || return 0
	kill "$sped_pid" 2>/dev/null
	wait "$sped_pid" 2>/dev/null
	sped_pid=
}

# --- a small workspace, for tests that need one but not the whole day ---------------------
signed_by_two() { # WORDS of spe-cli that propose a change of keys: anna signs it, and bert after her
	cli root --json "$@" --key "$T/anna" >"$T/change.out" || return 1
	cli root registry confirm "$(sed -nE 's/.*"change": ?"([0-9a-f]{8})".*/\1/p' "$T/change.out")" --key "$T/bert"
}
people_make() { # the five people of own_world with keys, an issuer, all registered
	for u in aino kari lars mikko; do
		cli root user add "$u" --uid "$(uid_of "$u")" || return 1
		[ -e "$T/home/$u/.ssh/id_ed25519" ] || {
			as "$u" mkdir -p -m 700 "$T/home/$u/.ssh"
			as "$u" ssh-keygen -q -t ed25519 -N '' -C "$u" -f "$T/home/$u/.ssh/id_ed25519" || return 1
		}
	done
	signed_by_two user key kari "$T/home/kari/.ssh/id_ed25519.pub" lars "$T/home/lars/.ssh/id_ed25519.pub" || return 1
	[ -e "$T/issuer" ] || ssh-keygen -q -t ed25519 -N '' -C issuer -f "$T/issuer" || return 1
	signed_by_two issuer add urn:spe:hdab:fi "$T/issuer.pub"
}
day_plus() { date -u -d "$1 days" +%Y-%m-%d; }
small_holding() { # NAME: 60 made-up people with Finnish test numbers, in two groups
	cat >"$T/$1.json" <<-J
	{"id":"$1","title":"Sixty made-up people","description":"For tests","holder":"urn:spe:holder:test",
	 "tables":[{"name":"people","columns":[{"name":"pin","datatype":"string","identifier":"fi"},
	 {"name":"group","datatype":"string"},{"name":"age","datatype":"integer"},{"name":"secret","datatype":"string"}]}]}
	J
	awk 'BEGIN { print "pin,group,age,secret"; c = "0123456789ABCDEFHJKLMNPRSTUVWXY"
		for (i = 0; i < 60; i++) { n = sprintf("0101%02d", 40 + i % 50); z = 900 + i
			k = (n z) % 31; printf "%s-%d%s,%s,%d,s%d\n", n, z, substr(c, k + 1, 1), i % 2 ? "a" : "b", 20 + i, i } }' >"$T/$1.csv"
	cli root holding add "$T/$1.json" "people=$T/$1.csv"
}
permit_text() { # ID HOLDING [VERSION REPLACES] : aino researches, kari and lars check
	cat <<-J
	{"format":"spe-permit-1","id":"$1","kind":"data-permit","version":${3:-1},"replaces":${4:-null},
	 "issuer":{"hdab":"urn:spe:hdab:fi","country":"FI","case":"T/1/2026"},"issued":"$(day_plus -2)T09:00:00Z",
	 "data":[{"holding":"$2","holder":"urn:spe:holder:test","categories":["EHRS"],"form":"pseudonymised","format":"csv",
	  "variables":{"people":["pin","group","age"]},"rows":[{"table":"people","variable":"age","op":"ge","value":22}]}],
	 "purpose":{"article53":["e"],"text":"Tests of the environment"},"optOutException":null,
	 "persons":[{"id":"aino","roles":["principal-investigator","researcher"]},{"id":"mikko","roles":["researcher"]},
	  {"id":"kari","roles":["checker"]},{"id":"lars","roles":["checker"]}],
	 "valid":{"from":"$(day_plus -1)","until":"$(day_plus "${UNTIL:-300}")","erased-by":"$(day_plus "${ERASED:-400}")"},
	 "environment":{"site":["test"],"runtime":["host"],"cpus":2,"memory":"1G","disk":"1G","gpus":0,
	  "bring-in":{"code":true,"data":false},"time":"5m","processes":100},
	 "fees":{"reference":"none"},"conditions":["No attempt at re-identification"],
	 "outputs":{"types":["text/csv","text/plain","image/png"],"min-cell":5,"max-bytes":10485760,"decisions":${DECISIONS:-2}},
	 "federated":null,"odrl":null}
	J
}
permit_import() { # FILE: sign as the issuer and import
	rm -f "$1.sig"
	ssh-keygen -q -Y sign -n spe-permit -f "$T/issuer" "$1" && cli root permit import "$1"
}
small_workspace() { # ID HOLDING
	permit_text "$1" "$2" >"$T/$1.permit" && permit_import "$T/$1.permit"
}
# job_of OUTPUT: the id of the job that spe-cli run spoke of
job_of() { grep -oE '\b[0-9a-f]{8}\b' "$1" | head -n 1; }
# captured JOB NAME: the bytes of an output as the vault has them, for the test alone
captured() {
	sum=$(jq -r --arg n "$2" '.outputs[] | select(.name == $n) | .sha256' "$T/state/gate/jobs/$1.json")
	find "$T/state/gate/vault" -name "$sum" -exec cat {} +
}
# export_pending JOB FILE...: aino asks for files with plain descriptions; prints the export's id
export_of() {
	job=$1
	shift
	set -- "$job" "$@"
	words=
	for f in "$@"; do [ "$f" = "$job" ] || words="$words --describe $f=test"; done
	# shellcheck disable=SC2086 # words are made just above, without blanks
	cli aino --json export request "$@" $words >"$T/export.out" 2>"$T/export.err" || cat "$T/export.err" >&2
	jq -r '.export // empty' "$T/export.out" | tail -n 1
}
