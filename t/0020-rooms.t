#!/bin/sh
# A room stays within its walls: what its objects never ask of the C library or of others, and what its programs are
# linked to. A new room has its line here.
. "${srcdir:-.}/t/lib.sh"
needs nm
needs readelf
cd "$top_builddir" || exit 1

# --- what may be asked for, as extended regular expressions of whole symbols
two='(64)?(_2)?'
open="(__)?(open|openat)$two|openat2|creat(64)?|f?open(64)?|freopen(64)?|opendir|open_tree|fsopen"
ours='io_openat|io_replace' # openat2 beneath a descriptor, in sped/base
socket='socket|connect|bind|listen|accept4?'
run='_?_?v?fork|_Fork|clone|execv[pe]*|execl[pe]*|execve|execveat|fexecve|posix_spawnp?|system|popen'
change='unlink(at)?|rmdir|mkdir(at)?|rename(at2?)?|symlink(at)?|link(at)?|f?chmod(at)?|f?l?chown(at)?|truncate(64)?|mknod(at)?'
raw='syscall|prctl|ptrace|mount|umount2?|setns|unshare|set(res|re|e)?[ug]id|setgroups'
talk='read|readv|pread(64)?|write|writev|pwrite(64)?|recv(from|msg)?|send(to|msg)?|msg_(send|recv|recv_any)|fread|fwrite'
walk='opendir|fdopendir|readdir(64)?|nftw(64)?|ftw(64)?|fts_.*|scandir(64)?|glob(64)?'
sqlite='sqlite3_.*'
http='MHD_.*|curl_.*|http_.*'
crypto='EVP_.*|HMAC.*|SHA.*|OSSL_.*|sshsig_sign|sshkey_public|hmac_sha256'
archive='archive_.*'
json='json_.*'
confuse='cfg_.*'
environment='(secure_)?getenv|setenv|putenv|environ'

# asks DIRECTORY-OR-OBJECT...: every symbol that its objects leave to others
asks() {
	for o in "$@"; do
		if [ -d "$o" ]; then set -- "$o"/*.o; else set -- "$o"; fi
		nm -u "$@"
	done | sed -n 's/^ *[Uw] \([^@]*\).*/\1/p' | sort -u
}
# never ROOM WHAT ERE: none of the symbols
never() {
	is "$1: no $2" "$(asks "$1" | grep -Ex "$3" | tr '\n' ' ')" ""
}
for room in policy spe-cli sped/witness sped/api sped/base sped/capture sped/check sped/engine sped/gate sped/image sped/init sped/launcher \
	sped/stage sped/trust; do
	ok "$room has objects" test -n "$(asks $room)"
