# sped-api: all that talks to clients. Its OpenAPI document is compiled in, so that it opens no file for it.
pkglibexec_PROGRAMS += sped/bin/sped-api
API_PARTS = sped/api/serve.c sped/api/call.c sped/api/body.c sped/api/range.c sped/api/answer.c \
	sped/api/client.c sped/api/api.h
sped_bin_sped_api_SOURCES = sped/api/main.c $(API_PARTS)
nodist_sped_bin_sped_api_SOURCES = sped/bin/openapi.c
sped_bin_sped_api_CPPFLAGS = $(AM_CPPFLAGS) $(MHD_CFLAGS) $(JANSSON_CFLAGS)
sped_bin_sped_api_LDADD = $(BASE_LIBS) $(MHD_LIBS)
dist_pkgdata_DATA += sped/api/openapi.json
CLEANFILES += sped/bin/openapi.c

sped/bin/openapi.c: sped/api/openapi.json sped/api/api.mk
	$(AM_V_GEN)$(MKDIR_P) sped/bin && { \
		echo '#include "sped/api/api.h"' && echo 'const unsigned char api_openapi[] = {' && \
		od -An -v -tu1 $(srcdir)/sped/api/openapi.json | $(AWK) '{ for (i = 1; i <= NF; i++) printf "%s,", $$i; print "" }' && \
		echo '};' && echo 'const size_t api_openapi_len = sizeof(api_openapi);'; } >$@.new && mv $@.new $@

check_PROGRAMS += t/unit/api.t
t_unit_api_t_SOURCES = t/unit/api.c t/tap.h
t_unit_api_t_LDADD = $(BASE_LIBS)
TESTS += t/unit/api.t

EXTRA_DIST += t/data/fuzz-http
if FUZZERS
check_PROGRAMS += t/fuzz/fuzz-http
t_fuzz_fuzz_http_SOURCES = t/fuzz/http.c $(API_PARTS)
nodist_t_fuzz_fuzz_http_SOURCES = sped/bin/openapi.c
t_fuzz_fuzz_http_CPPFLAGS = $(sped_bin_sped_api_CPPFLAGS)
t_fuzz_fuzz_http_LDADD = $(BASE_LIBS) $(MHD_LIBS)
t_fuzz_fuzz_http_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif
