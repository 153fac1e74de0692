#!/bin/sh
# A release as a Five Safes RO-Crate: whole by sha512sum alone, its metadata name nothing that is not there, the release in it is
# the release, and nothing is made of one that does not hold.
. "${srcdir:-.}/t/lib.sh"
own_world "$@"
needs jq
needs python3
needs sha512sum

ok "a private sped serves" sped_start
ok "people and keys are registered" people_make
ok "a holding is taken in" small_holding people
ok "a workspace is staged" small_workspace CRATE-1 people
chmod 755 "$T"
cli aino run CRATE-1 -- sh -c 'mkdir /outputs/tables; printf "group,n\na,29\nb,29\n" > /outputs/tables/t.csv; echo done > /outputs/note.txt' >"$T/run.out" 2>&1
x=$(export_of "$(job_of "$T/run.out")" tables/t.csv note.txt)
ok "kari approves" cli kari review approve "$x"
ok "lars approves" cli lars review approve "$x"
h=$T/home/aino
ok "aino fetches" cli aino export fetch "$x" -o "$h/r.tar"
curl -sf --unix-socket "$SPE_SOCKET" http://localhost/v1/keys | jq -r .release >"$T/gate.pub"

ok "she makes a crate of it" cli aino crate "$h/r.tar" --gate "$T/gate.pub"
says "never over one that is there" 4 "r.zip" cli aino crate "$h/r.tar"
ok "made again it is the same" sh -c "'$SPE_CLI' crate '$h/r.tar' -o '$T/again.zip' && cmp '$T/again.zip' '$h/r.zip'"
ok "any program takes it apart" python3 -m zipfile -e "$h/r.zip" "$T/bag"
b=$T/bag/spe-crate-$x
is "one folder" "$(ls "$T/bag")" "spe-crate-$x"
ok "sha512sum says that it is whole" sh -c "cd '$b' && sha512sum -c --quiet --strict manifest-sha512.txt && sha512sum -c --quiet --strict tagmanifest-sha512.txt"
is "with a line for each file" "$(cut -c131- "$b/manifest-sha512.txt" | LC_ALL=C sort)" "$(cd "$b" && find data -type f | LC_ALL=C sort)"
is "it is BagIt 1.0" "$(head -n 1 "$b/bagit.txt")" "BagIt-Version: 1.0"
like "its name follows from the release" "$(cat "$b/bag-info.txt")" '^External-Identifier: urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$'
is "and so do its size and number of files" "$(sed -n 's/^Payload-Oxum: //p' "$b/bag-info.txt")" "$(find "$b/data" -type f -printf '%s\n' | awk '{ n += $1 } END { print n "." NR }')"
mkdir "$T/plain" && tar xf "$h/r.tar" -C "$T/plain"
ok "the release lies in it byte for byte" diff -r "$T/plain/spe-release-$x" "$b/data/spe-release-$x"
ok "and is verified there with stock tools" sh -c "cd '$b/data/spe-release-$x' && sha256sum -c --quiet SHA256SUMS &&
	ssh-keygen -q -Y verify -f gate -I spe-gate -n spe-release -s SHA256SUMS.sig < SHA256SUMS"

# the metadata
m=$b/data/ro-crate-metadata.json
is "the profile is named" "$(jq -r '."@graph"[] | select(."@id" == "./") | .conformsTo."@id"' "$m")" https://w3id.org/5s-crate/0.4
is "whatever is referred to is there" "$(jq -r '[."@graph"[]."@id"] as $have | [."@graph"[] | .. | objects | select(keys == ["@id"]) | ."@id"] | unique - $have - ["https://w3id.org/ro/crate/1.2-DRAFT"] | .[]' "$m")" ""
is "nothing is there twice" "$(jq -r '[."@graph"[]."@id"] | group_by(.) | map(select(length > 1)) | length' "$m")" 0
is "each file is a part, and each part a file" "$(jq -r '."@graph"[] | select(."@id" == "./") | .hasPart[]."@id"' "$m" | LC_ALL=C sort)" \
	"$(cd "$b/data" && find spe-release-* -type f | LC_ALL=C sort)"
is "the job made the two outputs" "$(jq -r '."@graph"[] | select(."@id" == "#job") | .result | length' "$m")" 2
is "two people decided" "$(jq -r '[."@graph"[] | select(.additionalType == "https://w3id.org/shp#DisclosureCheck") | .agent."@id"] | sort | join(" ")' "$m")" "#person-kari #person-lars"
like "when the journal says" "$(jq -r '."@graph"[] | select(."@id" == "#decision-lars") | .endTime' "$m")" '^20[0-9]{2}-[0-9]{2}-[0-9]{2}T'
is "under this permit" "$(jq -r '."@graph"[] | select(."@id" == "#permit") | .name' "$m")" "Data permit CRATE-1"

# what does not hold becomes nothing
cp "$h/r.tar" "$T/bad.tar"
printf x | dd of="$T/bad.tar" bs=1 seek=700 conv=notrunc status=none
chmod 644 "$T/bad.tar"
says "a changed release is refused" 1 "is not verified" cli aino crate "$T/bad.tar" -o "$h/bad.zip"
nok "and leaves no file" test -e "$h/bad.zip"
ssh-keygen -q -t ed25519 -N '' -f "$T/other"
chmod 644 "$T/other.pub"
says "so is one of another gate" 1 "is not verified" cli aino crate "$h/r.tar" -o "$h/other.zip" --gate "$T/other.pub"
nok "and leaves none either" test -e "$h/other.zip"
# nor does a release that another takes the place of once it is verified
cat >"$T/swap.c" <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
/* The first rewinding of the release finds that somebody wrote to it. */
off_t lseek(int fd, off_t at, int whence)
{
	static int done;
	int to = at == 0 && whence == SEEK_SET && !done ? open(getenv("SWAP"), O_WRONLY) : -1;

	if (to >= 0)
		done = pwrite(to, "x", 1, 700) == 1;
	return ((off_t (*)(int, off_t, int))dlsym(RTLD_NEXT, "lseek"))(fd, at, whence);
}
C
cc=$(sed -n 's/^CC = //p' "$top_builddir/Makefile")
ok "somebody writes to a release while it is read" ${cc:-cc} -shared -fPIC -o "$T/swap.so" "$T/swap.c"
cp "$h/r.tar" "$T/swapped.tar"
says "what was not verified becomes nothing" 1 "" env LD_PRELOAD="$T/swap.so" SWAP="$T/swapped.tar" "$SPE_CLI" crate "$T/swapped.tar" -o "$T/swapped.zip"
nok "and leaves none" test -e "$T/swapped.zip"
ok "it was written to" cmp "$T/swapped.tar" "$T/bad.tar"
says "what is no archive is not" 1 "" cli aino crate "$m" -o "$h/none.zip"
finish
