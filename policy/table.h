/* policy/table.h - what the rules on tables share: a grid of typed cells, columns with roles, counts with keys.
 * A file is read once into grids (grid.c, textgrid.c), each column gets a role (header.c), and each rule reads the
 * grid: sdc.c, survival.c, regression.c, margins.c, difference.c, sidecar.c.
 * Touches: memory that it was given. */
#ifndef SPE_POLICY_TABLE_H
#define SPE_POLICY_TABLE_H
#include <string.h>

#include "policy/inside.h"
#include "spe/csv.h"

/* A number is 8 bytes and a cell 16: four million of them and a 16 MiB file stay under 100 MiB. */
#define GRID_CELLS (4u << 20)
#define GRID_DIMS 8            /* label columns that tell rows apart; a table has few */
#define HEADER_MAX 128         /* folded characters of a header or label that are looked at */
#define CUBE_ENTRIES (1u << 20) /* keys of one file's counts */
#define CUBE_FULLS (1u << 18)   /* counts of one table: beyond that nobody reads it */

enum cell_kind {
	CELL_EMPTY,
	CELL_MISSING, /* NA: a category among labels, a suppressed count among counts */
	CELL_MARK,    /* [REDACTED], *, c, x, .. */
	CELL_LESS,    /* <10; value is the bound, which the count is under */
	CELL_NUMBER,
	CELL_MIXED,   /* a number and more: 12 (3.4%), 0.5 (0.1-0.9) */
	CELL_TEXT
};
#define CELL_WHOLE 1u    /* a whole number from 0 */
#define CELL_PERCENT 2u  /* a percent sign follows */
#define CELL_BRACKET 4u  /* MIXED: a bracket follows */
#define CELL_ASKED 16u   /* whether it is a count and its share, and */
#define CELL_COUNTED 32u /* that it is */
#define CELL_SHARE 8u    /* MIXED: the bracket holds one number, and a percent sign stands in it */

struct cell {
	double value;
	uint32_t at; /* of its text in the grid's bytes; it ends where the next one's begins */
	uint8_t kind, decimals, flags, digits;
};

enum role {
	ROLE_UNKNOWN,
	ROLE_COUNT,    /* its header says that it counts persons */
	ROLE_MIDPOINT, /* the same, rounded to 3, 9, 15, ... */
	ROLE_TOTAL,    /* a header that is nothing but "total": of whatever its neighbours are */
	ROLE_LABEL,
	ROLE_CODE,     /* ordinal, code, parameter, row number */
	ROLE_PERIOD,   /* year, time, visit */
	ROLE_PERCENT,
	ROLE_SHARE,    /* as percent, of 1 */
	ROLE_STAT,     /* estimates and tests */
	ROLE_SUM,
	ROLE_MEAN,
	ROLE_LARGEST,  /* rank says which: 1 the largest contribution, 2 the second */
	ROLE_MIN,
	ROLE_MAX,      /* also the range */
	ROLE_QUANTILE, /* share says which */
	ROLE_DOF,      /* residual degrees of freedom */
	ROLE_DF,       /* degrees of freedom of what the row says */
	ROLE_R2,
	ROLE_CORRELATION,
	ROLE_PLACE     /* latitude, longitude */
};

#define COL_LABEL 1u      /* header: labels, codes, periods or statistics, so distinct values are no persons */
#define COL_PERSON 2u     /* header: a direct identifier */
#define COL_MAYBE 4u      /* header: perhaps one */
#define COL_CONTEXT 8u    /* header: announces identity numbers */
#define COL_AGE 16u       /* header: years of age */
#define COL_COUNTLIKE 32u /* unknown header, whole numbers beside a label, as in a cross table */
#define COL_RISK 64u      /* persons at risk, events, censored */
#define COL_EVENT 128u
#define COL_CENSOR 256u
#define COL_SAID 512u     /* a sidecar says that it is no count, and its values agree */
#define COL_CLIMBS 1024u  /* 1, 2, 3, ... or 0, 1, 2, ... */
#define COL_NUMBERED 2048u /* whole numbers and nothing else */
#define COL_MODEL 4096u
#define COL_BIRTH 8192u   /* header: birth or death */
#define COL_BAND 32768u   /* a code of many, over a column of a cross table */
#define COL_SYSTEM 65536u  /* header: codes of diagnoses, drugs, places, which have names beside them */
#define COL_ADDS 262144u   /* unknown whole numbers that totals show to be counts */
#define COL_GROUP 131072u  /* the header says how many a group has: "(N=250)"; cells hold what their rows say */
#define COL_INDEX 16384u  /* header: row numbers, or nothing */

