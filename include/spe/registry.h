/* spe/registry.h - whose keys count: operators, checkers, issuers and peers, which are other gates, as a list of signed entries, each naming the one before
 * by its hash. Pure: text in, struct out; no files, no clock. The gate keeps one; spe-cli verify reads it again.
 * An entry is one line of compact JSON and its newline:
 *  {"format":"spe-registry-1","seq":N,"before":HEX,"time":T,"by":"operators","changes":[CHANGE]}
 *  {"format":"spe-registry-1","seq":N,"before":HEX,"time":T,"by":"root","needed":1|2,"file":HEX,"changes":[CHANGE]}
 *  CHANGE is {"set":NAME,"role":"operator"|"checker"|"issuer"|"peer","key":KEY,"team":NAME|null,"from":DAY|null,"until":DAY|null}
 *  or {"revoke":NAME,"key":KEY}.
 * seq counts from 1 and alone gives the order, since clocks are set back; before is SHA-256 of the entry before, zeros in the
 * first. Under one by operators are as many SSHSIGs in namespace spe-registry as root said are needed, by different operators,
 * within 30 days of its time. Entries by root are what root wrote in the file "operators", whose SHA-256 is file; they name
 * operators alone, all of them. */
#ifndef SPE_REGISTRY_H
#define SPE_REGISTRY_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spe/err.h"
#include "spe/sshsig.h"

#define REGISTRY_FORMAT "spe-registry-1"
#define REGISTRY_NAMESPACE "spe-registry"
#define REGISTRY_ENTRY_MAX (512u << 10) /* bytes */
#define REGISTRY_CHANGES_MAX 500        /* of one entry: people have to read it before they sign */
#define REGISTRY_KEYS_MAX 20000
#define REGISTRY_SIGNERS_MAX 2
#define REGISTRY_PERSON_MAX 96          /* bytes of a checker's name: PERSON.sig has to fit a ustar name of 100 */
#define REGISTRY_ISSUER_MAX 200
#define REGISTRY_OPERATORS_MAX 65536    /* bytes of root's file */

enum registry_role { REGISTRY_OPERATOR, REGISTRY_CHECKER, REGISTRY_ISSUER, REGISTRY_PEER, REGISTRY_ROLES };
struct registry_key {
	enum registry_role role;
	char *name, *team, *key;    /* team NULL */
	char fingerprint[64];
	int64_t from, until;        /* seconds since 1970, both included */
	uint64_t added, ended;      /* by these entries; ended 0: it stands */
	size_t signers;             /* of that which added it; 0: root */
	uint64_t root;              /* the entry by root that made those operators, or who made them; the newest where there are several */
	bool revoked;               /* else it was set again, with another time or team */
};
struct registry_root {
	uint64_t seq;
	unsigned needed;
};
struct registry {
	uint64_t seq;               /* of the newest entry; 0: there is none */
	char head[65];              /* its hash */
	unsigned needed;            /* signatures */
	char file[65];              /* of root's file that was taken last */
	struct registry_key *key;
	size_t count, room;
	struct registry_root *root; /* the entries that nobody signed, in their order */
	size_t roots;
};
int registry_new(struct registry **ret, struct spe_error *e);
void registry_free(struct registry *r);
const char *registry_role_name(enum registry_role role);
/* registry_role_of - -1 for no role. */
int registry_role_of(const char *name);

struct registry_entry {
	const char *text;           /* as it was signed */
	size_t len;
	const char *armor[REGISTRY_SIGNERS_MAX];
	size_t signatures;
	int64_t now;                /* seconds since 1970, for keys that have expired since; 0: as of the entry's time alone */
};
/* registry_could - may this come next? Enough signatures are not wanted, but those that are there are good. ret_signers (may be
 * NULL): room for REGISTRY_SIGNERS_MAX names, borrowed from r. Returns 0; -SPE_E_INPUT, -SPE_E_CONFLICT, -SPE_E_NOT_AUTHORISED
 * with what is off. */
int registry_could(const struct registry *r, const struct registry_entry *n, const char **ret_signers, struct spe_error *e);
/* registry_add - the same, with all the signatures that are needed, and it is added. r is as it was where this fails. */
int registry_add(struct registry *r, const struct registry_entry *n, struct spe_error *e);
/* registry_text - the line of an entry, the caller's; NULL out of memory. needed 0: by operators, file unused. changes is borrowed. */
char *registry_text(const struct registry *r, const char *time, unsigned needed, const char *file, json_t *changes);

/* registry_find - the key in that role that stands behind entry seq; NULL where there is none. name NULL: of anybody. */
const struct registry_key *registry_find(const struct registry *r, enum registry_role role, const char *name, const char *key,
	uint64_t seq);
/* registry_ever - the same, whenever it stood. */
const struct registry_key *registry_ever(const struct registry *r, enum registry_role role, const char *name, const char *key);
/* registry_stands - does it stand behind entry seq? */
bool registry_stands(const struct registry_key *k, uint64_t seq);
bool registry_in_time(const struct registry_key *k, int64_t now);
/* registry_operators - how many different people's keys as operators stand and are in time. */
size_t registry_operators(const struct registry *r, int64_t now);

/* registry_lines - all of it as spe-cli registry export writes it, {"entry":TEXT,"signatures":[ARMOR]} a line. head (may be NULL), hash
 * of entry want, is "" where there are fewer. Returns 0; -SPE_E_INPUT, -SPE_E_TAMPERED naming the line. */
int registry_lines(const char *text, size_t len, uint64_t want, char head[65], struct registry **ret, struct spe_error *e);

/* registry_root - root's file: lines of NAME TYPE BASE64 [comment], of "needed 1" or "needed 2", and of # comments. Gives the
 * changes that make the operators just those in it; one that names nobody is not taken. Returns 0 or -SPE_E_INPUT naming what and line. */
int registry_root(const struct registry *r, const char *text, size_t len, const char *what, unsigned *ret_needed,
	json_t **ret_changes, struct spe_error *e);
#endif
