/* spe-cli/elsewhere.c - what reads or packs files, or has to do with keys and digests, is done by spe-cli-files, which is this
 * program with the libraries for pictures, archives, policies and cryptography: loading these takes longer than a job takes to begin. It gets the command line as it
 * is, before anything was said or sent. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "spe-cli/commands.h"
#include "spe-cli/pack.h"

#define PROGRAM "spe-cli-files"

/* Beside this program as it was built, else where it was installed. */
static int elsewhere(struct spe_error *e)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - sizeof(PROGRAM));
	char *name;

	path[n > 0 ? n : 0] = '\0';
	name = strrchr(path, '/');
	if (name) {
		memcpy(name + 1, PROGRAM, sizeof(PROGRAM));
		execv(path, cli_words);
	}
	execv(SPE_LIBEXECDIR "/" PROGRAM, cli_words);
	spe_fail(e, SPE_E_INTERNAL, "%s can't be run: %s", SPE_LIBEXECDIR "/" PROGRAM, strerror(errno));
	spe_remedy(e, "install it with spe-cli; it reads and packs files");
	return -SPE_E_INTERNAL;
}

#define ELSEWHERE(act) int act(struct cli *c, struct spe_error *e) { return elsewhere(e); }
ELSEWHERE(cmd_check)
ELSEWHERE(cmd_protect)
ELSEWHERE(cmd_policy_check)
ELSEWHERE(cmd_profile_check)
ELSEWHERE(cmd_permit_check)
ELSEWHERE(cmd_permit_revoke)
ELSEWHERE(cmd_verify)
ELSEWHERE(cmd_crate)
ELSEWHERE(cmd_export_fetch)
ELSEWHERE(cmd_holding_add)
ELSEWHERE(cmd_holding_describe)
ELSEWHERE(cmd_holding_dummy)
ELSEWHERE(cmd_user_add)
ELSEWHERE(cmd_user_list)
ELSEWHERE(cmd_user_key)
ELSEWHERE(cmd_user_revoke)
ELSEWHERE(cmd_issuer_add)
ELSEWHERE(cmd_issuer_list)
ELSEWHERE(cmd_issuer_revoke)
ELSEWHERE(cmd_registry_list)
ELSEWHERE(cmd_registry_pending)
ELSEWHERE(cmd_registry_confirm)
ELSEWHERE(cmd_registry_withdraw)
ELSEWHERE(cmd_registry_adopt)
ELSEWHERE(cmd_registry_export)
ELSEWHERE(cmd_review_list)
ELSEWHERE(cmd_review_show)
ELSEWHERE(cmd_review_open)
ELSEWHERE(cmd_review_approve)
ELSEWHERE(cmd_review_reject)
ELSEWHERE(cmd_review_return)
ELSEWHERE(cmd_audit_verify)
ELSEWHERE(cmd_audit_prove)
ELSEWHERE(cmd_peer_add)
ELSEWHERE(cmd_peer_revoke)
ELSEWHERE(cmd_peer_list)
ELSEWHERE(cmd_peer_show)
ELSEWHERE(cmd_audit_bundle)
ELSEWHERE(cmd_audit_witness)
ELSEWHERE(cmd_audit_saw)
ELSEWHERE(cmd_backup)
ELSEWHERE(cmd_restore)

int pack_directory(const char *dir, int *ret_fd, struct spe_error *e)
{
	return elsewhere(e);
}

int pack_layout(const char *dir, int *ret_fd, struct spe_error *e)
{
	return elsewhere(e);
}