done
is "every room has its line" \
	"$(cd "$srcdir" && for m in */*.mk */*/*.mk; do d=${m%/*}; [ -n "$(ls "$d"/*.c 2>/dev/null)" ] && [ "$d" != t ] && grep -L "$d" t/0020-rooms.t; done)" ""

# --- rooms of pure code
for room in policy sped/trust; do
	never $room "opening" "$open|$ours|$walk"
	never $room "socket" "$socket"
	never $room "other program" "$run"
	never $room "change of files" "$change"
	never $room "system call of its own" "$raw"
	never $room "reading, writing or messages" "$talk"
	never $room "environment" "$environment"
done
# --- rooms that live by their descriptors
never sped/check "opening" "$open|$ours|$walk"
for room in sped/check sped/capture sped/image sped/stage; do
	never $room "path of its own" "$open"
	never $room "socket" "$socket"
	never $room "other program" "$run"
	never $room "system call of its own" "$raw"
	never $room "database, HTTP" "$sqlite|$http"
	never $room "environment" "$environment"
done
never sped/check "change of files" "$change"
never sped/capture "change of files" "$change"
never sped/capture "format but its own stream" "$archive|$crypto"
# --- daemons
never sped/api "other program" "$run"
never sped/api "socket beside those it was given" "$socket"
never sped/api "state, secrets, formats" "$sqlite|$crypto|$archive|$confuse"
never sped/api "directories" "$walk"
never sped/engine "other program" "$run"
never sped/engine "door for others" "bind|listen|accept4?"
never sped/engine "HTTP, keys, signing, archives" "$http|EVP_.*|HMAC.*|sshsig_sign|sshkey_public|hmac_sha256|$archive"
never sped/gate "other program" "$run"
never sped/gate "socket of its own" "socket|connect|bind|listen"
is "sped/gate: one file hears keepers" \
	"$(for o in sped/gate/*.o; do asks "$o" | grep -Exq 'accept4?' && echo "$o"; done | grep -vxE '(sped/gate/).*-keepers\.o')" ""
never sped/gate "path of its own" "$open"
never sped/gate "system call of its own" "$raw"
never sped/gate "database, HTTP, configuration" "$sqlite|$http|$confuse"
# --- root
never sped/launcher "format or key" "$json|$confuse|$archive|$crypto|$sqlite|$http|policy_.*|permit_.*|sshsig_.*"
never sped/launcher "shell, search for programs, walk of trees" "system|popen|execv?[lp][pe]*|posix_spawnp?|$walk"
never sped/launcher "streams" "fopen(64)?|freopen(64)?|getline|fgets|fscanf|scanf|sscanf"
# --- in the box
never sped/init "socket" "$socket"
never sped/init "JSON, database, HTTP, keys" "$json|$sqlite|$http|$crypto"
never sped/init "environment" "$environment"
# --- what runs others' programs, and holds nothing
never sped/witness "database, server, archives, configuration, signing" "$sqlite|MHD_.*|$archive|$confuse|sshsig_sign|sshkey_public|hmac_sha256"
never sped/witness "shell, search for programs" "system|popen|execv?[lp][pe]*|posix_spawnp?"
is "sped/witness: one file runs them" \
	"$(for o in sped/witness/*.o; do asks "$o" | grep -Exq "$run" && echo "$o"; done | grep -vxE '(sped/witness/).*-send\.o')" ""
# --- what all link
never sped/base "other program" "$run"
never sped/base "socket" "$socket"
never sped/base "database, HTTP, archives" "$sqlite|$http|$archive"
# --- the client
never spe-cli "shell" "system|popen"
never spe-cli "database, server" "$sqlite|MHD_.*"
is "spe-cli: spe-cli-files is run by one file, ssh-keygen by one of its" \
	"$(for o in spe-cli/*.o; do asks "$o" | grep -Exq "$run" && echo "$o"; done | grep -vxE 'spe-cli/(spe_cli_files-(sign|guard)|spe_cli-elsewhere)\.o')" ""
is "spe-cli: the one that has foreign bytes read apart forks and runs no other program" \
	"$(asks spe-cli/spe_cli_files-guard.o | grep -Ex "$run")" "fork"

# --- programs: libraries that they are linked to, besides the C library's own
linked() { readelf -d "$1" | sed -n 's/.*(NEEDED).*\[lib\([A-Za-z0-9_]*\)[-.].*/\1/p' | grep -vxE 'c|m|asan|ubsan' | sort | tr '\n' ' '; }
# links PROGRAM ERE: no library but these
links() {
	is "$1 links no more than it may" "$(linked "$1" | tr ' ' '\n' | grep -vxE "$2|" | tr '\n' ' ')" ""
}
base='jansson|seccomp|cap|crypto'
links sped/bin/sped 'cap|seccomp'
links sped/bin/sped-api "$base|microhttpd"
links sped/bin/sped-engine "$base|sqlite3|confuse|z"
links sped/bin/sped-gate "$base|archive|confuse|z"
links sped/bin/spe-check "$base|confuse|z|png16|jpeg|magic|m"
links sped/bin/spe-stage "$base|archive|z|IPSec_MB"
links sped/bin/spe-image "$base|archive"
links sped/bin/spe-capture "$base"
links sped/bin/spe-filter "$base|confuse"
links sped/bin/spe-witness "$base|http_parser"
links sped/bin/spe-unpack ''
links sped/bin/spe-root ''
links sped/bin/spe-init ''
if [ -n "$(sed -n 's/^FIRST_START = //p' Makefile)" ]; then
	is "nor with glibc, where musl is there" "$(strings -a sped/bin/spe-init | grep -ci glibc)" 0
fi
links spe-cli/spe-cli "jansson|http_parser"
links spe-cli/spe-cli-files "$base|http_parser|archive|confuse|magic|z|png16|jpeg|m"
listed=$(cat "$srcdir"/*/*.mk "$srcdir"/*/*/*.mk | sed -n 's/^\(pkglibexec\|sbin\|bin\)_PROGRAMS += //p' | tr ' ' '\n')
for p in $listed; do
	grep -q "^links $p " "$srcdir/t/0020-rooms.t" || is "$p has its line" no yes
done

# --- and the walls are seen: an object that breaks them
cc=$(sed -n 's/^CC = //p' Makefile)
mkdir "$T/odd"
printf '#include <fcntl.h>\n#include <unistd.h>\n#include <sys/socket.h>\nint f(const char *p, int n);\n' >"$T/odd.c"
printf 'int f(const char *p, int n)\n{\n\treturn open(p, n) + socket(n, n, n) + fork() + unlink(p);\n}\n' >>"$T/odd.c"
ok "an odd object" ${cc:-cc} -O2 -D_FORTIFY_SOURCE=2 -c -o "$T/odd/odd.o" "$T/odd.c"
is "all of it is seen" "$(asks "$T/odd" | grep -Excv "$open|$socket|$run|$change|_GLOBAL_OFFSET_TABLE_|__stack_chk_fail")" 0
for what in "$open" "$socket" "$run" "$change"; do
	ok "each wall" sh -c 'echo "$1" | grep -Exq "$2"' sh "$(asks "$T/odd")" "$what"
done
finish
