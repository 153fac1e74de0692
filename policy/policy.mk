# The rules: pure code, no files and no sockets (t/0020-rooms.t asks nm -u), and the policy files.
noinst_LIBRARIES += policy/libpolicy.a
noinst_HEADERS += include/spe/prints.h include/spe/protect.h
policy_libpolicy_a_SOURCES = policy/inside.h policy/csv.c policy/idnum.c policy/idcolumn.c policy/psn.c policy/text.c policy/scan.c \
	policy/name.c policy/table.h policy/table.c policy/grid.c policy/textgrid.c policy/prose.h policy/spelled.c policy/prose.c policy/quoted.c policy/listing.c policy/alike.c policy/records.c policy/across.c policy/fields.c policy/rows.c policy/oddcells.c policy/header.c policy/cube.c policy/sdc.c policy/percent.c policy/perturb.c policy/protect.c \
	policy/margins.c policy/difference.c policy/survival.c policy/regression.c policy/sidecar.c policy/json.c policy/json_tables.c policy/png.c policy/policyfile.c policy/profile.c policy/check.c policy/counts.c policy/sort.c \
	policy/formats.h policy/kind.c policy/hidden.c policy/jpeg.c policy/svg.c policy/html.c policy/xml.h policy/xml.c \
	policy/story.h policy/story.c policy/zip.c policy/office.c policy/xlsx.c policy/docx.c policy/odf.c policy/reach.h policy/pdf.h policy/pdf.c policy/pdf_read.c policy/pdf_page.c \
	policy/rebuild.c policy/rebuild_table.c policy/rebuild_json.c policy/rebuild_png.c policy/number.c \
	policy/nfc.c policy/nfc.h policy/explain.c policy/scan.h policy/digits.c policy/token.c \
	policy/direct.c policy/blob.c policy/fast.c policy/kernels.c policy/patterns.h policy/walk.h policy/words.c policy/values.h policy/values.c policy/eight.c policy/prints.c policy/staged.c
policy_libpolicy_a_CPPFLAGS = $(AM_CPPFLAGS) $(SECCOMP_CFLAGS) $(JANSSON_CFLAGS) $(CONFUSE_CFLAGS) $(CRYPTO_CFLAGS) $(ZLIB_CFLAGS) $(PNG_CFLAGS) $(JPEG_CFLAGS)
POLICY_LIBS = policy/libpolicy.a $(CONFUSE_LIBS) $(PNG_LIBS) $(JPEG_LIBS) $(ZLIB_LIBS) $(JANSSON_LIBS) $(CRYPTO_LIBS) -lm

policydir = $(sysconfdir)/spe/policy
policies = policy/rules/default.policy policy/rules/strict.policy policy/rules/opensafely.policy \
	policy/rules/acro.policy policy/rules/statistics-denmark.policy policy/rules/findata.policy
profilesdir = $(sysconfdir)/spe/profiles
profiles = policy/profiles/analysis.profile policy/profiles/jit.profile policy/profiles/strict.profile
EXTRA_DIST += $(policies) $(profiles)

# What a site edited stays, as sped.conf does, and the new one is put beside; what nobody edited is as it was installed last, of
# which a copy lies in shippeddir.
shippeddir = $(pkgdatadir)/installed
policies_from = $(srcdir)
install-policies:
	for f in $(policies) $(profiles); do \
		to='$(DESTDIR)$(policydir)'; case $$f in *.profile) to='$(DESTDIR)$(profilesdir)' ;; esac; \
		$(MKDIR_P) "$$to" '$(DESTDIR)$(shippeddir)'; to=$$to/$${f##*/}; last='$(DESTDIR)$(shippeddir)'/$${f##*/}; \
		if test ! -e "$$to" || cmp -s "$(policies_from)/$$f" "$$to" || cmp -s "$$last" "$$to"; then rm -f "$$to.new"; \
		else echo "$$to is another and stays; what comes with this spe is $$to.new"; to=$$to.new; fi; \
		$(INSTALL_DATA) "$(policies_from)/$$f" "$$to" && $(INSTALL_DATA) "$(policies_from)/$$f" "$$last" || exit 1; \
	done
uninstall-policies:
	for f in $(policies) $(profiles); do \
		to='$(DESTDIR)$(policydir)'; case $$f in *.profile) to='$(DESTDIR)$(profilesdir)' ;; esac; \
		to=$$to/$${f##*/}; \
		! cmp -s "$(policies_from)/$$f" "$$to" || rm -f "$$to"; \
		rm -f "$$to.new" '$(DESTDIR)$(shippeddir)'/$${f##*/}; \
	done
	-rmdir '$(DESTDIR)$(shippeddir)' 2>/dev/null
.PHONY: install-policies uninstall-policies
dist_man_MANS += policy/spe-policy.5 policy/spe-profile.5

check_PROGRAMS += t/unit/csv.t t/unit/idnum.t t/unit/psn.t t/unit/policy.t t/unit/rebuild.t t/unit/formats.t t/unit/prints.t
TESTS += t/unit/csv.t t/unit/idnum.t t/unit/psn.t t/unit/policy.t t/unit/rebuild.t t/unit/formats.t t/unit/prints.t
t_unit_csv_t_SOURCES = t/unit/csv.c t/tap.h
t_unit_csv_t_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
t_unit_idnum_t_SOURCES = t/unit/idnum.c t/unit/idnum.h t/tap.h
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
t_unit_prints_t_SOURCES = t/unit/prints.c t/tap.h
t_unit_prints_t_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_unit_prints_t_LDADD = $(POLICY_LIBS) $(BASE_LIBS) -lm

check_PROGRAMS += t/unit/policyfile.t t/unit/profile.t
TESTS += t/unit/policyfile.t t/unit/profile.t
t_unit_profile_t_SOURCES = t/unit/profile.c t/tap.h
t_unit_profile_t_LDADD = policy/libpolicy.a $(CONFUSE_LIBS) $(BASE_LIBS)
t_unit_policyfile_t_SOURCES = t/unit/policyfile.c t/tap.h
t_unit_policyfile_t_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_unit_policyfile_t_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
t_unit_rebuild_t_SOURCES = t/unit/rebuild.c t/tap.h
t_unit_rebuild_t_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(ZLIB_CFLAGS) $(PNG_CFLAGS)
t_unit_rebuild_t_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
t_unit_formats_t_SOURCES = t/unit/formats.c t/tap.h
t_unit_formats_t_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(ZLIB_CFLAGS) $(JPEG_CFLAGS)
t_unit_formats_t_LDADD = $(POLICY_LIBS) $(BASE_LIBS)

dist_pkgdata_DATA += policy/outputs.schema.json

check_PROGRAMS += t/unit/table.t t/unit/outputs.t t/unit/prose.t t/unit/vectors.t t/unit/margins.t t/unit/difference.t t/unit/sidecar.t
TESTS += t/unit/table.t t/unit/outputs.t t/unit/prose.t t/unit/vectors.t t/unit/margins.t t/unit/difference.t t/unit/sidecar.t
t_unit_outputs_t_SOURCES = t/unit/outputs.c t/unit/judge.h t/tap.h
t_unit_outputs_t_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_unit_outputs_t_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
t_unit_table_t_SOURCES = t/unit/table.c t/unit/judge.h t/tap.h
t_unit_table_t_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_unit_table_t_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc,--wrap=calloc
t_unit_table_t_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
t_unit_prose_t_SOURCES = t/unit/prose.c t/unit/judge.h t/tap.h
t_unit_prose_t_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_unit_prose_t_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
t_unit_vectors_t_SOURCES = t/unit/vectors.c t/unit/idnum.h t/unit/judge.h t/tap.h
t_unit_vectors_t_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_unit_vectors_t_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
t_unit_margins_t_SOURCES = t/unit/margins.c t/unit/judge.h t/tap.h
t_unit_margins_t_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_unit_margins_t_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
t_unit_difference_t_SOURCES = t/unit/difference.c t/unit/judge.h t/tap.h
t_unit_difference_t_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_unit_difference_t_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
t_unit_sidecar_t_SOURCES = t/unit/sidecar.c t/unit/judge.h t/tap.h
t_unit_sidecar_t_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_unit_sidecar_t_LDADD = $(POLICY_LIBS) $(BASE_LIBS)

# A bench, run by hand: t/bench/README.md.
check_PROGRAMS += t/bench/bench-difference
t_bench_bench_difference_SOURCES = t/bench/difference.c
t_bench_bench_difference_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
t_bench_bench_difference_LDADD = $(POLICY_LIBS) $(BASE_LIBS) $(SQLITE_LIBS)
EXTRA_DIST += t/bench/difference
EXTRA_DIST += t/data/fuzz-csv t/data/fuzz-policy t/data/fuzz-prints t/data/fuzz-table t/data/fuzz-profile
EXTRA_DIST += t/data/fuzz-csv t/data/fuzz-policy t/data/fuzz-scan
EXTRA_DIST += t/data/fuzz-pdf t/data/fuzz-protect
EXTRA_DIST += t/data/fuzz-office
EXTRA_DIST += t/data/fuzz-markup
EXTRA_DIST += t/data/fuzz-jpeg
EXTRA_DIST += t/data/fuzz-png
EXTRA_DIST += t/data/fuzz-json
if FUZZERS
check_PROGRAMS += t/fuzz/fuzz-profile
t_fuzz_fuzz_profile_SOURCES = t/fuzz/profile.c
t_fuzz_fuzz_profile_LDADD = policy/libpolicy.a $(CONFUSE_LIBS) $(BASE_LIBS)
t_fuzz_fuzz_profile_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
check_PROGRAMS += t/fuzz/fuzz-csv t/fuzz/fuzz-policy t/fuzz/fuzz-prints t/fuzz/fuzz-table
t_fuzz_fuzz_table_SOURCES = t/fuzz/table.c
t_fuzz_fuzz_table_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_fuzz_fuzz_table_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
t_fuzz_fuzz_table_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
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
check_PROGRAMS += t/fuzz/fuzz-protect
t_fuzz_fuzz_protect_SOURCES = t/fuzz/protect.c
t_fuzz_fuzz_protect_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_fuzz_fuzz_protect_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
t_fuzz_fuzz_protect_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
check_PROGRAMS += t/fuzz/fuzz-scan
t_fuzz_fuzz_scan_SOURCES = t/fuzz/scan.c
t_fuzz_fuzz_scan_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_fuzz_fuzz_scan_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
t_fuzz_fuzz_scan_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
check_PROGRAMS += t/fuzz/fuzz-pdf
t_fuzz_fuzz_pdf_SOURCES = t/fuzz/pdf.c t/fuzz/promise.h
t_fuzz_fuzz_pdf_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(ZLIB_CFLAGS)
t_fuzz_fuzz_pdf_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
t_fuzz_fuzz_pdf_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
check_PROGRAMS += t/fuzz/fuzz-office
t_fuzz_fuzz_office_SOURCES = t/fuzz/office.c t/fuzz/promise.h
t_fuzz_fuzz_office_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(ZLIB_CFLAGS)
t_fuzz_fuzz_office_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
t_fuzz_fuzz_office_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
check_PROGRAMS += t/fuzz/fuzz-markup
t_fuzz_fuzz_markup_SOURCES = t/fuzz/markup.c t/fuzz/promise.h
t_fuzz_fuzz_markup_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(ZLIB_CFLAGS)
t_fuzz_fuzz_markup_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
t_fuzz_fuzz_markup_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
check_PROGRAMS += t/fuzz/fuzz-jpeg
t_fuzz_fuzz_jpeg_SOURCES = t/fuzz/jpeg.c t/fuzz/promise.h
t_fuzz_fuzz_jpeg_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(ZLIB_CFLAGS)
t_fuzz_fuzz_jpeg_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
t_fuzz_fuzz_jpeg_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
check_PROGRAMS += t/fuzz/fuzz-png
t_fuzz_fuzz_png_SOURCES = t/fuzz/png.c t/fuzz/promise.h
t_fuzz_fuzz_png_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(ZLIB_CFLAGS)
t_fuzz_fuzz_png_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
t_fuzz_fuzz_png_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
check_PROGRAMS += t/fuzz/fuzz-json
t_fuzz_fuzz_json_SOURCES = t/fuzz/json.c t/fuzz/promise.h
t_fuzz_fuzz_json_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(ZLIB_CFLAGS)
t_fuzz_fuzz_json_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
t_fuzz_fuzz_json_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif

check_PROGRAMS += t/unit/protect.t
TESTS += t/unit/protect.t
t_unit_protect_t_SOURCES = t/unit/protect.c t/unit/judge.h t/tap.h
t_unit_protect_t_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
t_unit_protect_t_LDADD = $(POLICY_LIBS) $(BASE_LIBS)
