# The rules: pure code, no files and no sockets (t/0020-rooms.t asks nm -u), and the policy files.
noinst_LIBRARIES += policy/libpolicy.a
noinst_HEADERS += include/spe/prints.h
policy_libpolicy_a_SOURCES = policy/inside.h policy/csv.c policy/idnum.c policy/psn.c policy/text.c policy/scan.c \
	policy/name.c policy/table.c policy/json.c policy/png.c policy/policyfile.c policy/check.c policy/counts.c \
	policy/values.h policy/values.c policy/prints.c policy/staged.c
policy_libpolicy_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(CONFUSE_CFLAGS) $(CRYPTO_CFLAGS) $(ZLIB_CFLAGS)
POLICY_LIBS = policy/libpolicy.a $(CONFUSE_LIBS) $(ZLIB_LIBS) $(JANSSON_LIBS) $(CRYPTO_LIBS)

policydir = $(sysconfdir)/spe/policy
dist_policy_DATA = policy/rules/default.policy policy/rules/strict.policy
dist_man_MANS += policy/spe-policy.5

check_PROGRAMS += t/unit/csv.t t/unit/idnum.t t/unit/psn.t t/unit/policy.t t/unit/prints.t
TESTS += t/unit/csv.t t/unit/idnum.t t/unit/psn.t t/unit/policy.t t/unit/prints.t
t_unit_csv_t_SOURCES = t/unit/csv.c t/tap.h
t_unit_csv_t_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
t_unit_idnum_t_SOURCES = t/unit/idnum.c t/tap.h
t_unit_idnum_t_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
t_unit_psn_t_SOURCES = t/unit/psn.c t/tap.h
t_unit_psn_t_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
t_unit_policy_t_SOURCES = t/unit/policy.c t/tap.h
t_unit_policy_t_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(ZLIB_CFLAGS)
t_unit_policy_t_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
t_unit_prints_t_SOURCES = t/unit/prints.c t/tap.h
t_unit_prints_t_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_unit_prints_t_LDADD = $(POLICY_LIBS) $(BASE_LIBS) -lm

EXTRA_DIST += t/data/fuzz-csv t/data/fuzz-policy t/data/fuzz-prints
if FUZZERS
check_PROGRAMS += t/fuzz/fuzz-csv t/fuzz/fuzz-policy t/fuzz/fuzz-prints
t_fuzz_fuzz_csv_SOURCES = t/fuzz/csv.c
t_fuzz_fuzz_csv_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
t_fuzz_fuzz_csv_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
t_fuzz_fuzz_policy_SOURCES = t/fuzz/policy.c
t_fuzz_fuzz_policy_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(ZLIB_CFLAGS)
t_fuzz_fuzz_policy_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
t_fuzz_fuzz_policy_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
t_fuzz_fuzz_prints_SOURCES = t/fuzz/prints.c
t_fuzz_fuzz_prints_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_fuzz_fuzz_prints_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
t_fuzz_fuzz_prints_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif
