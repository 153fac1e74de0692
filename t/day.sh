# t/day.sh - one day of a permit, from its signature to released figures, as steps that t/demo tells and
# t/0300-day.t tests. Sourced after t/lib.sh, in own_world, with sped started.
# Each step prints who does what, the exact command line and its output; it fails where a command does.
# The people: hdab issues the permit, the operator runs the environment, aino is the researcher, kari and
# lars check what leaves. aino, kari and lars have users of their own; hdab, the operator, who is anna, and bert, who signs
# what she changes of keys, are root.
# shellcheck shell=sh
permit=FI-2026-0042
demo=$(cd "${srcdir:-.}/t/data/demo" && pwd)
job='' export=''
# What leaves, and what each of it shows.
released="km.csv cox.csv linked.csv survival.png stdout.txt"

say() { printf '\n%s\n' "$*"; }
# does WHO LINE: a line of shell as that person in their home; its output also goes to $T/said
does() {
	printf '\n$ %s: %s\n' "$1" "$2"
	case $1 in
	operator | bert | hdab) (cd "$T/home/$1" && HOME=$T/home/$1 sh -c "$2") ;;
	*) (cd "$T/home/$1" && as "$1" sh -c "$2") ;;
	esac >"$T/said" 2>&1
	did=$?
	cat "$T/said"
	return $did
}
said() { sed -nE "s/$1/\\1/p" "$T/said" | head -n 1; } # the ERE's first group

# Homes, and spe-cli where everybody can reach it: a tree below /root is closed to them.
day_begin() {
	mkdir -p "$T/bin" "$T/home/operator/.ssh" "$T/home/bert/.ssh" "$T/home/hdab" &&
		cp "$T/anna" "$T/home/operator/.ssh/id_ed25519" && cp "$T/bert" "$T/home/bert/.ssh/id_ed25519" &&
		cp "$SPE_CLI" "$SPE_CLI-files" "$T/bin/" && SPE_CLI=$T/bin/spe-cli && PATH=$T/bin:$PATH && export PATH &&
		cp "$demo"/make-data.R "$demo"/check-figures.R "$demo"/trial-colon.json "$demo"/trial-pbc.json \
			"$T/home/operator/" &&
		cp -r "$demo/analysis" "$T/home/operator/" &&
		cp -r "$demo/analysis" "$T/home/aino/"
}

day_data() {
	say "Two data holders bring the records of two trials. The people in them are made up: 929 in one, 418 in the" \
		"other, 300 in both, where their identity numbers are written in another way."
	does operator "Rscript make-data.R . && zstd -q --rm pbc.csv" &&
		does operator "ls -s colon.csv pbc.csv.zst && sed -n '2p;4p;6p;8p' colon.csv"
}

day_people() {
	say "The operator registers people. Checkers have keys of their own, with which they will sign."
	for person in aino kari lars; do
		does operator "spe-cli user add $person --uid $(uid_of $person)" || return 1
	done
	for person in kari lars; do
		does $person "mkdir -m 700 .ssh && ssh-keygen -q -t ed25519 -N '' -f .ssh/id_ed25519" || return 1
	done
	say "Root named two operators at installation. A key counts once both have signed that it does."
	does operator "cat $T/etc/operators" &&
		does operator "spe-cli user key kari ../kari/.ssh/id_ed25519.pub lars ../lars/.ssh/id_ed25519.pub" && confirmed
}
# What the operator has just proposed, the other one signs.
confirmed() { does bert "spe-cli registry confirm $(said '.*registry confirm ([0-9a-f]{16})')"; }

day_holdings() {
	say "The operator brings both holdings, one of them compressed; every cell is read against its description."
	does operator "spe-cli holding add trial-colon.json colon=colon.csv" &&
		does operator "spe-cli holding add trial-pbc.json pbc=pbc.csv.zst" &&
		does operator "spe-cli holding list" &&
		does aino "spe-cli catalogue search survival"
}

# From yesterday for a year, so that the day is always within it.
day_permit() {
	say "The health data access body signs a permit: who, which variables, what for, until when, under which limits."
	sed -e "s/@ISSUED@/$(date -u -d yesterday +%FT09:00:00Z)/" -e "s/@FROM@/$(date -u -d yesterday +%F)/" \
		-e "s/@UNTIL@/$(date -u -d '1 year' +%F)/" -e "s/@ERASED_BY@/$(date -u -d '1 year 150 days' +%F)/" \
		"$demo/permit.json.in" >"$T/home/hdab/$permit.json" &&
		does hdab "grep -E 'variables|rows|valid|persons|roles' $permit.json" &&
		does hdab "ssh-keygen -q -t ed25519 -N '' -f hdab" &&
		does hdab "ssh-keygen -Y sign -n spe-permit -f hdab $permit.json" &&
		does operator "spe-cli issuer add urn:spe:hdab:fi ../hdab/hdab.pub" && confirmed &&
		does operator "spe-cli permit check ../hdab/$permit.json --signature ../hdab/$permit.json.sig --key ../hdab/hdab.pub"
}

