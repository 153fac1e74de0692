#!/bin/sh
# The output policies that come with spe: each is taken, says what its comments say, and is installed; and
# spe-policy(5) has every option with the bounds and the default that hold.
. "${srcdir:-.}/t/lib.sh"
needs jq
rules=$srcdir/policy/rules
option() { "$SPE_CLI" policy check --json "$rules/$1.policy" | jq -c ".options[\"$2\"]"; }

# --- every file: all that stands there is what is parsed
for file in "$rules"/*.policy; do
	name=$(basename "$file" .policy)
	says "$name is taken" 0 "$name.policy: counts from " "$SPE_CLI" policy check "$file"
	is "$name is called what its file is" "$(option "$name" name)" "\"$name\""
	"$SPE_CLI" policy check --json "$file" | jq -r '.options | to_entries[] |
		"\(.key) = \(.value | if type == "array" then "{ " + (map("\"" + . + "\"") | join(", ")) + " }" else tostring end)"' |
		sed 's/^name = \(.*\)/name = "\1"/' >"$T/parsed"
	grep -E '^[a-z]' "$file" >"$T/written"
	while read -r line; do
		ok "$name: $line" grep -Fxq "$line" "$T/parsed"
	done <"$T/written"
	ok "$name has a comment before its first number" sh -c 'sed -n "/^# .*/p" "$1" | grep -q .' sh "$file"
	ok "$name is installed" grep -q "policy/rules/$name.policy" "$srcdir/policy/policy.mk"
	ok "spe-policy(5) names $name" grep -q "^\.It Pa /etc/spe/policy/$name.policy" "$srcdir/policy/spe-policy.5"
done
installed=$(sed -n '/^policies = /,/[^\\]$/p' "$srcdir/policy/policy.mk" | grep -o 'rules/[a-z-]*' | sort -u | wc -l)
is "as many are installed as there are" "$installed" "$(find "$rules" -name '*.policy' | wc -l)"

# --- the numbers that others publish. POLICY OPTION VALUE: who says so is in the policy's comments
while read -r policy option value; do
	is "$policy: $option" "$(option "$policy" "$option")" "$value"
done <<-'E'
	default min-count 10
	default min-dof 10
	default max-r2 90
	default full-percent 90
	default max-bytes 16777216
	default max-rows 5000
	default decisions 2
	default max-files 50
	strict zeros "block"
	strict dominance-n 1
	strict dominance-k 50
	strict round-base 5
	opensafely min-count 8
	opensafely round-base 5
	opensafely zeros "pass"
	opensafely max-bytes 16777216
	opensafely max-rows 5000
	opensafely decisions 2
	acro min-count 10
	acro min-dof 10
	acro dominance-n 2
	acro dominance-k 90
	acro p-percent 10
	acro zeros "block"
	statistics-denmark min-count 3
	findata min-count 5
	findata max-files 50
E
like "what is only in use is called so" "$(cat "$rules/findata.policy")" "In common use, no published number: 5"

# --- default.policy writes down the defaults: a policy of its mandatory options alone is the same
grep -E '^(name|types|min-count|max-bytes|max-rows|decisions|show-names|show-sizes|show-exit) = ' "$rules/default.policy" >"$T/bare.policy"
is "the optional options of default.policy are the defaults" \
	"$("$SPE_CLI" policy check --json "$T/bare.policy" | jq -c .options)" \
	"$("$SPE_CLI" policy check --json "$rules/default.policy" | jq -c .options)"
every=$("$SPE_CLI" policy check --json "$T/bare.policy" | jq -r '.options | keys_unsorted[]')
for name in $every; do
	[ "$name" = verbatim ] || ok "default.policy has $name" grep -q "^$name = " "$rules/default.policy"
done

# --- the manual
is "spe-policy(5) has every option, in the program's order" \
	"$(sed -n 's/^\.It Ic \([a-z0-9-]*\) No = .*/\1/p' "$srcdir/policy/spe-policy.5" | tr '\n' ' ')" "$(echo "$every" | tr '\n' ' ')"
