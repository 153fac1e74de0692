/* spe/outputs.h - one job's outputs as one stream, written by spe-capture, read by the gate.
 * 16 bytes "spe-outputs-1" NUL-padded; then entries: struct outputs_head, name_len bytes of name,
 * size bytes of content. Little-endian. The last entry is 'E' and nothing follows it; a stream
 * without it is cut off. Names are relative, components joined by '/', each [A-Za-z0-9][A-Za-z0-9._-]{0,99}, at most
 * 4 of them; unique; sorted bytewise.
 * 'F': a regular file with st_nlink 1, no holes, content hashed by the gate.
 * 'S': something that was not captured: name is empty, size 0, reason says why; one entry each. */
#ifndef SPE_OUTPUTS_H
#define SPE_OUTPUTS_H
#include <stdint.h>

#define OUTPUTS_MAGIC "spe-outputs-1\0\0" /* 16 bytes with the final NUL */
#define OUTPUTS_DEPTH 4
enum outputs_skip { SKIP_NONE, SKIP_LINK, SKIP_SPECIAL, SKIP_NAME, SKIP_DEPTH, SKIP_HARDLINK,
	SKIP_TOO_MANY, SKIP_TOO_LARGE, SKIP_UNREADABLE, SKIP_HOLES, SKIP_COUNT };

struct outputs_head {
	uint8_t kind;    /* 'F', 'S' or 'E' */
	uint8_t reason;  /* enum outputs_skip */
	uint16_t zero;
	uint32_t name_len;
	uint64_t size;
};
#endif
