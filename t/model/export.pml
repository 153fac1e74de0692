/* t/model/export.pml - the life of one export in the gate: requests that come in any order from an engine that is not to be
 * believed, power cuts between any two writes, starts that recover, a permit that is amended, and somebody who changes what
 * lies in the vault. What must never happen is asserted; t/0630-model.t has spin try every order.
 *
 * The gate takes one call at a time. A call that changes something first puts a record with the hashes of the files to come
 * into the journal, then makes these one by one, the one that counts last (sped/gate/store.c). What the gate holds true is
 * what the journal says: journal_*. Files are disk_*. A digest is 0 (none), 1 (what the checks saw) or 2 (anything else). */
#define PEOPLE 4 /* 0 asked for the export; 1 to 3 check */
#define NEEDED 2

mtype = { checking, blocked, pending, approved, rejected, returned, released, withdrawn }
mtype = { manifest, approve, reject, give_back, amend, release, withdraw, start }

byte vault = 1;
bool checker[PEOPLE], two_keys = true; /* !two_keys: persons 2 and 3 sign with the same one */
byte needed = NEEDED;

byte journal_manifest, journal_release;
mtype journal_vote[PEOPLE];
bool journal_blocked, journal_withdrawn;
byte disk_manifest, disk_release;
mtype disk_vote[PEOPLE];
bool disk_signature[PEOPLE], disk_withdrawn;

/* The newest record that promised files, for recovery. */
mtype last, before, after, action;
byte last_person, last_digest, copy;

/* Seen from outside. */
byte entitled;     /* what the decisions were on when it was released */
byte releases;     /* records of a release */
byte approvals, i, person, shown;
bool rejection, gave_back, stopped; /* stopped: something was found tampered with, nothing is changed any more */

#define yes(p) (journal_vote[p] == approve && checker[p])
inline votes_count()
{
	approvals = 0; rejection = false; gave_back = false;
	for (i : 1 .. PEOPLE - 1) {
		if
		:: journal_vote[i] == reject -> rejection = true
		:: journal_vote[i] == give_back -> gave_back = true
		:: journal_vote[i] == approve && checker[i] &&
			!(i == 3 && !two_keys && journal_vote[2] == approve && checker[2]) -> approvals++
		:: else
		fi
	}
}

/* sped/gate/exports.c, state_of */
inline state_of(ret)
{
	votes_count();
	if
	:: journal_withdrawn -> ret = withdrawn
	:: !journal_withdrawn && journal_release != 0 -> ret = released
	:: !journal_withdrawn && journal_release == 0 && journal_manifest == 0 -> ret = checking
	:: !journal_withdrawn && journal_release == 0 && journal_manifest != 0 && journal_blocked -> ret = blocked
	:: else ->
		if
		:: rejection -> ret = rejected
		:: !rejection && gave_back -> ret = returned
		:: !rejection && !gave_back && approvals >= needed -> ret = approved
		:: else -> ret = pending
		fi
	fi
}

/* Every change of state is one of these rows, which are those of sped/gate/life.c; each that comes to be is printed. */
c_decl {
	static void row(const char *text)
	{
		static const char *seen[100];
		int n;

		for (n = 0; seen[n]; n++)
			if (seen[n] == text)
				return;
		seen[n] = text;
		printf("row %s\n", text);
	}
}
#define ROW(how, from, to) action == how && before == from && after == to -> c_code { row(#how " " #from " " #to); }
inline moved()
{
	state_of(after);
	if
	:: before == after
	:: ROW(manifest, checking, pending)
	:: ROW(manifest, checking, blocked)
	:: ROW(approve, pending, approved)
	:: ROW(reject, pending, rejected)
	:: action == give_back && before == pending && after == returned -> c_code { row("return pending returned"); } /* return is a word of C */
	:: ROW(amend, pending, approved)
	:: ROW(amend, approved, pending)
	:: ROW(release, approved, released)
	:: ROW(withdraw, checking, withdrawn)
	:: ROW(withdraw, blocked, withdrawn)
	:: ROW(withdraw, pending, withdrawn)
	:: ROW(withdraw, approved, withdrawn)
	:: ROW(start, approved, pending) /* a decision, a withdrawal or a manifest whose files a power cut kept from disk is undone */
	:: ROW(start, rejected, pending)
	:: ROW(start, returned, pending)
	:: ROW(start, withdrawn, checking)
	:: ROW(start, withdrawn, blocked)
	:: ROW(start, withdrawn, pending)
	:: ROW(start, withdrawn, approved)
	:: ROW(start, pending, checking)
	:: ROW(start, blocked, checking)
	:: else -> assert(false)
	fi
}

