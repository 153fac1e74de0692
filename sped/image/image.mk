# spe-image: an image to a runtime's tree. task.c and wipe.c are those of spe-stage.
pkglibexec_PROGRAMS += sped/bin/spe-image
IMAGE_PARTS = sped/image/unpack.c sped/image/outer.c sped/image/choose.c sped/image/layer.c sped/image/entry.c sped/image/names.c \
	sped/image/tree.c sped/image/seal.c sped/image/image.h sped/stage/wipe.c sped/stage/task.c
IMAGE_LIBS = $(BASE_LIBS) $(ARCHIVE_LIBS)
IMAGE_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(CRYPTO_CFLAGS) $(ARCHIVE_CFLAGS)
sped_bin_spe_image_SOURCES = sped/image/main.c $(IMAGE_PARTS)
sped_bin_spe_image_CPPFLAGS = $(IMAGE_CPPFLAGS)
sped_bin_spe_image_LDADD = $(IMAGE_LIBS)

check_PROGRAMS += t/unit/image.t
t_unit_image_t_SOURCES = t/unit/image.c t/unit/helper.h t/tap.h $(IMAGE_PARTS)
t_unit_image_t_CPPFLAGS = $(IMAGE_CPPFLAGS)
t_unit_image_t_LDADD = $(IMAGE_LIBS)
TESTS += t/unit/image.t

EXTRA_DIST += t/data/fuzz-image t/tools/image.py t/tools/odd-images.py
if FUZZERS
check_PROGRAMS += t/fuzz/fuzz-image
t_fuzz_fuzz_image_SOURCES = t/fuzz/image.c $(IMAGE_PARTS)
t_fuzz_fuzz_image_CPPFLAGS = $(IMAGE_CPPFLAGS)
t_fuzz_fuzz_image_LDADD = $(IMAGE_LIBS)
t_fuzz_fuzz_image_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif
