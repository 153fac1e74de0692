# Root: libc alone; t/0010-root-size.t counts the lines of what is listed here.
sbin_PROGRAMS += sped/bin/sped
sped_bin_sped_SOURCES = sped/launcher/main.c sped/launcher/keeper.c sped/launcher/box.c sped/launcher/place.c \
	sped/launcher/cgroup.c sped/launcher/launcher.h
sped_bin_sped_LDADD = sped/base/libroot.a
EXTRA_DIST += sped/launcher/AUDIT
