/* spe-cli/checking.c - see checking.h. */
#include "spe-cli/checking.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spe/cleanup.h"
#include "spe/limits.h"
#include "sped/base/buf.h"

#define FILE_MAX ((size_t)1 << 30) /* beyond any policy's max-bytes, which is a rule and blocks */

static const char *const sidecar_names[] = { "outputs.json", "results.json" };
#define SIDECAR_NAMES (sizeof(sidecar_names) / sizeof(sidecar_names[0]))

#define POLICY_DEFAULT SPE_DATADIR "/default.policy"

int checking_policy(const struct cli *c, struct policy *ret, struct spe_error *e)
{
	const char *file = cli_has(c, "policy") ? cli_value(c, "policy") : POLICY_DEFAULT;
	auto_free char *text = NULL;
	size_t len;
	int r = file_read(file, "the policy", SPE_BODY_MAX, &text, &len, e);

	return r < 0 ? r : policy_parse(text, len, file, ret, e);
}

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool names_sidecar(const char *path)
{
	size_t i;

	for (i = 0; i < SIDECAR_NAMES; i++)
		if (strcmp(name_of(path), sidecar_names[i]) == 0)
			return true;
	return false;
}

/* --- sidecars --- */

static const struct checking_sidecar *sidecar_known(const struct checking *k, const char *path)
{
	size_t i;

	for (i = 0; i < k->sidecars; i++)
		if (strcmp(k->sidecar[i].path, path) == 0)
			return &k->sidecar[i];
	return NULL;
}

/* The list has room: there is at most one for each path, and one that was asked for. */
static int sidecar_read(struct checking *k, const char *path, const struct checking_sidecar **ret, struct spe_error *e)
{
	struct checking_sidecar *s = &k->sidecar[k->sidecars];
	int r;

	*ret = sidecar_known(k, path);
	if (*ret)
		return 0;
	r = file_read(path, "the sidecar", CHECKING_SIDECAR_MAX, &s->bytes, &s->len, e);
	if (r < 0)
		return r;
	s->path = strdup(path);
	k->sidecars++;
	*ret = s;
	return s->path ? 0 : spe_fail(e, SPE_E_INTERNAL, "out of memory");
}

/* Beside the file; one that is not there is none. */
static int sidecar_beside(struct checking *k, const char *path, const struct checking_sidecar **ret, struct spe_error *e)
{
	size_t i;

	for (i = 0; i < SIDECAR_NAMES && !*ret; i++) {
		auto_free char *beside = NULL;
		int r;

		if (asprintf(&beside, "%.*s%s", (int)(name_of(path) - path), path, sidecar_names[i]) < 0) {
			beside = NULL;
			return spe_fail(e, SPE_E_INTERNAL, "out of memory");
		}
		r = access(beside, F_OK) == 0 ? sidecar_read(k, beside, ret, e) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

static int sidecar_find(struct checking *k, const char *path, char *const *paths, size_t count,
	const struct checking_sidecar **ret, struct spe_error *e)
{
	size_t i;
	int r = sidecar_beside(k, path, ret, e);

	for (i = 0; i < count && r == 0 && !*ret; i++)
		if (names_sidecar(paths[i]))
			r = sidecar_read(k, paths[i], ret, e);
	return r;
}

/* --- before the guard --- */

static int magic_begin(struct checking *k, struct spe_error *e)
{
	k->magic = magic_open(MAGIC_MIME_TYPE);
	if (!k->magic || magic_load(k->magic, NULL) < 0)
		return spe_fail(e, SPE_E_INTERNAL, "libmagic has no table of types: %s",
			k->magic && magic_error(k->magic) ? magic_error(k->magic) : "out of memory");
	return 0;
}

int checking_open(struct checking *k, char *const *path, size_t paths, const char *sidecar, struct spe_error *e)
{
	const struct checking_sidecar *given = NULL;
	int r;

	k->file = calloc(paths, sizeof(*k->file));
	k->sidecar = calloc(paths + 1, sizeof(*k->sidecar));
	if (!k->file || !k->sidecar)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	r = sidecar ? sidecar_read(k, sidecar, &given, e) : 0;
	while (k->files < paths && r == 0) {
		struct checking_file *f = &k->file[k->files];

		*f = (struct checking_file){ .path = path[k->files], .name = name_of(path[k->files]), .fd = -1 };
		f->is_sidecar = !sidecar && paths > 1 && names_sidecar(f->path);
		r = file_open(f->path, "the file", &f->fd, e);
		if (r < 0)
			break;
		k->files++;
		f->sidecar = given;
		if (!given)
			r = sidecar_find(k, f->path, path, paths, &f->sidecar, e);
	}
	return r < 0 ? r : magic_begin(k, e);
}

/* --- behind it --- */

/* What a file counts is held against the files after it. Sorted as sets are. */
static int counts_keep(struct checking *k, const struct policy_result *r, size_t i, struct spe_error *e)
{
	struct count *grown;
	size_t n;

	if (r->counts_len == 0)
		return 0;
	grown = reallocarray(k->count, k->counts + r->counts_len, sizeof(*grown));
	if (!grown)
		return spe_fail(e, SPE_E_INTERNAL, "out of memory");
	k->count = grown;
	for (n = 0; n < r->counts_len; n++) {
		grown[k->counts + n] = r->counts[n];
		grown[k->counts + n].file = (uint16_t)(i < UINT16_MAX ? i + 1 : UINT16_MAX);
	}
	k->counts = counts_sort(grown, k->counts + r->counts_len);
	return 0;
}

int checking_file_check(struct checking *k, size_t i, struct spe_error *e)
{
	struct checking_file *f = &k->file[i];
	struct policy_file p = { .name = f->name, .siblings = k->count, .siblings_len = k->counts };
	int r = io_read_all(f->fd, FILE_MAX, &f->bytes, &f->len);

	if (r == -EFBIG)
		return spe_fail(e, SPE_E_TOO_LARGE, "%s is larger than %zu bytes", f->path, FILE_MAX);
	if (r < 0)
		return spe_fail(e, SPE_E_INPUT, "%s can't be read: %s", f->path, strerror(-r));
	p.bytes = f->bytes;
	p.len = f->len;
	p.magic = magic_buffer(k->magic, f->bytes, f->len);
	if (f->sidecar && f->sidecar->path && strcmp(f->sidecar->path, f->path) != 0) {
		p.sidecar = f->sidecar->bytes;
		p.sidecar_len = f->sidecar->len;
	}
	r = policy_check(&k->policy, &p, &f->result, e);
	return r < 0 ? r : counts_keep(k, &f->result, i, e);
}

void checking_free(struct checking *k)
{
	size_t i;

	for (i = 0; i < k->files; i++) {
		spe_close_fd(&k->file[i].fd);
		free(k->file[i].bytes);
		policy_result_free(&k->file[i].result);
	}
	for (i = 0; i < k->sidecars; i++) {
		free(k->sidecar[i].path);
		free(k->sidecar[i].bytes);
	}
	if (k->magic)
		magic_close(k->magic);
	free(k->file);
	free(k->sidecar);
	free(k->count);
}
