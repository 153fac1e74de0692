#!/bin/sh
# A backup while jobs run, and a restore onto a host that has nothing: all of it verifies, what was released is fetched
# again, and work goes on with the same pseudonyms.
. "${srcdir:-.}/t/lib.sh"
. "$srcdir/t/patient.sh"
own_world "$@"
needs jq

mkdir -p "$T/etc" && printf 'slots = 4\npermit-running = 3\n' >"$T/etc/sped.conf" # two go on all the time
kept=$T/home/eve/kept
echo "auditor file $kept" >"$T/etc/witnesses" && chmod 644 "$T/etc/witnesses"
mkdir "$T/home/eve/notes" && chown 61005 "$T/home/eve/notes"
ok "a private sped serves" sped_start
ok "people and keys are registered" people_make
ok "one who sends checkpoints is" cli root user add witness --uid 61005 --role witness
once() { as eve "$BIN/spe-witness" -1 -c "${1:-$T/etc}" -r "$SPE_SOCKET" -s "$T/home/eve/notes"; }
ok "a holding is taken in" small_holding people
ok "a workspace is staged" small_workspace KILL-1 people
ok "a day's work" day
first=$export
sha256sum <"$T/state/workspaces/1/data-1/people/people.csv" >"$T/staged"
ok "it is staged a second time" cli root workspace stage KILL-1
ok "and the first data are gone, which the backup's database knows" wait_for 30 sh -c "sqlite3 '$T/state/engine/state.db' 'SELECT wiped FROM workspace' | grep -qx 1"
running=$(cli aino --json run KILL-1 --detach -- sleep 100 | jq -r .job)
runs() { cli root --json job show "$running" | is_true '.state == "running"'; }
ok "a job runs" wait_for 10 runs
mkdir -p "$T/home/aino/code" && echo 'sleep 100' >"$T/home/aino/code/a.sh" && chmod -R a+rX "$T/home/aino/code"
coded=$(cli aino --json run KILL-1 --code "$T/home/aino/code" --detach -- sh /code/a.sh | jq -r .job)
ok "and one with code" reaches job "$coded" running
# what is taken back after the backup: a permit, and the key of a checker who has approved an export
ok "another permit" small_workspace REV-1 people
noted() { # WORDS: an export of them that is pending
	said=$(cli aino --json run KILL-1 --detach -- sh -c "echo '$*' >/outputs/said.txt" | jq -r .job)
	reaches job "$said" captured && said=$(export_of "$said" said.txt) && reaches export "$said" pending
}
ok "an export that one has approved" noted all went well
ok "by a key that is stolen later" decided "$said" kari
stolen=$said
ok "and one that nobody has" noted nothing was found
waits=$said
ok "the other workspace is staged" reaches workspace REV-1 ready

says "a backup wants a new directory" 2 "can't make the directory $T/etc" cli root backup "$T/etc" --state "$T/state"
says "only operators make one" 5 "has no role that may do this" cli kari backup "$T/home/kari/b" --state "$T/home/kari"
says "a directory that can't be read ends it" 1 "can't copy gate/backup: Input/output error" \
	"$TOOLS/t-deny" getdents64 EIO "$SPE_CLI" backup "$T/unread" --state "$T/state"
says "so does a place for keys that is there already" 2 "can't make the directory $T/etc" cli root backup "$T/broken" --state "$T/state" --keys "$T/etc"
says "keys are not put into the backup" 2 "who has the backup would have its keys" \
	cli root backup "$T/broken" --state "$T/state" --keys "$T/broken/../broken/keys"
nok "nothing is left of these" [ -e "$T/broken" ]
is "nor of what was made for them" "$(cli root --json audit search --action backup.make | jq -s length)" 1
salts=$T/state/gate/salts
cp -p "$salts/KILL-1" "$T/salt" && : >"$salts/KILL-1"
says "a key that was destroyed as it began ends it" 4 "the key of permit KILL-1 is another" \
	cli root backup "$T/broken" --state "$T/state" --keys "$T/broken.keys"
cat "$T/salt" >"$salts/KILL-1"
nok "its keys go as well" [ -e "$T/broken.keys" ]
# sped is away as all is copied
/usr/bin/python3 - "$SPE_SOCKET" "$T/cut" <<'P' &
import os, socket, sys, threading
def copy(a, b):
    while p := a.recv(65536):
        if p.startswith(b"DELETE"):
            os._exit(0)
        b.sendall(p)
    b.shutdown(socket.SHUT_WR)
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[2] + ".new")
s.listen(9)
os.rename(sys.argv[2] + ".new", sys.argv[2])
while True:
    a, b = s.accept()[0], socket.socket(socket.AF_UNIX)
    b.connect(sys.argv[1])
    threading.Thread(target=copy, args=(b, a)).start()
    threading.Thread(target=copy, args=(a, b)).start()
P
ok "somebody between" wait_for 10 [ -S "$T/cut" ]
SPE_SOCKET=$T/cut says "a backup that is whole stays, where sped can't be told" 0 "the backup is whole, but" \
	cli root backup "$T/b0" --state "$T/state"
ok "with its note" [ -s "$T/b0/backup.json" ]
ok "and sped's own copy" [ -e "$T/state/gate/backup" ]
touch "$salts/KILL-2" "$salts/.KILL-3.new" "$T/state/gate/keys/.release.key.new" # as while another permit gets its key
mkdir "$T/state/holdings/t9.new" # as while another table comes
ok "a backup while a job runs" cli root backup "$T/b1" --state "$T/state" --keys "$T/k1"
ok "no second name of anything stays" [ ! -e "$T/state/gate/backup" ]
ok "nor of the database" [ ! -e "$T/state/engine/backup.db" ]
is "only its owner may look at it" "$(stat -c %a "$T/b1")" 700
nok "there is no key in it" sh -c "find '$T/b1' -name '*.key' -o -name salts | grep ."
is "of the holdings it has what its database has" "$(ls "$T/b1/holdings")" t1
is "of keys as well" "$(cd "$T/k1" && find . -type f | sort | tr '\n' ' ')" "./SUMS ./keys/master.key ./keys/release.key ./salts/KILL-1 ./salts/REV-1 "
ok "each file of the backup is summed beside the keys" sh -c "cd '$T/b1' && sha256sum --quiet --strict -c '$T/k1/SUMS'"
is "but the note, which nobody believes" "$(cd "$T/b1" && find . -type f ! -name backup.json | wc -l)" "$(wc -l <"$T/k1/SUMS")"
is "only root reads that" "$(stat -c %a "$T/k1/SUMS")" 600
rmdir "$T/state/holdings/t9.new"
rm "$salts/KILL-2" "$salts/.KILL-3.new" "$T/state/gate/keys/.release.key.new"
ok "they are apart" [ -s "$T/k1/keys/master.key" ]
like "the journal says so" "$(cli root audit search --action backup.make)" 'backup.make'
ok "another one, without holdings" cli root backup "$T/b2" --state "$T/state" --without-holdings
ok "which has none" [ ! -e "$T/b2/holdings" ]
# two at once, and one that is interrupted
/usr/bin/python3 - "$T/state/holdings/t1" <<'P'
import os, sys
open(sys.argv[1] + "/x", "w").close()
for i in range(20000):
    os.link(sys.argv[1] + "/x", "%s/x%d" % (sys.argv[1], i))
P
"$SPE_CLI" backup "$T/cut.b" --state "$T/state" --keys "$T/cut.k" >"$T/cut.out" 2>&1 &
copying=$!
ok "a backup is under way" wait_for 20 [ -d "$T/cut.b/holdings/t1" ]
kill -STOP "$copying"
says "another one is refused meanwhile" 4 "another backup of this host is being made" cli root backup "$T/b3" --state "$T/state"
nok "and leaves nothing" [ -e "$T/b3" ]
ok "what the first copies is there" [ -e "$T/state/gate/backup" ]
{ kill "$copying"; kill -CONT "$copying"; wait "$copying"; } 2>"$T/.ended"
is "a signal ends it" "$?" 143
is "its keys go, and what it copied" "$(find "$T/cut.b" "$T/cut.k" 2>"$T/.ended")" ""
is "as sped's own copy does" "$(ls -d "$T/state/gate/backup" "$T/state/engine/backup.db" 2>"$T/.ended")" ""
find "$T/state/holdings/t1" -name 'x*' -delete
backup() { curl -sf --unix-socket "$SPE_SOCKET" -X "$1" "http://sped/v1/backup"; }
is "sped says which tables there are" "$(backup POST | jq -c .tables)" '[1]'
ok "one is replaced while they are copied" cli root holding add "$T/people.json" "people=$T/people.csv"
ok "the new one is there" [ -d "$T/state/holdings/t2" ]
sleep 1
ok "and so is the one that is in the backup" [ -d "$T/state/holdings/t1" ]
ok "the copies are over" backup DELETE
ok "then it goes" wait_for 20 [ ! -e "$T/state/holdings/t1" ]
is "each file is that of the gate" "$(cd "$T/b2/gate" && find vault exports releases permits registry -type f -exec sha256sum {} + | sort)" \
	"$(cd "$T/state/gate" && find vault exports releases permits registry -type f -exec sha256sum {} + | sort)"
is "its database is whole" "$(sqlite3 "$T/b2/state.db" 'PRAGMA integrity_check')" ok
ok "the day goes on" day
second=$export
ok "a witness sees more than the backup has" once
ok "in its file" cp "$kept" "$T/kept.copy"
rm "$T/home/eve/notes/auditor" # these are in no backup
taken_back() {
	cli root permit revoke REV-1 --reason "its data were withdrawn" --key "$T/anna" && reaches workspace REV-1 ended &&
		signed_by_two user revoke kari "$T/kari.pub"
}
cp "$T/home/kari/.ssh/id_ed25519.pub" "$T/kari.pub"
ok "a permit and a key are revoked" taken_back
nok "the permit's key is gone" [ -s "$salts/REV-1" ]

cli root job cancel "$running" >/dev/null
cli root job cancel "$coded" >/dev/null
says "a host with something is not written over" 4 "has something in it already" cli root restore "$T/b1" --keys "$T/k1" --state "$T/state"
sped_stop
for k in $(keepers); do kill -9 "$k"; done
mv "$T/state" "$T/lost"
mkdir -m 711 "$T/state"
says "a restore needs the keys" 2 "give --keys DIR" cli root restore "$T/b1" --state "$T/state"
cp -r "$T/b1" "$T/half" && rm "$T/half/backup.json"
says "who is not root is told so" 5 "try: as root" cli kari restore "$T/b1" --keys "$T/k1" --state "$T/state"
cp -r "$T/k1" "$T/k.half" && rm -r "$T/k.half/salts"
says "half of the keys are none" 2 "$T/k.half has no salts" cli root restore "$T/b1" --keys "$T/k.half" --state "$T/state"
says "nor is a backup's directory one of keys" 2 "$T/b1 has no keys/master.key" cli root restore "$T/b1" --keys "$T/b1" --state "$T/state"
mkdir "$T/small" && mount -t tmpfs -o size=64k,mode=711 small "$T/small"
says "where the disk is full" 1 "No space left on device" cli root restore "$T/b1" --keys "$T/k1" --state "$T/small"
is "nothing of it stays" "$(ls -A "$T/small")" ""
mount -o remount,size=64m "$T/small" && mkdir -p "$T/small/restore.part/gate/vault" # as a power cut leaves it
ok "so that there it goes well once there is room" cli root restore "$T/b1" --keys "$T/k1" --state "$T/small"
is "and is all there is" "$(ls -A "$T/small" | tr '\n' ' ')" "engine gate holdings "
rm -r "$T/small/gate" "$T/small/engine"
mkdir -p "$T/small/restore.part/gate"
says "cut off as it was put into its place, it says what to do" 4 "remove holdings, engine, gate and restore.part" \
	cli root restore "$T/b1" --keys "$T/k1" --state "$T/small"
umount "$T/small"
cp -r "$T/k1" "$T/k.old" && rm "$T/k.old/SUMS" # as of a backup without keys, or of before there were sums
# interrupted as much is copied
cp -r "$T/b1" "$T/large"
/usr/bin/python3 - "$T/large/holdings/t1" <<'P'
import os, sys
open(sys.argv[1] + "/a", "w").close()
for i in range(20000):
    os.link(sys.argv[1] + "/a", "%s/%d" % (sys.argv[1], i))
