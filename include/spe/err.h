/* spe/err.h - an error is a code for programs and a sentence for people.
 * Context: any program, any thread; no allocation, no locale. */
#ifndef SPE_ERR_H
#define SPE_ERR_H
#include <stddef.h>

enum spe_code {
	SPE_OK,
	SPE_E_INTERNAL,       /* "internal": our fault, the log knows more */
	SPE_E_INPUT,          /* "bad-input": the sentence names field, line and remedy */
	SPE_E_NOT_FOUND,      /* "not-found" */
	SPE_E_REFUSED,        /* "refused": policy or permit says no */
	SPE_E_NOT_AUTHORISED, /* "not-authorised": not by this person */
	SPE_E_CONFLICT,       /* "conflict": not in this state, or exists already */
	SPE_E_TOO_LARGE,      /* "too-large" */
	SPE_E_BUSY,           /* "busy": try again */
	SPE_E_NO_DAEMON,      /* "no-daemon": spe-cli says it, and the api of an engine that is silent */
	SPE_E_TAMPERED,       /* "tampered": stored bytes are not what was signed or hashed */
	SPE_E_QUOTA,          /* "quota": a permit or person has as much as sped.conf gives; the sentence names which */
	SPE_E_COUNT
};

struct spe_error {
	enum spe_code code;
	char text[512];   /* one sentence, UTF-8, no newline */
	char remedy[192]; /* "try: ..." or empty */
};

/* spe_fail - fill e (NULL is fine) and return the negative code, so that callers can return it.
 * Control bytes in the formatted text become '?'. */
int spe_fail(struct spe_error *e, enum spe_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* spe_remedy - add what to do next; keeps the code. */
void spe_remedy(struct spe_error *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* spe_one_line - control bytes and what is not UTF-8 become '?'. */
void spe_one_line(char *text);
/* The three faces of a code: its name in JSON, its exit status in spe-cli(1), its HTTP status. */
const char *spe_code_name(enum spe_code code);
int spe_code_exit(enum spe_code code);
int spe_code_http(enum spe_code code);
/* spe_code_from_name - SPE_E_INTERNAL where the name is unknown. */
enum spe_code spe_code_from_name(const char *name);
#endif
