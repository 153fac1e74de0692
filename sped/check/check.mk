pkglibexec_PROGRAMS += sped/bin/spe-check
sped_bin_spe_check_SOURCES = sped/check/main.c
sped_bin_spe_check_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(CRYPTO_CFLAGS)
sped_bin_spe_check_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
