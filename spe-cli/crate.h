/* spe-cli/crate.h - a release as a Five Safes RO-Crate: a ZIP of one BagIt folder (RFC 8493), of which coreutils' sha512sum says
 * whether it is whole, with the release in it byte for byte and metadata that say in the words of the profile what happened.
 * Sources: https://w3id.org/5s-crate/0.4, https://w3id.org/ro/crate/1.2-DRAFT, https://w3id.org/shp.
 * The same release makes the same bytes. */
#ifndef SPE_CLI_CRATE_H
#define SPE_CLI_CRATE_H
#include <jansson.h>

#include "spe-cli/release.h"
#include "spe/err.h"

/* crate_metadata - ro-crate-metadata.json of a release that was verified; manifest and evidence as they lie in it, evidence NULL
 * where it has none. NULL where memory is out; the caller's. */
json_t *crate_metadata(const struct release *r, const json_t *manifest, const json_t *evidence);
/* crate_write - tar: the release, from its beginning; each file is hashed once more while it is copied. Returns 0,
 * -SPE_E_TAMPERED where the bytes are others than r was read from, or -SPE_E_INTERNAL. */
int crate_write(int tar, const struct release *r, const json_t *metadata, int out, struct spe_error *e);
#endif
