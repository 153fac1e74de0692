/* t/fuzz/request/world.h - a host as calls find it: two teams with a permit each, holdings, jobs, exports. The gate is the real one,
 * in a process of its own without its confinement. */
#ifndef SPE_FUZZ_WORLD_H
#define SPE_FUZZ_WORLD_H
#include <stddef.h>
#include <stdint.h>

/* What only one of the teams may read. */
#define SECRET_OURS "quince-one-7f3a"
#define SECRET_THEIRS "medlar-two-91c4"
#define JOB_OURS "0000a0b1"
#define JOB_WAITS "0000a0b2"
#define JOB_THEIRS "0000a0b3"
#define EXPORT_PENDING "0000e001"
#define EXPORT_RELEASED "0000e002"
#define EXPORT_THEIRS "0000e003"
#define HOLDING "people-60"

/* world_sign - by who's key, which follows from the name; the caller's. */
char *world_sign(const char *who, const char *ns, const char *text);
char *world_key(const char *who);
/* world_permit - FI-1 ours, FI-2 theirs, or another id as ours; the caller's. replaces: a digest, or NULL. */
char *world_permit(const char *id, int version, const char *replaces);
/* world_made - the gate's part of it, in its directory. world_gate - answers on the descriptors of sped-gate until the engine is gone. */
void world_made(int dir, const char *policy);
void world_gate(const char *policy);
/* world_counters - libFuzzer's, of all this program. */
uint8_t *world_counters(size_t *ret_len);
#endif
