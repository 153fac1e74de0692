/* t/unit/csv.c - RFC 4180, strictly: what is a record, where it stands, and what is refused. */
#include <stdlib.h>
#include <string.h>

#include "spe/csv.h"
#include "t/tap.h"

/* Records as text: "LINE|field|field\n", quoted fields with ", then "!" and the sentence where one is bad. */
static void dump_record(const struct csv_record *r, char *ret, size_t room, size_t *at)
{
	size_t i;

	*at += (size_t)snprintf(ret + *at, room - *at, "%llu", (unsigned long long)r->line);
	for (i = 0; i < r->count; i++)
		*at += (size_t)snprintf(ret + *at, room - *at, "|%s%.*s",
			r->field[i].quoted ? "\"" : "", (int)r->field[i].len, r->field[i].p);
	*at += (size_t)snprintf(ret + *at, room - *at, "\n");
}

static void dump(const char *text, size_t len, char delimiter, size_t step, char *ret, size_t room)
{
	struct csv *c;
	struct csv_record r, more[4];
	struct csv_field fields[4 * 20];
	struct spe_error e = { 0 };
	size_t from = 0, at = 0, i, ready;
	int got = csv_new(&c, delimiter);

	ret[0] = '\0';
	for (;;) {
		size_t n = len - from < step ? len - from : step;

		if (csv_feed(c, text + from, n, &e) < 0)
			break;
		while ((got = csv_next(c, &r, &e)) == 1) {
			ready = step % 2 ? 0 : csv_more(c, more, fields, r.count <= 20 ? 4 : 0); /* and what r has stays */
			dump_record(&r, ret, room, &at);
			for (i = 0; i < ready; i++)
				dump_record(&more[i], ret, room, &at);
		}
		if (got < 0)
			snprintf(ret + at, room - at, "!%s", e.text);
		if (got < 0 || n == 0)
			break;
		from += n;
	}
	if (got < 0 && csv_next(c, &r, &e) != got)
		is_int(0, got, "and stays bad once bad");
	csv_free(c);
}

static void reads(const char *what, const char *text, size_t len, char delimiter, const char *want)
{
	char once[4096], bytewise[4096];

	dump(text, len, delimiter, len ? len : 1, once, sizeof(once));
	is_str(once, want, what);
	dump(text, len, delimiter, 1, bytewise, sizeof(bytewise));
	is_str(bytewise, want, "and the same byte by byte");
}
#define READS(what, text, want) reads(what, text, sizeof(text) - 1, ',', want)

static void records_are_read(void)
{
	READS("plain fields", "a,b\n1,2\n", "1|a|b\n2|1|2\n");
	READS("the last line feed may be missing", "a,b\n1,2", "1|a|b\n2|1|2\n");
	READS("CR LF ends a record", "a,b\r\n1,2\r\n", "1|a|b\n2|1|2\n");
	READS("quotes go, doubled ones fold", "\"a\"\"b\",\"\"\n", "1|\"a\"b|\"\n");
	READS("a quoted field has delimiters and lines", "\"a,\r\nb\",c\n1,2\n",
		"1|\"a,\r\nb|c\n3|1|2\n");
	READS("empty fields, also the last", "a,,\n,b,", "1|a||\n2||b|\n");
	READS("a byte order mark is skipped",
		"\xef\xbb\xbf"
		"a\n",
		"1|a\n");
	READS("half a mark is content",
		"\xef\xbb"
		"a\n",
		"1|\xef\xbb"
		"a\n");
	READS("nothing is no record", "", "");
	READS("a mark alone is no record", "\xef\xbb\xbf", "");
	READS("empty lines at the end are skipped", "a\n1\n\n\r\n\n", "1|a\n2|1\n");
	READS("elsewhere they are an empty field", "a\n\n\n1\n", "1|a\n2|\n3|\n4|1\n");
	READS("a quoted empty field is no empty line", "a\n\"\"\n", "1|a\n2|\"\n");
	reads("other delimiters", "a;b,c\n1;2\n", 10, ';', "1|a|b,c\n2|1|2\n");
	reads("tabs", "a\tb\n1\t2\n", 8, '\t', "1|a|b\n2|1|2\n");
}

static void odd_bytes_are_refused(void)
{
	READS("a quote in a plain field", "a\nb\"c\n",
		"1|a\n!line 2 column 2: a quote may stand only at a field's start, or doubled in a quoted field");
	READS("a byte behind a closing quote", "\"a\"b\n",
		"!line 1 column 4: a closing quote must be followed by a delimiter or the line's end");
	READS("an open quote", "a\n\"b\n", "1|a\n!line 3 column 1: the quoted field is not closed");
	READS("a lone CR", "a\rb\n", "!line 1 column 3: a carriage return without a line feed");
	READS("a lone CR at the end", "a\r",
		"!line 1 column 3: a carriage return without a line feed");
	READS("a lone CR in quotes", "\"a\rb\"\n",
		"!line 1 column 4: a carriage return without a line feed");
	READS("NUL", "a\0b\n", "!line 1 column 2: a NUL byte is not text");
	READS("NUL in quotes", "\"a\0b\"\n", "!line 1 column 3: a NUL byte is not text");
	READS("a ragged record", "a,b\n1,2\n1\n",
		"1|a|b\n2|1|2\n!line 3 column 1: this record has 1 fields and the first has 2");
	READS("an empty line between", "a,b\n\n1,2\n",
		"1|a|b\n!line 2 column 1: this record has 1 fields and the first has 2");
}

