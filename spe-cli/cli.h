/* spe-cli/cli.h - one command line: its verb, options and operands.
 * Runs as: the person who typed it, with what that person may do and no more.
 * Hears: the command line, files named on it, the answers of sped.
 * Leaves alone: the state directory of sped, which only sped's own programs may read. */
#ifndef SPE_CLI_H
#define SPE_CLI_H
#include <stdbool.h>
#include <stddef.h>

#include "spe/err.h"

struct talk;
struct cli;

struct command {
	const char *verb, *sub; /* sub is NULL where the verb stands alone */
	const char *usage;      /* what follows the verb in the usage line */
	const char *options;    /* long names, blanks between */
	int min, max;           /* operands; max -1: no bound */
	unsigned how;           /* OFFLINE, TAIL */
	const char *help;       /* first line: the summary */
	const char *example;    /* without "spe-cli " */
	/* Returns 0; a negative code, e filled; or an exit status, all being said. */
	int (*act)(struct cli *c, struct spe_error *e);
};
#define OFFLINE 1u /* asks no sped */
#define TAIL 2u    /* wants "--" and words after it, which are not ours to read */

struct option_word {
	const char *name;
	const char *value; /* what it is called in help; NULL: takes none */
	char letter;       /* 0: no short form */
	bool many;         /* may be given again */
	const char *help;
};

struct given {
	const struct option_word *word;
	const char *value;
};

struct cli {
	const char *verb;
	const struct command *command; /* NULL until verb and sub are known */
	bool usage_error;              /* the usage line helps */
	struct given *given;
	size_t given_count;
	char **operand;
	int operands;
	char **tail;
	int tails;
	struct talk *talk; /* NULL for commands that are OFFLINE */
};

/* cli_parse - argv into c; operand and tail point into argv. Options may stand anywhere before
 * "--", those of a verb behind it. Returns 0 or -SPE_E_INPUT; cli_free either way. */
int cli_parse(struct cli *c, int argc, char **argv, struct spe_error *e);
void cli_free(struct cli *c);
extern char **cli_words; /* the command line as it was given, for elsewhere.c */
bool cli_has(const struct cli *c, const char *option);
/* cli_value - of an option; NULL where it was not given. */
const char *cli_value(const struct cli *c, const char *option);
/* cli_each - its values in order: *at begins at 0; NULL after the last. */
const char *cli_each(const struct cli *c, const char *option, size_t *at);
/* cli_want - as cli_value; where it is missing, -SPE_E_INPUT with the usage line. */
int cli_want(struct cli *c, const char *option, const char **ret, struct spe_error *e);
/* cli_wrong - the command line is at fault: -SPE_E_INPUT with the usage line. */
int cli_wrong(struct cli *c, struct spe_error *e, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
bool cli_json(const struct cli *c);

/* The tables, commands.c; both end with a NULL name. */
extern const struct command commands[];
extern const struct option_word option_words[];
const struct option_word *option_find(const char *name, size_t len);
/* command_takes - is this option among those of the command, or one that all take? */
bool command_takes(const struct command *k, const char *option);

/* help.c */
void help_all(void);
void help_verb(const char *verb);
void help_command(const struct command *k);
void help_usage(const struct command *k);
void help_words(void);

/* file_read - a whole file that was named on the command line, at most max bytes; what names it in
 * the sentence ("the permit"). The caller frees *ret, which ends with a NUL that *ret_len leaves
 * out. Returns 0; -SPE_E_NOT_FOUND; -SPE_E_TOO_LARGE; -SPE_E_INPUT for all else. */
int file_read(const char *path, const char *what, size_t max, char **ret, size_t *ret_len,
	struct spe_error *e);
int file_open(const char *path, const char *what, int *ret_fd, struct spe_error *e);
/* file_key - the public key in a file, "TYPE BASE64 [comment]" on one line, the caller's. A private
 * key is refused before anything is sent. */
int file_key(const char *path, char **ret, struct spe_error *e);
/* file_new - a file that must not be there yet. Returns 0 or -SPE_E_CONFLICT or -SPE_E_INPUT. */
int file_new(const char *path, unsigned mode, int *ret_fd, struct spe_error *e);

/* file_begin, file_end - a file that has its name once it is whole, and nobody takes a part for it: until then it lies beside, as
 * PATH.part-PID, and goes with a signal that ends us; one at a time. r: how the work went; where it failed, the file goes, and r is
 * returned. Returns 0; -SPE_E_CONFLICT where the name is taken, at either end; -SPE_E_INPUT; -SPE_E_INTERNAL where it can't be
 * written. */
struct file_out {
	const char *path; /* the caller's */
	char *part;       /* NULL: nothing was begun */
	int fd;
};
#define FILE_OUT { NULL, NULL, -1 }
int file_begin(const char *path, unsigned mode, struct file_out *ret, struct spe_error *e);
int file_end(struct file_out *f, int r, struct spe_error *e);
/* file_put - all of these bytes to it; -SPE_E_INTERNAL. */
int file_put(const struct file_out *f, const void *p, size_t len, struct spe_error *e);
/* file_whole - the same three in one, for what is at hand. */
int file_whole(const char *path, const void *p, size_t len, struct spe_error *e);
/* file_name_take - from becomes to, which must not be there yet; both in dir. Returns 0 or -errno. */
int file_name_take(int dir, const char *from, const char *to);

/* guard_enter - for commands that read foreign bytes and need nothing more than the descriptors
 * they hold: gives up files, network and processes. dir: a directory in which files may still be
 * made and removed, or -1. */
void guard_enter(int dir);
/* guard_apart - act in a process of its own behind that guard, so that the caller can still name or remove files after it.
 * Returns what act did, with its error; -SPE_E_INTERNAL where it was killed. */
int guard_apart(int (*act)(void *arg, struct spe_error *e), void *arg, struct spe_error *e);
#endif
