#!/bin/sh
# t/0427-forms.t - tables that are no CSV, by a whole sped: FHIR Bulk Data, fixed columns, and files that are passed through.
. "${srcdir:-.}/t/lib.sh"
own_world "$@"
needs jq
needs script

ok "sped starts" sped_start
ok "people" people_make

# Three people of the made-up register, as resources and as lines of fixed width; and a file that nobody reads.
small_holding reg >/dev/null 2>&1
tail -n +4 "$T/reg.csv" | head -n 3 >"$T/three"
awk -F, '{ printf "{\"resourceType\":\"Observation\",\"id\":\"o%d\",\"subject\":{\"identifier\":{\"value\":\"%s\"}},\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"718-7\"}]},\"valueQuantity\":{\"value\":%d.50}}\n", NR, $1, $3 }' \
	"$T/three" >"$T/obs.ndjson"
awk -F, '{ printf "%-11s %-3s%3d\n", $1, $2, $3 }' "$T/three" >"$T/fixed.txt"
printf 'DICM and the name of a person' >"$T/scan"
cat >"$T/img.json" <<'J'
{"id":"img","title":"Other formats","description":"For tests","holder":"urn:spe:holder:test","tables":[
 {"name":"obs","format":"ndjson","resource-type":"Observation","columns":[
  {"name":"pin","datatype":"string","identifier":"fi","path":"subject.identifier.value"},
  {"name":"code","datatype":"string","path":"code.coding[system=http://loinc.org].code"},
  {"name":"value","datatype":"number","path":"valueQuantity.value"}]},
 {"name":"visit","format":"fixed","columns":[
  {"name":"pin","datatype":"string","identifier":"fi","from":1,"to":11},
  {"name":"group","datatype":"string","from":13,"to":15},{"name":"age","datatype":"integer","from":16,"to":18}]},
 {"name":"scan","title":"A scan","format":"opaque","file":"scan.dcm"}]}
J
gzip -k "$T/obs.ndjson"
ok "a holding of three formats, one compressed" cli root holding add "$T/img.json" "obs=$T/obs.ndjson.gz" "visit=$T/fixed.txt" "scan=$T/scan"
like "what the description lacks is told" "$(cat "$T/.out")" 'table obs: in its records, 3 that the description does not have; they are never staged'
is "and kept" "$(cli root --json holding list | jq -c 'select(.holding == "img").tables[] | [.table, .rows, .unknown]')" \
	'["obs",3,{"":3}]
["scan",0,{}]
["visit",3,{}]'
for change in '.tables[1]["short-lines"]="blank"' '.tables[1].encoding="iso-8859-1"' 'del(.tables[0]["resource-type"])'; do
	jq "$change" "$T/img.json" >"$T/otherwise.json"
	says "a file that is there is not read otherwise: $change" 4 'has data with another format, encoding,' \
		cli root holding add "$T/otherwise.json"
done
jq '.tables[1]["short-lines"]="refuse" | .tables[0].encoding="utf-8"' "$T/img.json" >"$T/otherwise.json"
ok "to say what is meant anyway changes nothing" cli root holding add "$T/otherwise.json"
head -c 100 "$T/obs.ndjson" >"$T/cut.ndjson"
nok "a file that is cut" cli root holding add "$T/img.json" "obs=$T/cut.ndjson"
like "is refused with line and column" "$(cat "$T/.out")" 'holding img table obs line 1 column 1[0-9]*: the file ends within this object: it is cut'
like "the catalogue has them" "$(cli aino catalogue show img)" 'A scan'

id=FI-1
permit_text "$id" img | jq -c '.data[0].variables = {"obs":["pin","value"],"visit":["*"]} | .data[0].rows = null | .data[0].files = ["scan"]' >"$T/$id.permit"
like "permit check says what is passed through whole" "$(cli aino permit check "$T/$id.permit")" \
	'WHOLE: file scan of holding img is passed through as it lies there: no pseudonyms, nobody left out, nothing checked'
is "in JSON too" "$(cli aino --json permit check "$T/$id.permit" | jq -c .whole)" '[{"holding":"img","table":"scan"}]'
ok "it is imported" permit_import "$T/$id.permit"
staged() { find "$T/state/workspaces" -path "*/img/$1" -exec cat {} +; }
is "values, with pseudonyms" "$(staged obs.csv | sed -E 's/^p[a-z2-7]{30},/TOKEN,/')" "pin,value
TOKEN,22.50
TOKEN,23.50
TOKEN,24.50"
is "the same persons in both" "$(staged obs.csv | cut -d, -f1 | md5sum)" "$(staged visit.csv | cut -d, -f1 | md5sum)"
like "the file is listed by its SHA-256" "$(cli root --json workspace show $id | jq -c '.data[] | select(.table == "scan") | [.file, .bytes, .sha256]')" \
	"\"scan.dcm\",29,\"$(sha256sum <"$T/scan" | cut -d' ' -f1)\""