P
mkdir "$T/cut.state"
"$SPE_CLI" restore "$T/large" --keys "$T/k.old" --state "$T/cut.state" >"$T/cut.out" 2>&1 &
restoring=$!
ok "keys lie in what is not whole" wait_for 20 [ -d "$T/cut.state/restore.part/holdings/t1" ]
{ kill "$restoring"; wait "$restoring"; } 2>"$T/.ended"
is "the signal ends it" "$?" 143
is "and they go" "$(ls -A "$T/cut.state")" ""
says "half a backup is none" 2 "has no backup.json" cli root restore "$T/half" --keys "$T/k1" --state "$T/state"
# who has the backup and not its keys puts records into it
forged() { rm -rf "$T/forged" && cp -r "$T/b1" "$T/forged" && j=$T/forged/gate/journal/journal.jsonl && c=$T/forged/gate/journal/checkpoints.jsonl; }
refused() { says "$1" 1 "$2" cli root restore "$T/forged" --keys "$T/k1" --state "$T/state"; }
last=$(wc -l <"$T/b1/gate/journal/journal.jsonl")
forged && tail -n 1 "$j" >"$T/line" && cat "$T/line" >>"$j"
refused "a record behind the signed end is seen" "has $((last + 1)) records; its signed checkpoint says $last"
forged && sed -i '2s/"time":"2/"time":"3/' "$j"
refused "and one that was changed" "is not the one of its signed checkpoint"
forged && sed -i '$d' "$j"
refused "and one that is missing" "has $((last - 1)) records"
forged && : >"$c"
refused "no checkpoint is none" "has no checkpoint at its end"
forged && sed -i '$d' "$c"
refused "nor is an older one" "records; its signed checkpoint says"
forged && sed -i '$s/"size":[0-9]*/"size":1/' "$c"
refused "nor one that was changed" "is not signed with keys/release.key"
cp -r "$T/k1" "$T/k.other" && head -c 32 /dev/urandom >"$T/k.other/keys/release.key"
says "nor another gate's" 1 "or the keys are another host's" cli root restore "$T/b1" --keys "$T/k.other" --state "$T/state"
# what no checkpoint covers: the database, and the tables of holdings
forged && sqlite3 "$T/forged/state.db" "UPDATE person SET roles='operator' WHERE id='mikko'"
refused "a changed database is seen" "state.db is not the file that was backed up"
forged && table=$(cd "$T/forged" && find holdings/t1 -type f | head -n 1) && printf x | dd of="$T/forged/$table" bs=1 seek=9 conv=notrunc status=none
refused "so is a byte of a holding's table" "$table is not the file that was backed up"
forged && rm "$T/forged/$table"
refused "and one that is missing" "$table is missing"
forged && echo x >"$T/forged/holdings/t1/more"
refused "and one more" "holdings/t1/more was not there when the backup was made"
cp -r "$T/k1" "$T/k.sums" && echo "who knows" >>"$T/k.sums/SUMS"
says "sums that are none" 2 "has a line that is no SHA-256 with a path" cli root restore "$T/b1" --keys "$T/k.sums" --state "$T/state"
is "nothing of these is there" "$(ls -A "$T/state")" ""
says "restored, and what comes next" 0 "all workspaces are halted: revoke and reject again what was since the backup" cli root restore "$T/b1" --keys "$T/k1" --state "$T/state"
install -d -o _spe -g _spe -m 700 "$T/state/engine/bundles" && install -o _spe -g _spe -m 600 /dev/null "$T/state/engine/bundles/0badc0de"
ok "sped starts on it" sped_start
ok "all of it verifies" cli root audit verify
held() { [ "$(cli root --json workspace list | jq -r '[.workspace, .state, .halted] | join(" ")' | sort | tr '\n' ' ')" = "$1" ]; }
ok "both workspaces are halted" held "KILL-1 staging true REV-1 staging true "
like "doctor says why" "$(cli root --json doctor | jq -r 'select(.check == "workspaces") | .detail')" 'halted, since a backup was restored'
says "none is staged by hand either" 4 "is halted since this host was restored" cli root workspace stage KILL-1
says "no job is taken" 4 "is halted since this host was restored" cli aino run KILL-1 -- true
ok "the second approval of an export, the first by a stolen key" cli lars review approve "$stolen"
is "is not enough" "$(state export "$stolen")" approved
sped_stop
ok "sped starts again" sped_start
sleep 2
ok "and all is halted still" held "KILL-1 staging true REV-1 staging true "
is "nothing is staged" "$(find "$T/state/workspaces" -name people.csv)" ""
is "no job has begun" "$(state job "$running") $(state job "$coded")" "queued queued"
is "nor is anything released" "$(state export "$stolen")" approved
ok "what was revoked is so again" taken_back
ok "then the approval does not count" reaches export "$stolen" pending
rm "$T/home/kari/.ssh/id_ed25519" && as kari ssh-keygen -q -t ed25519 -N '' -C kari -f "$T/home/kari/.ssh/id_ed25519" >/dev/null 2>&1 <<-Y
	y
Y
ok "who had it has another" signed_by_two user key kari "$T/home/kari/.ssh/id_ed25519.pub"
ok "with which to approve" decided "$waits" kari
ok "as another does" decided "$waits" lars
is "that stays as well" "$(state export "$waits")" approved
says "until all is resumed" 0 "all workspaces" cli root resume --all
ok "then it is released" reaches export "$waits" released
is "and what is not approved is not" "$(state export "$stolen")" pending
says "the witness is given nothing that does not go on from what it has" 1 "auditor: the journal" once
ok "its file stays as it was" cmp "$kept" "$T/kept.copy"
like "and doctor says it" "$(cli root --json doctor | jq -r 'select(.check == "witness") | .verdict + " " + .detail')" '^fail auditor .*it was (cut|rewritten)'
mkdir "$T/anew" && echo "again file $T/home/eve/again" >"$T/anew/witnesses"
once "$T/anew" >/dev/null 2>&1 # this sped knows no such name
ok "one that begins anew agrees" cli root audit verify --witness "$T/home/eve/again"
is "the first export is released" "$(state export "$first")" released
ok "and fetched again, as it was" fetched "$first"
ok "it verifies" "$SPE_CLI" verify "$T/home/aino/$first.tar"
nok "what came after the backup is not there" cli root export show "$second"
is_ready() { cli root --json workspace show KILL-1 | is_true '.state == "ready"'; }
ok "the workspace is staged again by itself" wait_for 30 is_ready
is "the one whose permit was revoked is not" "$(state workspace REV-1)" ended
like "the job that ran begins anew" "$(state job "$running")" '^(queued|running)$'
ok "and is cancelled" cli root job cancel "$running"
ok "the one whose code was left out does not" reaches job "$coded" gone
like "and says so" "$(cli aino --json job show "$coded" | jq -r '.result + ": " + .reason')" 'not-started: its code is not on this host any more; submit it again'
is "as the journal does" "$(cli root --json audit search --action job.not-started | jq -r .object.job)" "$coded"
is "code of nobody's is gone" "$(ls "$T/state/engine/bundles")" ""
is "with the same pseudonyms" "$(cat "$T"/state/workspaces/1/data-*/people/people.csv | sha256sum)" "$(cat "$T/staged")"
ok "and a whole day is worked" day
ok "all of it verifies still" cli root audit verify

# the gate took an amendment, and the engine died before it was in the database
sped_stop
cp "$T/state/engine/state.db" "$T/before.db"
ok "sped goes on" sped_start
permit_text KILL-1 people 2 "\"$(sha256sum <"$T/KILL-1.permit" | cut -d' ' -f1)\"" |
	sed 's/{"id":"mikko","roles":\["researcher"\]},//' >"$T/second.permit"
ok "an amendment leaves somebody out" permit_import "$T/second.permit"
sped_stop
rm -f "$T"/state/engine/state.db-*
cp "$T/before.db" "$T/state/engine/state.db"
chown _spe:_spe "$T/state/engine/state.db"
sqlite3 "$T/state/engine/state.db" "UPDATE workspace SET ends=1"
ok "sped starts on a database without it" sped_start
is "the amendment is in force" "$(cli root --json permit show KILL-1 | jq -r .version)" 2
is "who left is in no workspace of it" "$(cli mikko --json whoami | jq -c '[.workspaces[] | select(.workspace == "KILL-1")]')" '[]'
ok "it is staged again, and has not ended" wait_for 30 is_ready
ok "its end is changed in the database" sqlite3 -cmd '.timeout 9000' "$T/state/engine/state.db" "UPDATE workspace SET ends=1"
ok "an end in the database that the permit does not have is no end" wait_for 10 sh -c \
	"sqlite3 '$T/state/engine/state.db' 'SELECT ends>1 FROM workspace' | grep -qx 1"
is "the workspace is there" "$(state workspace KILL-1)" ready

# holdings that were copied otherwise
sped_stop
rm -rf "$T/lost" "$T/state"
mkdir -m 711 "$T/state"
says "sums of another backup are none of this one" 1 "the backup was changed, by what SUMS in the keys' directory says" \
	cli root restore "$T/b2" --keys "$T/k1" --state "$T/state"
says "a backup without holdings is restored" 0 "there is no SUMS with the keys" cli root restore "$T/b2" --keys "$T/k.old" --state "$T/state"
ok "and these behind it" sh -c "mkdir -m 700 '$T/state/holdings' && cp -a '$T/b1/holdings/'t* '$T/state/holdings/'"
ok "sped starts on both" sped_start
says "one workspace is resumed alone" 0 "KILL-1: " cli root resume KILL-1
ok "the workspace is staged from them" wait_for 60 is_ready
ok "all of it verifies" cli root audit verify
finish
