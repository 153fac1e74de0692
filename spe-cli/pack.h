/* spe-cli/pack.h - a directory as a tar archive: of code, same files, same bytes; or an image layout. */
#ifndef SPE_CLI_PACK_H
#define SPE_CLI_PACK_H
#include "spe/err.h"

#define PACK_FILES_MAX 10000 /* code; more is a package library, which belongs in a runtime */
#define PACK_DEPTH_MAX 16
#define PACK_PATH_MAX 255 /* what the ustar header holds at most, POSIX.1-1988 */

/* pack_directory - ustar, sorted bytewise, owner and times 0, modes 0644 and 0755; .git is left
 * out. Refused, with nothing written anywhere: symbolic links, files with several names, devices,
 * sockets, fifos, names with other than printable ASCII or with a backslash, more than the bounds
 * above or SPE_BUNDLE_MAX bytes. *ret_fd is a memfd, the caller's. Returns 0 or -SPE_E_INPUT,
 * -SPE_E_TOO_LARGE, -SPE_E_NOT_FOUND, -SPE_E_INTERNAL. */
int pack_directory(const char *dir, int *ret_fd, struct spe_error *e);
/* pack_layout - an OCI image layout: oci-layout, index.json and the blobs, in a file without a name in TMPDIR or /var/tmp.
 * *ret_fd is the caller's. Returns 0, -SPE_E_INPUT or -SPE_E_INTERNAL. */
int pack_layout(const char *dir, int *ret_fd, struct spe_error *e);
#endif
