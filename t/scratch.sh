# t/scratch.sh - a second build of these sources, otherwise configured, in a directory of the test's own.
# shellcheck shell=sh disable=SC2154 # after t/lib.sh: T, srcdir
# The sources may be built in place, so that they can't be configured from elsewhere: what is built is left behind.
scratch_copy() { # to $T/tree
	mkdir -p "$T/tree"
	[ -x "$srcdir/configure" ] || return 1
	(cd "$srcdir" && tar -cf - --exclude='./.git' --exclude='./build' --exclude='*.o' --exclude='*.a' --exclude='.deps' \
		--exclude='.dirstamp' --exclude='./Makefile' --exclude='./config.h' --exclude='./config.log' \
		--exclude='./config.status' --exclude='./stamp-h1' --exclude='./sped/bin' --exclude='./autom4te.cache' \
		--exclude='*.log' --exclude='*.trs' --exclude='./t/unit/*.t' --exclude='./t/fuzz/fuzz-*' --exclude='./t/tools/t-*' \
		--exclude='./_build' --exclude='./spe-cli/spe-cli' --exclude='./spe-[0-9]*' .) | tar -xf - -C "$T/tree"
}
scratch_configure() { # [options of configure]
	(cd "$T/tree" && ./configure -q --disable-dependency-tracking "$@") # nothing is changed and made again
}
scratch_make() { # [targets]
	make -C "$T/tree" -j2 "$@"
}
