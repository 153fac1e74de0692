/* spe-cli/show.h - text, tables and JSON to people. Everything that came from elsewhere passes
 * through show_clean, so that no byte of it can steer a terminal. */
#ifndef SPE_CLI_SHOW_H
#define SPE_CLI_SHOW_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "spe/err.h"

struct show_column {
	const char *field; /* NULL ends the list */
	const char *title;
};

/* show_clean - in place: newlines and tabs become blanks; other control characters (C0, DEL, C1),
 * bytes that are not UTF-8 and characters that turn the writing direction become '?'. Source:
 * CVE-2021-42574 for the last. */
void show_clean(char *text);
/* show_escape - bytes of a file for a terminal: as they are but for the same characters and bytes,
 * which become \xNN; newline and tab stay. */
void show_escape(const char *p, size_t len);
/* show_is_text - UTF-8 without NUL: escaped, a person can read it. */
bool show_is_text(const char *p, size_t len);

void show_line(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* stdout */
void show_note(const char *fmt, ...)
	__attribute__((format(printf, 1, 2))); /* stderr: how it goes */
void show_error(const struct spe_error *e);
/* show_fold - one line on stdout; on a terminal it is folded at blanks so that no row is longer than the terminal is
 * wide, all rows but the first behind so many blanks more. */
void show_fold(int indent, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* show_verdict - before, then pass, review or block, then after, folded as above; on a terminal the word has a colour,
 * unless NO_COLOR is set (no-color.org) or TERM is dumb. */
void show_verdict(const char *before, const char *verdict, const char *after);
/* show_columns - of the terminal that stdout is; 0: it is none. */
int show_columns(void);
/* show_dump - j as JSON for descriptor fd, the caller's; NULL: out of memory. For a terminal everything beyond ASCII is escaped, and
 * DEL, the one control character that JSON leaves: what is read back is the same. */
char *show_dump(const json_t *j, size_t flags, int fd);
void show_json(const json_t *j); /* one line */
void show_json_indented(const json_t *j);
/* Numbers as people read them: "812 B", "1.4 MiB"; "0.4 s", "12 s", "5 min 20 s"; "2026-11-24 15:04:05 EET", local. What
 * is no such number or time stays as it is. */
#define SHOW_TEXT 48
void show_bytes(long long bytes, char ret[SHOW_TEXT]);
void show_ms(long long ms, char ret[SHOW_TEXT]);
void show_time(const char *utc, char ret[SHOW_TEXT]);
/* show_as_bytes, show_as_seconds, show_as_time - the same with one field of an object, in place. */
void show_as_bytes(json_t *o, const char *field);
void show_as_seconds(json_t *o, const char *field);
void show_as_time(json_t *o, const char *field);
/* show_as_command - a list of words as a shell takes them, in place. */
void show_as_command(json_t *o, const char *field);
/* show_progress - "43 %, 1200000 rows, 1.2 GiB of 3.0 GiB, about 2 min left", as far as it is told; the caller's, NULL out of
 * memory. */
char *show_progress(const json_t *progress);
/* show_value - as text, cleaned, the caller's; lists are joined by ", "; NULL only out of memory. */
char *show_value(const json_t *v);
/* show_list - an array of objects: JSON, one a line, or a table with titles. */
void show_list(bool json, const json_t *items, const struct show_column *columns);
/* show_fields - one object, "title: value" a line; fields that are absent, null or empty are left
 * out. */
void show_fields(const json_t *o, const struct show_column *fields);
#endif
