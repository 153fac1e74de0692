# spe-init links libc alone, and statically: it is on the way of every job, and a runtime's libc is not to be trusted.
pkglibexec_PROGRAMS += sped/bin/spe-init sped/bin/spe-unpack sped/bin/spe-filter sped/bin/spe-root
sped_bin_spe_init_SOURCES = sped/init/main.c sped/init/setup.c sped/init/reap.c sped/init/init.h sped/base/landlock.c \
	sped/base/rlimits.c sped/base/msg.c
# By musl where that is there: configure.ac says why.
sped_bin_spe_init_CPPFLAGS = $(AM_CPPFLAGS) $(FIRST_CPPFLAGS)
sped_bin_spe_init_LDFLAGS = $(FIRST_LDFLAGS)
sped_bin_spe_init_LDADD = $(FIRST_START)
sped_bin_spe_init_LINK = $(FIRST_CC) $(AM_CFLAGS) $(CFLAGS) $(sped_bin_spe_init_LDFLAGS) $(LDFLAGS) -o $@
$(sped_bin_spe_init_OBJECTS): CC = $(FIRST_CC)
# spe-unpack is begun where a runtime is the root: no library of the image may be in it. spe-root is on the way of its jobs.
sped_bin_spe_unpack_SOURCES = sped/init/unpack.c
sped_bin_spe_unpack_CPPFLAGS = $(AM_CPPFLAGS) $(ARCHIVE_CFLAGS)
sped_bin_spe_unpack_LDFLAGS = $(INIT_LDFLAGS)
sped_bin_spe_unpack_LDADD = $(BASE_LIBS) $(ARCHIVE_LIBS)
sped_bin_spe_filter_SOURCES = sped/init/filter.c
sped_bin_spe_filter_LDADD = policy/libpolicy.a $(CONFUSE_LIBS) $(BASE_LIBS)
sped_bin_spe_root_SOURCES = sped/init/root.c
sped_bin_spe_root_LDFLAGS = $(INIT_LDFLAGS)
sped_bin_spe_root_LDADD = sped/base/libroot.a
