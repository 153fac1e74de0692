#!/bin/sh
# The API's description and the engine's table of routes are one: no address in only one of them.
. "${srcdir:-.}/t/lib.sh"
needs jq
doc=$srcdir/sped/api/openapi.json
ok "the description is JSON" jq -e .openapi "$doc"
jq -r '.paths | to_entries[] | .key as $p | .value | keys[] | select(test("^(get|post|put|delete)$")) | ascii_upcase + " " + $p' "$doc" |
	sed -E 's/\{[^}]*\}/*/g' | grep -v ' /v1/openapi.json$' | sort >"$T/described"
sed -nE 's/^\t\{ HTTP_(GET|POST|PUT|DELETE), "([^"]*)".*/\1 \/v1\/\2/p' "$srcdir/sped/engine/routes.c" | sort >"$T/served"
is "every described address is served" "$(comm -23 "$T/described" "$T/served")" ""
is "every served address is described" "$(comm -13 "$T/described" "$T/served")" ""
like "and there are many" "$(wc -l <"$T/served")" '^ *[3-9][0-9]$'
finish
