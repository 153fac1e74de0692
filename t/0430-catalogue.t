#!/bin/sh
# The catalogue: found by words of six languages and by code systems, exported as HealthDCAT-AP, and counts of few hidden.
# shellcheck source=t/lib.sh
. "${srcdir:-.}/t/lib.sh"
needs jq
/usr/bin/python3 -c 'import rdflib' 2>/dev/null || skip_all "needs Python's rdflib"
own_world "$@"
fits() { /usr/bin/python3 "$srcdir/t/tools/shapes.py" "$srcdir/t/data/healthdcat.ttl" "$1"; }
found() { # WORDS: the holdings, in their order
	cli aino --json catalogue search "$@" | jq -r .holding | tr '\n' ' '
}

cat >"$T/fi.json" <<-'J'
	{"id":"hilmo","title":"Hoitoilmoitusrekisteri","description":"Sairaalahoidon jaksot. Tutkimuksesta poistui 3 potilasta.","holder":"urn:spe:holder:thl",
	 "keyword":["sairaala","osastohoito","potilaita: 3"],
	 "catalogue":{"categories":["EHRS"],"provenance":"Kerätty laitoksista, joista puuttuu n = 4","contact":"data@example.org","access":"https://spe.example.org/hilmo",
	  "hdab":{"name":"Findata","email":"info@example.org"},"records":120000,"persons":7,"minimum-age":0,"maximum-age":110},
	 "tables":[{"name":"jaksot","title":"Jaksot","sha256":"0000000000000000000000000000000000000000000000000000000000000000","columns":[
	  {"name":"hetu","datatype":"string","identifier":"fi"},
	  {"name":"paadiagnoosi","datatype":"string","title":"Päädiagnoosi","codes":"ICD-10"},
	  {"name":"tulo_pvm","datatype":"date","title":"Tulopäivä"}]}]}
	J
cat >"$T/da.json" <<-'J'
	{"id":"lmdb","title":"Lægemiddeldatabasen","description":"Recepter indløst siden 1995","holder":"urn:spe:holder:sds","keyword":["lægemidler"],
	 "tables":[{"name":"recepter","title":"Indløste recepter","columns":[{"name":"cpr","datatype":"string","identifier":"dk"},
	  {"name":"atc","datatype":"string","title":"ATC-kode","codes":"ATC"},{"name":"ekspdato","datatype":"date","title":"Ekspeditionsdato"}]}]}
	J
cat >"$T/sv.json" <<-'J'
	{"id":"cancer","title":"Cancerregistret","description":"Alla tumörer i Sverige","holder":"urn:spe:holder:sos","keyword":["bröstcancer"],
	 "tables":[{"name":"tumor","columns":[{"name":"pnr","datatype":"string","identifier":"se"},
	  {"name":"icdo3","datatype":"string","title":"Läge","codes":"ICD-O-3"},{"name":"diadat","datatype":"date","title":"Diagnosdatum","description":"Two persons have none"}]}]}
	J
cat >"$T/is.json" <<-'J'
	{"id":"danir","title":"Dánarmeinaskrá","description":"Dánarorsakir frá 1971","holder":"urn:spe:holder:landlaeknir",
	 "tables":[{"name":"andlat","columns":[{"name":"kt","datatype":"string","identifier":"is"},{"name":"danarorsok","datatype":"string","title":"Dánarorsök"}]}]}
	J
ok "sped starts" sped_start
ok "people" people_make
for c in 'fi' da sv is; do ok "a holding described in $c" cli root holding add "$T/$c.json"; done

