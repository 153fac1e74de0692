# spe-image: an image to a runtime's tree. task.c and wipe.c are those of spe-stage.
pkglibexec_PROGRAMS += sped/bin/spe-image
IMAGE_PARTS = sped/image/unpack.c sped/image/outer.c sped/image/choose.c sped/image/layer.c sped/image/entry.c sped/image/names.c \
	sped/image/tree.c sped/image/seal.c sped/image/image.h sped/stage/wipe.c sped/stage/task.c
IMAGE_LIBS = $(BASE_LIBS) $(ARCHIVE_LIBS)
IMAGE_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(CRYPTO_CFLAGS) $(ARCHIVE_CFLAGS)
sped_bin_spe_image_SOURCES = sped/image/main.c $(IMAGE_PARTS)
sped_bin_spe_image_CPPFLAGS = $(IMAGE_CPPFLAGS)
sped_bin_spe_image_LDADD = $(IMAGE_LIBS)
