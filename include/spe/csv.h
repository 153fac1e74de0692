/* spe/csv.h - RFC 4180 records, strict, in order, with positions; pure: bytes in, fields out.
 * Serves spe-stage (streaming) and policy (whole outputs). Fields are UTF-8 bytes as they stand
 * between the delimiters, quotes removed and doubled quotes folded.
 * Strict means: a quote opens only at a field's start and closes only before delimiter, CR LF, LF
 * or the end; NUL is refused; a lone CR is refused; a field is at most 64 KiB, a record at most
 * 4096 fields and 1 MiB; every record has as many fields as the first. A UTF-8 byte order mark at the
 * start is skipped. Empty lines at the very end are skipped; elsewhere they are a record of one empty field.
 * Context: any program; owns its memory; not shared between threads. */
#ifndef SPE_CSV_H
#define SPE_CSV_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spe/err.h"

#define CSV_FIELD_MAX 65536u     /* bytes; longer ones are documents, not values */
#define CSV_RECORD_MAX 1048576u  /* bytes of content */
#define CSV_SLACK 16u            /* bytes: so that short fields can be copied without a look at their length */
#define CSV_FIELDS_MAX 4096u     /* the widest registers have some hundreds of variables */

struct csv;
struct csv_field {
	const char *p; /* not NUL-terminated; valid until the next csv_next */
	size_t len;
	uint32_t column; /* of its first byte (an opening quote counts) in its line, from 1, in bytes */
	uint8_t quoted;
	uint8_t plain; /* it may stand between commas as it is, and CSV_SLACK bytes behind it may be read, whatever they are */
};
struct csv_record {
	const struct csv_field *field;
	size_t count;
	uint64_t line; /* of its first byte, from 1; quoted newlines count */
};

/* csv_may_delimit - a byte of ASCII that no number, date or name of a column has, and no line's end or quote is. */
static inline bool csv_may_delimit(char c)
{
	return c > 0 && c < 0x7f && c != '\n' && c != '\r' && c != '"' && !(c >= '0' && c <= '9') && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z') &&
	       c != '.' && c != '-' && c != '+' && c != '_';
}
/* csv_new - returns 0 or -SPE_E_INTERNAL. */
int csv_new(struct csv **ret, char delimiter);
void csv_free(struct csv *c);
/* csv_feed - more bytes, copied; len 0 says that no more will come. Returns 0; -SPE_E_INTERNAL out of
 * memory; -SPE_E_CONFLICT after the end. Feed pieces of up to 1 MiB, drain with csv_next between them. */
int csv_feed(struct csv *c, const char *p, size_t len, struct spe_error *e);
/* csv_next - 1: *ret holds a record; 0: feed more, or after the end was fed: all is read;
 * -SPE_E_INPUT: the sentence names line and column but never content. Stays bad once bad. */
int csv_next(struct csv *c, struct csv_record *ret, struct spe_error *e);
/* csv_more - up to max records more, as far as they need not be put together: their fields go to room, which has as many for
 * each as the first record has, and stay with those of the record before until the next csv_next. None where there are none. */
size_t csv_more(struct csv *c, struct csv_record *ret, struct csv_field *room, size_t max);
/* csv_where - line and column, in bytes, of the next byte to be read. */
void csv_where(const struct csv *c, uint64_t *ret_line, uint64_t *ret_column);
#endif
