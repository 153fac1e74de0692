#!/bin/sh
# spe-cli protect, offline, end to end: a table that may not leave, what is written of it under each policy that comes with spe,
# and that its check then finds nothing to stop it; files and options that are refused.
. "${srcdir:-.}/t/lib.sh"
needs jq
rules=$srcdir/policy/rules
mkdir "$T/rules"
cp "$rules"/*.policy "$T/rules/"
cd "$T" || exit 1
case $SPE_CLI in /*) ;; *) exit 1 ;; esac
protect() { "$SPE_CLI" protect --policy "$T/rules/$1.policy" "$2" -o "$3" "$4" "$5"; }

printf 'age,female,male,total\n18-39,120,2,122\n40-59,88,97,185\n60+,14,42,56\ntotal,222,141,363\n' >cross.csv
cat >smoking.csv <<'END'
sex,status,n,percent,mean_bmi
f,never,154,61.6,25.3
f,former,94,37.6,26.0
f,current,2,0.8,27.5
m,never,101,50.5,24.9
m,former,77,38.5,26.4
m,current,22,11.0,27.0
END
cat >table1.csv <<'END'
Characteristic,"Drug A, N = 98","Drug B, N = 102"
Age,47 (36-57),48 (39-56)
Grade,,
I,35 (36%),33 (32%)
II,2 (2.0%),36 (35%)
III,61 (62%),33 (32%)
END

for p in opensafely acro default strict findata statistics-denmark; do
	mkdir "$p"
	for f in cross smoking table1; do
		says "$f under $p may not leave" 4 "block" "$SPE_CLI" check --policy "$T/rules/$p.policy" $f.csv
		ok "it is protected" "$SPE_CLI" protect --policy "$T/rules/$p.policy" -o "$p/$f.csv" $f.csv
	done
	"$SPE_CLI" check --json --policy "$T/rules/$p.policy" "$p/cross.csv" "$p/smoking.csv" "$p/table1.csv" >out 2>/dev/null
	is "$p: the check blocks nothing of it" "$?" 0
	is "of three files" "$(jq -r .verdict out | grep -vc block)" 3
done
is "as OpenSAFELY has it" "$(cat opensafely/cross.csv)" "age,female,male,total
18-39,120,[REDACTED],120
40-59,90,95,185
60+,15,40,55
total,225,135,360"
is "and without rounding" "$(cat default/cross.csv)" "age,female,male,total
18-39,[REDACTED],[REDACTED],122
40-59,88,97,185
60+,[REDACTED],[REDACTED],56
total,222,141,363"

# --- what is said, and where it goes
"$SPE_CLI" protect --policy rules/opensafely.policy smoking.csv >out 2>err
is "without -o: the table" "$(head -n 2 out | tail -n 1)" "f,never,155,62.0,25.3"
is "and what was done, beside it" "$(cat err)" "6 counts in: n
1 too small: suppressed
5 rounded to another number
4 percentages made anew from the counts shown
2 estimates that rest on suppressed counts left out
with policy opensafely its check now says: pass"
"$SPE_CLI" protect --json --policy rules/default.policy -o j.csv cross.csv >out 2>err
is "as JSON" "$(jq -r '"\(.file) \(.counts) \(.suppressed) \(.complements) \(.verdict)"' out)" "cross.csv 12 1 3 pass"
is "with nothing else said" "$(cat err)" ""
says "nothing is written over" 4 "j.csv" "$SPE_CLI" protect --policy rules/default.policy -o j.csv cross.csv
says "--json needs a file for the table" 2 "output is missing" "$SPE_CLI" protect --json --policy rules/default.policy cross.csv

# --- other ways
says "by hand" 0 "40-59,90,100,190" "$SPE_CLI" protect --policy rules/default.policy --redact 9 --round 10 cross.csv
says "midpoint 6" 0 "age,female_midpoint6,male_midpoint6,total_midpoint6" "$SPE_CLI" protect --policy rules/opensafely.policy --midpoint 6 cross.csv
"$SPE_CLI" protect --policy rules/opensafely.policy --midpoint 6 -o mid.csv cross.csv 2>/dev/null
says "passes under opensafely" 0 "mid.csv: review: 0 blocks" "$SPE_CLI" check --policy rules/opensafely.policy mid.csv
says "another width is refused" 2 "--midpoint takes 6" "$SPE_CLI" protect --policy rules/default.policy --midpoint 7 cross.csv
says "two ways at once" 2 "give one" "$SPE_CLI" protect --policy rules/default.policy --midpoint 6 --round 5 cross.csv
says "a number that is none" 2 "--redact takes a whole number" "$SPE_CLI" protect --policy rules/default.policy --redact -1 cross.csv
says "an empty one" 2 "--redact takes a whole number" "$SPE_CLI" protect --policy rules/default.policy --redact "" cross.csv
says "nothing to do" 2 "nothing to do" "$SPE_CLI" protect --policy rules/default.policy --redact 0 cross.csv
printf 'i,j,p,v,p_int_lb,p_int_ub\n0,0,1,0,0,1\n1,0,.5,-1,0,.5\n1,2,.5,1,.5,1\n2,1,.5,-1,0,.5\n2,3,.5,1,.5,1\n3,2,.3,-1,0,.3\n3,3,.4,0,.3,.7\n3,4,.3,1,.7,1\n' >ptable.csv
printf 'x,n,rkey\na,33,1.8\nb,40,21.2\n' >keys.csv
says "the cell key method" 0 "a,34" "$SPE_CLI" protect --policy rules/default.policy --cell-key rkey --ptable ptable.csv keys.csv
unlike "keys stay inside" "$("$SPE_CLI" protect --policy rules/default.policy --cell-key rkey --ptable ptable.csv keys.csv 2>/dev/null)" "rkey|1\\.8"
says "without its table" 2 "go together" "$SPE_CLI" protect --policy rules/default.policy --cell-key rkey keys.csv
printf 'i,v\n' >bad.csv
says "with a bad one" 2 "bad.csv:1: there is no column p_int_lb" "$SPE_CLI" protect --policy rules/default.policy --cell-key rkey --ptable bad.csv keys.csv
says "columns by name" 0 "40-59,88,[REDACTED],185" "$SPE_CLI" protect --policy rules/default.policy --redact 100 --count male cross.csv
says "one that is not there" 2 'no column "deaths"' "$SPE_CLI" protect --policy rules/default.policy --count deaths cross.csv
cp cross.csv cross.json
says "what is no table" 2 "write it as CSV" "$SPE_CLI" protect --policy rules/default.policy cross.json
printf 'a,mean\nx,2.5\n' >none.csv
says "no counts" 2 "no column of the table counts persons" "$SPE_CLI" protect --policy rules/default.policy none.csv

# --- what fails leaves nothing behind, also behind the guard, which root goes without
nobody() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"; else "$@"; fi; }
mkdir made && chmod 777 made && chmod 755 "$T" && chmod -R a+rX rules && chmod 644 ./*.csv
says "a table that fails" 2 "no column of the table counts persons" nobody "$SPE_CLI" protect --policy rules/default.policy -o made/o.csv none.csv
is "leaves no file" "$(ls made)" ""
says "so that the same goes once it is mended" 0 "too small: suppressed" nobody "$SPE_CLI" protect --policy rules/default.policy -o made/o.csv cross.csv
is "and leaves that alone" "$(ls made)" o.csv
says "with what it is" 0 "40-59" cat made/o.csv
says "it goes over nothing" 4 "made/o.csv is there already" nobody "$SPE_CLI" protect --policy rules/default.policy -o made/o.csv cross.csv
says "where nothing can be written that is not the table's fault" 1 "can't be written" sh -c '"$0" protect --policy rules/default.policy cross.csv >/dev/full' "$SPE_CLI"
says "no such file" 3 "the table is not there" "$SPE_CLI" protect --policy rules/default.policy missing.csv
finish