struct column {
	enum role role;
	unsigned flags;
	uint8_t rank;
	double share;
	int64_t n;     /* "(N=250)" in the header; 0: none */
	uint64_t dim;  /* hash of the header's words that name a category; 0: none */
	uint64_t hash; /* of all of the header */
	uint64_t cells, whole, real, other, spread, marks; /* cells by what they hold; marks are not in cells */
	uint64_t weak, dates, fine;        /* forms of identity numbers; full dates; four decimals and more */
	uint64_t tracked, distinct;        /* of the first rows */
	uint32_t small;                    /* row of the first number under the threshold; 0: none */
	uint32_t width, same_width;
	uint64_t turns;   /* of the first rows: how often rising turns to falling */
	double least, most, last;
	int64_t row_n;    /* of the row that is called "n" above; -1: none; looked for once */
	bool row_n_read;
};

/* What a label says, found once for each of the latest labels: most stand in many rows. */
struct label {
	const char *p; /* of a cell in the grid's bytes */
	uint32_t n;
	enum role role; /* as header_type has it */
	double share;
	uint64_t category, counted; /* header_category, of a row of estimates and of one of counts */
	const struct word *word;    /* NULL: it names nothing that belongs to one person */
	bool used, total, generic, range, percent, age;
};
#define LABELS 4096u

/* What is asked of a row again and again, found once: header.c. */
struct row {
	enum role role; /* of its label: "n", "Mean (SD)", "Max" */
	double share;
	int64_t persons;  /* its own count; -1: none */
	uint32_t heading; /* the row above that is a label alone; 0: none */
	uint32_t label;   /* of a heading: the column of its only cell */
	bool read, is_heading, persons_read;
	bool labels_read, range, percent, total; /* what any of its labels says: row_labels */
};

/* What a text says around a table: nothing; that its unknown whole numbers count; that the last column does. */
enum counted { COUNTED_NOT, COUNTED_ALL, COUNTED_LAST };

struct grid {
	const struct policy *policy;
	struct report *report;
	const struct policy_file *file;
	char delimiter;
	bool text;          /* in a text: places are lines and bytes, and cells were cut by alignment */
	char *bytes;        /* of all cells */
	size_t len, room;
	struct cell *cell;  /* rows * columns, and one behind them; row 0 is the header */
	size_t cells, cell_room;
	struct row *row;    /* of each row; NULL before header_read */
	struct label *label; /* labels of them, a power of two up to LABELS */
	size_t labels;
	int of_ages;         /* the file's name says that all is ages: 0 not asked, 1 yes, -1 no */
	uint32_t *line;     /* of each row */
	size_t line_room;
	uint32_t *offset;   /* of each cell in the file, where text */
	size_t offset_room;
	uint32_t *begin;    /* offset of each row's line, where text */
	size_t begin_room;
	struct column *column;
	size_t columns, rows; /* rows with the header */
	uint64_t all_rows;    /* of the file, with those that were not kept */
	int base;             /* counts are rounded to multiples of it; MIDPOINT6; 0: not rounded */
	bool based;           /* a header or a sidecar that fits says so, so that few cells are enough */
	bool few_rounded;     /* nobody says so, and the counts are few: they may be such by chance */
	bool two_headers;   /* the second row says which statistic of the first's variable is below */
	bool described;     /* rows are statistics, "count", "mean", "max", and columns what they are of */
	bool about_age;     /* a text says so above the table */
	bool vague;         /* a text's table whose cells can't be told apart by their labels */
	bool repeats;       /* as two of its columns have one name */
	bool unnamed;       /* lines of a text that are no table by their look: what only their shape says is for a person */
	bool unkeyed;       /* rows with the same labels are of different persons, and were told to be */
	enum counted counted;
	bool cross;         /* a total shows that the unknown whole numbers are counts */
	int64_t claimed_n;    /* a sidecar's N */
	uint64_t population, unit; /* hashes; a sidecar names them */
	uint64_t title;            /* of a table within a text */
	char marker[24];      /* a sidecar's suppression marker, folded */
	json_t *sidecar, *claim; /* all of it, and what it says of this file; NULL */
	bool acro;
	char fold[CSV_FIELD_MAX];
};
#define MIDPOINT6 106 /* base of counts rounded to 0, 3, 9, 15, ... */

