# The rules: pure code, no files and no sockets (t/0020-rooms.t asks nm -u), and the policy files.
noinst_LIBRARIES += policy/libpolicy.a
policy_libpolicy_a_SOURCES = policy/inside.h policy/csv.c policy/idnum.c policy/psn.c policy/text.c policy/scan.c \
	policy/name.c policy/table.c policy/json.c policy/png.c policy/scan.h policy/number.c policy/token.c policy/direct.c policy/blob.c \
	policy/fast.c policy/words.c policy/policyfile.c policy/check.c policy/counts.c
policy_libpolicy_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(CONFUSE_CFLAGS) $(CRYPTO_CFLAGS) $(ZLIB_CFLAGS)
POLICY_LIBS = policy/libpolicy.a $(CONFUSE_LIBS) $(ZLIB_LIBS) $(JANSSON_LIBS) $(CRYPTO_LIBS)

policydir = $(sysconfdir)/spe/policy
dist_policy_DATA = policy/rules/default.policy policy/rules/strict.policy
dist_man_MANS += policy/spe-policy.5

check_PROGRAMS += t/unit/csv.t t/unit/idnum.t t/unit/psn.t t/unit/policy.t
TESTS += t/unit/csv.t t/unit/idnum.t t/unit/psn.t t/unit/policy.t
t_unit_csv_t_SOURCES = t/unit/csv.c t/tap.h
t_unit_csv_t_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
t_unit_idnum_t_SOURCES = t/unit/idnum.c t/tap.h
t_unit_idnum_t_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
t_unit_psn_t_SOURCES = t/unit/psn.c t/tap.h
t_unit_psn_t_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
check_PROGRAMS += t/unit/scan.t
TESTS += t/unit/scan.t
t_unit_scan_t_SOURCES = t/unit/scan.c t/tap.h
t_unit_scan_t_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(ZLIB_CFLAGS)
t_unit_scan_t_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
t_unit_policy_t_SOURCES = t/unit/policy.c t/tap.h
t_unit_policy_t_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(ZLIB_CFLAGS)
t_unit_policy_t_LDADD = $(POLICY_LIBS) $(BASE_LIBS)

EXTRA_DIST += t/data/fuzz-csv t/data/fuzz-policy t/data/fuzz-scan
if FUZZERS
check_PROGRAMS += t/fuzz/fuzz-csv t/fuzz/fuzz-policy
t_fuzz_fuzz_csv_SOURCES = t/fuzz/csv.c
t_fuzz_fuzz_csv_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
t_fuzz_fuzz_csv_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
t_fuzz_fuzz_policy_SOURCES = t/fuzz/policy.c
t_fuzz_fuzz_policy_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(ZLIB_CFLAGS)
t_fuzz_fuzz_policy_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
t_fuzz_fuzz_policy_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
check_PROGRAMS += t/fuzz/fuzz-scan
t_fuzz_fuzz_scan_SOURCES = t/fuzz/scan.c
t_fuzz_fuzz_scan_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_fuzz_fuzz_scan_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
t_fuzz_fuzz_scan_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif
