# What gives checkpoints to witnesses: a client of sped's, with nothing of sped's beside its socket.
pkglibexec_PROGRAMS += sped/bin/spe-witness
sped_bin_spe_witness_SOURCES = sped/witness/main.c sped/witness/now.c sped/witness/send.c sped/witness/witness.h
sped_bin_spe_witness_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
sped_bin_spe_witness_LDADD = spe-cli/libcli.a $(TRUST_LIBS) $(BASE_LIBS) $(HTTP_LIBS)