entry() { sed -n "/^\\.It Ic $1 No =/,/^\\.It\\|^\\.El/p" "$srcdir/policy/spe-policy.5" | tr '\n' ' '; }
# with OPTION VALUE: a whole policy with that value
with() { grep -v "^$1 = " "$T/bare.policy"; echo "$1 = $2"; }
for name in $every; do
	default=$("$SPE_CLI" policy check --json "$T/bare.policy" | jq -r ".options[\"$name\"] | if type == \"array\" then \"none\" else tostring end")
	grep -q "^$name = " "$T/bare.policy" || like "$name: the default in spe-policy(5)" "$(entry "$name")" "default is ([.]Cm )?${default}[ .]"
	range=$(entry "$name" | grep -Eo '[0-9]+ to [0-9]+' | head -n 1)
	[ -n "$range" ] && echo "$default" | grep -Exq '[0-9]+' || continue
	least=${range%% to *} most=${range##* to }
	for edge in "$least" "$most"; do
		with "$name" "$edge" >"$T/edge.policy"
		ok "$name: $edge is taken" "$SPE_CLI" policy check "$T/edge.policy"
	done
	with "$name" $((most + 1)) >"$T/edge.policy"
	says "$name: more is not" 2 "$name is $((most + 1)); $least to $most are taken" "$SPE_CLI" policy check "$T/edge.policy"
	[ "$least" = 0 ] && continue
	with "$name" $((least - 1)) >"$T/edge.policy"
	says "$name: less is not" 2 "$name is $((least - 1)); $least to $most are taken" "$SPE_CLI" policy check "$T/edge.policy"
done
sed -n '/^\.Sh EXAMPLES/,/^\.Ed/p' "$srcdir/policy/spe-policy.5" | grep ' = ' >"$T/example.policy"
ok "the manual's example is taken" "$SPE_CLI" policy check "$T/example.policy"
types=$(sed -n '/^\.It Ic verbatim/,/^Archives/s/^\.Cm //p' "$srcdir/policy/spe-policy.5" | tr -d ',.')
is "spe-policy(5) has types that leave as they are" "$(echo "$types" | wc -w | tr -d ' ')" 19
for type in $types; do
	with verbatim "{ \"$type\" }" >"$T/edge.policy"
	ok "verbatim: $type is taken" "$SPE_CLI" policy check "$T/edge.policy"
done
for type in zip rds pkl svgz csv; do
	with verbatim "{ \"$type\" }" >"$T/edge.policy"
	says "verbatim: $type is not" 2 "verbatim: one of jpg " "$SPE_CLI" policy check "$T/edge.policy"
done

# --- every rule has an entry in the manual, and the manual no other
says "an unknown rule" 2 'there is no rule "no-such-rule"' "$SPE_CLI" check --explain no-such-rule
"$SPE_CLI" check --explain no-such-rule 2>&1 | sed -n 's/^the rules: //p' | tr -d ',' | tr ' ' '\n' | grep . | sort >"$T/rules"
ok "there are rules" test "$(wc -l <"$T/rules")" -ge 30
sed -n '/^\.Sh RULES/,/^\.Sh DOCUMENTS/s/^\.It Cm \([a-z-]*\)$/\1/p' "$srcdir/policy/spe-policy.5" | sort >"$T/manual"
is "spe-policy(5) has every rule and no other" "$(diff "$T/rules" "$T/manual")" ""
# what a site edited stays at the next make install
installs() { make -s -C "${top_builddir:-.}" install-policies DESTDIR="$T/dest" >"$T/install.out" 2>&1; }
ok "policies and profiles are installed" installs
mine=$(find "$T/dest" -path '*/policy/default.policy')
ok "there is one" test -s "$mine"
echo '# ours' >>"$mine"
ok "and again" installs
ok "the edited one is as it was" grep -q '^# ours$' "$mine"
ok "with the one that comes with spe beside" cmp "$srcdir/policy/rules/default.policy" "$mine.new"
ok "which is said" grep -q "default.policy is another and stays" "$T/install.out"
ok "of that alone" sh -c '[ "$(find "$1" -name "*.new" | wc -l)" = 1 ]' sh "$T/dest"
# two versions: what nobody edited is the new one, what somebody did stays, also at a third
mkdir -p "$T/next/policy" && cp -r "$srcdir/policy/rules" "$srcdir/policy/profiles" "$T/next/policy/"
next() { # TEXT: a version that differs from all before
	for file in "$T"/next/policy/*/*; do echo "# $1" >>"$file"; done
	make -s -C "${top_builddir:-.}" install-policies policies_from="$T/next" DESTDIR="$T/dest" >"$T/install.out" 2>&1
}
profile=$(find "$T/dest" -path '*/profiles/analysis.profile')
for version in two three; do
	ok "version $version" next $version
	ok "a profile that nobody edited is that one" cmp "$T/next/policy/profiles/analysis.profile" "$profile"
	ok "the edited policy is as it was" sh -c 'tail -n 1 "$1" | grep -qx "# ours"' sh "$mine"
	ok "with that version beside" cmp "$T/next/policy/rules/default.policy" "$mine.new"
	ok "of that alone" sh -c '[ "$(find "$1" -name "*.new" | wc -l)" = 1 ]' sh "$T/dest"
done
cp "$mine.new" "$mine"
ok "once it was taken over" next four
ok "it follows again" cmp "$T/next/policy/rules/default.policy" "$mine"
ok "and nothing is beside it" [ ! -e "$mine.new" ]
finish
