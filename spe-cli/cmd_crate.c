/* spe-cli/cmd_crate.c - crate: a release as a Five Safes RO-Crate, offline. */
#include <stdio.h>
#include <string.h>

#include "spe-cli/commands.h"
#include "spe-cli/crate.h"
#include "spe-cli/verify.h"
#include "spe/cleanup.h"
#include "spe/sshsig.h"
#include "sped/base/json.h"

static void release_drop(struct release **r)
{
	release_free(*r);
}

/* Nothing is made of a release that does not hold; the first step that fails says why. */
static int verified(int fd, const char *gate, struct release **ret, struct spe_error *e)
{
	const struct verify_keys keys = { .gate = gate };
	auto_json json_t *record = NULL;
	json_t *s;
	size_t i;
	int r = verify_and_keep(fd, &keys, &record, ret, e);

	if (r < 0 || json_flag(record, "verified"))
		return r;
	json_array_foreach(json_object_get(record, "steps"), i, s)
		if (!json_flag(s, "ok"))
			return spe_fail(e, SPE_E_TAMPERED, "the release is not verified: %s", json_str(s, "detail"));
	return spe_fail(e, SPE_E_TAMPERED, "the release is not verified");
}

static int read_json(const struct release *r, const char *name, json_t **ret, struct spe_error *e)
{
	const struct release_file *f = release_find(r, name);

	return f ? json_parse(f->bytes, f->size, name, ret, e) : 0;
}

struct converting {
	int fd, out;
	const char *gate;
};

static int convert(void *arg, struct spe_error *e)
{
	const struct converting *k = arg;
	__attribute__((cleanup(release_drop))) struct release *release = NULL;
	auto_json json_t *manifest = NULL, *evidence = NULL, *metadata = NULL;
	int r = verified(k->fd, k->gate, &release, e); /* and crate_write holds what it copies against that */

	if (r == 0)
		r = read_json(release, "manifest.json", &manifest, e);
	if (r == 0)
		r = read_json(release, "evidence.json", &evidence, e);
	if (r < 0)
		return r;
	metadata = crate_metadata(release, manifest, evidence);
	return metadata ? crate_write(k->fd, release, metadata, k->out, e) : spe_fail(e, SPE_E_INTERNAL, "out of memory");
}

/* release.tar becomes release.zip, whatever it ends in. */
static char *name_for(const char *file)
{
	const char *dot = strrchr(file, '.'), *slash = strrchr(file, '/');
	size_t n = dot && (!slash || dot > slash + 1) ? (size_t)(dot - file) : strlen(file);
	char *name = NULL;

	return asprintf(&name, "%.*s.zip", (int)n, file) < 0 ? NULL : name;
}

int cmd_crate(struct cli *c, struct spe_error *e)
{
	const char *gate = cli_value(c, "gate"), *output = cli_value(c, "output");
	auto_free char *named = output ? NULL : name_for(c->operand[0]), *text = NULL;
	const char *file = output ? output : named;
	struct file_out out = FILE_OUT;
	struct converting k;
	auto_close int fd = -1;
	auto_json json_t *said = NULL;
	char key[SSHKEY_TEXT_MAX];
	int r = file ? file_open(c->operand[0], "the release", &fd, e) : spe_fail(e, SPE_E_INTERNAL, "out of memory");

	if (r == 0 && gate && (r = file_key(gate, &text, e)) == 0)
		r = sshkey_check(text, key, NULL, e);
	if (r == 0)
		r = file_begin(file, 0666, &out, e);
	if (r < 0)
		return r;
	k = (struct converting){ fd, out.fd, gate ? key : NULL };
	r = file_end(&out, guard_apart(convert, &k, e), e);
	if (r < 0)
		return r;
	said = json_pack("{s:s}", "file", file);
	cmd_answer(c, said, "%s is written; unzip it, and: sha512sum -c manifest-sha512.txt", file);
	return 0;
}