like "in the journal too" "$(cli root --json audit search --workspace $id)" "\"file\": ?\"scan.dcm\""
ok "a job reads it and can't write to it" cli aino run $id -- sh -c 'grep -q "^DICM" /data/img/scan.dcm && ! true 2>/dev/null >>/data/img/scan.dcm'

id=FI-2
permit_text "$id" img | jq -c '.data[0].variables = {"scan":["*"]} | .data[0].rows = null' >"$T/$id.permit"
nok "a permit that names it as a table" permit_import "$T/$id.permit"
like "is refused" "$(cli root workspace show $id)" 'permit FI-2 names variables of table scan of holding img, which is an opaque file'
id=FI-3
permit_text "$id" img | jq -c '.data[0].variables = {} | .data[0].rows = null | .data[0].files = ["obs"]' >"$T/$id.permit"
nok "and one that passes a table through whole" permit_import "$T/$id.permit"
like "too" "$(cli root workspace show $id)" 'permit FI-3 passes table obs of holding img through whole, which has variables'
is "nothing of either is there" "$(find "$T/state/workspaces" -path '*/img/*' -type f | wc -l)" 3

# --- how far it is
awk 'BEGIN { print "pin,n"; c = "0123456789ABCDEFHJKLMNPRSTUVWXY"; for (i = 0; i < 2000000; i++) { z = 900 + i % 99
	n = sprintf("0101%02d", i % 99); k = (n z) % 31; printf "%s-%d%s,%d\n", n, z, substr(c, k + 1, 1), i } }' >"$T/long.csv"
cat >"$T/long.json" <<'J'
{"id":"long","title":"Long","description":"For tests","holder":"urn:spe:holder:test",
 "tables":[{"name":"t","columns":[{"name":"pin","datatype":"string","identifier":"fi"},{"name":"n","datatype":"integer"}]}]}
J
cli root holding add "$T/long.json" "t=$T/long.csv" >"$T/adding" 2>&1 &
adding=$!
reader() { # the pid of what reads the data for this sped
	for p in $(pgrep -x spe-stage); do
		k=$(awk '{ print $4 }' "/proc/$p/stat" 2>/dev/null) && is_keeper "$k" && echo "$p"
	done
}
slowly() { # PID: while it lives, what reads the data stands still most of the time, so that it is met on a fast host too
	while kill -0 "$1" 2>/dev/null; do
		for p in $(reader); do
			kill -STOP "$p" 2>/dev/null
			sleep 0.6
			kill -CONT "$p" 2>/dev/null
		done
		sleep 0.1
	done
}
slowly $adding &
while kill -0 $adding 2>/dev/null; do cli root --json holding list | jq -c 'select(.holding == "long").tables[].progress // empty'; sleep 0.2; done >"$T/intake.progress"
wait $adding
ok "a long table is taken in" grep -q '^table t is ready: 2000000 rows' "$T/adding"
like "its progress was told" "$(tail -n 1 "$T/intake.progress")" '^\{"percent":[1-9][0-9]*,"left":(null|[0-9]+),"rows":[0-9]+,"bytes":[0-9]+,"of":[0-9]+,"elapsed":[0-9]+\}$'
id=FI-4
permit_text "$id" long | jq -c '.data[0].variables = {"t":["*"]} | .data[0].rows = null
	| .data[0].risk = [{"table":"t","quasi-identifiers":["n"]}]' >"$T/$id.permit"
ssh-keygen -q -Y sign -n spe-permit -f "$T/issuer" "$T/$id.permit"
script -qec "$SPE_CLI permit import $T/$id.permit" "$T/typed" >/dev/null 2>&1 &
adding=$!
slowly $adding &
while kill -0 $adding 2>/dev/null; do
	cli root --json workspace show $id 2>/dev/null | jq -c '.progress // empty' >>"$T/operator"
	cli root workspace show $id 2>/dev/null | grep '^progress' >>"$T/line"
	cli aino --json workspace show $id 2>/dev/null | jq -c '.progress // empty' >>"$T/researcher"
	sleep 0.2
done
wait $adding
like "who waits at a terminal sees it" "$(tr '\r' '\n' <"$T/typed")" "$id: [0-9]+ %, [0-9]+ rows, [0-9.]+ .iB of [0-9.]+ MiB"
like "and then that it is done" "$(cat "$T/typed")" "workspace $id is ready"
like "that of a staging is told too" "$(tail -n 1 "$T/operator")" '^\{"percent":[1-9][0-9]*,"left":(null|[0-9]+),"rows":[1-9][0-9]+,"bytes":[0-9]+,"of":[0-9]+,"elapsed":[0-9]+\}$'
like "as people read it" "$(tail -n 1 "$T/line")" '^progress: +[0-9]+ %, [0-9]+ rows, [0-9.]+ .iB of [0-9.]+ MiB'
like "a researcher hears nothing of how large it is" "$(tail -n 1 "$T/researcher")" '^\{"percent":[1-9][0-9]*,"left":(null|[0-9]+)\}$'
is "and nothing once it is done" "$(cli root --json workspace show $id | jq -c '[.state, .progress]')" '["ready",null]'
finish
