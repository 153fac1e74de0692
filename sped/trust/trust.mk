# Signatures, permits and descriptions of holdings: text in, struct out; no files, no sockets.
noinst_LIBRARIES += sped/trust/libtrust.a
sped_trust_libtrust_a_SOURCES = sped/trust/sshsig.c sped/trust/permit.c sped/trust/holding.c \
	sped/trust/data.c sped/trust/data.h sped/trust/merkle.c sped/trust/evidence.c \
	sped/trust/fields.c sped/trust/fields.h sped/trust/forms.c sped/trust/forms.h sped/trust/path.c sped/trust/day.c sped/trust/day.h \
	sped/trust/registry.c sped/trust/witnesses.c sped/trust/revocation.c
noinst_HEADERS += include/spe/witnesses.h include/spe/revocation.h include/spe/registry.h include/spe/path.h
sped_trust_libtrust_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(CRYPTO_CFLAGS)
TRUST_LIBS = sped/trust/libtrust.a

dist_man_MANS += sped/spe-permit.5 sped/spe-holding.5

check_PROGRAMS += t/unit/sshsig.t t/unit/permit.t t/unit/holding.t t/unit/merkle.t t/unit/evidence.t t/unit/registry.t
t_unit_registry_t_SOURCES = t/unit/registry.c t/tap.h
t_unit_registry_t_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_unit_registry_t_LDADD = $(TRUST_LIBS) $(BASE_LIBS)
t_unit_merkle_t_SOURCES = t/unit/merkle.c t/tap.h
t_unit_merkle_t_LDADD = $(TRUST_LIBS) $(BASE_LIBS)
t_unit_evidence_t_SOURCES = t/unit/evidence.c t/tap.h
t_unit_evidence_t_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_unit_evidence_t_LDADD = $(TRUST_LIBS) $(BASE_LIBS)
t_unit_sshsig_t_SOURCES = t/unit/sshsig.c t/tap.h
t_unit_sshsig_t_LDADD = $(TRUST_LIBS) $(BASE_LIBS)
t_unit_permit_t_SOURCES = t/unit/permit.c t/tap.h
t_unit_permit_t_LDADD = $(TRUST_LIBS) $(BASE_LIBS)
t_unit_holding_t_SOURCES = t/unit/holding.c t/tap.h
t_unit_holding_t_LDADD = $(TRUST_LIBS) $(BASE_LIBS)
TESTS += t/unit/sshsig.t t/unit/permit.t t/unit/holding.t t/unit/merkle.t t/unit/evidence.t t/unit/registry.t

EXTRA_DIST += t/data/fuzz-evidence t/data/fuzz-registry t/data/fuzz-sshsig t/data/fuzz-permit t/data/fuzz-holding \
	t/data/fuzz-witnesses t/data/fuzz-revocation
if FUZZERS
check_PROGRAMS += t/fuzz/fuzz-evidence t/fuzz/fuzz-sshsig t/fuzz/fuzz-permit t/fuzz/fuzz-holding t/fuzz/fuzz-registry
check_PROGRAMS += t/fuzz/fuzz-witnesses t/fuzz/fuzz-revocation
t_fuzz_fuzz_witnesses_SOURCES = t/fuzz/witnesses.c
t_fuzz_fuzz_witnesses_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_fuzz_fuzz_witnesses_LDADD = $(TRUST_LIBS) $(BASE_LIBS)
t_fuzz_fuzz_witnesses_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
t_fuzz_fuzz_revocation_SOURCES = t/fuzz/revocation.c
t_fuzz_fuzz_revocation_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_fuzz_fuzz_revocation_LDADD = $(TRUST_LIBS) $(BASE_LIBS)
t_fuzz_fuzz_revocation_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
t_fuzz_fuzz_registry_SOURCES = t/fuzz/registry.c
t_fuzz_fuzz_registry_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_fuzz_fuzz_registry_LDADD = $(TRUST_LIBS) $(BASE_LIBS)
t_fuzz_fuzz_registry_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
t_fuzz_fuzz_evidence_SOURCES = t/fuzz/evidence.c
t_fuzz_fuzz_evidence_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_fuzz_fuzz_evidence_LDADD = $(TRUST_LIBS) $(BASE_LIBS)
t_fuzz_fuzz_evidence_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
t_fuzz_fuzz_sshsig_SOURCES = t/fuzz/sshsig.c
t_fuzz_fuzz_sshsig_LDADD = $(TRUST_LIBS) $(BASE_LIBS)
t_fuzz_fuzz_sshsig_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
t_fuzz_fuzz_permit_SOURCES = t/fuzz/permit.c
t_fuzz_fuzz_permit_LDADD = $(TRUST_LIBS) $(BASE_LIBS)
t_fuzz_fuzz_permit_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
t_fuzz_fuzz_holding_SOURCES = t/fuzz/holding.c
t_fuzz_fuzz_holding_LDADD = $(TRUST_LIBS) $(BASE_LIBS)
t_fuzz_fuzz_holding_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif
