/* spe-cli/commands.h - what each verb does; the table in commands.c names them. */
#ifndef SPE_CLI_COMMANDS_H
#define SPE_CLI_COMMANDS_H
#include <jansson.h>

#include "spe-cli/cli.h"
#include "spe-cli/show.h"

typedef int command_act(struct cli *c, struct spe_error *e);
command_act cmd_whoami, cmd_doctor, cmd_attest, cmd_quota;
command_act cmd_user_add, cmd_user_list, cmd_user_key, cmd_user_revoke;
command_act cmd_registry_list, cmd_registry_pending, cmd_registry_confirm, cmd_registry_withdraw, cmd_registry_adopt,
	cmd_registry_export;
command_act cmd_issuer_add, cmd_issuer_revoke, cmd_issuer_list;
command_act cmd_holding_add, cmd_holding_list, cmd_holding_verify, cmd_holding_give, cmd_holding_key, cmd_holding_remove,
	cmd_holding_describe, cmd_holding_dummy;
command_act cmd_catalogue_search, cmd_catalogue_show, cmd_catalogue_export;
command_act cmd_permit_check, cmd_permit_import, cmd_permit_list, cmd_permit_show,
	cmd_permit_revoke, cmd_permit_deletion, cmd_peer_add, cmd_peer_revoke, cmd_peer_list, cmd_peer_show;
command_act cmd_policy_check, cmd_profile_check;
command_act cmd_upload_list, cmd_upload_remove;
command_act cmd_runtime_import, cmd_runtime_list, cmd_runtime_show, cmd_runtime_remove;
command_act cmd_workspace_list, cmd_workspace_show, cmd_workspace_stage;
command_act cmd_run;
command_act cmd_job_list, cmd_job_show, cmd_job_wait, cmd_job_cancel, cmd_job_remove, cmd_job_log;
command_act cmd_check, cmd_protect;
command_act cmd_export_request, cmd_export_list, cmd_export_show, cmd_export_comment, cmd_export_withdraw,
	cmd_export_fetch;
command_act cmd_review_list, cmd_review_show, cmd_review_open, cmd_review_approve,
	cmd_review_reject, cmd_review_return;
command_act cmd_audit_verify, cmd_audit_search, cmd_audit_prove, cmd_audit_bundle, cmd_audit_witness, cmd_audit_saw;
command_act cmd_halt, cmd_resume, cmd_backup, cmd_restore;
command_act cmd_verify, cmd_crate;

/* What several of them share. */
int cmd_list(
	struct cli *c, const char *path, const struct show_column *columns, struct spe_error *e);
/* cmd_list_timed - the same, people reading this field of each item as a time. */
int cmd_list_timed(struct cli *c, const char *path, const char *time, const struct show_column *columns, struct spe_error *e);
/* cmd_answer - one object as JSON, or the sentence. */
void cmd_answer(const struct cli *c, const json_t *answer, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* cmd_remove - DELETE what the first operand names in a list of the API; what: the field of the answer that says what it was. */
int cmd_remove(struct cli *c, const char *list, const char *what, struct spe_error *e);
/* cmd_utf8 - what goes into JSON must be UTF-8; what names it in the sentence. */
int cmd_utf8(const char *text, const char *what, struct spe_error *e);
/* job_end - wait until the job is over and show it: 0 where it completed, else exit status 1. */
int job_end(struct cli *c, const char *id, struct spe_error *e);
/* workspace_settle - wait until staging is over: 0 where the workspace is ready. */
int workspace_settle(struct cli *c, const char *workspace, json_t **ret, struct spe_error *e);
/* export_files - files with verdicts and findings, the most severe first. */
void export_files(const json_t *export);
/* export_said - comments and decisions, in the order of their times. */
void export_said(const json_t *export);
/* export_revised - of the export that it is asked for instead of, where there is one: its state and what was said of it. */
int export_revised(struct cli *c, const json_t *export, struct spe_error *e);

/* One finding to people; fields of the check's own record ("id", "outcome", "detail") or of sped's
 * ("rule", "severity", "explanation"). */
void finding_show(const json_t *finding);
/* findings_show - all but pass, block before review; with all, the passes as well. */
void findings_show(const json_t *findings, bool all);
#endif
