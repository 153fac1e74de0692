# spe-capture: an ended job's outputs as one stream.
pkglibexec_PROGRAMS += sped/bin/spe-capture
CAPTURE_PARTS = sped/capture/ticket.c sped/capture/walk.c sped/capture/pack.c sped/capture/capture.h
CAPTURE_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(CRYPTO_CFLAGS)
sped_bin_spe_capture_SOURCES = sped/capture/main.c $(CAPTURE_PARTS) sped/stage/task.c sped/stage/task.h
sped_bin_spe_capture_CPPFLAGS = $(CAPTURE_CPPFLAGS)
sped_bin_spe_capture_LDADD = $(BASE_LIBS)

check_PROGRAMS += t/unit/capture.t
t_unit_capture_t_SOURCES = t/unit/capture.c t/unit/helper.h t/tap.h $(CAPTURE_PARTS)
t_unit_capture_t_CPPFLAGS = $(CAPTURE_CPPFLAGS)
t_unit_capture_t_LDADD = $(BASE_LIBS)
TESTS += t/unit/capture.t
