# What root links is a library of its own, so that nothing else slips in.
noinst_LIBRARIES += sped/base/libroot.a sped/base/libbase.a
sped_base_libroot_a_SOURCES = sped/base/log.c sped/base/msg.c
sped_base_libbase_a_SOURCES = sped/base/err.c sped/base/buf.c sped/base/buf.h sped/base/confine.c sped/base/confine.h sped/base/landlock.c \
	sped/base/rlimits.c 	sped/base/json.c sped/base/json.h sped/base/hex.c sped/base/hex.h sped/base/crypto.c sped/base/crypto.h sped/base/two.c sped/base/two.h
sped_base_libbase_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(SECCOMP_CFLAGS) $(CAP_CFLAGS)
BASE_LIBS = sped/base/libbase.a sped/base/libroot.a $(JANSSON_LIBS) $(SECCOMP_LIBS) $(CAP_LIBS) $(CRYPTO_LIBS)

check_PROGRAMS += t/unit/msg.t
TESTS += t/unit/msg.t
t_unit_msg_t_SOURCES = t/unit/msg.c t/tap.h
t_unit_msg_t_LDADD = sped/base/libroot.a
check_PROGRAMS += t/unit/crypto.t
TESTS += t/unit/crypto.t
t_unit_crypto_t_SOURCES = t/unit/crypto.c t/tap.h
t_unit_crypto_t_LDADD = $(BASE_LIBS)
check_PROGRAMS += t/unit/two.t
TESTS += t/unit/two.t
t_unit_two_t_SOURCES = t/unit/two.c t/tap.h
t_unit_two_t_LDADD = $(BASE_LIBS)
