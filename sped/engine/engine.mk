pkglibexec_PROGRAMS += sped/bin/sped-engine
ENGINE_PARTS = sped/engine/db.c sped/engine/conf.c sped/engine/gate.c \
	sped/engine/tasks.c sped/engine/routes.c sped/engine/people.c sped/engine/registry.c sped/engine/holdings.c sped/engine/uploads.c sped/engine/runtimes.c sped/engine/permits.c \
	sped/engine/workspaces.c sped/engine/jobs.c sped/engine/exports.c sped/engine/audit.c sped/engine/witness.c sped/engine/backup.c sped/engine/doctor.c sped/engine/attest.c \
	sped/engine/lists.c sped/engine/quotas.c sped/engine/catalogue.c sped/engine/words.c sped/engine/dcat.c sped/engine/atrest.c \
	sped/engine/atrest.h sped/engine/engine.h
sped_bin_sped_engine_SOURCES = sped/engine/main.c $(ENGINE_PARTS)
sped_bin_sped_engine_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS) $(CONFUSE_CFLAGS) $(JANSSON_CFLAGS)
sped_bin_sped_engine_LDADD = $(TRUST_LIBS) $(POLICY_LIBS) $(BASE_LIBS) $(SQLITE_LIBS) $(CONFUSE_LIBS)

check_PROGRAMS += t/unit/atrest.t
t_unit_atrest_t_SOURCES = t/unit/atrest.c t/tap.h sped/engine/atrest.c sped/engine/atrest.h
TESTS += t/unit/atrest.t
check_PROGRAMS += t/unit/words.t
t_unit_words_t_SOURCES = t/unit/words.c t/tap.h sped/engine/words.c
t_unit_words_t_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS) $(JANSSON_CFLAGS)
t_unit_words_t_LDADD = $(BASE_LIBS)
TESTS += t/unit/words.t

EXTRA_DIST += t/data/fuzz-words t/data/fuzz-request
if FUZZERS
check_PROGRAMS += t/fuzz/fuzz-words
t_fuzz_fuzz_words_SOURCES = t/fuzz/words.c sped/engine/words.c
t_fuzz_fuzz_words_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS) $(JANSSON_CFLAGS)
t_fuzz_fuzz_words_LDADD = $(BASE_LIBS)
t_fuzz_fuzz_words_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
check_PROGRAMS += t/fuzz/fuzz-request
t_fuzz_fuzz_request_SOURCES = t/fuzz/request.c t/fuzz/request/gate.c t/fuzz/request/world.h $(ENGINE_PARTS)
t_fuzz_fuzz_request_CPPFLAGS = $(sped_bin_sped_engine_CPPFLAGS) -DFUZZ_TREE='"$(abs_srcdir)"'
t_fuzz_fuzz_request_LDADD = $(GATE_LIBS) $(SQLITE_LIBS) $(CONFUSE_LIBS)
t_fuzz_fuzz_request_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif
