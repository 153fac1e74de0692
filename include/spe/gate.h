/* spe/gate.h - what the engine may ask of the gate, and nothing else may.
 * One call at a time on one SOCK_SEQPACKET socket: struct msg_call (type MSG_CALL, what: enum gate_op) with a
 * memfd holding a JSON object, answered by struct msg_call (type MSG_REPLY, same id, what: HTTP-like status
 * 200 or an error's) with a memfd holding JSON, or with MSG_F_BYTES a descriptor open for reading.
 * An error is {"error":{"code","message","remedy"}} as spe/err.h names them.
 *
 * Every request that changes something carries "record":{"actor","role","action","workspace"?,"permit_version"?,
 * "object":{...}}: the gate appends it to the journal BEFORE it does anything else, and it is on disk before a file is in its place,
 * a key is gone or an answer is given; so the record
 * says what was asked; where the outcome differs the gate appends a second one with "outcome". Nobody but
 * the gate may have the actor "spe-gate" or the role "gate": records of its own carry "files":{PATH:SHA256} in
 * "object" for every state file, before the file is written.
 * A call that makes a task is answered {"task":ID8}. What the task is given goes to its keeper, past the engine (START in spe/msg.h),
 * once, within an hour, and where START has the id, the profile and what "begin" says: {"workspace":N,"version":N} of STAGE, WIPE,
 * both 1 or more, without version CAPTURE; {"runtime":N} of IMAGE, WIPE; {"tables":[N,...]} of STAGE (in the order of "tables" and
 * "opt_out"), TABLES, INTAKE, WIPE (one); nothing of it may be more. Any other START is refused, and is in the journal as
 * "ticket.refused". How the task ended the gate hears from its keeper: RESULT, INGEST, VERDICT, JOB_VERDICT and REPLAYED are answered
 * conflict before that, and not-found where no keeper came. All of it is forgotten when the gate is started again.
 * What a keeper holds makes no room for another task: conflict where one of the same id is asked for. Where data were wiped, what was
 * made before to stage them is not given any more.
 * STAGE, INTAKE, CHECK, JOB_CHECK and REPLAY give keys or bytes of outputs: each leaves a record of the gate's own, "ticket.stage"
 * and so on, which is on disk before the task is given. That of STAGE says whose the workspace's number is, for good.
 * Once the gate finds that journal, keys or registry are not what was signed or hashed, whatever changes
 * something is answered with tampered; looking (KEYS, SHOW, VERIFY, RECORDS) stays possible.
 * The gate believes nothing about decisions that it can't verify from its own disk: permits, keys, manifests,
 * findings, decisions and releases are its own files. */
#ifndef SPE_GATE_H
#define SPE_GATE_H

