# The tests in shell, what they share, and the tools they use. C tests are in the fragments of their rooms.
SHELL_TESTS = t/0010-root-size.t t/0020-rooms.t t/0110-cli-usage.t t/0120-verify.t t/0130-docs.t t/0140-lint.t \
	t/0150-fuzz.t t/0160-sanitizers.t t/0210-openapi.t t/0300-day.t t/0310-inside.t t/0315-hostile.t t/0316-weak.t t/0317-refused.t t/0318-doctor.t t/0320-limits.t t/0325-cgroup2.t \
	t/0330-clients.t t/0335-jobs.t t/0336-ahead.t t/0340-profiles.t t/0340-runtimes.t t/0342-roots.t t/0345-attest.t t/0345-queue.t t/0346-quota.t t/0347-upgrade.t t/0500-check.t t/0505-policies.t t/0508-words.t \
	t/0510-hiding.t t/0520-staged.t \
	t/0530-replay.t t/0540-ahead.t t/0540-clean.t t/0550-dirty.t t/0560-clean.t t/0570-protect.t t/0580-vectors.t t/0610-decisions.t t/0613-liar.t t/0615-registry.t t/0617-tickets.t t/0620-evidence.t t/0630-model.t t/0900-kill.t
SHELL_TESTS += t/0512-documents.t
SHELL_TESTS += t/0410-crypt4gh.t
SHELL_TESTS += t/0420-staging.t t/0427-forms.t t/0428-holders.t t/0429-uploads.t
SHELL_TESTS += t/0425-describe.t t/0430-catalogue.t t/0620-deletion.t
SHELL_TESTS += t/0625-witness.t t/0640-backup.t t/0650-crate.t t/0655-fetch.t t/0660-full-disk.t t/0910-fault.t t/0920-stopped.t
TESTS += $(SHELL_TESTS)
dist_noinst_SCRIPTS += $(SHELL_TESTS) t/check t/demo t/packages
EXTRA_DIST += t/lib.sh t/scratch.sh t/day.sh t/patient.sh t/fault t/bench/README.md t/lint.cfg
EXTRA_DIST += t/data/demo t/data/confined.c t/bench/launch t/bench/syscall t/bench/check t/bench/patterns t/vm/run t/vm/unit.sh t/vm/README.md

EXTRA_DIST += t/data/vectors.tsv t/data/corpus t/tools/corpus.py t/tools/crypt4gh.py t/tools/shapes.py t/data/healthdcat.ttl

check_PROGRAMS += t/tools/t-launch
t_tools_t_launch_SOURCES = t/tools/launch.c t/tools/keeper.h
t_tools_t_launch_LDADD = sped/base/libroot.a

check_PROGRAMS += t/tools/t-other-keeper
t_tools_t_other_keeper_SOURCES = t/tools/other.c
t_tools_t_other_keeper_LDADD = sped/base/libroot.a

check_PROGRAMS += t/tools/t-other-engine
t_tools_t_other_engine_SOURCES = t/tools/engine.c
t_tools_t_other_engine_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_tools_t_other_engine_LDADD = $(BASE_LIBS)

check_PROGRAMS += t/tools/t-fault
t_tools_t_fault_SOURCES = t/tools/fault.c
t_tools_t_fault_CPPFLAGS = $(AM_CPPFLAGS) $(SECCOMP_CFLAGS)
t_tools_t_fault_LDADD = $(SECCOMP_LIBS)

check_PROGRAMS += t/tools/t-clock.so
t_tools_t_clock_so_SOURCES = t/tools/clock.c
t_tools_t_clock_so_CFLAGS = $(AM_CFLAGS) -fPIC
t_tools_t_clock_so_LDFLAGS = -shared
check_PROGRAMS += t/tools/t-alloc.so
t_tools_t_alloc_so_SOURCES = t/tools/alloc.c
t_tools_t_alloc_so_CFLAGS = $(AM_CFLAGS) -fPIC
t_tools_t_alloc_so_LDFLAGS = -shared

