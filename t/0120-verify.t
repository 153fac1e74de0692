#!/bin/sh
# A release made by tar, ssh-keygen and sha256sum alone: spe-cli verify and the stock programs agree on it, and
# whatever is changed is refused and named.
. "${srcdir:-.}/t/lib.sh"
needs ssh-keygen
needs python3
needs jq
id=7d20c4e1
D=$T/spe-release-$id

key() { ssh-keygen -q -t ed25519 -N '' -C "$1" -f "$T/$1"; }
for who in gate kari lars aino eve other; do key "$who"; done
public() { cut -d' ' -f1,2 "$T/$1.pub"; }
hash() { sha256sum "$1" | cut -d' ' -f1; }
sign() { # KEY NAMESPACE FILE to SIGNATURE
	ssh-keygen -q -Y sign -n "$2" -f "$T/$1" <"$3" >"$4" 2>/dev/null
}
record() { # NAME: as a check writes it
	h=$(hash "$D/files/$1")
	printf '{"file":"%s","sha256_in":"%s","sha256_out":"%s","verdict":"%s","checks":[]}' "$1" "$h" "$h" "$2"
}
item() {
	printf '{"name":"%s","sha256":"%s","size":%s,"description":"counts","verdict":"%s"}' \
		"$1" "$(hash "$D/files/$1")" "$(wc -c <"$D/files/$1")" "$2"
}
write_manifest() {
	printf '{"format":"spe-findings-1","export":"%s","files":[%s,%s]}\n' $id \
		"$(record sub/b.txt review)" "$(record a.csv pass)" >"$D/findings.json"
	printf '{"format":"spe-manifest-1","export":"%s","workspace":"FI-1","permit":{"id":"FI-1","version":1,"digest":"%064d"},"job":"3f9c0a12","requester":"aino","requested":"2026-11-02T09:30:00Z","context":"","decisions_needed":2,"policy":{"name":"default","digest":"%064d"},"findings_sha256":"%s","files":[%s,%s]}' \
		$id 0 0 "$(hash "$D/findings.json")" "$(item sub/b.txt review)" "$(item a.csv pass)" >"$D/manifest.json"
}
approve() { sign "${2:-$1}" spe-decision "$D/manifest.json" "$D/decisions/$1.sig"; }
write_keys() {
	for who in kari lars; do
		echo "$who namespaces=\"spe-decision\" $(public $who)"
	done >"$D/checkers"
	echo "spe-gate namespaces=\"spe-release\" $(public gate)" >"$D/gate"
}
seal() { # [KEY]: SHA256SUMS over all and its signature
	rm -f "$D/SHA256SUMS" "$D/SHA256SUMS.sig"
	(cd "$D" && find . -type f | sed 's|^\./||' | LC_ALL=C sort | xargs sha256sum >"$T/sums")
	mv "$T/sums" "$D/SHA256SUMS"
	sign "${1:-gate}" spe-release "$D/SHA256SUMS" "$D/SHA256SUMS.sig"
}
pack() { # [words for tar]
	(cd "$T" && find "spe-release-$id" ! -type d | LC_ALL=C sort | tar --format=ustar --numeric-owner --owner=0 --group=0 --mode=0644 -cf "$T/r.tar" "$@" -T -)
}
make() { # a good one, from nothing
	rm -rf "$D"
	mkdir -p "$D/files/sub" "$D/decisions"
	printf 'group,n\nold,40\n' >"$D/files/a.csv"
	echo 'all is well' >"$D/files/sub/b.txt"
	write_manifest
	approve kari
	approve lars
	write_keys
	seal
	pack
}
verify() { "$SPE_CLI" verify "$T/r.tar" "$@"; }
refused() { # WHAT TEXT [words for verify]
	what=$1 text=$2
	shift 2
	says "$what" 1 "$text" verify "$@"
	unlike "so it is not verified" "$(cat "$T/.out")" "^verified:"
}

make
echo "kari,lars $(public kari)" >"$T/both.signers"
for who in kari lars; do echo "# from the registry"; echo "$who namespaces=\"spe-decision,git\" $(public $who) comment"; done >"$T/signers"