static inline const struct cell *grid_cell(const struct grid *g, size_t row, size_t column)
{
	return &g->cell[row * g->columns + column];
}

/* word_in, for lists of hundreds that are asked for each row: most words differ in their first letter. */
static inline bool word_of(const char *const *list, const char *p, size_t n)
{
	for (; n > 0 && *list; list++)
		if ((*list)[0] == p[0] && strlen(*list) == n && memcmp(*list, p, n) == 0)
			return true;
	return false;
}

/* grid.c */
/* grid_csv - 0, or -SPE_E_INPUT with a sentence. Rows beyond the policy's max_rows and cells beyond GRID_CELLS are
 * counted in all_rows alone. */
int grid_csv(struct grid *g, const char *p, size_t n, char delimiter, struct spe_error *e);
/* grid_add - a cell at the end of the last row; grid_row - a new row. false: no memory. */
bool grid_row(struct grid *g, uint32_t line, uint32_t begin);
bool grid_add(struct grid *g, const char *p, size_t n, uint32_t offset);
bool grid_close(struct grid *g); /* behind the last cell */
void grid_clear(struct grid *g);
struct place grid_place(const struct grid *g, size_t row, size_t column);
const char *grid_text(const struct grid *g, size_t row, size_t column, size_t *ret_n);
/* grid_fold - the cell's text, folded and trimmed, at most room bytes of it, into ret. */
size_t grid_fold(const struct grid *g, size_t row, size_t column, char *ret, size_t room);
/* grid_fold_number - the same without raised digits behind plain ones, which are footnotes. */
size_t grid_fold_number(const struct grid *g, size_t row, size_t column, char *ret, size_t room);
/* grid_hash - of the folded text; numbers by value. */
uint64_t grid_hash(const struct grid *g, size_t row, size_t column);
void cell_read(struct cell *c, const char *fold, size_t n, char delimiter, const char *marker);
uint64_t hash_bytes(const char *p, size_t n); /* never 0 */
/* grid_bracket - the one number in a cell's bracket: 12.5 of "3 (12.5)", and of "12.5% (3)"; false where there are more, or other
 * words. */
bool grid_bracket(const struct grid *g, size_t row, size_t column, double *ret, unsigned *ret_decimals);

/* A number as it is written. */
struct number {
	double value;
	bool whole;
	size_t used, digits, decimals;
};
struct number number_read(const char *p, size_t n, char delimiter);
bool number_is_estimate(const char *p, size_t n, char delimiter);

/* header.c */
bool header_read(struct grid *g); /* false: no memory */
/* header_type - the role of a header's folded words, without looking at values; sets rank and share. */
enum role header_type(const char *fold, size_t n, struct column *c);
bool header_is_total(const char *fold, size_t n);
bool header_says_age(const char *fold, size_t n);
/* label_at - what the text of a cell says, folded and trimmed. */
const struct label *label_at(const struct grid *g, size_t row, size_t column);
/* header_category - the sum of the hashes of the words that name a category, in any order, without words for all;
 * counted: without those that only say that persons are counted. 0: none. */