enum gate_op {
	GATE_NONE,
	/* {"records":[...],"later"?} -> {"seq","hash"} of the last: append all, in their order; on disk together when this answers,
	 * with "later" after the next call that appends; here alone a record may carry an "outcome" of its own ("ok" else).
	 * "records":[] puts on disk what was left for later. */
	GATE_JOURNAL,
	/* {} -> {"release":"ssh-ed25519 ...","crypt4gh":BASE64 of the X25519 key to which holders encrypt} */
	GATE_KEYS,
	/* {} -> {"entries":N,"head":HEX,"needed":1|2,"operators":N,"problem":TEXT,"items":[{"name","role","key","fingerprint","team","from",
	 * "until","added","ended","state"}],"unsigned":[{"name","role","key","fingerprint"}]}: the registry of spe/registry.h; "unsigned" are
	 * keys from before it, which do not count; problem: why root's file was not taken, or what was tampered with; or "" */
	GATE_REGISTRY,
	/* {"from":N} -> {"items":[{"entry":TEXT,"signatures":[ARMOR]}],"next":N or 0}: entries as they were signed */
	GATE_REGISTRY_ENTRIES,
	/* {"record","entry":TEXT,"signatures":[ARMOR]} -> {"state":"made"|"pending","entry":N,"signers":[NAME],"needed"}: pending where it
	 * is good but too few have signed; then nothing is kept of it. This is the only way in which a key comes to count. */
	GATE_REGISTRY_CHANGE,
	/* {"record","permit":TEXT,"signature":ARMOR} -> {"permit","version","digest"}: strict parse, signature in namespace
	 * spe-permit by a key registered for permit.issuer.hdab; version 1, or the one after the stored with replaces = its
	 * digest. The same text again is answered as before without a change; another is refused once the permit was revoked or its key
	 * is destroyed. Kept as permits/ID/VERSION.json and .sig */
	GATE_PERMIT,
	/* {"permit"} -> {"permit","version","digest","text","revoked":true|false}: the newest */
	GATE_PERMIT_SHOW,
	/* {"record","permit","statement","signature"} -> {"permit","revoked":true,"by":NAME}: statement is spe/revocation.h of the newest version,
	 * of the last five minutes, signed by a key that is an operator's now. From then on nothing of it is staged, captured, checked, decided
	 * or released. Kept as permits/ID/revoked.json and .sig. conflict where it is of another version; repeated: same */
	GATE_REVOKE,
	/* {"task":ID8,"permit","tables":[{"holding","table","sha256","description","rows"?,"reference_year"?}],"opt_out":[the same]?,
	 * "reference_year","canaries"?,"begin"} -> a staging; the gate keeps the out file until GATE_RESULT. refused where the number is
	 * another permit's, or a table was not taken in as this one: of this holding, by this name, with these columns,
	 * read in this way and with this SHA-256 */
	GATE_STAGE,
	/* {"task","holding","table","description","sha256"?,"begin"} and, as a second message on the engine's socket right
	 * after the call (struct msg_call, what GATE_INPUT, its descriptor the upload) -> an intake */
	GATE_INTAKE,
	GATE_INPUT,
	/* {"task","max_bytes","begin"} and the upload as with GATE_INTAKE -> an image's intake */
	GATE_IMAGE,
	/* {"task","begin"} -> a wipe, of which "ticket.wipe" in the journal says what of */
	GATE_WIPE,
	/* {"task","record"} -> the JSON that the task wrote into its out file, as it is (at most 4 MiB); the file
	 * is dropped. conflict where the task did not end by itself, or says that it is done and ended with another status than 0; a wipe
	 * that found nothing is done; conflict of one during or after which the same data were staged. Of a table that was taken in and of
	 * data that are wiped a record of the gate's own says so: "table.taken", "data.wiped". Of a staging that went well the index behind the JSON is first kept as prints/PERMIT@SHA256, its digest in the
	 * journal; no call gives it to anybody. not-found where the gate has none (it was restarted: begin again). "record" is appended after reading, with
	 * "outcome" "ok" or the error's code. */
	GATE_RESULT,
	/* {"job":ID8,"max_files","max_bytes","begin"} -> the capture of a job that ran in this workspace, which the job's own keeper holds */
	GATE_CAPTURE,
	/* {"job":ID8,"record","nothing"?,"before"?:[...],"later"?} -> {"outputs":[{"name","size","sha256"}],"skipped":[{"reason","count"}]}: reads the stream the
	 * capture wrote, hashes every file into vault/, writes jobs/JOB.json (what the job gave), then the record with the count
	 * and digest of jobs/JOB.json, on disk after the next call that appends. "nothing":true: there was no capture, because the
	 * job left nothing. Called again after success: the same answer from jobs/JOB.json. "before": records as of JOURNAL, which come
	 * first; with "later":false all of it is on disk when this answers.
	 * record.workspace says whose outputs these are: EXPORT takes them under the permit of that id alone. refused where the number of
	 * the workspace in which root ran job and capture is another permit's. */
	GATE_INGEST,
	/* {"record","export":ID8,"job","permit","requester","context","files":[{"name","description"}],"policy":{"name","text"},"revises"?:ID8,"most"?:N}
	 * -> {"files":[{"name","size","sha256"}]}: makes exports/ID/request.json from jobs/JOB.json and the permit on its own disk.
	 * revises: the export of the same permit that this one is asked for instead of, which was blocked, rejected, returned or withdrawn.
	 * conflict where the export exists; quota where N of the permit wait for checks or decisions; refused where the policy is none of those in root's directory, or where its budget of 24 hours for the permit is spent: what was released
	 * in that time, and what was asked for, whenever, and is neither released nor blocked, rejected, returned or withdrawn. */
	GATE_EXPORT,
	/* {"task","export","index"} -> the check of the index-th file */
	GATE_CHECK,
	/* {"task","export","index"} -> {"verdict","record":{...}}: keeps the record that spe-check wrote, with
	 * what the check was given (check-N.inputs) and what it counted (check-N.counts); the bytes that it rebuilt go into the vault under
	 * their own hash, which the record has to name. A task that did not end well, or wrote no valid record, or one for other bytes,
	 * gives a block record that says so. The files of one export are checked in their order: conflict else. */
	GATE_VERDICT,
	/* {"record","export"} -> {"state":"pending"|"blocked","needed","manifest_sha256","files":[verdict records]}: all files have records;
	 * writes findings.json and manifest.json (see below); repeated: the same answer */
	GATE_MANIFEST,
	/* {"export"} -> {"state":"checking|blocked|pending|approved|rejected|returned|released|withdrawn","approvals","needed","manifest_sha256",
	 * "requester","revises"?,"decisions":[{"person","verdict","time","comment"}],"thread":[{"person","role","time","text"}],"files":[verdict records]}: from its own disk, signatures verified anew */
	GATE_EXPORT_SHOW,
	/* {"record","export","what":"manifest"|"file"|"original"|"findings","name","person"?,"statement"?,"signature"?} -> MSG_F_BYTES; a file
	 * is hashed again before it is given. "file": the bytes that may leave; conflict where there are none. "original": those that the
	 * job wrote. These two are given to a checker of the permit alone: signature is an SSHSIG in namespace spe-open by a key of theirs
	 * over statement, {"format":"spe-open-1","export","what","name","time"} without blanks, of the last five minutes. */
	GATE_OPEN,
	/* {"record","export","person","verdict":"approve"|"reject"|"return","signature","comment","statement"?,"comment_signature"?} ->
	 * {"state","approvals","needed"}: verify
	 * the SSHSIG (namespace spe-decision) against the keys registered for person; person is a checker in the newest version of the permit, which is
	 * valid today and not revoked; not the requester; has not decided yet; state is pending. Approve is over manifest.json; reject and return over statement =
	 * {"format":"spe-reject-1","manifest":SHA256,"comment"} (spe-return-1) + newline. Kept as exports/ID/decisions/PERSON.{json,sig,stmt}, synced.
	 * What is said with an approval is signed too: comment_signature is over the same statement with spe-approve-1, and kept in PERSON.json.
	 * One rejection rejects the export, and one return returns it: the requester is to ask anew, with "revises". */
	GATE_DECIDE,
	/* {"record","export","person","text"} -> {"export","thread":[...]}: a researcher or checker of the permit says something of the export to
	 * the others. Kept as exports/ID/thread/N.json; it decides nothing. */
	GATE_COMMENT,
	/* {"record","export"} -> {"state":"released","sha256","size"}: verifies all decisions anew (enough distinct persons with distinct keys,
	 * none the requester), hashes every file anew, writes releases/ID.tar once (temporary, fsync, rename). refused when there are too few; conflict where its counts
	 * differ by few persons from those of one that was released since its check. Repeated: same,
	 * also where the file was lost: the same bytes are made again. */
	GATE_RELEASE,
	/* {"record","export","from"?:N,"to"?:N,"digest"?:HEX} -> MSG_F_BYTES the release, hashed anew against the digest in the journal and in
	 * releases/ID.json, which is told. refused to researchers after as many times or days as the policy says; checkers and auditors
	 * always may. from, to: these bytes alone are given (MSG_F_RANGE; from -1: the last `to`), or all of them where digest is another.
	 * Where the policy counts, a range is given to who has begun a fetch (record.actor), until ranges have come to twice the bytes of
	 * what they began; a range from 0 that may not be is a fetch that is begun, and counts. */
	GATE_FETCH,
	/* {"record","export"}: only checking, blocked, pending or approved */
	GATE_WITHDRAW,
	/* {"ms"?:N,"more"?:true} -> {"ok","records","head","problems":[...],"checked":{"vault","exports","releases","permits"},"registry":{"entries",
	 * "operators","needed"}}: journal chain, signed checkpoints, every vault file, every manifest, finding, decision and release against its
	 * digests and the journal. With "ms" after so many milliseconds and one file at most {"more":true}: "more":true goes on with it,
	 * whatever was done in between; there is one at a time, and without "more" it begins anew. */
	GATE_VERIFY,
	/* {"from","limit","actor"?,"action"?,"workspace"?} -> {"items":[records],"next"?:N}: next where it stopped for others' sake */
	GATE_RECORDS,
	/* {"task","job","index","policy":{"name","text"}} -> a check of the job's index-th output: a look
	 * before anybody asks for it, with the history but no siblings; what it counts is not kept */
	GATE_JOB_CHECK,
	/* {"task","job","index"} -> {"verdict","pass":N,"review":N,"block":N}: as VERDICT; kept as jobs/JOB.check-N.json */
	GATE_JOB_VERDICT,
	/* {"task","export","index"} -> a check with the same ticket and inputs that the kept one had. conflict where it is not
	 * known what they were */
	GATE_REPLAY,
	/* {"task","export","index"} -> {"file","same":true|false,"differs":TEXT|null}: the new record against the kept one,
	 * byte for byte; else the first key that differs */
	GATE_REPLAYED,
	/* {"record","permit"} -> {"permit","destroyed":true}: the permit is over: its key and the fingerprints of its data are
	 * destroyed. Repeated: same. refused before its last day is over or it was revoked. The gate does the same by itself some seconds
	 * later, where it was not asked to. From then on INGEST, VERDICT, MANIFEST and REPLAY of it are refused, and all that was not released
	 * goes by itself: OPEN has the manifests, and file and findings of what was released; else not-found */
	GATE_END,
	/* {"record","permit","data_versions":N} -> {"permit","more"?:true}: its data are gone, N versions: writes the proof. conflict before END, and
	 * while a version that was staged under the permit is not wiped, as root says. more: outputs of its jobs, or what was found in exports that were not
	 * released, are still there; they go by themselves, and it is to be asked again */
	GATE_DELETED,
	/* {"permit"} -> {"permit","statement":TEXT,"signature":ARMOR}: an SSHSIG in namespace spe-deletion over statement,
	 * {"format":"spe-deletion-1","permit","version","permit_sha256","time","erased":["keys","fingerprints","staged-data","outputs"],
	 * "data_versions":N}; not-found before DELETED */
	GATE_PROOF,
	/* {"from","limit","actor"?,"action"?,"workspace"?,"since"} -> spe/evidence.h: 0 to limit records with their proofs against
	 * a checkpoint of the head, and where since is not 0 the proof that the first since records are its beginning; "next" where it stopped
	 * before the end, perhaps with no record yet */
	GATE_EVIDENCE,
	/* {"task"} -> {"rows","bytes","of","ms"}: how far a task of STAGE or INTAKE says it is (spe/ticket.h); not-found where it has
	 * not said, or its result is there */
	GATE_PROGRESS,
	/* {"task","tables":[{"holding","table","sha256"}],"begin"} -> a comparison of tables with what they were */
	GATE_TABLES,
	/* {"exports":[ID8, at most 1000]} -> {"items":[{"export","checked":true|false,"over":true|false,"comments":N,"decided":[PERSON]}]}: those that there
	 * are; checked: it has a manifest; over: released or withdrawn. By the journal alone, so that a thousand cost less than one of EXPORT_SHOW. */
	GATE_EXPORTS,
	/* {"record","drop":true?} -> {"records","head","files","bytes","salts":{PERMIT:SHA256}}: backup/ in the gate's directory is all it
	 * keeps but its keys and salts, as of now, under second names; the journal is a copy that ends in a signed checkpoint. salts are
	 * those of now, for whoever copies them as well. drop: only takes it away, as END does. */
	GATE_BACKUP,
	/* {"sizes":[N],"now"?} -> {"gate":KEY,"checkpoint":LINE,"proofs":[{"since":N,"consistency":[HEX]}]}: the newest checkpoint ("" before the
	 * first), with "now":true one of the head, and of each of these numbers of records that it has the proof that they are its
	 * beginning */
	GATE_CONSISTENCY,
	/* {"record","checkpoint":LINE,"since"?,"consistency"?} -> {"origin","size","kept":true|false,"peer":NAME|null}: the checkpoint of another
	 * gate. Where its key is a peer's in the registry, it is kept as seen/PEER.json if it goes on from what is kept, which since and
	 * consistency have to show: conflict where since is another size; tampered where that journal was cut or rewritten. Of anybody
	 * else "record" is all that is left of it. */
	GATE_SEEN,
	/* {} -> {"items":[{"peer","origin","size","time","checkpoint"}]}: what is kept of peers */
	GATE_SEEN_LIST,
	/* {"record","job":ID8} -> {"outputs":[{"name","size","sha256"}],"removed":N}: outputs of a job that no export ever named are gone for good, but for the
	 * outputs.json or results.json that checks of those which one names were given; those that stay are told; N were removed now. What was there stays in the journal, by its digest. Repeated: the same outputs. Bytes that another
	 * job left too, or an export has, stay where they are. */
	GATE_REMOVE,
	/* {"ms":N} -> {"more":true|false}: counts for that many milliseconds which outputs and checks speak of each of the vault's files, once after
	 * a start; while there is more, REMOVE would first do all the rest. */
	GATE_REFS,
	/* {} -> {"items":[PERMIT]}: those whose data were to be gone by now, and of whom there is no proof that they are */
	GATE_OVERDUE,
	GATE_COUNT
};

/* Journal: journal/journal.jsonl, one record a line:
 *  {"seq":N,"time":"2026-11-23T21:00:00.123Z","actor","role","action","workspace","permit_version","object":{},"outcome","prev":HEX,"hash":HEX}
 *  hash is SHA-256 of the line's bytes before ,"hash": ; prev is the hash of the line before (64 zeros in the first).
 *  seq counts from 1; workspace and permit_version are null where none is meant.
 *  NULs may follow the last line.
 * journal/checkpoints.jsonl: as spe/evidence.h says; at start and end, after each release, every 256 records, when evidence is asked
 *  for, and after as many seconds as root's file "witnesses" says (spe/witnesses.h) while there are records that say more than what
 *  became of checkpoints. journal/tree: the nodes of the Merkle tree over the lines, which follow from them. */
#endif
