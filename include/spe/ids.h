/* spe/ids.h - the ids that travel between programs and the names made from them.
 * Root composes every path it opens from these numbers alone. */
#ifndef SPE_IDS_H
#define SPE_IDS_H
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* A job, export, bundle or task: a random non-zero number, eight hexadecimal digits to people. */
#define SPE_ID_TEXT 9

static inline void spe_id_text(char text[SPE_ID_TEXT], uint32_t id)
{
	snprintf(text, SPE_ID_TEXT, "%08x", id);
}

/* Exactly eight lower-case hexadecimal digits, and not zero. */
static inline bool spe_id_parse(const char *text, uint32_t *ret_id)
{
	uint32_t id = 0;
	int i;

	for (i = 0; i < 8; i++) {
		char c = text[i];

		if (c >= '0' && c <= '9')
			id = id << 4 | (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			id = id << 4 | (uint32_t)(c - 'a' + 10);
		else
			return false;
	}
	if (text[8] != '\0' || id == 0)
		return false;
	*ret_id = id;
	return true;
}

/* The uids that jobs and helpers run as: none of them is in any passwd file.
 * 0x70000000.. is left free by systemd's uid ranges (systemd.io/UIDS-GIDS). */
#define SPE_UID_WORKSPACE 0x70000000u /* + workspace number, 1 to 65535 */
#define SPE_UID_HELPER 0x70010000u    /* + low 16 bits of the task's id: checks */
#define SPE_UID_STAGE 0x70020000u     /* + workspace number: what stages and wipes its data */
#define SPE_UID_TABLE 0x70030000u     /* + low 16 bits of a table's number: takes it in and wipes it */
#define SPE_UID_RUNTIME 0x70040000u   /* + low 16 bits of a runtime's number: takes it in and wipes it */
#define SPE_UID_INSIDE 1000u          /* what either is called inside its user namespace */
#endif
