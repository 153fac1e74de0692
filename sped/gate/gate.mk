# The gate: its verbs are a library, so that tests ask them in one process.
noinst_LIBRARIES += sped/gate/libgate.a
sped_gate_libgate_a_SOURCES = sped/gate/room.h sped/gate/calls.c sped/gate/store.c sped/gate/vault.c \
	sped/gate/keys.c sped/gate/permits.c sped/gate/erase.c sped/gate/remains.c sped/gate/tasks.c sped/gate/engine.c sped/gate/keepers.c sped/gate/held.c sped/gate/prints.c sped/gate/ingest.c sped/gate/remove.c sped/gate/outputs.c \
	sped/gate/outputs.h sped/gate/exports.c sped/gate/counts.c sped/gate/meet.c sped/gate/given.c sped/gate/said.c sped/gate/checks.c sped/gate/decide.c sped/gate/thread.c sped/gate/proof.c sped/gate/release.c \
	sped/gate/verify.c sped/gate/journal.c sped/gate/journal.h sped/gate/line.c sped/gate/lines.c sped/gate/checkpoint.c \
	sped/gate/tree.c sped/gate/life.c sped/gate/registry.c sped/gate/backup.c sped/gate/clock.c sped/gate/seen.c
sped_gate_libgate_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(CRYPTO_CFLAGS) $(ARCHIVE_CFLAGS)
GATE_LIBS = sped/gate/libgate.a $(TRUST_LIBS) $(POLICY_LIBS) $(BASE_LIBS) $(ARCHIVE_LIBS)
noinst_HEADERS += include/spe/gate.h

pkglibexec_PROGRAMS += sped/bin/sped-gate
sped_bin_sped_gate_SOURCES = sped/gate/main.c
sped_bin_sped_gate_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
sped_bin_sped_gate_LDADD = $(GATE_LIBS)

check_PROGRAMS += t/unit/gate.t t/unit/journal.t
t_unit_gate_t_SOURCES = t/unit/gate.c t/tap.h spe-cli/release.c spe-cli/signers.c spe-cli/verify.c spe-cli/kept.c
t_unit_gate_t_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(ARCHIVE_CFLAGS)
t_unit_gate_t_LDADD = $(GATE_LIBS)
t_unit_gate_t_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=io_openat
t_unit_journal_t_SOURCES = t/unit/journal.c t/tap.h
t_unit_journal_t_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_unit_journal_t_LDADD = $(GATE_LIBS)
TESTS += t/unit/gate.t t/unit/journal.t

EXTRA_DIST += t/data/fuzz-gate t/data/fuzz-outputs t/data/fuzz-said
if FUZZERS
check_PROGRAMS += t/fuzz/fuzz-gate
t_fuzz_fuzz_gate_SOURCES = t/fuzz/gate.c
t_fuzz_fuzz_gate_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_fuzz_fuzz_gate_LDADD = $(GATE_LIBS)
t_fuzz_fuzz_gate_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
check_PROGRAMS += t/fuzz/fuzz-outputs
t_fuzz_fuzz_outputs_SOURCES = t/fuzz/outputs.c
t_fuzz_fuzz_outputs_LDADD = $(GATE_LIBS)
t_fuzz_fuzz_outputs_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
check_PROGRAMS += t/fuzz/fuzz-said
t_fuzz_fuzz_said_SOURCES = t/fuzz/said.c
t_fuzz_fuzz_said_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_fuzz_fuzz_said_LDADD = $(GATE_LIBS)
t_fuzz_fuzz_said_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif

# The table of life.c, for t/0630-model.t.
check_PROGRAMS += t/tools/t-life
t_tools_t_life_SOURCES = t/tools/life.c
t_tools_t_life_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_tools_t_life_LDADD = $(GATE_LIBS)

check_PROGRAMS += t/bench/bench-journal
t_bench_bench_journal_SOURCES = t/bench/journal.c
t_bench_bench_journal_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
t_bench_bench_journal_LDADD = $(GATE_LIBS) $(SQLITE_LIBS) -lpthread
EXTRA_DIST += t/bench/journal t/model/export.pml

check_PROGRAMS += t/bench/bench-api
t_bench_bench_api_SOURCES = t/bench/api.c
t_bench_bench_api_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_bench_bench_api_LDADD = $(TRUST_LIBS) $(BASE_LIBS)
EXTRA_DIST += t/bench/api