# Helpers whose allocations t-fault can let fail: their own objects, and t/tools/short.c.
noinst_HEADERS += t/tools/short.h
SHORT_WRAP = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
check_PROGRAMS += t/tools/short/spe-capture t/tools/short/spe-check t/tools/short/spe-filter t/tools/short/spe-image t/tools/short/spe-init \
	t/tools/short/spe-root t/tools/short/spe-stage t/tools/short/spe-unpack
t_tools_short_spe_capture_SOURCES = t/tools/short.c
t_tools_short_spe_capture_LDADD = $(sped_bin_spe_capture_OBJECTS) $(sped_bin_spe_capture_LDADD)
t_tools_short_spe_check_SOURCES = t/tools/short.c
t_tools_short_spe_check_LDADD = $(sped_bin_spe_check_OBJECTS) $(sped_bin_spe_check_LDADD)
t_tools_short_spe_filter_SOURCES = t/tools/short.c
t_tools_short_spe_filter_LDADD = $(sped_bin_spe_filter_OBJECTS) $(sped_bin_spe_filter_LDADD)
t_tools_short_spe_image_SOURCES = t/tools/short.c
t_tools_short_spe_image_LDADD = $(sped_bin_spe_image_OBJECTS) $(sped_bin_spe_image_LDADD)
t_tools_short_spe_stage_SOURCES = t/tools/short.c
t_tools_short_spe_stage_LDADD = $(sped_bin_spe_stage_OBJECTS) $(sped_bin_spe_stage_LDADD)
t_tools_short_spe_init_SOURCES = t/tools/short.c
t_tools_short_spe_init_CPPFLAGS = $(sped_bin_spe_init_CPPFLAGS) -DSHORT_WRAPPED
t_tools_short_spe_init_LDFLAGS = $(sped_bin_spe_init_LDFLAGS) $(SHORT_WRAP)
t_tools_short_spe_init_LDADD = $(sped_bin_spe_init_OBJECTS) $(sped_bin_spe_init_LDADD)
t_tools_short_spe_init_LINK = $(FIRST_CC) $(AM_CFLAGS) $(CFLAGS) $(t_tools_short_spe_init_LDFLAGS) $(LDFLAGS) -o $@
$(t_tools_short_spe_init_OBJECTS): CC = $(FIRST_CC)
t_tools_short_spe_root_SOURCES = t/tools/short.c
t_tools_short_spe_root_CPPFLAGS = $(AM_CPPFLAGS) -DSHORT_WRAPPED
t_tools_short_spe_root_LDFLAGS = $(sped_bin_spe_root_LDFLAGS) $(SHORT_WRAP)
t_tools_short_spe_root_LDADD = $(sped_bin_spe_root_OBJECTS) $(sped_bin_spe_root_LDADD)
t_tools_short_spe_unpack_SOURCES = t/tools/short.c
t_tools_short_spe_unpack_CPPFLAGS = $(AM_CPPFLAGS) -DSHORT_WRAPPED
t_tools_short_spe_unpack_LDFLAGS = $(sped_bin_spe_unpack_LDFLAGS) $(SHORT_WRAP)
t_tools_short_spe_unpack_LDADD = $(sped_bin_spe_unpack_OBJECTS) $(sped_bin_spe_unpack_LDADD)

check_PROGRAMS += t/tools/t-deny
t_tools_t_deny_SOURCES = t/tools/deny.c
t_tools_t_deny_CPPFLAGS = $(AM_CPPFLAGS) $(SECCOMP_CFLAGS)
t_tools_t_deny_LDADD = $(SECCOMP_LIBS)