# --- a good release, by us and by stock programs
says "it verifies" 0 "verified: release $id of workspace FI-1, approved by kari, lars" verify
says "its own gate key proves no origin" 0 "the key in the release itself: its origin is not proven" verify
says "a given gate key does" 0 "signed by the given gate key SHA256:" verify --gate "$T/gate.pub"
: >"$T/empty"
says "a registry says nothing of a release that names none of its entries" 1 "does not say on which entry of the registry" verify --registry "$T/empty"
says "given checkers too" 0 "verified: " verify --gate "$T/gate.pub" --checkers "$T/signers"
unlike "and nothing is left unproven" "$(cat "$T/.out")" "not proven"
like "as JSON" "$(verify --json)" '^\{"steps":\[.*"verified":true\}$'
mkdir "$T/x" && tar xf "$T/r.tar" -C "$T/x"
# shellcheck disable=SC2317 # called by ok
stock() { (cd "$T/x/spe-release-$id" && "$@"); }
ok "sha256sum agrees" stock sha256sum -c --strict SHA256SUMS
ok "ssh-keygen agrees on the gate" stock sh -c \
	'ssh-keygen -Y verify -f gate -I spe-gate -n spe-release -s SHA256SUMS.sig <SHA256SUMS'
for who in kari lars; do
	ok "ssh-keygen agrees on $who" stock sh -c \
		"ssh-keygen -Y verify -f checkers -I $who -n spe-decision -s decisions/$who.sig <manifest.json"
done
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	chmod 644 "$T/r.tar"
	says "nobody can verify, confined" 0 "verified: " setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$SPE_CLI" verify "$T/r.tar"
fi
# what README.md says to type, and spe-cli(1)
sed -n '/^tar xf spe-release/,/^```/p' "$srcdir/README.md" | sed '/^```/d' >"$T/readme"
sed -n '/^\$ tar xf spe-release/,/^\.Ed/p' "$srcdir/spe-cli/spe-cli.1" | sed '/^\.Ed/d; s/^\$ //; s/\\e/\\/g' >"$T/manual"
# shellcheck disable=SC2317 # called by ok
typed() { # README.md's or the manual's lines, each of which has to go well
	rm -rf "$T/x" && mkdir "$T/x" && cp "$T/r.tar" "$T/x/spe-release-$id.tar" && cp "$T/gate.pub" "$T/x" && cp "$T/signers" "$T/x/allowed_signers" && (cd "$T/x" && sh -e "$T/$1")
}
for doc in readme manual; do
	ok "what the $doc types agrees" typed $doc
	make; echo more >"$D/files/table2.csv"; pack
	nok "and sees a file that was added" typed $doc
	seal; pack
	nok "also where the gate sealed it" typed $doc
	sed -i 's|  \(files/table2.csv\)| *\1|' "$D/SHA256SUMS"
	sign gate spe-release "$D/SHA256SUMS" "$D/SHA256SUMS.sig"; pack
	nok "under any print of its name" typed $doc
	make; ln -s ../files/a.csv "$D/decisions/more"; pack
	nok "and a link" typed $doc
	make; rm "$D/findings.json"; seal; pack
	nok "and what lacks" typed $doc
	make; echo "spe-gate namespaces=\"spe-release\" $(public other)" >>"$D/gate"; seal other; pack
	nok "and another's key below the gate's" typed $doc
	make; for who in kari lars; do approve $who other; echo "$who namespaces=\"spe-decision\" $(public other)" >>"$D/checkers"; done; seal; pack
	nok "or below those of the checkers" typed $doc
	make
done
says "without evidence it is in no journal" 0 "good journal: no evidence.json: it is not shown to be in any journal" verify
refused "which is nothing to hold against what somebody kept" "PROBLEM witness: no evidence.json" --witness "$T/empty"
says "a file of checkpoints that is none is no such file" 2 "signers line 1: " verify --witness "$T/signers"