static void filled(const char *what, char byte, size_t n, const char *want)
{
	char *text = malloc(n), got[256];

	memset(text, byte, n);
	dump(text, n, ',', 60000, got, sizeof(got));
	is_str(got, want, what);
	free(text);
}

/* Five 64 KiB fields a line would do; twenty are over a megabyte. */
static void wide_record(void)
{
	size_t n = 20 * 65537;
	char *text = malloc(n), got[256];
	size_t i;

	memset(text, 'x', n);
	for (i = 65536; i < n; i += 65537)
		text[i] = ',';
	dump(text, n, ',', 100000, got, sizeof(got));
	has_str(got, "longer than 1048576 bytes", "a record over a megabyte is refused");
	free(text);
}

static void bounds_hold(void)
{
	filled("a field over 64 KiB is refused", 'x', 65537,
		"!line 1 column 60001: this field is longer than 65536 bytes");
	filled("4096 delimiters are 4097 fields: refused", ',', 4096,
		"!line 1 column 4097: this record has more than 4096 fields");
	wide_record();
}

static void positions_and_misuse(void)
{
	struct csv *c = NULL;
	struct csv_record r;
	struct spe_error e;

	ok(csv_new(&c, 'x') < 0, "a letter is no delimiter");
	ok(csv_new(&c, '"') < 0 && csv_new(&c, '\n') < 0 && csv_new(&c, '\0') < 0 && csv_new(&c, '-') < 0 && csv_new(&c, '\xa6') < 0,
		"nor what values, lines and quotes are made of, nor half a character");
	is_int(csv_new(&c, '|'), 0, "a bar is");
	csv_feed(c, "ab|\"c\nd\"|e\n", 11, &e);
	is_int(csv_next(c, &r, &e), 1, "one record");
	is_int(r.field[1].column, 4, "a quoted field begins at its quote");
	is_int(r.field[2].column, 4, "columns count in the field's own line");
	is_int(csv_feed(c, "", 0, &e), 0, "the end");
	is_int(csv_feed(c, "x", 1, &e), -SPE_E_CONFLICT, "nothing comes after the end");
	is_int(csv_next(c, &r, &e), 0, "and all is read");
	csv_free(c);
	csv_free(NULL);
}

/* Records that lie whole in the input are read in another way than those that come in pieces. */
static void pieces_do_not_matter(void)
{
	static const char letters[] = "ab1,,,\n\n\"\"\r; \t";
	uint32_t state = 1, wrong = 0;
	int round;

	for (round = 0; round < 3000; round++) {
		char text[500], once[4096], bytewise[4096], some[4096];
		size_t n = 0, want;

		state = state * 1664525u + 1013904223u;
		want = 20 + (state >> 16) % 470;
		memcpy(text, "a,b,c\n", n = 6);
		while (n < want) {
			state = state * 1664525u + 1013904223u;
			if ((state >> 16) % 9 == 0) { /* mostly sound records */
				static const char *const sound[] = { "1,2,3\n", "\"x,y\",,\"z\"\n", "\"two\nlines\",b,c\r\n", "a,\"q\"\"q\",\n",
					"a long plain field of more than sixteen,b,c\n",
					"x,\"some, with\ncommas and\n\nlines, and much more of it, so that it goes on and on\",\x01\t\n" };
				const char *s = sound[(state >> 8) % 6];

				if (n + strlen(s) >= sizeof(text))
					break;
				memcpy(text + n, s, strlen(s));
				n += strlen(s);
			} else if ((state >> 20) % (round % 2 ? 8 : 300) == 0) {
				text[n++] = letters[(state >> 16) % (sizeof(letters) - 1)];
			} else {
				continue;
			}
		}
		dump(text, n, ',', n, once, sizeof(once));
		dump(text, n, ',', 1, bytewise, sizeof(bytewise));
		dump(text, n, ',', 17 + (size_t)round % 200, some, sizeof(some));
		wrong += strcmp(once, bytewise) != 0 || strcmp(once, some) != 0;
	}
	is_int(wrong, 0, "three thousand texts at once, in pieces and byte by byte are the same");
}

int main(void)
{
	pieces_do_not_matter();
	records_are_read();
	odd_bytes_are_refused();
	bounds_hold();
	positions_and_misuse();
	return tap_end();
}