# spe-init with another filter, for t/0345-attest.t
check_PROGRAMS += t/tools/t-loose-init t/tools/t-late-init t/tools/t-slow-unpack
t_tools_t_slow_unpack_SOURCES = t/tools/slow.c sped/init/unpack.c
t_tools_t_slow_unpack_CPPFLAGS = $(AM_CPPFLAGS) $(ARCHIVE_CFLAGS)
t_tools_t_slow_unpack_LDFLAGS = $(sped_bin_spe_unpack_LDFLAGS) -Wl,--wrap=archive_read_new
t_tools_t_slow_unpack_LDADD = $(sped_bin_spe_unpack_LDADD)
t_tools_t_loose_init_SOURCES = t/tools/loose.c $(sped_bin_spe_init_SOURCES)
t_tools_t_loose_init_LDFLAGS = $(INIT_LDFLAGS) -Wl,--wrap=syscall
t_tools_t_late_init_SOURCES = t/tools/late.c $(sped_bin_spe_init_SOURCES)
t_tools_t_late_init_LDFLAGS = $(INIT_LDFLAGS) -Wl,--wrap=execvpe

# spe-filter of an older kernel, for t/0340-profiles.t
check_PROGRAMS += t/tools/t-older-filter
t_tools_t_older_filter_SOURCES = t/tools/older.c $(sped_bin_spe_filter_SOURCES)
t_tools_t_older_filter_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=prctl
t_tools_t_older_filter_LDADD = $(sped_bin_spe_filter_LDADD)

check_PROGRAMS += t/tools/t-staged
t_tools_t_staged_SOURCES = t/tools/staged.c
t_tools_t_staged_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_tools_t_staged_LDADD = $(POLICY_LIBS) $(BASE_LIBS)

# Benches are run by hand: t/bench/README.md. Each is a script beside a file of C of its name, which is not what it is made of: where
# that is the newer one make would compile it.
t/bench/api t/bench/check t/bench/crypt4gh t/bench/difference t/bench/journal t/bench/launch t/bench/stage t/bench/syscall: ;
check_PROGRAMS += t/bench/bench-launch
t_bench_bench_launch_SOURCES = t/bench/launch.c t/tools/keeper.h
t_bench_bench_launch_LDADD = sped/base/libroot.a
check_PROGRAMS += t/bench/bench-syscall
t_bench_bench_syscall_SOURCES = t/bench/syscall.c
check_PROGRAMS += t/bench/bench-prints
t_bench_bench_prints_SOURCES = t/bench/prints.c
t_bench_bench_prints_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_bench_bench_prints_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
check_PROGRAMS += t/bench/bench-check
t_bench_bench_check_SOURCES = t/bench/check.c
t_bench_bench_check_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_bench_bench_check_LDADD = $(POLICY_LIBS) $(BASE_LIBS)

check_PROGRAMS += t/bench/bench-crypt4gh
t_bench_bench_crypt4gh_SOURCES = t/bench/crypt4gh.c t/unit/c4gh.h
t_bench_bench_crypt4gh_CPPFLAGS = $(STAGE_CPPFLAGS)
t_bench_bench_crypt4gh_LDADD = $(STAGE_LIBS)
EXTRA_DIST += t/bench/crypt4gh
check_PROGRAMS += t/bench/bench-stage
t_bench_bench_stage_SOURCES = t/bench/stage.c t/unit/helper.h
t_bench_bench_stage_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_bench_bench_stage_LDADD = $(BASE_LIBS)
EXTRA_DIST += t/bench/stage

# What wants out of a job: statically, so that any root can run it.
check_PROGRAMS += t/hostile/hostile
t_hostile_hostile_SOURCES = t/hostile/main.c t/hostile/table.c t/hostile/files.c t/hostile/hog.c t/hostile/host.c t/hostile/kernel.c \
	t/hostile/lifecycle.c t/hostile/net.c t/hostile/process.c t/hostile/hostile.h
t_hostile_hostile_LDFLAGS = $(INIT_LDFLAGS)
EXTRA_DIST += t/hostile/world.sh t/hostile/README.md