# --- words
is "without words all are listed" "$(found)" "cancer danir hilmo lmdb "
is "a word of the title" "$(found hoitoilmoitusrekisteri)" "hilmo "
is "without its dots" "$(found paadiagnoosi)" "hilmo "
is "a part of a compound" "$(found ilmoitus)" "hilmo "
is "English finds Danish" "$(found prescription)" "lmdb "
is "Finnish finds Danish" "$(found lääke)" "lmdb "
is "Norwegian finds Swedish" "$(found kreft)" "cancer "
is "Icelandic finds Swedish" "$(found krabbamein)" "cancer "
is "English finds Icelandic" "$(found "cause of death")" "danir "
is "Swedish finds Finnish" "$(found slutenvård)" "hilmo "
is "a plural" "$(found prescriptions)" "lmdb "
is "an inflected word that is in no row" "$(found hoitoilmoitusrekisterin)" "hilmo "
is "and none where only letters within a word are the same" "$(found moitusrek)$(found moitusrekaa)" "hilmo "
is "a code system" "$(found ICD-10)" "hilmo "
is "written as one" "$(found icd10)" "hilmo "
is "or with its number" "$(found ICD-O-3)" "cancer "
is "all words have to be there" "$(found lægemiddel atc)" "lmdb "
is "of one holding" "$(found kreft prescription)" ""
is "nothing is found" "$(found zzzunknown)" ""
is "signs of the query language are none here" "$(found '") OR ("cancer')" "cancer "
is "the variable is told" "$(cli aino --json catalogue search diagnos | jq -c 'select(.holding=="hilmo").matches')" '[{"table":"jaksot","variable":"paadiagnoosi"}]'
like "and to people" "$(cli aino catalogue search atc)" 'lmdb.*recepter.atc'

# --- counts of few
cli aino --json catalogue show hilmo >"$T/shown"
like "a count of few in a description is hidden" "$(jq -r .description "$T/shown")" 'poistui \[fewer than [0-9]+\] potilasta'
like "also in the provenance" "$(jq -r .catalogue.provenance "$T/shown")" 'n = \[fewer than [0-9]+\]'
is "and a number of persons" "$(jq -c '[.catalogue.persons, .catalogue.records]' "$T/shown")" '[null,120000]'
is "the file's digest is not for all" "$(jq -c '.tables[0].sha256' "$T/shown")" null
like "in words too" "$(cli aino --json catalogue show cancer | jq -r '.tables[0].columns[2].description')" '^\[fewer than [0-9]+\] persons'
is "and in keywords" "$(jq -r '.keyword[2]' "$T/shown" | tr -d 0-9)" "potilaita: [fewer than ]"
is "a year is no count" "$(cli aino --json catalogue show lmdb | jq -r .description)" "Recepter indløst siden 1995"
like "operators see it all" "$(cli root --json holding list >/dev/null; curl -s --unix-socket "$SPE_SOCKET" http://localhost/v1/holdings/hilmo | jq -r .description.description)" "3 potilasta"
is "what is hidden is not found either" "$(found 'poistui 3 potilasta' | wc -w | tr -d ' ')" 1

# --- export
ok "a data set is exported" cli aino catalogue export hilmo -o "$T/home/aino/hilmo.jsonld"
ok "and fits the profile" fits "$T/home/aino/hilmo.jsonld"
unlike "without counts of few" "$(cat "$T/home/aino/hilmo.jsonld")" '3 potilasta|potilaita: 3|n = 4|numberOfUniqueIndividuals'
like "with those of many" "$(jq -c '."healthdcatap:numberOfRecords"' "$T/home/aino/hilmo.jsonld")" '"120000"'
says "what the profile lacks is told" 4 "its description lacks catalogue.categories, catalogue.provenance, catalogue.contact, catalogue.access, catalogue.hdab" \
	cli aino catalogue export lmdb
ok "the whole catalogue" cli aino catalogue export -o "$T/home/aino/all.jsonld"
is "has what is complete" "$(jq -r '."dcat:dataset"[]."dct:identifier"' "$T/home/aino/all.jsonld" | tr '\n' ' ')" "hilmo "
ok "and fits" fits "$T/home/aino/all.jsonld"
for p in dct:title dct:identifier dct:accessRights dcatap:applicableLegislation dcat:distribution dcat:theme healthdcatap:hdab healthdcatap:healthCategory \
	healthdcatap:hasStructuredData healthdcatap:hasVariables dcat:contactPoint dcat:keyword dct:type dct:provenance; do
	jq "del(.\"$p\")" "$T/home/aino/hilmo.jsonld" >"$T/without"
	nok "without $p it would not" fits "$T/without"
done


# --- of files that are no tables
jq '.id = "scans" | .holder = "THL, Helsinki" | .tables += [{"name":"scan","title":"A scan","format":"opaque","file":"scan.dcm"}]' "$T/fi.json" >"$T/scans.json"
jq '.id = "images" | .tables = [.tables[1]]' "$T/scans.json" >"$T/images.json"
for c in scans images; do
	ok "a holding of $c" cli root holding add "$T/$c.json"
	ok "is exported" cli aino catalogue export $c -o "$T/home/aino/$c.jsonld"
	ok "and fits" fits "$T/home/aino/$c.jsonld"
	ok "it goes" cli root holding remove $c
done
is "variables are told of tables that have some" "$(jq -c '."healthdcatap:hasVariables"."csvw:table" | map(."dct:title")' "$T/home/aino/scans.jsonld")" '["Jaksot"]'
is "and without any there are no structured data" "$(jq -c '[."healthdcatap:hasStructuredData", has("healthdcatap:hasVariables")]' \
	"$T/home/aino/images.jsonld")" '[false,false]'
is "a holder that is an IRI is one" "$(jq -r '."dct:publisher"."@id"' "$T/home/aino/hilmo.jsonld")" urn:spe:holder:thl
is "and one that is a name is none" "$(jq -c '."dct:publisher" | [."@id", ."foaf:name"]' "$T/home/aino/scans.jsonld")" '[null,"THL, Helsinki"]'

# --- it changes with the holdings
jq '.title = "Vårdanmälningsregistret"' "$T/fi.json" >"$T/fi2.json"
ok "a description is replaced" cli root holding add "$T/fi2.json"
is "the old words are gone" "$(found hoitoilmoitusrekisteri)" ""
is "the new ones are there" "$(found vårdanmälningsregistret)" "hilmo "
sped_stop
ok "sped starts again" sped_start
is "and finds the same" "$(found vardanmalningsregistret)" "hilmo "
ok "a holding is removed" cli root holding remove lmdb
is "and not found any more" "$(found prescription)" ""
jq '.catalogue.hdab.name = 7' "$T/fi.json" >"$T/bad.json"
says "what the catalogue takes is checked" 2 "holding.catalogue.hdab.name" cli root holding add "$T/bad.json"
sped_stop

# --- many, whose variables have a word in common, and a long description of which they are not found
/usr/bin/python3 - "$T/state/engine/state.db" <<'P'
import json, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
for i in range(600):
    columns = [{"name": "v%d" % k, "datatype": "integer", "title": "Blood pressure %d" % k} for k in range(60)]
    d = {"id": "many-%03d" % i, "title": "Clinic %d" % i, "description": "Quicksilver. " * 100, "holder": "urn:spe:holder:x",
         "tables": [{"name": "t", "title": "Readings", "description": "Thermometer. " * 100, "columns": columns}]}
    db.execute("INSERT INTO holding(id,description) VALUES(?,?)", (d["id"], json.dumps(d)))
db.commit()
P
ok "sped starts with 36000 more variables" sped_start
ok "and has read them soon" wait_for 10 cli aino whoami
ok "what all of them have is found in a moment" as aino timeout 3 "$SPE_CLI" --json catalogue search pressure
is "in each holding" "$(grep -c . "$T/.out")" 600
is "with ten variables of each" "$(jq -c '.matches | length' "$T/.out" | sort -u)" 10
is "a word of the description finds the holding" "$(found quicksilver | wc -w)" 600
is "a variable is found with its table's title" "$(found pressure readings | wc -w)" 600
ok "and the engine does not hold the descriptions once for each" [ "$(awk '/^VmRSS/ { print $2 }' "/proc/$(pgrep -P "$sped_pid" -x sped-engine)/status")" -lt 250000 ]
sped_stop
[ "$bad" = 0 ] || sed 's/^/# sped: /' "$T/sped.log"
finish
