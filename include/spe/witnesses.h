/* spe/witnesses.h - root's file "witnesses": who is given the checkpoints of the journal, and how often they are signed. Pure: text
 * in, struct out; no files, no clock. One thing a line, words parted by blanks, of printable ASCII; # begins a comment:
 *  every SECONDS            while there are new records; 600 where it is left out
 *  timeout SECONDS          of a command and of another spe; 30
 *  NAME file PATH           a line is added to it
 *  NAME command PATH [WORD...]   is run with the checkpoint on its standard input
 *  NAME spe SOCKET          another spe, in whose registry this one is a peer
 * A path begins with a slash. No word has a blank: what needs one belongs into a script. */
#ifndef SPE_WITNESSES_H
#define SPE_WITNESSES_H
#include <stddef.h>

#include "spe/err.h"
#include "spe/ids.h"
#include "spe/limits.h"

#define WITNESSES_TEXT_MAX 65536u
#define WITNESSES_MAX 16
#define WITNESS_WORDS_MAX 16        /* of a command */
#define WITNESS_SOCKET_MAX 107u     /* bytes: sun_path, unix(7) */
#define WITNESS_EVERY_DEFAULT_S 600
#define WITNESS_EVERY_MAX_S 86400
#define WITNESS_TIMEOUT_DEFAULT_S 30
#define WITNESS_TIMEOUT_MAX_S 3600
#define WITNESS_DETAIL_MAX 200      /* bytes that are said of a delivery */

enum witness_kind { WITNESS_FILE, WITNESS_COMMAND, WITNESS_SPE, WITNESS_KINDS };
struct witness {
	const char *name;
	enum witness_kind kind;
	const char *word[WITNESS_WORDS_MAX + 1]; /* the path and what follows; NULL behind the last */
	size_t words;
};
struct witnesses {
	char *text;                      /* what the words point into */
	int every_s, timeout_s;
	struct witness one[WITNESSES_MAX];
	size_t count;
};
/* witnesses_parse - what names the text in errors ("witnesses"). *ret is the caller's, for witnesses_free. Returns 0; -SPE_E_INPUT
 * naming what and line; -SPE_E_INTERNAL. */
int witnesses_parse(const char *text, size_t len, const char *what, struct witnesses *ret, struct spe_error *e);
void witnesses_free(struct witnesses *w);
const char *witness_kind_name(enum witness_kind kind);
#endif
