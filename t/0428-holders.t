#!/bin/sh
# t/0428-holders.t - whose holdings are whose, and whether stored tables are still what was taken in.
. "${srcdir:-.}/t/lib.sh"
own_world "$@"
needs jq
needs sqlite3

ok "sped starts" sped_start
ok "people" people_make
for u in aino mikko; do cli root user add $u --uid "$(uid_of $u)" --role holder >/dev/null 2>&1; done
cat >"$T/one.json" <<'J'
{"id":"one","title":"One","description":"For tests","holder":"urn:spe:holder:test",
 "tables":[{"name":"a","columns":[{"name":"n","datatype":"integer"}]},{"name":"b","columns":[{"name":"s","datatype":"string"}]},
  {"name":"c","columns":[{"name":"s","datatype":"string"}]}]}
J
printf 'n\n1\n2\n' >"$T/a.csv"
printf 's\nx\n' >"$T/b.csv"
chmod a+r "$T"/*.json "$T"/*.csv
ok "a holder registers a holding" cli aino holding add "$T/one.json" "a=$T/a.csv" "b=$T/b.csv"
is "and sees it" "$(cli aino --json holding list | jq -r '[.holding, .person] | join(" ")')" "one aino"
is "another holder does not" "$(cli mikko --json holding list)" ""
says "nor shows it" 5 'holding one is not one of those that mikko brought or was given' cli mikko holding verify one
says "nor describes it anew" 5 'is not one of those that mikko brought' cli mikko holding add "$T/one.json"
says "nor brings a table" 5 'is not one of those that mikko brought' cli mikko holding add "$T/one.json" "a=$T/a.csv"
says "nor removes it" 5 'is not one of those that mikko brought' cli mikko holding remove one
says "with what to ask for" 5 'spe-cli holding give HOLDING mikko' cli mikko holding remove one
is "by the table's own address neither" "$(as mikko curl -s --unix-socket "$SPE_SOCKET" -o /dev/null -w '%{http_code}' \
	-T "$T/a.csv" http://sped/v1/holdings/one/tables/a)" 403
head -c 4000000 /dev/zero >"$T/large"
chmod a+r "$T/large"
sent() { as mikko curl -s --unix-socket "$SPE_SOCKET" -o /dev/null -w '%{http_code} %{size_upload}' --expect100-timeout 20 -H 'Expect: 100-continue' \
	-T "$T/large" "http://sped/v1/holdings/$1"; }
is "before a byte of the file is sent" "$(sent one/tables/a)" "403 0"
is "nor is any sent for a holding that is not there" "$(sent none/tables/a)" "404 0"
says "a holder can't give it away" 5 'aino has no role that may do this' cli aino holding give one mikko
says "nobody who is no holder gets it" 3 'there is no person kari with the role holder' cli root holding give one kari
ok "the operator gives it" cli root holding give one mikko
ok "who has it now brings a table" cli mikko holding add "$T/one.json" "a=$T/a.csv"
says "who had it does not" 5 'is not one of those that aino brought' cli aino holding add "$T/one.json" "a=$T/a.csv"
ok "the operator takes it back" cli root holding give one
is "it is nobody's" "$(cli root --json holding list | jq -c .person)" null
ok "a holding that an operator registers is nobody's" small_holding reg
says "not a holder's either" 5 'holding reg is not one of those that aino brought' cli aino holding remove reg
like "the journal has whom it was given to" "$(cli root --json audit search --action holding.give | head -n 1)" '"person": ?"mikko"'

# --- registers of people who opted out: every staging wants their tables
cat >"$T/optout.json" <<'J'
{"id":"optout","title":"O","description":"For tests","holder":"urn:spe:holder:test","opt-out":true,
 "tables":[{"name":"p","columns":[{"name":"pin","datatype":"string","identifier":"fi"}]}]}
J
sed 's/"opt-out":true,//' "$T/optout.json" >"$T/optin.json"
{ echo pin; sed -n '2s/,.*//p' "$T/reg.csv"; } >"$T/optout.csv"
chmod a+r "$T"/*.json "$T"/*.csv
refused='holding optout is a register of people who opted out: operators alone add, change and remove those'
says "a holder can't add a register of people who opted out" 5 "$refused" cli aino holding add "$T/optout.json"
says "and is told whom to ask" 5 'ask an operator' cli aino holding add "$T/optout.json"
is "it is not there" "$(cli root --json holding list | jq -r 'select(.holding == "optout").holding')" ""
ok "a holder adds one that is none" cli aino holding add "$T/optin.json"
says "and can't make it one" 5 "$refused" cli aino holding add "$T/optout.json"
ok "nobody else needs it, so it goes" cli aino holding remove optout
ok "an operator adds one" cli root holding add "$T/optout.json"
ok "and gives it to a holder" cli root holding give optout aino
ok "who brings its people" cli aino holding add "$T/optout.json" "p=$T/optout.csv"
says "and can't make it something else" 5 "$refused" cli aino holding add "$T/optin.json"
says "nor remove it" 5 "$refused" cli aino holding remove optout
ok "an operator changes it" cli root holding add "$T/optin.json"
ok "and back" cli root holding add "$T/optout.json"
ok "and removes it" cli root holding remove optout

# --- verify
says "stored tables are what was taken in" 0 "table a is as it was taken in: sha256 $(sha256sum <"$T/a.csv" | cut -d' ' -f1)" cli root holding verify one
is "of each that there is" "$(cli root --json holding list | jq -c 'select(.holding == "one").tables[] | [.table, .state, .same, .verified != null]')" \
	'["a","ready",true,true]
["b","ready",true,true]'
printf 's\nx,y\n' >"$T/bad.csv"
nok "another file of b is refused" cli root holding add "$T/one.json" "b=$T/bad.csv"
nok "and one of a" cli root holding add "$T/one.json" "a=$T/bad.csv"
is "the tables are told with that, and with the file that they have" "$(cli root --json holding list |
	jq -c 'select(.holding == "one").tables[] | [.table, .state, .version, .rows, .error != null]')" '["a","failed",2,2,true]
["b","failed",1,1,true]'
says "those files are compared as before" 0 'table b is as it was taken in' cli root holding verify one
stored=$(grep -lx x "$T"/state/holdings/*/table)
chmod u+w "$stored" && sed -i 's/x/y/' "$stored"
says "a file that was changed is told of" 1 'table b is not the file that was taken in: its SHA-256 differs' cli root holding verify one
is "and of which" "$(cli root --json holding list | jq -c 'select(.holding == "one").tables[] | [.table, .same]')" '["a",true]
["b",false]'
like "in the journal too" "$(cli root --json audit search --action holding.compared | jq -c '.object | [.table, .same]' | tr '\n' ' ')" '\["b",false\]'
rm "$stored"
says "a file that is gone" 1 'could not be compared' cli root holding verify one
says "one that is not there" 3 'there is no holding none' cli root holding verify none
cat >"$T/empty.json" <<'J'
{"id":"empty","title":"E","description":"For tests","holder":"urn:spe:holder:test","tables":[{"name":"a","columns":[{"name":"n","datatype":"integer"}]}]}
J
ok "a holding without data" cli root holding add "$T/empty.json"
nok "has nothing to verify" cli root holding verify empty

