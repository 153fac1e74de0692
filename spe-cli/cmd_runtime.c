/* spe-cli/cmd_runtime.c - runtime import, list, show, remove. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "spe-cli/commands.h"
#include "spe-cli/follow.h"
#include "spe-cli/pack.h"
#include "spe-cli/talk.h"
#include "spe/cleanup.h"
#include "sped/base/json.h"

static bool settled(const json_t *runtime)
{
	return strcmp(json_str(runtime, "state"), "intake") != 0;
}

static int image_open(const char *path, int *ret_fd, struct spe_error *e)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return pack_layout(path, ret_fd, e);
	return file_open(path, "the image", ret_fd, e);
}

int cmd_runtime_import(struct cli *c, struct spe_error *e)
{
	const char *name = c->operand[0];
	auto_free char *path = talk_path("/v1/runtimes/%s", name);
	const struct follow f = { path, "runtime", name, false, settled };
	auto_json json_t *sent = NULL, *runtime = NULL;
	auto_close int fd = -1;
	int r = image_open(c->operand[1], &fd, e);

	if (r == 0) {
		show_note("runtime %s is sent", name);
		r = talk_send(c->talk, "PUT", path, fd, &sent, e);
	}
	if (r == 0)
		r = follow_until(c, &f, &runtime, e);
	if (r < 0)
		return r;
	if (strcmp(json_str(runtime, "state"), "ready") != 0)
		return spe_fail(e, SPE_E_INPUT, "runtime %s: %s", name, json_str(runtime, "error"));
	cmd_answer(c, runtime, "runtime %s is ready: %s", name, json_str(runtime, "digest"));
	return 0;
}

int cmd_runtime_list(struct cli *c, struct spe_error *e)
{
	static const struct show_column columns[] = {
		{ "runtime", "RUNTIME" },
		{ "state", "STATE" },
		{ "digest", "DIGEST" },
		{ "bytes", "BYTES" },
		{ "added", "ADDED" },
		{ "error", "ERROR" },
		{ NULL, NULL },
	};

	return cmd_list(c, "/v1/runtimes", columns, e);
}

int cmd_runtime_show(struct cli *c, struct spe_error *e)
{
	static const struct show_column fields[] = {
		{ "runtime", "runtime" },
		{ "state", "state" },
		{ "error", "error" },
		{ "digest", "digest" },
		{ "tree", "digest of the tree" },
		{ "layers", "layers" },
		{ "entries", "entries" },
		{ "bytes", "size" },
		{ "added", "added" },
		{ "permits", "named by permits" },
		{ "env", "environment" },
		{ NULL, NULL },
	};
	static const struct show_column dropped[] = {
		{ "devices", "devices left out" },
		{ "fifos", "fifos left out" },
		{ "sockets", "sockets left out" },
		{ "places", "files left out where a job has others" },
		{ "setid", "set-user-id and set-group-id bits taken away" },
		{ "xattrs", "files whose attributes were left out" },
		{ NULL, NULL },
	};
	auto_free char *path = talk_path("/v1/runtimes/%s", c->operand[0]);
	auto_json json_t *runtime = NULL;
	int r = talk_get(c->talk, path, &runtime, e);

	if (r < 0)
		return r;
	if (cli_json(c)) {
		show_json(runtime);
		return 0;
	}
	show_as_bytes(runtime, "bytes");
	show_as_time(runtime, "added");
	show_fields(runtime, fields);
	show_fields(json_object_get(runtime, "dropped"), dropped);
	return 0;
}

int cmd_runtime_remove(struct cli *c, struct spe_error *e)
{
	return cmd_remove(c, "runtimes", "runtime", e);
}