uint64_t header_category(const char *fold, size_t n, bool counted);
bool header_is_count(const struct column *c); /* COUNT, MIDPOINT or what stands for it */
/* cell_is_count - of row and column: by the column, by the row's label, or by how it is written. */
bool cell_is_count(const struct grid *g, size_t row, size_t column);
/* cell_is_midpoint - 0, 3, 9, 15, ...; in a column that says so, a total may be a sum of such. */
bool cell_is_midpoint(const struct grid *g, size_t row, size_t column);
void header_forget(struct grid *g); /* what was found of rows: a sidecar changed roles */
const struct row *row_labels(const struct grid *g, size_t row);
enum role row_role(const struct grid *g, size_t row, double *ret_share);
/* grid_persons - the N that a row's other cells rest on: its own count, the header's N=, the sidecar's; -1: unknown. */
int64_t grid_persons(const struct grid *g, size_t row, size_t column);

/* cube.c: counts with what they count. */
struct entry {
	uint64_t key;
	int64_t value;     /* -1: suppressed */
	uint32_t row, column;
	uint16_t less;     /* suppressed as under this; 0: no bound */
	bool sure;         /* a named count, or in a cross table that adds up */
	bool total;        /* one of its labels was a word for all */
	bool announced;    /* by a header: "(N=250)" */
};
/* The same with one dimension left out. A large table has a million of them, which are sorted. */
struct part {
	uint64_t key;
	uint64_t rest; /* part_dim, part_section, part_full, by which parts of one key are in order */
};
#define DIM_HEADER UINT16_MAX
/* part_dim - the column whose label was left out, or DIM_HEADER and near it: the header's. part_section - the heading that the
 * label stands under, so that only its own levels make a whole. part_full - the entry with all dimensions. */
static inline uint16_t part_dim(const struct part *p)
{
	return (uint16_t)(p->rest >> 48);
}
static inline uint32_t part_section(const struct part *p)
{
	return (uint32_t)(p->rest >> 24 & 0xffffff);
}
static inline uint32_t part_full(const struct part *p)
{
	return (uint32_t)(p->rest & 0xffffff);
}
struct keyed {
	uint64_t key;
	uint64_t full;
};
struct cube {
	struct entry *full; /* in the order of the grid */
	struct part *part;
	struct keyed *by_key; /* of full */
	size_t fulls, parts, full_room, part_room;
	bool cut;           /* more than CUBE_ENTRIES */
};
bool cube_make(struct grid *g, struct cube *ret); /* false: no memory */
void cube_free(struct cube *c);
/* cube_full - the first in by_key's order whose key it is, or fulls. cube_full_on - the same for keys in their order, each from
 * where the one before it was. */
size_t cube_full(const struct cube *c, uint64_t key);
size_t cube_full_on(const struct cube *c, uint64_t key, size_t *at);
/* cube_of - the entry with all dimensions of part i. */
static inline const struct entry *cube_of(const struct cube *c, size_t i)
{
	return &c->full[part_full(&c->part[i])];
}
/* cube_entry - where the cell is in full, or the first behind it. */
size_t cube_entry(const struct cube *c, uint32_t row, uint32_t column);
/* cube_run - how many parts from i on share key, dimension and section. */
size_t cube_run(const struct cube *c, size_t i);
/* cube_find_cross - whether totals add up, so that unknown whole numbers are counts; marks their columns, and them sure. */
void cube_find_cross(struct grid *g, struct cube *c);

/* percent.c: percent_betrays - a share, in percent with so many decimals, of so many persons is a count under the
 * threshold and nothing else. */
bool percent_betrays(const struct policy *p, double share, unsigned decimals, double of);

