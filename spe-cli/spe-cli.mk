# The program of researchers, checkers, operators and auditors: what talks with sped, and, with more libraries, what reads and
# packs files, signs and verifies (elsewhere.c).
bin_PROGRAMS += spe-cli/spe-cli
pkglibexec_PROGRAMS += spe-cli/spe-cli-files
noinst_LIBRARIES += spe-cli/libcli.a
spe_cli_libcli_a_SOURCES = spe-cli/cli.c spe-cli/cli.h spe-cli/commands.c spe-cli/commands.h \
	spe-cli/help.c spe-cli/file.c spe-cli/value.c spe-cli/value.h spe-cli/findings.c spe-cli/findings.h \
	spe-cli/show.c spe-cli/show.h spe-cli/talk.c spe-cli/talk.h spe-cli/http.c spe-cli/http.h spe-cli/follow.c spe-cli/follow.h \
	spe-cli/pack.h spe-cli/cmd_shared.c spe-cli/cmd_whoami.c spe-cli/cmd_attest.c \
	spe-cli/cmd_holding.c spe-cli/cmd_catalogue.c spe-cli/cmd_permit.c spe-cli/cmd_quota.c spe-cli/cmd_runtime.c spe-cli/cmd_upload.c \
	spe-cli/cmd_workspace.c spe-cli/cmd_run.c spe-cli/cmd_job.c \
	spe-cli/cmd_export.c spe-cli/cmd_audit.c spe-cli/cmd_halt.c
spe_cli_libcli_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(CRYPTO_CFLAGS)
CLI_LIBS = spe-cli/libcli.a $(TRUST_LIBS) sped/base/libbase.a sped/base/libroot.a $(JANSSON_LIBS) $(HTTP_LIBS)
spe_cli_spe_cli_SOURCES = spe-cli/main.c spe-cli/elsewhere.c
spe_cli_spe_cli_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
spe_cli_spe_cli_LDADD = $(CLI_LIBS)
spe_cli_spe_cli_files_SOURCES = spe-cli/main.c spe-cli/pack.c spe-cli/layout.c spe-cli/guard.c spe-cli/checking.c spe-cli/checking.h \
	spe-cli/release.c spe-cli/release.h spe-cli/verify.c spe-cli/verify.h spe-cli/sign.c spe-cli/sign.h spe-cli/signers.c spe-cli/signers.h \
	spe-cli/kept.c spe-cli/kept.h spe-cli/file_key.c spe-cli/cmd_permit_check.c spe-cli/cmd_revoke.c spe-cli/cmd_user.c spe-cli/cmd_issuer.c spe-cli/cmd_registry.c spe-cli/registry.h \
	spe-cli/cmd_review.c spe-cli/cmd_evidence.c spe-cli/cmd_verifying.c spe-cli/cmd_peer.c spe-cli/cmd_check.c spe-cli/cmd_protect.c spe-cli/cmd_policy.c \
	spe-cli/cmd_verify.c spe-cli/cmd_export_fetch.c spe-cli/crate.c spe-cli/crate.h spe-cli/cmd_crate.c spe-cli/cmd_holding_add.c spe-cli/cmd_describe.c spe-cli/draft.c spe-cli/draft.h spe-cli/dummy.c spe-cli/nobody.c \
	spe-cli/cmd_backup.c spe-cli/ending.c spe-cli/ending.h spe-cli/sums.c spe-cli/sums.h
spe_cli_spe_cli_files_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(ARCHIVE_CFLAGS) $(CRYPTO_CFLAGS)
spe_cli_spe_cli_files_LDADD = spe-cli/libcli.a $(POLICY_LIBS) $(TRUST_LIBS) $(BASE_LIBS) $(HTTP_LIBS) $(ARCHIVE_LIBS) $(MAGIC_LIBS) -lm

dist_man_MANS += spe-cli/spe-cli.1
bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = spe-cli/completions/spe-cli.bash
# The shipped policy once more, where spe-cli finds it on a computer without sped.
dist_pkgdata_DATA += policy/rules/default.policy

check_PROGRAMS += t/unit/cli.t
t_unit_cli_t_SOURCES = t/unit/cli.c t/tap.h spe-cli/value.c spe-cli/show.c spe-cli/findings.c spe-cli/signers.c spe-cli/pack.c
t_unit_cli_t_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(ARCHIVE_CFLAGS)
t_unit_cli_t_LDADD = $(TRUST_LIBS) $(BASE_LIBS) $(ARCHIVE_LIBS)
TESTS += t/unit/cli.t

check_PROGRAMS += t/unit/kept.t
t_unit_kept_t_SOURCES = t/unit/kept.c t/tap.h spe-cli/kept.c spe-cli/kept.h
t_unit_kept_t_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_unit_kept_t_LDADD = $(TRUST_LIBS) $(BASE_LIBS)
TESTS += t/unit/kept.t

check_PROGRAMS += t/unit/http.t
t_unit_http_t_SOURCES = t/unit/http.c t/tap.h spe-cli/http.c
t_unit_http_t_LDADD = $(BASE_LIBS) $(HTTP_LIBS)
TESTS += t/unit/http.t

DRAFT_PARTS = spe-cli/draft.c spe-cli/draft.h spe-cli/dummy.c spe-cli/nobody.c
check_PROGRAMS += t/unit/draft.t
t_unit_draft_t_SOURCES = t/unit/draft.c t/tap.h $(DRAFT_PARTS)
t_unit_draft_t_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_unit_draft_t_LDADD = $(TRUST_LIBS) $(POLICY_LIBS) $(BASE_LIBS) -lm
TESTS += t/unit/draft.t

EXTRA_DIST += t/data/fuzz-release t/data/fuzz-draft t/data/fuzz-answer
if FUZZERS
check_PROGRAMS += t/fuzz/fuzz-answer
t_fuzz_fuzz_answer_SOURCES = t/fuzz/answer.c spe-cli/http.c
t_fuzz_fuzz_answer_LDADD = $(BASE_LIBS) $(HTTP_LIBS)
t_fuzz_fuzz_answer_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
check_PROGRAMS += t/fuzz/fuzz-draft
t_fuzz_fuzz_draft_SOURCES = t/fuzz/draft.c $(DRAFT_PARTS)
t_fuzz_fuzz_draft_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_fuzz_fuzz_draft_LDADD = $(TRUST_LIBS) $(POLICY_LIBS) $(BASE_LIBS) -lm
t_fuzz_fuzz_draft_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
check_PROGRAMS += t/fuzz/fuzz-release
t_fuzz_fuzz_release_SOURCES = t/fuzz/release.c spe-cli/release.c spe-cli/signers.c spe-cli/verify.c spe-cli/kept.c
t_fuzz_fuzz_release_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(ARCHIVE_CFLAGS) $(CRYPTO_CFLAGS)
t_fuzz_fuzz_release_LDADD = $(TRUST_LIBS) $(BASE_LIBS) $(ARCHIVE_LIBS)
t_fuzz_fuzz_release_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif
