/* spe-cli/commands.c - the verbs, their words, help and functions: --help, usage errors and completion
 * come from these two tables, and t/0110-cli-usage.t holds spe-cli(1) to them. */
#include "spe-cli/commands.h"

const struct option_word option_words[] = {
	{ "json", NULL, 0, false, "one JSON object a line" },
	{ "socket", "PATH", 0, false, "sped's socket; else SPE_SOCKET, else " SPE_RUNDIR "/sped.sock" },
	{ "help", NULL, 'h', false, "this text" },
	{ "version", NULL, 0, false, "the version" },
	{ "complete-words", NULL, 0, false, "verbs and options for shell completion" },
	{ "uid", "UID", 0, false, "the person's user id on this host" },
	{ "role", "ROLE", 0, true, "operator, auditor, holder or witness, and may be given again; user key: checker or operator" },
	{ "team", "TEAM", 0, false, "the checkers' team" },
	{ "valid-from", "DAY", 0, false, "as 2026-10-15: the key counts from that day on" },
	{ "valid-until", "DAY", 0, false, "as 2027-10-15: the key counts to the end of that day" },
	{ "signature", "FILE", 0, false, "the signature, by ssh-keygen -Y sign" },
	{ "key", "FILE", 0, false, "permit check: the issuer's public key; elsewhere: your key" },
	{ "wait", NULL, 0, false, "wait for the outcome; so it is unless --detach says else" },
	{ "detach", NULL, 0, false, "return at once" },
	{ "reason", "TEXT", 0, false, "why; it goes into the journal" },
	{ "code", "DIR", 0, false, "directory of code, /code in the job" },
	{ "runtime", "R", 0, false, "host, or the name or sha256:... of a runtime that the permit names" },
	{ "memory", "SIZE", 0, false, "as 512M or 2G; else what the permit gives" },
	{ "cpus", "N", 0, false, "as 1.5; else what the permit gives" },
	{ "time", "TIME", 0, false, "as 90s, 30m, 2h or 1d; else what the permit gives" },
	{ "processes", "N", 0, false, "at once; else what the permit gives" },
	{ "profile", "NAME", 0, false, "how the job is confined, as analysis or jit; else the first that the permit gives" },
	{ "policy", "FILE", 0, false, "output policy; else " SPE_DATADIR "/default.policy" },
	{ "explain", NULL, 0, false, "what each rule that found something is about; with a rule's name alone, that rule" },
	{ "sidecar", "FILE", 0, false, "what the files hold, by their author; else outputs.json or results.json beside them" },
	{ "rebuilt", "DIR", 0, false, "write there what would be released; never over a file that is there" },
	{ "redact", "N", 0, false, "suppress counts of 1 to N; else what the policy asks for" },
	{ "round", "BASE", 0, false, "round the others to the nearest multiple; else what the policy asks for" },
	{ "midpoint", "6", 0, false, "round counts to the midpoints 3, 9, 15, ..." },
	{ "cell-key", "COLUMN", 0, false, "perturb counts by the cell key method; the column has the sums of record keys" },
	{ "ptable", "FILE", 0, false, "the table of perturbations, as the R package ptable writes it" },
	{ "count", "COLUMN", 0, true, "a column that counts persons; else those whose headers and values say so" },
	{ "replay", "EXPORT", 0, false, "have sped do the checks of an export again and compare" },
	{ "describe", "FILE=TEXT", 0, true, "what the file shows, for the checkers; once for each file" },
	{ "context", "TEXT", 0, false, "what the files have to do with each other and with earlier ones" },
	{ "revises", "EXPORT", 0, false, "the export that this one is asked for instead of" },
	{ "output", "FILE", 'o', false, "where to write; never over a file that is there" },
	{ "manifest", "SHA256", 0, false, "sign only the manifest that review open named" },
	{ "comment", "TEXT", 0, false, "who decides or asks reads it" },
	{ "actor", "A", 0, false, "records of what this person or program did" },
	{ "action", "A", 0, false, "records of this action" },
	{ "id", "ID", 0, false, "the holding's id; else the first file's name" },
	{ "holder", "HOLDER", 0, false, "as urn:spe:holder:thl" },
	{ "rows", "N", 0, false, "of each table" },
	{ "seed", "S", 0, false, "a number; the same one makes the same data" },
	{ "workspace", "WS", 0, false, "records of this workspace" },
	{ "from", "N", 0, false, "from this record on" },
	{ "limit", "N", 0, false, "at most so many records" },
	{ "all", NULL, 0, false, "every workspace" },
	{ "keys", "DIR", 0, false, "the gate's keys, apart from all else" },
	{ "without-holdings", NULL, 0, false, "the tables of holdings are copied otherwise" },
	{ "state", "DIR", 0, false, "what sped keeps; else " SPE_STATEDIR },
	{ "gate", "KEYFILE", 0, false, "the gate's public key, had from the environment itself" },
	{ "witness", "FILE", 0, false, "checkpoints of the journal that were kept by audit witness" },
	{ "checkers", "FILE", 0, false, "allowed_signers file of the checkers" },
	{ "registry", "FILE", 0, false, "the registry of keys, by registry export: whose keys the checkers' were" },
	{ NULL, NULL, 0, false, NULL },
};

const struct command commands[] = {
	{ "whoami", NULL, "", "", 0, 0, 0,
		"Who you are to sped: person, roles and workspaces.",
		"whoami", cmd_whoami },
	{ "doctor", NULL, "", "", 0, 0, 0,
		"What this host gives to sped and what the lack of it costs.\n"
		"Exit status 1 where a check fails.",
		"doctor", cmd_doctor },
	{ "quota", NULL, "", "", 0, 0, 0,
		"What each permit uses of what one may have: jobs queued and running, bytes of code and of outputs, exports that wait.\n"
		"Researchers see their own workspaces, operators and auditors all. sped.conf(5) has the bounds.",
		"quota", cmd_quota },
	{ "attest", NULL, "[JOB]", "", 0, 1, 0,
		"What the kernel says of running jobs, for each letter of Article 73(1).\n"
		"Exit status 1 where a job is not confined as it should be.",
		"attest", cmd_attest },
	{ "user", "add", "PERSON --uid UID [--role operator|auditor|holder|witness]...", "uid role", 1, 1, 0,
		"Register a person, or change the uid and roles of one: the roles are then those that are given, and no others.",
		"user add aino --uid 1001 --role auditor", cmd_user_add },
	{ "user", "list", "", "", 0, 0, 0,
		"The registered people, their roles and keys.",
		"user list", cmd_user_list },
	{ "user", "key", "PERSON KEYFILE.pub [PERSON KEYFILE.pub]... [--role checker|operator] [--team TEAM] [--valid-from DAY] [--valid-until DAY] [--key FILE]",
		"role team valid-from valid-until key", 2, -1, 0,
		"Propose public keys with which people sign decisions, or as operators changes of keys.\n"
		"You sign the change with ~/.ssh/id_ed25519 or --key; it holds once another operator has signed it too. Given\n"
		"again, a key gets another team or time.",
		"user key kari kari.pub lars lars.pub", cmd_user_key },
	{ "user", "revoke", "PERSON [KEYFILE.pub] [--key FILE]", "key", 1, 2, 0,
		"Propose that a key of a person, or every one, counts no more. It does not come back.",
		"user revoke kari kari.pub", cmd_user_revoke },
	{ "registry", "list", "", "", 0, 0, 0,
		"Whose keys count, as what and how long, and those that counted once.",
		"registry list", cmd_registry_list },
	{ "registry", "pending", "", "", 0, 0, 0,
		"The change of keys that waits for another operator's signature.",
		"registry pending", cmd_registry_pending },
	{ "registry", "confirm", "CHANGE [--key FILE]", "key", 1, 1, 0,
		"Sign a change of keys that another operator has proposed. What you sign is shown.\n"
		"CHANGE begins the SHA-256 of the entry: take all the digits that whoever proposed it saw, not those that sped lists.",
		"registry confirm 3f9c0a12d58e1b47", cmd_registry_confirm },
	{ "registry", "withdraw", "CHANGE", "", 1, 1, 0,
		"Take back a change of keys that waits for a signature.",
		"registry withdraw 3f9c0a12d58e1b47", cmd_registry_withdraw },
	{ "registry", "adopt", "[--key FILE]", "key", 0, 0, 0,
		"Propose all keys that sped has from before it had a registry, which do not count until then.",
		"registry adopt", cmd_registry_adopt },
	{ "registry", "export", "[-o FILE]", "output", 0, 0, 0,
		"Every entry of the registry with its signatures, which verify takes offline.",
		"registry export -o keys.registry", cmd_registry_export },
	{ "issuer", "add", "ISSUER KEYFILE.pub [--valid-from DAY] [--valid-until DAY] [--key FILE]", "valid-from valid-until key", 2, 2, 0,
		"Propose a body that signs permits, with its public key. It holds once another operator has signed it too.",
		"issuer add urn:spe:hdab:fi findata.pub", cmd_issuer_add },
	{ "issuer", "revoke", "ISSUER [KEYFILE.pub] [--key FILE]", "key", 1, 2, 0,
		"Propose that a key of an issuer, or every one, counts no more. Permits that it signed stay.",
		"issuer revoke urn:spe:hdab:fi findata.pub", cmd_issuer_revoke },
	{ "issuer", "list", "", "", 0, 0, 0,
		"The bodies whose permits are taken.",
		"issuer list", cmd_issuer_list },
	{ "peer", "add", "PEER KEYFILE.pub [--valid-from DAY] [--valid-until DAY] [--key FILE]", "valid-from valid-until key", 2, 2, 0,
		"Propose another sped, by the key of its gate, whose checkpoints are kept here. It holds once another operator has\n"
		"signed it too.",
		"peer add north north-gate.pub", cmd_peer_add },
	{ "peer", "revoke", "PEER [KEYFILE.pub] [--key FILE]", "key", 1, 2, 0,
		"Propose that the key of a peer counts no more. What was kept of it stays.",
		"peer revoke north", cmd_peer_revoke },
	{ "peer", "list", "", "", 0, 0, 0,
		"The other speds whose checkpoints are kept here, and how many records the newest says.",
		"peer list", cmd_peer_list },
	{ "peer", "show", "PEER", "", 1, 1, 0,
		"The newest checkpoint of a peer, as its gate signed it: a line for audit verify --witness there.",
		"peer show north", cmd_peer_show },
	{ "holding", "add", "DESCRIPTION.json TABLE=FILE...", "", 1, -1, 0,
		"Register a holding and bring its tables.\n"
		"Files are CSV, or what the description says (ndjson, fixed, opaque: see spe-cli(1)), plain or compressed by gzip,\n"
		"zstd, xz or zip, in a Crypt4GH container or not; each is read against the description.\n"
		"Waits until every table is ready.",
		"holding add colon.json colon=colon.csv.zst", cmd_holding_add },
	{ "holding", "list", "", "", 0, 0, 0,
		"The holdings and the state of each table.",
		"holding list", cmd_holding_list },
	{ "holding", "describe", "FILE... [--id ID] [--holder HOLDER] [-o FILE]", "id holder output", 1, -1, OFFLINE,
		"Draft the description of a holding from its tables' files, offline.\n"
		"Types, columns of identity numbers, code lists, rough bounds and widths: only what at least 20 persons share,\n"
		"and nothing of one person; without such a column names and types alone. Files are UTF-8, plain or compressed by gzip,\n"
		"zstd, xz or zip. Write what the columns mean yourself.",
		"holding describe colon.csv -o colon.json", cmd_holding_describe },
	{ "holding", "dummy", "HOLDING|DESCRIPTION.json --rows N --seed S [-o DIR]", "rows seed output", 1, 1, 0,
		"Write made-up tables of a holding's shape, from its description and from no record.\n"
		"The same seed makes the same data; identity numbers are of ranges that no person has. Reads a description\n"
		"in a file offline.",
		"holding dummy colon-trial --rows 1000 --seed 1 -o dummy", cmd_holding_dummy },
	{ "holding", "key", "[-o FILE]", "output", 0, 0, 0,
		"The public key to which data holders encrypt tables, as a key file of Crypt4GH's tools.",
		"holding key -o spe.pub", cmd_holding_key },
	{ "holding", "verify", "HOLDING", "", 1, 1, 0,
		"Compare the stored files of a holding's tables with the SHA-256 that they had when they were taken in.\n"
		"Exit status 1 where one differs.",
		"holding verify colon-trial", cmd_holding_verify },
	{ "holding", "give", "HOLDING [PERSON]", "", 1, 2, 0,
		"Give a holding to a holder, who may then bring, verify and remove it as if they had registered it.\n"
		"Without a person it is nobody's but the operators'.",
		"holding give colon-trial maija", cmd_holding_give },
	{ "holding", "remove", "HOLDING", "", 1, 1, 0,
		"Remove a holding that no permit uses.",
		"holding remove colon-trial", cmd_holding_remove },
	{ "upload", "list", "", "", 0, 0, 0,
		"The files of tables that have not come whole, or are being taken in: how much came of each, and who brings it.\n"
		"The same holding add goes on with one.",
		"upload list", cmd_upload_list },
	{ "upload", "remove", "UPLOAD", "", 1, 1, 0,
		"Remove what came of a table's file, and give its room back. Else it goes a week after its last piece.",
		"upload remove 7d20c4e1", cmd_upload_remove },
	{ "catalogue", "search", "[WORDS...]", "", 0, -1, 0,
		"Find holdings, tables and variables by words of their descriptions, or by code systems.\n"
		"Common words find what is described in Finnish, Swedish, Norwegian, Danish, Icelandic or English.",
		"catalogue search colon cancer", cmd_catalogue_search },
	{ "catalogue", "show", "HOLDING", "", 1, 1, 0,
		"The tables and variables of a holding.",
		"catalogue show colon-trial", cmd_catalogue_show },
	{ "catalogue", "export", "[HOLDING] [-o FILE]", "output", 0, 1, 0,
		"A holding, or all, as HealthDCAT-AP in JSON-LD.\n"
		"Says what a description lacks for that.",
		"catalogue export -o catalogue.jsonld", cmd_catalogue_export },
	{ "permit", "check", "FILE [--signature FILE.sig --key ISSUER.pub]", "signature key", 1, 1, OFFLINE,
		"Read a permit as sped would, offline; with both options its signature as well.",
		"permit check FI-1.json --signature FI-1.json.sig --key findata.pub", cmd_permit_check },
	{ "permit", "import", "FILE [--signature FILE.sig] [--wait] [--detach]", "signature wait detach", 1, 1, 0,
		"Bring a signed permit: its workspace is made and its data staged.\n"
		"The signature is in FILE.sig unless --signature names another. Waits until the workspace is ready.",
		"permit import FI-1.json", cmd_permit_import },
	{ "permit", "list", "", "", 0, 0, 0,
		"The permits and whether they are in force.",
		"permit list", cmd_permit_list },
	{ "permit", "show", "PERMIT", "", 1, 1, 0,
		"A permit's dates, state and exact text.",
		"permit show FI-1", cmd_permit_show },
	{ "permit", "deletion", "PERMIT [-o FILE]", "output", 1, 1, 0,
		"The gate's signed statement that the keys and data of a permit that has ended are gone.\n"
		"With -o the statement goes into FILE and its signature into FILE.sig, for ssh-keygen -Y verify.",
		"permit deletion FI-1 -o FI-1.deletion", cmd_permit_deletion },
	{ "permit", "revoke", "PERMIT --reason TEXT [--key FILE]", "reason key", 1, 1, 0,
		"End a permit before its time: its jobs stop and its data goes. You sign that, as an operator of the registry,\n"
		"with ~/.ssh/id_ed25519 or --key; the gate verifies it and takes nobody's word instead.",
		"permit revoke FI-1 --reason \"withdrawn by the issuer on 2026-11-02\"", cmd_permit_revoke },
	{ "policy", "check", "FILE...", "", 1, -1, OFFLINE,
		"Read output policies as sped would, offline.",
		"policy check strict.policy", cmd_policy_check },
	{ "profile", "check", "FILE...", "", 1, -1, OFFLINE,
		"Read profiles of confinement as sped would, offline.",
		"profile check analysis.profile", cmd_profile_check },
	{ "runtime", "import", "NAME IMAGE.tar|DIR", "", 2, 2, 0,
		"Take in an image as a runtime that permits may name: an OCI image layout, as a directory or a tar archive,\n"
		"or what docker save wrote. Of several platforms it takes linux/amd64.\n"
		"Every digest is verified; devices, fifos, set-user-id bits and file capabilities do not come along.\n"
		"Waits until the runtime is ready, and prints the digest by which permits name it.",
		"runtime import r-4.2 r-base.tar", cmd_runtime_import },
	{ "runtime", "list", "", "", 0, 0, 0,
		"The runtimes of this host besides its own /usr, which is called host.",
		"runtime list", cmd_runtime_list },
	{ "runtime", "show", "RUNTIME", "", 1, 1, 0,
		"A runtime's digests, size and environment, and what was left out of its image.",
		"runtime show r-4.2", cmd_runtime_show },
	{ "runtime", "remove", "RUNTIME", "", 1, 1, 0,
		"Remove a runtime that no job waits for or uses.",
		"runtime remove r-4.2", cmd_runtime_remove },
	{ "workspace", "list", "", "", 0, 0, 0,
		"The workspaces that you are part of.",
		"workspace list", cmd_workspace_list },
	{ "workspace", "show", "WS", "", 1, 1, 0,
		"A workspace's purpose, people, data, limits and conditions.",
		"workspace show FI-1", cmd_workspace_show },
	{ "workspace", "stage", "WS", "", 1, 1, 0,
		"Begin the staging again after it has failed, or after a restore.",
		"workspace stage FI-1", cmd_workspace_stage },
	{ "run", NULL,
		"WS [--code DIR] [--runtime R] [--memory 2G] [--cpus 1.5] [--time 30m] [--processes N] [--profile NAME]\n"
		"    [--detach] -- COMMAND...",
		"code runtime memory cpus time processes profile detach", 1, 1, TAIL,
		"Run a command in a workspace and wait for its end.\n"
		"DIR becomes /code, the staged tables are /data/HOLDING/TABLE.csv, what is to be kept goes to /outputs.\n"
		"DIR may hold plain files and directories, at most 64 MiB; .git is left out.\n"
		"Exit status 0 where the job completed, 1 where not. A job goes on when spe-cli is interrupted.",
		"run FI-1 --code analysis --memory 2G -- Rscript /code/main.R", cmd_run },
	{ "job", "list", "[WS]", "", 0, 1, 0,
		"Your jobs, in one workspace or all.",
		"job list FI-1", cmd_job_list },
	{ "job", "show", "JOB", "", 1, 1, 0,
		"A job's state, limits, result, outputs and what the checks found in them.",
		"job show 3f9c0a12", cmd_job_show },
	{ "job", "wait", "JOB", "", 1, 1, 0,
		"Wait for the end of a job; exit status as with run.",
		"job wait 3f9c0a12", cmd_job_wait },
	{ "job", "cancel", "JOB", "", 1, 1, 0,
		"Stop a job, or take it out of the queue.",
		"job cancel 3f9c0a12", cmd_job_cancel },
	{ "job", "remove", "JOB...", "", 1, -1, 0,
		"Remove the outputs of jobs for good, but those that an export names, to make room for others.\n"
		"The jobs themselves, and what the journal says of them, stay.",
		"job remove 3f9c0a12", cmd_job_remove },
	{ "job", "log", "JOB", "", 1, 1, 0,
		"Where the log of a job is.\n"
		"What a job prints may hold records, so it is kept as the outputs stdout.txt and stderr.txt, which\n"
		"leave as all outputs do: by an export.",
		"job log 3f9c0a12", cmd_job_log },
	{ "check", NULL, "[--policy FILE] [--sidecar FILE] [--rebuilt DIR] [--explain] FILE...|--explain RULE|--replay EXPORT",
		"policy sidecar rebuilt explain replay", 0, -1, OFFLINE,
		"Apply the rules for outputs to files here, offline, as to the files of one export.\n"
		"Finds before an export most of what the checks of an export would find. Not looked at offline: the staged\n"
		"data, its pseudonyms, and what was released before.\n"
		"Exit status 4 where a file would be blocked; with --replay 1 where the checks find something else.",
		"check --explain results.csv", cmd_check },
	{ "protect", NULL, "[--policy FILE] [--redact N] [--round BASE|--midpoint 6|--cell-key COLUMN --ptable FILE] [--count COLUMN]... [-o FILE] FILE",
		"policy redact round midpoint cell-key ptable count output", 1, 1, OFFLINE,
		"Write a table of results anew so that its counts may leave: small ones suppressed, the others rounded or perturbed,\n"
		"offline. What is not said is as the policy asks for. Totals become the sums of what is shown, percentages those of\n"
		"the counts shown; without rounding, more counts are suppressed where totals would give the small ones away.",
		"protect --redact 7 --round 5 -o table1-protected.csv table1.csv", cmd_protect },
	{ "export", "request", "JOB FILE... --describe FILE=TEXT... [--context TEXT] [--revises EXPORT] [--wait] [--detach]",
		"describe context revises wait detach", 2, -1, 0,
		"Ask that outputs of a job may leave; every file needs a description.\n"
		"Waits for the automatic checks and shows them. --revises names an export that was blocked, rejected, returned\n"
		"or withdrawn, which this one is asked for instead of: checkers see what was said of it.\n"
		"Exit status 4 where a file is blocked.",
		"export request 3f9c0a12 table1.csv --describe \"table1.csv=cases by age group, ages in tens\"",
		cmd_export_request },
	{ "export", "list", "[WS]", "", 0, 1, 0,
		"The exports, of one workspace or all.",
		"export list FI-1", cmd_export_list },
	{ "export", "show", "EXPORT", "", 1, 1, 0,
		"An export's state, files, findings, comments and decisions.",
		"export show 7d20c4e1", cmd_export_show },
	{ "export", "comment", "EXPORT --comment TEXT", "comment", 1, 1, 0,
		"Say something of an export to its researchers and checkers, who all read it; it decides nothing.\n"
		"A checker's words leave for researchers with it: quote nothing of the data.",
		"export comment 7d20c4e1 --comment \"table1.csv: is it the population of table2.csv?\"", cmd_export_comment },
	{ "export", "withdraw", "EXPORT", "", 1, 1, 0,
		"Take back an export that is not released yet.",
		"export withdraw 7d20c4e1", cmd_export_withdraw },
	{ "export", "fetch", "EXPORT [-o FILE]", "output", 1, 1, 0,
		"Fetch the release of an export, into spe-release-EXPORT.tar.",
		"export fetch 7d20c4e1 -o results.tar", cmd_export_fetch },
	{ "review", "list", "", "", 0, 0, 0,
		"The exports that wait for your decision, and how risky each is.",
		"review list", cmd_review_list },
	{ "review", "show", "EXPORT", "", 1, 1, 0,
		"The risk, who asks and for what; each file, the worst first, with what was found and what to decide.",
		"review show 7d20c4e1", cmd_review_show },
	{ "review", "open", "EXPORT FILE [-o OUT] [--key FILE]", "output key", 2, 2, 0,
		"Read one file of an export, exactly as it would leave.\n"
		"You sign that you read it, with ~/.ssh/id_ed25519 or --key; each reading is in the journal. On a terminal text\n"
		"alone, with control characters escaped as \\x1b. The SHA-256 of the manifest that names the file is shown: review approve\n"
		"--manifest takes it.",
		"review open 7d20c4e1 table1.csv", cmd_review_open },
	{ "review", "approve", "EXPORT [--key FILE] [--comment TEXT] [--manifest SHA256]", "key comment manifest", 1, 1, 0,
		"Sign that the files of an export may leave.\n"
		"With --manifest only where the manifest is still the one that review open named as you read the files.\n"
		"ssh-keygen signs the manifest, and by itself a comment, with ~/.ssh/id_ed25519 or the key that --key names;\n"
		"the .pub file of a key that an agent holds will do.",
		"review approve 7d20c4e1 --comment \"all counts at least 10\"", cmd_review_approve },
	{ "review", "reject", "EXPORT --comment TEXT [--key FILE]", "key comment", 1, 1, 0,
		"Sign that an export may not leave, and say why: whoever asked reads it, so quote nothing of the data.",
		"review reject 7d20c4e1 --comment \"rows of persons don't leave under this permit\"", cmd_review_reject },
	{ "review", "return", "EXPORT --comment TEXT [--key FILE]", "key comment", 1, 1, 0,
		"Sign that an export may not leave as it is, and say what to change: it is asked for anew, with --revises.\n"
		"Whoever asked reads the comment, so quote nothing of the data.",
		"review return 7d20c4e1 --comment \"table1.csv: merge the two oldest age groups\"", cmd_review_return },
	{ "audit", "verify", "[--witness FILE]", "witness", 0, 0, 0,
		"Have the journal, the vault and the releases verified against their hashes and signatures.\n"
		"With --witness also that the journal goes on from each checkpoint in FILE, which a witness kept: a journal that was\n"
		"written anew and signed again by who has the gate's key agrees with itself, and not with FILE. The first checkpoint\n"
		"that disagrees is named. Exit status 1 where anything does not fit.",
		"audit verify --witness /mnt/auditor/spe.checkpoints", cmd_audit_verify },
	{ "audit", "search", "[--actor A] [--action A] [--workspace WS] [--from N] [--limit N]",
		"actor action workspace from limit", 0, 0, 0,
		"Records of the journal.",
		"audit search --workspace FI-1 --limit 20", cmd_audit_search },
	{ "audit", "prove", "RECORD [--witness FILE]|--from N [-o FILE]", "from witness output", 0, 1, 0,
		"A record with the proof that it is in the journal, which verify takes offline.\n"
		"It shows nothing of other records. Or, with --from, no record: the proof that the journal goes on from its first N\n"
		"records, for whoever has a checkpoint of then.",
		"audit prove 1204 -o record-1204.json", cmd_audit_prove },
	{ "audit", "bundle", "[--actor A] [--action A] [--workspace WS] [--from N] [--limit N] [--witness FILE] [-o FILE]",
		"actor action workspace from limit witness output", 0, 0, 0,
		"Records of the journal as audit search finds them, each with its proof.\n"
		"With --witness also that the journal begins with what was seen before.",
		"audit bundle --workspace FI-1 -o FI-1.evidence", cmd_audit_bundle },
	{ "audit", "witness", "FILE", "", 1, 1, 0,
		"Have the journal's newest checkpoint signed and proven to go on from the newest one in FILE, and keep it there.\n"
		"FILE is best where the operator of sped can't change it. With --json the checkpoint is also printed.\n"
		"Exit status 1 where the journal was cut or rewritten since, and where the checkpoint is no new one: sped signs one when it\n"
		"is asked, and who shows an old one hides what was recorded since.",
		"audit witness /mnt/auditor/spe.checkpoints", cmd_audit_witness },
	{ "audit", "saw", "FILE", "", 1, 1, 0,
		"Put the newest checkpoint in FILE, of another sped, into the journal of this one.",
		"audit saw other.checkpoints", cmd_audit_saw },
	{ "halt", NULL, "WS|--all", "all", 0, 1, 0,
		"Stop all jobs of a workspace, or of all that there are, queued ones too, and take none until resume.",
		"halt FI-1", cmd_halt },
	{ "resume", NULL, "WS|--all", "all", 0, 1, 0,
		"Take jobs again. What was stopped has to be submitted again.",
		"resume FI-1", cmd_resume },
	{ "backup", NULL, "DIR [--keys DIR] [--without-holdings] [--state DIR]", "keys without-holdings state", 1, 1, 0,
		"Copy, while sped runs, what it keeps as of one moment into a new directory: journal, vault, permits, decisions,\n"
		"releases, the database, and the tables of holdings. Only root can read them. The gate's keys are not in it;\n"
		"--keys copies them into a directory of their own, which belongs somewhere else.",
		"backup /mnt/backup/2026-11-30 --keys /mnt/safe/2026-11-30", cmd_backup },
	{ "restore", NULL, "DIR --keys DIR [--state DIR]", "keys state", 1, 1, OFFLINE,
		"Put a backup and its keys onto a host where sped is installed and has never run. Its journal has to be the one of the\n"
		"checkpoint that it ends in, signed with the gate's key among these. Then start sped; audit verify reads all of it\n"
		"again. Workspaces are staged anew at that start; runtimes have to be imported again.",
		"restore /mnt/backup/2026-11-30 --keys /mnt/safe/2026-11-30", cmd_restore },
	{ "verify", NULL, "RELEASE.tar|EVIDENCE [--gate KEYFILE.pub] [--checkers ALLOWED_SIGNERS] [--registry FILE] [--witness FILE]",
		"gate checkers registry witness", 1, 1, OFFLINE,
		"Verify a release offline: its hashes, the gate's signature and the checkers' decisions. Or what audit prove and\n"
		"audit bundle wrote: the checkpoint's signature, and that each record is in the journal.\n"
		"Keys that come with the release itself prove that it is whole, not where it is from; --gate and\n"
		"--checkers give keys that you had from elsewhere, --registry what operators signed of them: both for releases alone. Who\n"
		"are operators is root's word, which is shown: compare their keys' fingerprints.\n"
		"With --witness evidence has to go on from what somebody kept of the journal, and that of a release to be of one that was\n"
		"kept. Exit status 1 where anything does not fit.",
		"verify spe-release-7d20c4e1.tar --gate gate.pub", cmd_verify },
	{ "crate", NULL, "RELEASE [-o FILE] [--gate KEYFILE]", "output gate", 1, 1, OFFLINE,
		"Write a release as a Five Safes RO-Crate, offline: a ZIP of one BagIt folder that sha512sum verifies.\n"
		"The release is verified first, and lies in the crate byte for byte. Into RELEASE with .zip for its ending unless\n"
		"-o names another file.",
		"crate spe-release-7d20c4e1.tar --gate gate.pub", cmd_crate },
	{ 0 },
};