/* the rules */
void sdc_check(struct grid *g);            /* min-count, zero-count, dominance, extreme-value */
void cross_check(struct grid *g, const struct cube *c); /* min-count where totals show what counts */
void percent_check(struct grid *g);
void group_check(struct grid *g, const struct cube *c);
void survival_check(struct grid *g);
void regression_check(struct grid *g);
void regression_text(const struct policy *p, struct report *r, const char *line, size_t n, struct place at);
void microdata_check(struct grid *g);
/* table.c: a column whose values are what a table's rows are called; any column of estimates or counts; rows that are
 * steps of a computation, or each setting of a search in a log; a column that says what its rows' words mean. */
#define PERSONS 20 /* rows; up to here a column of distinct values may be a short list of labels */
bool column_labels(const struct column *c);
bool table_is_result(const struct grid *g);
bool table_is_steps(const struct grid *g);
bool table_is_search(const struct grid *g);
bool column_describes(const struct grid *g, size_t i);
/* rows.c: rows that their labels don't tell apart; true where there are some. Sets g->unkeyed; told: a review
 * of these rows is there already. */
bool rows_check(struct grid *g, bool told);
/* oddcells.c: cells among counts that are no plain numbers */
void odd_cells_check(struct grid *g);
/* odd_cells_count - whether any cell of a column without numbers is a number of persons for people. */
bool odd_cells_count(const struct grid *g, size_t column);
/* records.c: rows of a table within a text that are records; called: a line of code asked for some. */
void records_check(struct grid *g, bool called);
bool word_is_sex(const char *p, size_t n); /* folded */
bool records_have_sex(const struct grid *g); /* in a column's values */
/* across.c: columns that are records. */
void across_check(struct grid *g);
/* fields.c: values beside words that name what belongs to one person, in a line and in two columns. */
void fields_line(struct report *r, const char *fold, size_t n, const char *raw, size_t raw_n, struct place at);
void fields_check(struct grid *g);
void margins_check(struct grid *g, const struct cube *c, uint64_t *work); /* work: of all tables of the file */
void difference_check(struct grid *g, const struct cube *c, struct counts_list *list);
void table_rules(struct grid *g, struct counts_list *counts); /* all of these, in the order of the record */
/* sidecar.c: open before the grid is read, columns when its headers are, end after the rules. */
void sidecar_open(struct grid *g);
void sidecar_columns(struct grid *g);
void sidecar_end(struct grid *g);
void sidecar_close(struct grid *g);
/* sidecar_outputs, sidecar_roles - the words that outputs.json may use, as policy/outputs.schema.json has them. */
extern const char *const sidecar_outputs[], *const sidecar_roles[];
/* sdc.c: dominance_level - the upper protection level of a sum with these contributions, the largest first; 0: it is safe.
 * dominance_report - the finding. */
double dominance_level(const struct policy *p, const double *largest, size_t n, double total);
void dominance_report(const struct grid *g, struct place at, double level, double total);

/* margins.c: the audit alone, for tests. Unknowns x >= 0 and equations over them. */
struct audit;
struct audit_bounds {
	int64_t low, high; /* INT64_MAX: none */
	bool exact;        /* low and high were found by the simplex, not by propagation alone */
};
struct audit *audit_new(size_t unknowns);
void audit_free(struct audit *a);
void audit_bound(struct audit *a, size_t i, int64_t low, int64_t high);
/* audit_equation - the sum of coefficient[i] * unknown[index[i]] is right. */
bool audit_equation(struct audit *a, const uint32_t *index, const int8_t *coefficient, size_t n, int64_t right);
/* audit_solve - bounds of all unknowns. enough: a width from which on nobody asks for the exact bounds of an unknown;
 * 0: all exact. Returns 0; -SPE_E_INPUT: no filling exists; -SPE_E_INTERNAL: no memory or a number too large. */
int audit_solve(struct audit *a, int64_t enough, struct audit_bounds *ret);
/* audit_work - terms that were looked at and cells of matrices that were changed. Stopped, and what bounds say is not all that
 * can be found, where that came to what was allowed. */
#define AUDIT_WORK 400000000u /* of all tables of one file: some seconds */
uint64_t audit_work(const struct audit *a);
void audit_allow(struct audit *a, uint64_t work);
bool audit_stopped(const struct audit *a);
#endif