# --- a wipe that fails is tried again
at=$T/state/holdings
rows() { sqlite3 "$T/state/engine/state.db" "$1"; }
erased() { cli root --json audit search --action holding.erase | jq -c "select(.object.number == $1)" | wc -l; }
stays() { grep -q "table $1 stays for now" "$T/sped.log"; }
is_gone() { ! find "$at" -name "t$1*" | grep -q .; }
in_the_way() { mkdir "$1" && echo x >"$1/x"; }
ok "a holding that is to go" small_holding going
going=$(rows "SELECT number FROM tab WHERE holding='going'")
in_the_way "$at/t$going.new"
ok "is removed" cli root holding remove going
ok "but its table can't be wiped" wait_for 20 stays "$going"
ok "and is still there" test -e "$at/t$going/table"
failed=$(($(rows "SELECT seq FROM sqlite_sequence WHERE name='tab'") + 1))
in_the_way "$at/t$failed" && in_the_way "$at/t$failed.new"
nok "one can't be taken in" cli root holding add "$T/empty.json" "a=$T/a.csv"
ok "nor wiped" wait_for 20 stays "$failed"
rm -r "$at/t$going.new" "$at/t$failed"
sped_stop
ok "sped starts again" sped_start
ok "what was removed is wiped" wait_for 20 is_gone "$going"
ok "and what was refused" wait_for 20 is_gone "$failed"
wiped() { [ "$(rows "SELECT state, wiped FROM tab WHERE number=$failed")" = "failed|1" ]; }
ok "which is known" wait_for 20 wiped
is "it took two wipes" "$(erased "$failed")" 2
ok "the table is brought again" cli root holding add "$T/empty.json" "a=$T/a.csv"
sleep 1
is "and what is wiped is not wiped again" "$(erased "$failed")" 2
is "nothing is left of all this" "$(find "$T/state/holdings" -name "*.new")" ""
finish
