/* base/err.c - see spe/err.h. Root links this. */
#include "spe/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	int exit_status;
	int http;
} faces[SPE_E_COUNT] = {
	[SPE_OK] = { "ok", 0, 200 },
	[SPE_E_INTERNAL] = { "internal", 1, 500 },
	[SPE_E_INPUT] = { "bad-input", 2, 400 },
	[SPE_E_NOT_FOUND] = { "not-found", 3, 404 },
	[SPE_E_REFUSED] = { "refused", 4, 422 },
	[SPE_E_NOT_AUTHORISED] = { "not-authorised", 5, 403 },
	[SPE_E_CONFLICT] = { "conflict", 4, 409 },
	[SPE_E_TOO_LARGE] = { "too-large", 2, 413 },
	[SPE_E_BUSY] = { "busy", 1, 503 },
	[SPE_E_NO_DAEMON] = { "no-daemon", 6, 503 },
	[SPE_E_TAMPERED] = { "tampered", 1, 500 },
	[SPE_E_QUOTA] = { "quota", 4, 429 },
};

/* Length of the UTF-8 character at s, 0 where there is none (RFC 3629; overlong forms and
 * surrogates are none). */
static size_t utf8(const unsigned char *s)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 :
		s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : 0, i;

	for (i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
	    (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

/* What was cut in the middle of a character, or came from a client, must still be text. */
void spe_one_line(char *s)
{
	while (*s) {
		size_t n = utf8((const unsigned char *)s);

		if (n == 0 || (unsigned char)*s < 0x20 || *s == 0x7f) {
			*s = '?';
			n = 1;
		}
		s += n;
	}
}

int spe_fail(struct spe_error *e, enum spe_code code, const char *fmt, ...)
{
	va_list ap;

	if (e) {
		e->code = code;
		e->remedy[0] = '\0';
		va_start(ap, fmt);
		vsnprintf(e->text, sizeof(e->text), fmt, ap);
		va_end(ap);
		spe_one_line(e->text);
	}
	return -(int)code;
}

void spe_remedy(struct spe_error *e, const char *fmt, ...)
{
	va_list ap;

	if (!e)
		return;
	va_start(ap, fmt);
	vsnprintf(e->remedy, sizeof(e->remedy), fmt, ap);
	va_end(ap);
	spe_one_line(e->remedy);
}

const char *spe_code_name(enum spe_code code)
{
	return code < SPE_E_COUNT ? faces[code].name : "internal";
}

int spe_code_exit(enum spe_code code)
{
	return code < SPE_E_COUNT ? faces[code].exit_status : 1;
}

int spe_code_http(enum spe_code code)
{
	return code < SPE_E_COUNT ? faces[code].http : 500;
}

enum spe_code spe_code_from_name(const char *name)
{
	unsigned i;

	for (i = 0; i < SPE_E_COUNT; i++)
		if (strcmp(faces[i].name, name) == 0)
			return (enum spe_code)i;
	return SPE_E_INTERNAL;
}