# --- keys that are not the ones
refused "another gate" "SHA256SUMS.sig: " --gate "$T/other.pub"
seal other; pack
refused "sealed by another than the file gate says" "SHA256SUMS.sig: "
make; grep lars "$T/signers" >"$T/few.signers"
refused "a checker that the given list has not" "is not a registered key of kari" --checkers "$T/few.signers"
refused "a list that gives two people one key" "is not a registered key of lars" --checkers "$T/both.signers"
says "a list that is no such list" 2 "line 1: " verify --checkers "$T/gate.pub"
says "a key that is no key" 2 "r.tar: " verify --gate "$T/r.tar"

# --- every file, one byte flipped, sums as they were
flip() { # FILE OFFSET
	byte=$(od -An -tu1 -j"$2" -N1 "$1" | tr -d ' ')
	# shellcheck disable=SC2059
	printf "\\$(printf %o $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}
for name in files/a.csv files/sub/b.txt manifest.json findings.json checkers gate decisions/kari.sig SHA256SUMS SHA256SUMS.sig; do
	make; flip "$D/$name" 3; pack
	refused "a byte of $name" "PROBLEM"
done
make; flip "$D/files/a.csv" 3; pack
refused "which file it was" "files/a.csv is not the file"
make; flip "$D/files/a.csv" 3; seal; pack
refused "a file changed and sealed again by the gate" "files/a.csv is not the file that the manifest names"
make; echo ' ' >>"$D/findings.json"; seal; pack
refused "findings changed and sealed again" "findings.json is not the one that the manifest names"
make; sed -i 's/counts/Counts/' "$D/manifest.json"; seal; pack
refused "a manifest changed and sealed again" "decisions/kari.sig: "

# --- what is there and what is not
for name in SHA256SUMS SHA256SUMS.sig manifest.json findings.json checkers gate files/a.csv; do
	make; rm "$D/$name"; pack
	refused "without $name" "PROBLEM"
done
make; rm "$D/decisions/kari.sig"; pack
refused "a decision removed" "SHA256SUMS names decisions/kari.sig, which is not there"
make; rm "$D/decisions/kari.sig"; seal; pack
refused "and sealed again" "1 of the 2 decisions that are needed"
make; echo more >"$D/files/more.txt"; pack
refused "a file that nobody hashed" "SHA256SUMS has 8 of the 9 files"
make; echo more >"$D/files/more.txt"; seal; pack
refused "a file that the manifest has not" "the manifest names 2 files, the release holds 3"
make; echo more >"$D/README"; seal; pack
refused "a file that no release has" "README does not belong in a release"

# --- who decided
make; cp "$D/decisions/kari.sig" "$D/decisions/lars.sig"; seal; pack
refused "one signature for two people" "not a registered key of lars"
make; echo "lars namespaces=\"spe-decision\" $(public kari)" >>"$D/checkers"; approve lars kari; seal; pack
refused "one key for two people" "kari and lars signed with the same key"
make; rm "$D/decisions/lars.sig"; approve aino; echo "aino namespaces=\"spe-decision\" $(public aino)" >>"$D/checkers"; seal; pack
refused "the requester decides" "aino asked for the export and may not decide on it"
make; rm "$D/decisions/lars.sig"; approve eve; seal; pack
refused "somebody who is not registered" "not a registered key of eve"
make; approve lars eve; seal; pack
refused "a checker's name, another's key" "not a registered key of lars"
make; sign lars spe-release "$D/manifest.json" "$D/decisions/lars.sig"; seal; pack
refused "another namespace" "decisions/lars.sig: "
make; mkdir "$D/decisions/x"; mv "$D/decisions/lars.sig" "$D/decisions/x/lars.sig"; seal; pack
refused "a decision in an odd place" "decisions/x/lars.sig is not the signature of a person"

# --- the archive
make; ln -s a.csv "$D/files/link.csv"; pack
refused "a symbolic link" "files/link.csv is not a regular file"
make; ln "$D/files/a.csv" "$D/files/z.csv"; pack
refused "a hard link" "files/z.csv is not a regular file"
make; mkfifo "$D/files/pipe"; pack
refused "a fifo" "files/pipe is not a regular file"
make; (cd "$T" && tar --format=ustar --no-recursion --transform 's|/files$|/../../etc/cron.d|' -P -rf r.tar "spe-release-$id/files")
refused "a directory, which has a name that nobody checked" "/etc/cron.d/ is not a regular file"
make; echo x >"$T/outside"; (cd "$T" && tar --format=ustar -rf r.tar outside)
refused "a file outside the directory" "outside is not under one directory"
make; (cd "$T" && tar --format=ustar -rf r.tar "spe-release-$id/files/a.csv")
refused "a file twice" "files/a.csv is there twice"
make; (cd "$T" && tar --format=ustar -P --transform 's|outside|spe-release-7d20c4e1/files/../../x|' -rf r.tar outside)
refused "a path upwards" "is not one that a release has"
odd() { # WHAT: a good release whose archive other programs read in another way
	make
	python3 - "$T/r.tar" "$1" <<-'P'
	import sys, tarfile
	path, what = sys.argv[1:]
	tar = open(path, "rb").read()
	def entry(name, kind, content, size=None):
	    one = tarfile.TarInfo(name)
	    one.type, one.size = kind, len(content) if size is None else size
	    return one.tobuf(tarfile.USTAR_FORMAT) + content + bytes(-len(content) % 512)
	def end(at):
	    return at + 512 + (int(tar[at + 124:at + 135], 8) + 511) // 512 * 512
	def changed(at, to): # of the first header
	    head = bytearray(tar[:512])
	    head[at:at + len(to)], head[148:156] = to, b" " * 8
	    head[148:156] = b"%06o\0 " % sum(head)
	    return bytes(head) + tar[512:]
	last, before = 0, 0
	while any(tar[end(last):end(last) + 512]):
	    last, before = end(last), last
	name = tar[before:before + 100].rstrip(b"\0")
	if what == "hidden": # GNU tar leaves out the volume's 1024 bytes, which end within the long name
	    forged = entry(tar[:21].decode() + "files/a.csv", b"0", b"group,n\nold,400\n") + bytes(1024)
	    new = tar[:before] + entry("volume", b"V", b"", 1024) + \
	        entry("././@LongLink", b"L", name + bytes(512 - len(name)) + forged) + tar[before:]
	elif what in "VLK":
	    new = tar[:before] + entry("long", what.encode(), b"" if what == "V" else name + b"\0") + tar[before:]
	elif what == "content":
	    new = tar[:end(last) - 1] + b"x" + tar[end(last):]
	else:
	    new = changed(*{"name": (99, b"x"), "mode": (100, b"0004755"), "uid": (108, b"0000001"), "link": (157, b"x"), "user": (265, b"root"),
	        "device": (329, b"0000001"), "prefix": (499, b"x"), "rest": (500, b"x"), "kind": (156, b"\0"), "time": (136, b"\x80" + bytes(11))}[what])
	open(path, "wb").write(new)
	P
}
odd hidden; mkdir "$T/forged"; tar xf "$T/r.tar" -C "$T/forged" 2>/dev/null
is "a tar may hold another file where libarchive doesn't look" "$(tail -n 1 "$T/forged/spe-release-$id/files/a.csv")" "old,400"
refused "which is seen" "has another header than the gate writes"
for kind in V L K; do
	odd $kind
	refused "a header of kind $kind before that of a file" "has another header than the gate writes"
done
for field in name mode uid kind link user device prefix rest time; do
	odd $field
	refused "a header's $field" "has another header than the gate writes"
done
odd content
refused "bytes behind a file's end" "there are bytes behind the end of "
make; echo hidden >>"$T/r.tar"
refused "bytes after the end" "there are bytes after the end of the archive"
make; truncate -s 3000 "$T/r.tar"
refused "a tar that is cut off" "PROBLEM read: "
make; pack --format=pax
refused "another kind of tar" "it is no plain ustar archive"
make; gzip -f "$T/r.tar" && mv "$T/r.tar.gz" "$T/r.tar"
refused "a compressed one" "PROBLEM read: "
: >"$T/r.tar"
refused "nothing" "PROBLEM read: "
make; mv "$D" "$T/spe-release-00000001"; id=00000001; pack; id=7d20c4e1; rm -rf "$T/spe-release-00000001"
refused "another export's directory" "manifest.export is 7d20c4e1, but the directory says 00000001"
says "a release that is not there" 3 "the release is not there" "$SPE_CLI" verify "$T/none.tar"
finish