day_import() {
	say "The operator imports it. That makes the workspace: variables and rows that the permit names, and nothing else," \
		"with a pseudonym for each identity number, the same in both tables."
	does operator "spe-cli permit import ../hdab/$permit.json" &&
		does operator "spe-cli workspace show $permit"
}

day_run() {
	say "aino runs her analysis next to the data. She sees how it ended, not what it printed."
	does aino "spe-cli whoami" || return 1
	does aino "spe-cli run $permit --code analysis -- Rscript /code/analysis.R" || return 1
	job=$(said '.*job ([0-9a-f]{8})[: ].*')
	does aino "spe-cli job show $job"
}

day_request() {
	say "aino asks for her results, and says of each file what it shows. Rules read every byte before any person does."
	does aino "spe-cli export request $job $released \\
  --describe 'km.csv=Kaplan-Meier survival by treatment at 1, 2, 3 and 5 years; deaths cumulated, at risk in tens' \\
  --describe 'cox.csv=Cox model of death on treatment, age, sex and nodes; 911 people' \\
  --describe 'linked.csv=People of both trials by both treatments, and deaths in the second' \\
  --describe 'survival.png=The points of km.csv, drawn' \\
  --describe 'stdout.txt=What the script printed: totals of the tables' \\
  --context 'First export of this permit.'" || return 1
	export=$(said '.*export ([0-9a-f]{8}) is pending.*')
	[ -n "$export" ]
}

day_review_kari() {
	say "kari looks at it, reads a table, and signs the manifest: the SHA-256 of every file. One signature is not enough."
	does kari "spe-cli review list" &&
		does kari "spe-cli review show $export" &&
		does kari "spe-cli review open $export linked.csv" &&
		does kari "spe-cli review approve $export --comment 'all counts are at least 20'" &&
		does aino "spe-cli export show $export | head -n 8"
}

day_review_lars() {
	say "lars decides for himself, without seeing what kari decided."
	does lars "spe-cli review open $export km.csv" &&
		does lars "spe-cli review open $export stdout.txt" &&
		does lars "spe-cli review approve $export" &&
		wait_for 30 is_released
}
is_released() { cli aino export show "$export" --json | grep -Eq '"state": ?"released"'; }

day_fetch() {
	say "The gate has verified both signatures and signed the release. aino fetches it."
	does aino "spe-cli export fetch $export" &&
		does aino "tar xvf spe-release-$export.tar"
}

# The keys come from the environment's own people, not from the release.
day_verify() {
	say "Anybody can verify it, with spe-cli or with OpenSSH and coreutils alone."
	curl -sf --unix-socket "$SPE_SOCKET" http://localhost/v1/keys | sed -E 's/.*"release": ?"([^"]*)".*/\1/' \
		>"$T/home/aino/gate.pub" || return 1
	for person in kari lars; do
		echo "$person namespaces=\"spe-decision\" $(cat "$T/home/$person/.ssh/id_ed25519.pub")"
	done >"$T/home/aino/checkers"
	echo "spe-gate namespaces=\"spe-release\" $(cat "$T/home/aino/gate.pub")" >"$T/home/aino/gate"
	does aino "spe-cli verify spe-release-$export.tar --gate gate.pub --checkers checkers" || return 1
	for person in kari lars; do
		does aino "cd spe-release-$export && ssh-keygen -Y verify -f ../checkers -I $person -n spe-decision \\
  -s decisions/$person.sig <manifest.json" || return 1
	done
	does aino "cd spe-release-$export && ssh-keygen -Y verify -f ../gate -I spe-gate -n spe-release \\
  -s SHA256SUMS.sig <SHA256SUMS" &&
		does aino "cd spe-release-$export && sha256sum -c --strict SHA256SUMS"
}

day_read() {
	say "What she asked the records:"
	does aino "cat spe-release-$export/files/km.csv" &&
		does aino "cat spe-release-$export/files/linked.csv"
}

day_figures() {
	say "The same script, run outside on the records themselves with nothing between, gives the same figures."
	does operator "mkdir unconfined && SPE_DATA=one SPE_OUTPUTS=unconfined Rscript analysis/analysis.R >unconfined/stdout.txt" &&
		does operator "Rscript check-figures.R ../aino/spe-release-$export/files unconfined"
}

day_audit() {
	say "Everything is in the journal, and any edit of it would show."
	does operator "spe-cli audit search --workspace $permit --limit 40 | cut -c 1-120" &&
		does operator "spe-cli audit verify"
}
