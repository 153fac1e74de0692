#!/bin/sh
# The life of an export as a model, in which spin tries every order of requests, decisions, power cuts and amendments: nothing
# is released without the decisions it needs over the same bytes, and the gate's table is the model's. Then the model is
# broken on purpose: what the gate takes care of is what the model needs.
. "${srcdir:-.}/t/lib.sh"
needs spin
cc=$(sed -n 's/^CC = //p' "$top_builddir/Makefile")
cd "$T" || exit 1

tries() { # FILE: all that can happen
	rm -rf run pan*
	spin -a "$1" >"$T/spin.out" 2>&1 && ${cc:-cc} -O1 -w -DSAFETY -o pan pan.c 2>>"$T/spin.out" && ./pan -m200000 >"$T/pan.out" 2>&1 &&
		grep -q 'errors: 0' "$T/pan.out" && ! grep -q 'max search depth too small' "$T/pan.out"
}
cp "$srcdir/t/model/export.pml" .
ok "no order of things releases anything early, twice, or other bytes" tries export.pml
echo "# $(grep 'states, stored' "$T/pan.out") states"
like "there are many orders" "$(grep 'states, stored' "$T/pan.out")" '[0-9]{6} states'
sed -n 's/^row //p' "$T/pan.out" | sort >rows

# the gate's table is the model's; that one of several approves changes no state
"$TOOLS/t-life" | awk '$2 != $3' | sort >table
grep -v '^start ' rows >steps
ok "each row of the gate's table comes to be in the model, and no other" diff table steps
nok "a row that is missing would be seen" sh -c 'grep -v "^reject" table | diff - steps'
# approved may be undone to pending though one approval of several was before it
is "a start undoes just one step" "$(awk 'NR == FNR { step[$3 " " $2] = 1; next } $1 == "start" && !($2 " " $3 in step)' table rows)" ""

# broken: WHAT SED
broken() {
	sed -E "$2" export.pml >odd.pml
	if cmp -s export.pml odd.pml; then nok "the model is changed: $1" true; fi
	nok "$1: spin finds it" tries odd.pml
	ok "as an assertion that fails" grep -q 'assertion violated' "$T/pan.out"
}
broken "released with one decision fewer" 's/approvals >= needed -> ret = approved/approvals + 1 >= needed -> ret = approved/'
broken "a key that two people share counts twice" '/^\t*!\(person == [23] \&\& !two_keys/d; s/^\t\t\t!\(i == 3 .*\) -> approvals/\t\t\ttrue -> approvals/'
broken "the vault is not hashed again" 's/before == approved \&\& copy == journal_manifest ->/before == approved ->/'
broken "a release that was cut short is made of whatever is there" 's/:: copy == last_digest -> hand_over\(copy\)/:: true -> hand_over(copy)/'
broken "a rejection does not count" 's/:: !rejection \&\& !gave_back \&\& approvals/:: approvals/; s/:: rejection -> ret = rejected/:: rejection \&\& approvals < needed -> ret = rejected/'
broken "a return does not count" 's/:: !rejection \&\& !gave_back \&\& approvals/:: !rejection \&\& approvals/; s/:: !rejection \&\& gave_back -> ret = returned/:: !rejection \&\& gave_back \&\& approvals < needed -> ret = returned/'
broken "what a power cut left undone is believed" 's/\(last == approve \|\| last == reject \|\| last == give_back\) \&\& disk_vote\[last_person\] == 0/false/'
finish
