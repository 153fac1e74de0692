pkglibexec_PROGRAMS += sped/bin/spe-check
sped_bin_spe_check_SOURCES = sped/check/main.c sped/check/inputs.c sped/check/check.h
sped_bin_spe_check_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(CRYPTO_CFLAGS)
sped_bin_spe_check_LDADD = $(POLICY_LIBS) $(BASE_LIBS) $(MAGIC_LIBS)
noinst_HEADERS += include/spe/verdict.h

check_PROGRAMS += t/unit/check.t
TESTS += t/unit/check.t
t_unit_check_t_SOURCES = t/unit/check.c t/unit/helper.h t/tap.h
t_unit_check_t_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(CRYPTO_CFLAGS)
t_unit_check_t_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
