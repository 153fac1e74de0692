# t/fault/helpers.sh - days that the helpers of sped work in: data taken in, staged, verified and wiped; an image taken in and
# removed; a job with code in its runtime. Played as in t/patient.sh, by people who ask again; what each comes to is compared
# with what it came to in peace. Sourced after t/patient.sh.
# shellcheck shell=sh disable=SC2154 # after t/lib.sh: T, srcdir

# eventually SECONDS COMMAND...: until it succeeds; else what it said
eventually() {
	tries=$(($1 * 10))
	shift
	until "$@" >"$T/again.out" 2>&1; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || { echo "in vain: $*"; cat "$T/again.out"; return 1; }
		sleep 0.1
	done
}
# same NAME: what is read is as it was the first time
same() {
	cat >"$T/now.$1"
	[ -e "$T/first.$1" ] || cp "$T/now.$1" "$T/first.$1"
	[ -s "$T/now.$1" ] && diff "$T/first.$1" "$T/now.$1"
}

# --- data: a table of each format, people who opted out, a least size of groups; spe-stage
data_made() {
	small_holding reg || return 1
	cat >"$T/no.json" <<-'J'
	{"id":"no","title":"Opt-outs","description":"For tests","holder":"urn:spe:holder:test","opt-out":true,
	 "tables":[{"name":"people","columns":[{"name":"pin","datatype":"string","identifier":"fi"}]}]}
	J
	{ echo pin; sed -n '4,5s/,.*//p' "$T/reg.csv"; } >"$T/no.csv"
	tail -n +2 "$T/reg.csv" | awk -F, '{ printf "{\"resourceType\":\"Observation\",\"id\":\"o%d\",\"subject\":{\"identifier\":{\"value\":\"%s\"}},\"valueQuantity\":{\"value\":%d.50}}\n", NR, $1, $3 }' | gzip >"$T/obs.ndjson.gz"
	tail -n +2 "$T/reg.csv" | awk -F, '{ printf "%-11s %-3s%3d\n", $1, $2, $3 }' >"$T/fixed.txt"
	printf 'DICM and the name of a person' >"$T/scan"
	cli root holding key -o "$T/spe.pub" && /usr/bin/python3 "$srcdir/t/tools/crypt4gh.py" "$T/spe.pub" <"$T/reg.csv" >"$T/reg.c4gh" || return 1
	cat >"$T/img.json" <<-J
	{"id":"img","title":"Other formats","description":"For tests","holder":"urn:spe:holder:test","tables":[
	 {"name":"obs","format":"ndjson","resource-type":"Observation","columns":[
	  {"name":"pin","datatype":"string","identifier":"fi","path":"subject.identifier.value"},
	  {"name":"value","datatype":"number","path":"valueQuantity.value"}]},
	 {"name":"visit","format":"fixed","columns":[
	  {"name":"pin","datatype":"string","identifier":"fi","from":1,"to":11},
	  {"name":"group","datatype":"string","from":13,"to":15},{"name":"age","datatype":"integer","from":16,"to":18}]},
	 {"name":"scan","title":"A scan","format":"opaque","file":"scan.dcm"},
	 {"name":"box","sha256":"$(sha256sum <"$T/reg.csv" | cut -d' ' -f1)","columns":[{"name":"pin","datatype":"string","identifier":"fi"},
	  {"name":"group","datatype":"string"},{"name":"age","datatype":"integer"},{"name":"secret","datatype":"string"}]}]}
	J
	cli root holding add "$T/no.json" "people=$T/no.csv" && data_brought || return 1
	permit_text DATA-1 reg | jq -c '.data[0].generalise = [{"table":"people","variable":"age","to":"band","width":20}]
		| .data[0].risk = [{"table":"people","quasi-identifiers":["age","group"],"min-k":5}]
		| .data += [.data[0] | .holding = "img" | .variables = {"obs":["pin","value"],"visit":["*"],"box":["pin","age"]}
			| .rows = null | .generalise = null | .risk = null | .files = ["scan"] | with_entries(select(.value != null))]
		' >"$T/DATA-1.permit" && permit_import "$T/DATA-1.permit"
}
data_brought() { cli root holding add "$T/img.json" "obs=$T/obs.ndjson.gz" "visit=$T/fixed.txt" "scan=$T/scan" "box=$T/reg.c4gh"; }
data_whole() { # the newest of each table is what was taken in
	cli root --json holding list | jq -c '[.holding, (.tables[] | [.table, .state, .rows, .bytes, .sha256, .misfits, .unknown])]' | same holdings
}
data_version() { sqlite3 -cmd '.timeout 2000' "$T/state/engine/state.db" "SELECT data_version FROM workspace WHERE name='DATA-1'"; }
staging_over() { s=$(state workspace DATA-1); [ -n "$s" ] && [ "$s" != staging ]; }
data_newer() { [ "$(data_version)" -gt "$had" ]; }
staged_anew() { # asks until there is a version that was not there
	had=$(data_version)
	for _ in 1 2 3 4 5 6; do
		again cli root workspace stage DATA-1 && eventually 30 staging_over || return 1
		! wait_for 1 data_newer || return 0
	done
	cli root workspace show DATA-1
	return 1
}
staged_files() {
	d=$(find "$T/state/workspaces" -mindepth 2 -maxdepth 2 -path "*/data-$(data_version)")
	[ -n "$d" ] && (cd "$d" && find . -type f -printf '%P %m ' -exec sha256sum {} ';' | sort)
}
tables() { cli root --json holding list | jq -r "select(.holding == \"img\") | .tables[] | $1"; }
verified() { [ "$(tables "select(.verified >= \"$since\") | .same" | sort -u)" = true ] && [ "$(tables 'select(.same == null) | .table')" = "" ]; }
compared() { # whatever happens, what is the same is never said to differ
	for _ in 1 2 3 4 5 6; do
		since=$(date -u +%Y-%m-%dT%H:%M:%S)
		again cli root holding verify img
		! wait_for 5 verified || return 0
		[ -z "$(tables 'select(.same == false) | .table')" ] || break
	done
	cli root --json holding list
	return 1
}
data_day() {
	again data_brought && data_whole && staged_anew && staged_files | same staged && compared
}
data_kept() { # nothing half-made or old lies about
	data_whole && eventually 30 data_one && staged_files | same staged
}
data_one() {
	find "$T/state/holdings" "$T/state/workspaces" -mindepth 1 -maxdepth 2 | sed "s:$T/::"
	[ -z "$(find "$T/state/holdings" "$T/state/workspaces" -maxdepth 2 -name '*.new')" ] && [ "$(find "$T/state/workspaces" -name 'data-*' | wc -l)" = 1 ] &&
		[ "$(find "$T/state/holdings" -name table | wc -l)" = 6 ]
}

# --- a runtime: its image is taken in and removed; spe-image, and spe-stage once more
image_made() {
	python3 - "$srcdir/t/tools" "$(command -v busybox)" "$T/layer" <<-'P' || return 1
	import sys
	sys.path.insert(0, sys.argv[1])
	from image import layer
	x = {"mode": 0o755}
	box = open(sys.argv[2], "rb").read()
	open(sys.argv[3] + "1.tar", "wb").write(layer([("./bin/busybox", "file", box, x), ("bin/sh", "hard", "bin/busybox", {}),
	    ("bin/cat", "link", "busybox", {}), ("bin/cp", "link", "busybox", {}), ("bin/sleep", "link", "busybox", {}), ("gone", "file", "g", {}), ("old/a", "file", "a", {}),
	    ("etc/release", "file", "one\n", {}), ("t\u00e4hti", "file", "u", {})]))
	open(sys.argv[3] + "2.tar", "wb").write(layer([("old/.wh..wh..opq", "file", "", {}), ("old/new", "file", "n", {}), (".wh.gone", "file", "", {}),
	    ("etc/release", "file", "two\n", {})]))
	P
	image=$(python3 "$srcdir/t/tools/image.py" "$T/small.tar" --pack zstd --env PATH=/bin "$T/layer1.tar" "$T/layer2.tar")
}
image_here() { [ "$(state runtime small)" = ready ]; }
image_brought() { image_here || cli root runtime import small "$T/small.tar"; }
image_gone() { cli root --json runtime list >"$T/runtimes" && [ ! -s "$T/runtimes" ] && [ -z "$(find "$T/state/runtimes" -mindepth 1 -maxdepth 1)" ]; }
image_removed() { image_gone || { cli root runtime remove small; false; }; }
image_tree() {
	cli root --json runtime show small | jq -c 'del(.added, .number)'
	cd "$T/state/runtimes"/r*/root && find . -printf '%P %y %m %n %l\n' | sort && find . -type f -exec sha256sum {} ';' | sort
}
image_day() {
	again image_brought && (image_tree) | same tree || return 1
	again image_removed || return 1
	again image_brought && (image_tree) | same tree
}
image_kept() { image_here && (image_tree) | same tree && [ "$(find "$T/state/runtimes" -mindepth 1 -maxdepth 1 | wc -l)" = 1 ]; }

# --- a job with code, in a runtime; spe-init, spe-unpack, spe-root
code_made() {
	mkdir -p "$T/code/deep/er"
	printf 'cat /code/deep/er/text /etc/release /data/people/people.csv >/outputs/t.csv\necho done >/outputs/note.txt\n' >"$T/code/main.sh"
	seq 20000 >"$T/code/deep/er/text"
	: >"$T/code/empty"
	chmod -R a+rX "$T/code"
	image_made && cli root runtime import small "$T/small.tar" && small_holding people || return 1
	permit_text CODE-1 people | sed "s|\"runtime\":\[\"host\"\]|\"runtime\":[\"host\",\"$image\"]|" >"$T/CODE-1.permit"
	permit_import "$T/CODE-1.permit"
}
code_run() { # RUNTIME: of a job that was taken, how it ended is known
	job=
	for _ in $(seq 100); do
		job=$(cli aino --json run CODE-1 --runtime "$1" --code "$T/code" --detach -- sh /code/main.sh 2>"$T/run.err" | jq -r '.job // empty' | tail -n 1)
		[ -z "$job" ] || break
		sleep 0.1
	done
	[ -n "$job" ] || { cat "$T/run.err"; return 1; }
	reaches job "$job" captured || return 1
	again cli root --json job show "$job" || return 1
	how=$(jq -r .result "$T/again.out")
	! jq -r .reason "$T/again.out" | grep 'code bundle' || tail -n 1 "$T/hits" | grep -q ENOSPC # nothing is wrong with it
}
code_done() { # RUNTIME: a job that could not be begun says so, and is none; one that says it completed did all of it
	for _ in 1 2 3 4 5 6; do
		code_run "$1" || return 1
		case $how in
		completed) { captured "$job" t.csv | sha256sum; captured "$job" note.txt; } | same "job.$1"; return ;;
		not-started | lost) ;;
		*) cli root job show "$job"; return 1 ;;
		esac
		[ -z "$(captured "$job" t.csv)" ] || { echo "$job is $how and left outputs"; return 1; }
	done
	cli root job show "$job"
	return 1
}
code_day() { code_done host && code_done small; }
code_kept() { code_day; }
