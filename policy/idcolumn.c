/* policy/idcolumn.c - whether a column has identity numbers of which nobody said that it has; see spe/idnum.h. */
#include "policy/inside.h"
#include "spe/idnum.h"

#define NUMBERS_MIN 5 /* values: fewer could be it by chance */

static bool is_letter(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* What is neither letter nor digit says nothing: "n/a", "<NA>", "000000-0000". */
bool idnum_absent(const char *s, size_t len)
{
	static const char *const words[] = { "na", "nan", "nat", "nil", "none", "nul", "null", NULL };
	bool filled = true; /* with one digit that no number has throughout */
	char text[4];
	size_t n = 0, i;

	for (i = 0; i < len; i++) {
		const char c = is_letter(s[i]) ? (char)(s[i] | 0x20) : s[i];

		if ((unsigned char)c >= 0x80)
			return false;
		if (!is_letter(c) && !fold_is_digit(c))
			continue;
		if (n < sizeof(text))
			text[n] = c;
		n++;
		filled &= c == text[0] && (c == '0' || c == '9');
		if (n > sizeof(text) && !filled)
			return false;
	}
	return filled || (n <= sizeof(text) && word_in(words, text, n));
}

void idnum_column_see(struct idnum_column *c, const char *s, size_t len)
{
	enum idnum_kind k;

	while (len > 0 && (*s == ' ' || s[len - 1] == ' ')) {
		s += *s == ' ';
		len--;
	}
	if (idnum_absent(s, len))
		return;
	c->seen++;
	c->numbers += idnum_best(s, len, &k) >= IDNUM_BARE;
}

/* Four in five: registers have a few that are none. */
bool idnum_column_has(const struct idnum_column *c)
{
	return c->seen >= NUMBERS_MIN && c->numbers * 5 >= c->seen * 4;
}