/* What is on disk can be given out: never other bytes than the decisions were on, never a second time. */
inline hand_over(what)
{
	disk_release = what;
	assert(disk_release == entitled && disk_release == journal_manifest && releases == 1)
}

/* A power cut, or not. */
#define MAY_DIE if :: skip :: goto begin fi /* the order of writes is that of store_write */

active proctype gate()
{
	checker[1] = true; checker[2] = true; checker[3] = true;
	if :: two_keys = true :: two_keys = false fi;
begin:
	/* sped/gate/store.c, store_recover: the last record's files are all there, or it is undone; a release is finished. */
	action = start; state_of(before);
	if
	:: stopped
	:: else ->
		if
		:: last == manifest && disk_manifest == 0 -> journal_manifest = 0; journal_blocked = false; last = 0
		:: (last == approve || last == reject || last == give_back) && disk_vote[last_person] == 0 ->
			disk_signature[last_person] = false;
			journal_vote[last_person] = 0; last = 0
		:: last == withdraw && !disk_withdrawn -> journal_withdrawn = false; last = 0
		:: last == release && disk_release == 0 ->
			/* the same bytes, or nothing: those that are hashed are those that are copied */
			copy = vault;
			if
			:: copy == last_digest -> hand_over(copy); last = 0
			:: else -> stopped = true
			fi
		:: else -> last = 0
		fi
	fi;
	moved();
	do
	:: !stopped -> /* MANIFEST: once */
		state_of(before);
		if
		:: before == checking && !journal_withdrawn ->
			action = manifest; last = manifest;
			journal_manifest = 1;
			if :: journal_blocked = true :: journal_blocked = false fi;
			MAY_DIE;
			disk_manifest = 1; last = 0; moved()
		:: else
		fi
	:: !stopped -> /* DECIDE: by whomever the engine says, on whatever it showed them */
		state_of(before);
		select(person : 0 .. 3); select(shown : 1 .. 2);
		if
		:: before == pending && person != 0 && checker[person] && journal_vote[person] == 0 &&
			!(person == 3 && !two_keys && journal_vote[2] != 0) &&
			!(person == 2 && !two_keys && journal_vote[3] != 0) &&
			shown == journal_manifest ->
			if :: action = approve :: action = reject :: action = give_back fi;
			last = action; last_person = person;
			journal_vote[person] = action;
			MAY_DIE;
			disk_signature[person] = true;
			MAY_DIE;
			disk_vote[person] = action; last = 0; moved()
		:: else
		fi;
		person = 0; shown = 0
	:: !stopped -> /* WITHDRAW */
		state_of(before);
		if
		:: before == checking || before == blocked || before == pending || before == approved ->
			action = withdraw; last = withdraw;
			journal_withdrawn = true;
			MAY_DIE;
			disk_withdrawn = true; last = 0; moved()
		:: else
		fi
	:: !stopped -> /* RELEASE: all is verified anew, and hashed anew */
		state_of(before);
		copy = vault;
		if
		:: before == approved && copy == journal_manifest ->
			action = release;
			assert(yes(1) + (two_keys -> yes(2) + yes(3) : (yes(2) || yes(3))) >= needed);
			assert(approvals >= NEEDED && approvals >= needed && !rejection && !gave_back && !journal_withdrawn);
			assert(disk_vote[1] == journal_vote[1] && disk_vote[2] == journal_vote[2] && disk_vote[3] == journal_vote[3]);
			entitled = copy; releases++;
			last = release; last_digest = copy;
			journal_release = copy;
			MAY_DIE;
			hand_over(last_digest); last = 0; moved()
		:: else
		fi
	:: !stopped && journal_release != 0 -> /* FETCH: hashed against the journal */
		if
		:: disk_release == journal_release ->
			assert(disk_release == entitled && releases == 1 && disk_release == journal_manifest)
		:: else -> stopped = true
		fi
	:: !stopped -> /* PERMIT: an amendment may ask for more, or for as few as before, and change who checks */
		state_of(before); action = amend;
		if
		:: checker[2] = !checker[2]
		:: needed = NEEDED + 1
		:: needed = NEEDED
		fi;
		moved()
	:: goto begin /* killed between two calls */
	od
}

/* Nothing was given out before the people who have to had decided, and nothing else ever. */

/* Somebody who gets at the disk, at any time. */
active proctype intruder()
{
	vault = 2
}
