# spe-stage: holdings to a workspace's data. task.c is the ticket's way in, spe-capture's too.
pkglibexec_PROGRAMS += sped/bin/spe-stage
noinst_LIBRARIES += sped/stage/libstage.a
sped_stage_libstage_a_SOURCES = sped/stage/stage.c sped/stage/intake.c sped/stage/wipe.c sped/stage/ticket.c sped/stage/task.c \
	sped/stage/task.h sped/stage/table.c sped/stage/person.c sped/stage/many.c sped/stage/rows.c sped/stage/source.c \
	sped/stage/value.c sped/stage/change.c sped/stage/persons.c sped/stage/spill.c sped/stage/risk.c sped/stage/write.c sped/stage/lane.c sped/stage/digests.c sped/stage/days.c sped/stage/decode.c \
	sped/stage/index.c sped/stage/canary.c sped/stage/c4gh.c \
	sped/stage/c4gh_head.c sped/stage/c4gh.h sped/stage/form.c sped/stage/form.h sped/stage/ndjson.c sped/stage/fixed.c sped/stage/opaque.c sped/stage/progress.c sped/stage/verify.c sped/stage/stage.h
STAGE_LIBS = sped/stage/libstage.a $(TRUST_LIBS) $(POLICY_LIBS) $(BASE_LIBS) $(ARCHIVE_LIBS) $(ZLIB_LIBS) $(IPSEC_LIBS) -lm
STAGE_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(CRYPTO_CFLAGS) $(ARCHIVE_CFLAGS) $(ZLIB_CFLAGS)
sped_stage_libstage_a_CPPFLAGS = $(STAGE_CPPFLAGS)
sped_bin_spe_stage_SOURCES = sped/stage/main.c
sped_bin_spe_stage_CPPFLAGS = $(STAGE_CPPFLAGS)
sped_bin_spe_stage_LDADD = $(STAGE_LIBS)

check_PROGRAMS += t/unit/stage.t
t_unit_stage_t_SOURCES = t/unit/stage.c t/unit/helper.h t/tap.h
t_unit_stage_t_CPPFLAGS = $(STAGE_CPPFLAGS)
t_unit_stage_t_LDADD = $(STAGE_LIBS)
TESTS += t/unit/stage.t
check_PROGRAMS += t/unit/c4gh.t
t_unit_c4gh_t_SOURCES = t/unit/c4gh.c t/unit/c4gh.h t/unit/helper.h t/tap.h
t_unit_c4gh_t_CPPFLAGS = $(STAGE_CPPFLAGS)
t_unit_c4gh_t_LDADD = $(STAGE_LIBS)
TESTS += t/unit/c4gh.t

check_PROGRAMS += t/unit/subset.t
t_unit_subset_t_SOURCES = t/unit/subset.c t/unit/helper.h t/tap.h
t_unit_subset_t_CPPFLAGS = $(STAGE_CPPFLAGS)
t_unit_subset_t_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=realloc
t_unit_subset_t_LDADD = $(STAGE_LIBS)
TESTS += t/unit/subset.t

check_PROGRAMS += t/unit/forms.t
t_unit_forms_t_SOURCES = t/unit/forms.c t/unit/helper.h t/tap.h
t_unit_forms_t_CPPFLAGS = $(STAGE_CPPFLAGS)
t_unit_forms_t_LDADD = $(STAGE_LIBS)
TESTS += t/unit/forms.t

EXTRA_DIST += t/data/fuzz-stage t/data/fuzz-c4gh t/data/fuzz-forms t/data/risk-whole.csv t/data/risk-k5.csv
if FUZZERS
check_PROGRAMS += t/fuzz/fuzz-stage
t_fuzz_fuzz_stage_SOURCES = t/fuzz/stage.c
t_fuzz_fuzz_stage_CPPFLAGS = $(STAGE_CPPFLAGS)
t_fuzz_fuzz_stage_LDADD = $(STAGE_LIBS)
t_fuzz_fuzz_stage_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
check_PROGRAMS += t/fuzz/fuzz-forms
t_fuzz_fuzz_forms_SOURCES = t/fuzz/forms.c
t_fuzz_fuzz_forms_CPPFLAGS = $(STAGE_CPPFLAGS)
t_fuzz_fuzz_forms_LDADD = $(STAGE_LIBS)
t_fuzz_fuzz_forms_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
check_PROGRAMS += t/fuzz/fuzz-c4gh
t_fuzz_fuzz_c4gh_SOURCES = t/fuzz/c4gh.c t/unit/c4gh.h
t_fuzz_fuzz_c4gh_CPPFLAGS = $(STAGE_CPPFLAGS)
t_fuzz_fuzz_c4gh_LDADD = $(STAGE_LIBS)
t_fuzz_fuzz_c4gh_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif
