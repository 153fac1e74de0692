"""week.py SEED OPERATIONS - see t/fault/week, which makes the world. A reference model of who was told what, and a private sped
that has to agree with it at every look, however often its programs are killed. Prints TAP; ends with 1 where something differs.

An operation whose answer got lost on the way may have been done or not: sped is asked which as soon as it serves again, and what
it says then is what it has to stay with."""
import base64, datetime, hashlib, http.client, io, json, os, random, signal, socket, struct, subprocess, sys, tarfile, time
import nacl.signing

seed, operations = int(sys.argv[1]), int(sys.argv[2])
draw = random.Random(seed)
T, BIN, CLI = os.environ["T"], os.environ["BIN"], os.environ["SPE_CLI"]
SOCKET, RESEARCHERS, CHECKERS, WORKSPACES, NEEDED = T + "/run/sped.sock", 50, 10, 4, 2
AUDITOR, OPERATOR = 63999, 0
WORDS = "apple birch cedar daisy elder fern ginger hazel iris jasmine kale lemon maple nettle olive poppy quince rose sage thyme".split()
numbers, kills, tests, bad = {}, {}, 0, 0

# --- TAP


def test(good, what, more=""):
    global tests, bad
    tests += 1
    bad += not good
    print("%s %d - %s" % ("ok" if good else "not ok", tests, what), flush=True)
    if not good and more:
        print("# " + str(more).replace("\n", "\n# "), flush=True)


def differs(what):
    """A promise is broken: nothing after it says anything."""
    global operation
    test(False, "operation %d: %s" % (operation, what))
    finish()


def finish():
    print("# " + ", ".join("%s %d" % n for n in sorted(numbers.items())))
    print("# kills: " + ", ".join("%s %d" % n for n in sorted(kills.items())))
    print("1..%d" % tests, flush=True)
    sped.end()
    sys.exit(bad != 0)


def count(what):
    numbers[what] = numbers.get(what, 0) + 1


def need(good, what):
    if not good:
        differs(what)


# --- sped and its deaths


class Sped:
    def __init__(self, pid):
        self.pid = pid

    def start(self):
        log = open(T + "/sped.log", "ab")
        self.pid = subprocess.Popen([BIN + "/sped", "-s", T + "/state", "-r", T + "/run", "-c", T + "/etc", "-l", BIN], stderr=log).pid

    def end(self):
        if alive(self.pid):
            os.kill(self.pid, signal.SIGTERM)
            wait(lambda: not alive(self.pid), "sped to end")

    def serves(self):
        if not alive(self.pid):
            self.start()
        try:
            return call(OPERATOR, "GET", "/v1/whoami")[0] == 200
        except Unknown:
            return False

    def recover(self):
        """Nobody helps but who starts sped again where it was killed itself, as a service manager does."""
        forget_connections()
        wait(self.serves, "sped to serve again")


def stat_of(pid):
    try:
        text = open("/proc/%d/stat" % pid).read()
    except OSError:
        return None
    name, rest = text[text.index("(") + 1 : text.rindex(")")], text[text.rindex(")") + 2 :].split()
    return name, rest[0], int(rest[1])


def alive(pid):
    s = stat_of(pid)
    try:  # one of ours is reaped
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass
    return s is not None and s[1] != "Z"


def wait(done, what, seconds=60):
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() > until:
            differs("waited %d s for %s" % (seconds, what))
        time.sleep(0.02)


def children():
    table = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        s = stat_of(int(pid))
        if s and s[1] != "Z":
            table.setdefault(s[2], []).append((s[0], int(pid)))
    return table


def kill(victim):
    table = children()
    own = table.get(sped.pid, [])
    if victim == "sped":
        pids = [sped.pid]
    elif victim == "a keeper with a task":
        pids = [p for n, p in own if n == "sped-keeper" and table.get(p)]
    elif victim == "a helper":
        pids = [p for n, k in own if n == "sped-keeper" for m, p in table.get(k, []) if m.startswith("spe-c")]
    else:
        pids = [p for n, p in own if n == victim]
    for pid in pids[:1]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        kills[victim] = kills.get(victim, 0) + 1


VICTIMS = ["sped-engine"] * 4 + ["sped-gate"] * 4 + ["sped-api"] * 2 + ["sped"] * 2 + ["a keeper with a task", "a helper"]

# --- one call


class Unknown(Exception):
    """No answer."""


class Unix(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(SOCKET)


connections = {}


def forget_connections():
    for c in connections.values():
        c.close()
    connections.clear()


def connection(uid):
    if uid not in connections:
        c = Unix("sped")
        os.seteuid(uid)
        try:
            c.connect()
        finally:
            os.seteuid(0)
        connections[uid] = c
    return connections[uid]


def call(uid, method, path, body=None, victim=None):
    """(status, what was answered). victim: is killed while the call is under way."""
    try:
        c = connection(uid)
        c.request(method, path, json.dumps(body) if body is not None else None, {"Content-Type": "application/json"} if body is not None else {})
        if victim:
            time.sleep(draw.random() * 0.004)
            kill(victim)
        answer = c.getresponse()
        data = answer.read()
    except socket.timeout:
        differs("no answer to %s %s within a minute" % (method, path))
    except (OSError, http.client.HTTPException):
        if uid in connections:
            connections.pop(uid).close()
        raise Unknown()
    if answer.will_close:
        connections.pop(uid).close()
    if answer.getheader("Content-Type") == "application/json" and not path.endswith("/manifest"):
        data = json.loads(data)
    return answer.status, data


def ask(uid, method, path, body=None):
    """In peace: an answer that is lost is asked for again."""
    for _ in range(3):
        try:
            return call(uid, method, path, body)
        except Unknown:
            sped.recover()
    differs("no answer to %s %s, three times" % (method, path))


def listed(kind, query):
    """All pages."""
    items, next_one = [], ""
    while True:
        status, page = ask(AUDITOR, "GET", "/v1/%s?limit=100&%s%s" % (kind, query, next_one))
        need(status == 200, "%s are not listed: %s" % (kind, page))
        items += page["items"]
        if "next" not in page:
            return items
        next_one = "&before=" + page["next"]


def doing(uid, method, path, body=None):
    """A call of an operation: now and then something is killed before it, or in the middle of it."""
    how = draw.random()
    victim = draw.choice(VICTIMS) if how < 0.12 else None
    if victim and how < 0.03:
        kill(victim)
        if victim == "sped" or draw.random() < 0.5:
            sped.recover()
        victim = None
    try:
        return call(uid, method, path, body, victim)
    except Unknown:
        count("answers lost")
        sped.recover()
        raise


# --- signatures (PROTOCOL.sshsig)


def text(b):
    return struct.pack(">I", len(b)) + b


class Key:
    def __init__(self, name):
        self.key = nacl.signing.SigningKey(hashlib.sha256(("%d %s" % (seed, name)).encode()).digest())
        self.public = text(b"ssh-ed25519") + text(bytes(self.key.verify_key))
        self.line = "ssh-ed25519 " + base64.b64encode(self.public).decode()

    def sign(self, namespace, message):
        head = text(namespace.encode()) + text(b"") + text(b"sha512")
        signature = self.key.sign(b"SSHSIG" + head + text(hashlib.sha512(message).digest())).signature
        blob = b"SSHSIG" + struct.pack(">I", 1) + text(self.public) + head + text(text(b"ssh-ed25519") + text(signature))
        lines = base64.encodebytes(blob).decode().replace("\n", "")
        return "-----BEGIN SSH SIGNATURE-----\n%s\n-----END SSH SIGNATURE-----\n" % "\n".join(lines[i : i + 70] for i in range(0, len(lines), 70))


# --- the model


class Person:
    def __init__(self, number, kind):
        self.name, self.uid, self.kind, self.keys = "%s%d" % (kind[0], number), 63000 + number + (500 if kind == "checker" else 0), kind, 0
        self.key = None  # a checker's that counts

    def new_key(self):
        self.keys += 1
        return Key("%s %d" % (self.name, self.keys))


class Workspace:
    def __init__(self, number):
        self.name, self.version, self.digest = "WEEK-%d" % number, 0, None
        self.researchers = draw.sample(researchers, 20)
        self.checkers = draw.sample(checkers, 5)
        self.halted = self.ended = False

    def permit(self, researchers_now):
        day = lambda n: (datetime.datetime.utcnow() + datetime.timedelta(days=n)).strftime("%Y-%m-%d")
        persons = [{"id": p.name, "roles": ["researcher"] if i else ["principal-investigator", "researcher"]} for i, p in enumerate(researchers_now)]
        return json.dumps({
            "format": "spe-permit-1", "id": self.name, "kind": "data-permit", "version": self.version + 1, "replaces": self.digest,
            "issuer": {"hdab": "urn:spe:hdab:fi", "country": "FI", "case": "T/1/2026"}, "issued": day(-2) + "T09:00:00Z",
            "data": [{"holding": "people", "holder": "urn:spe:holder:test", "categories": ["EHRS"], "form": "pseudonymised", "format": "csv",
                      "variables": {"people": ["pin", "group", "age"]}, "rows": []}],
            "purpose": {"article53": ["e"], "text": "A week"}, "optOutException": None,
            "persons": persons + [{"id": p.name, "roles": ["checker"]} for p in self.checkers],
            "valid": {"from": day(-1), "until": day(300), "erased-by": day(400)},
            "environment": {"site": ["test"], "runtime": ["host"], "cpus": 2, "memory": "256M", "disk": "1G", "gpus": 0,
                            "bring-in": {"code": True, "data": False}, "time": "5m", "processes": 100},
            "fees": {"reference": "none"}, "conditions": ["None"],
            "outputs": {"types": ["text/csv", "text/plain"], "min-cell": 5, "max-bytes": 10485760, "decisions": NEEDED},
            "federated": None, "odrl": None})


class Job:
    def __init__(self, ws, owner, note):
        self.ws, self.owner, self.note, self.stopped, self.over, self.begun_at = ws, owner, note, False, None, kills.get("a keeper with a task", 0)


class Export:
    def __init__(self, ws, job, owner):
        self.ws, self.job, self.owner, self.votes, self.state, self.bytes = ws, job, owner, {}, "checking", None

    def counts(self):
        return sum(v == "approve" and k is p.key for p, (v, k) in self.votes.items())


def may_be(x, state):
    """Does this state follow from what everybody was told?"""
    if x.state in ("released", "withdrawn", "rejected", "returned"):
        return state == x.state
    for verdict, then in (("reject", "rejected"), ("return", "returned")):
        if any(v == verdict for v, _ in x.votes.values()):
            return state == then
    if state == "released" or state == "approved":
        return x.counts() >= NEEDED and (state == "approved" or not x.ws.ended)
    return state in ("checking", "pending") and x.counts() < NEEDED or x.ws.ended and state in ("approved", "withdrawn")


def look(i, x):
    """At one export: its state and its votes are those of the model."""
    status, got = ask(AUDITOR, "GET", "/v1/exports/" + i)
    need(status == 200, "export %s is gone: %s" % (i, got))
    votes = {d["person"]: d["verdict"] for d in got["decisions"]}
    need(votes == {p.name: v for p, (v, _) in x.votes.items()}, "export %s has votes %s, not %s" % (i, votes, {p.name: v for p, (v, _) in x.votes.items()}))
    need(may_be(x, got["state"]), "export %s was %s with %d of %d, and is %s" % (i, x.state, x.counts(), NEEDED, got["state"]))
    need(got["job"] == x.job and got["requester"] == x.owner.name and got["workspace"] == x.ws.name, "export %s is another: %s" % (i, got))
    x.state = got["state"]
    return got


def look_job(i, j):
    status, got = ask(AUDITOR, "GET", "/v1/jobs/" + i)
    need(status == 200, "job %s is gone: %s" % (i, got))
    need(got["workspace"] == j.ws.name and got["owner"] == j.owner.name and j.note in got["command"][2], "job %s is another: %s" % (i, got))
    if j.over:
        need(got["state"] == j.over, "job %s was %s and is %s" % (i, j.over, got["state"]))
    if got["state"] in ("captured", "gone"):
        j.over = got["state"]
        lost = kills.get("a keeper with a task", 0) - j.begun_at >= 3
        need(got["result"] == "completed" or j.stopped or (got["result"] == "lost" and lost), "job %s ended as %s: %s" % (i, got["result"], got["reason"]))
        j.result = got["result"]
    return got


# --- operations


def any_workspace():
    """Mostly one where something can be done."""
    live = [w for w in workspaces if not w.ended and not w.halted]
    return draw.choice(live if live and draw.random() < 0.8 else workspaces)


def submit():
    ws, who = any_workspace(), draw.choice(researchers)
    if draw.random() < 0.85:
        who = draw.choice(ws.researchers)
    note = " ".join(draw.choice(WORDS) for _ in range(6))
    script = "%secho group,n >/outputs/t.csv; echo a,29 >>/outputs/t.csv; echo b,29 >>/outputs/t.csv; echo %s >/outputs/note.txt" % (
        "sleep 0.%d; " % draw.randrange(1, 9) if draw.random() < 0.3 else "", note)
    status, got = 0, None
    try:
        status, got = doing(who.uid, "POST", "/v1/workspaces/%s/jobs" % ws.name, {"command": ["sh", "-c", script]})
        may = who in ws.researchers and not ws.halted and not ws.ended
        staging = may and status == 409 and "not ready" in got["error"]["message"]
        need((status == 202) == may or staging, "%s submits in %s%s: %d %s" % (who.name, ws.name, " (halted)" if ws.halted else "", status, got))
        found = [got["job"]] if status == 202 else []
    except Unknown:
        found = [o["job"] for o in listed("jobs", "workspace=" + ws.name) if o["job"] not in jobs]
        need(len(found) < 2, "one lost answer, two jobs: %s" % found)
        need(not found or who in ws.researchers, "%s was let in: %s" % (who.name, found))
    for i in found:
        need(i not in jobs, "job %s was accepted twice" % i)
        jobs[i] = Job(ws, who, note)
        look_job(i, jobs[i])
    count("jobs" if found else "jobs refused")


def cancel():
    open_ones = [i for i, j in jobs.items() if not j.over]
    if not open_ones:
        return
    i = draw.choice(open_ones)
    j = jobs[i]
    who = draw.choice(j.ws.researchers + [draw.choice(researchers)])
    if who in j.ws.researchers:
        j.stopped = True  # whether or not it was in time
    try:
        status, got = doing(who.uid, "POST", "/v1/jobs/%s/cancel" % i, {})
        need(status < 300 or status == 409 or who not in j.ws.researchers, "%s cancels %s: %d %s" % (who.name, i, status, got))
        need(status > 299 or who in j.ws.researchers, "%s cancelled %s" % (who.name, i))
    except Unknown:
        pass
    look_job(i, j)
    count("cancelled")


def request():
    done = [i for i, j in jobs.items() if getattr(j, "result", "") == "completed" and j.over == "captured"]
    if not done or draw.random() < 0.2:
        for i in [i for i, j in jobs.items() if not j.over][:8]:
            look_job(i, jobs[i])
        return
    i = draw.choice(done)
    j = jobs[i]
    who = draw.choice(j.ws.researchers if draw.random() < 0.9 else researchers + checkers)
    body = {"job": i, "files": [{"name": "t.csv", "description": "counts"}, {"name": "note.txt", "description": "a note"}]}
    try:
        status, got = doing(who.uid, "POST", "/v1/exports", body)
        may = who in j.ws.researchers and not j.ws.ended
        need((status == 202) == may, "%s asks for the outputs of %s in %s: %d %s" % (who.name, i, j.ws.name, status, got))
        found = [got["export"]] if status == 202 else []
    except Unknown:
        found = [o["export"] for o in listed("exports", "workspace=" + j.ws.name) if o["export"] not in exports]
        need(len(found) < 2, "one lost answer, two exports: %s" % found)
    for x in found:
        need(x not in exports and who in j.ws.researchers, "export %s of %s should not be" % (x, who.name))
        exports[x] = Export(j.ws, i, who)
        look(x, exports[x])
    count("exports" if found else "exports refused")


def undecided():
    some = [i for i, x in exports.items() if x.state in ("checking", "pending")]
    return draw.choice(some) if some else None


def decide():
    i = undecided()
    if not i:
        return request()
    x = exports[i]
    who = draw.choice(x.ws.checkers if draw.random() < 0.85 else checkers + [x.owner])
    verdict = draw.choices(["approve", "reject", "return"], [84, 10, 6])[0]
    look(i, x)
    status, manifest = ask(draw.choice(x.ws.checkers).uid, "GET", "/v1/exports/%s/manifest" % i)
    if status != 200:
        need(x.state == "checking" or x.ws.ended, "export %s is %s and has no manifest: %s" % (i, x.state, manifest))
        return
    look(i, x)  # the last of its checks may have ended just now
    key, wrong = who.key or Key("nobody"), False
    if draw.random() < 0.06:
        key, wrong = Key("nobody"), True
    body = {"verdict": verdict, "comment": "", "signature": None}
    if verdict != "approve":
        body["comment"] = "no"
        body["statement"] = json.dumps({"format": "spe-%s-1" % verdict, "manifest": hashlib.sha256(manifest).hexdigest(), "comment": "no"}, separators=(",", ":")) + "\n"
        body["signature"] = key.sign("spe-decision", body["statement"].encode())
    else:
        if draw.random() < 0.06:
            manifest, wrong = manifest + b" ", True
        body["signature"] = key.sign("spe-decision", manifest)
    if verdict == "approve":
        del body["comment"]
    may = who in x.ws.checkers and who.key and not wrong and who not in x.votes and x.state == "pending" and not x.ws.ended
    try:
        status, got = doing(who.uid, "POST", "/v1/exports/%s/decisions" % i, body)
        done = status == 200
        need(done == bool(may), "%s: %s of export %s (%s): %d %s" % (who.name, verdict, i, x.state, status, got))
    except Unknown:
        status, got = ask(AUDITOR, "GET", "/v1/exports/" + i)
        done = who.name in [d["person"] for d in got["decisions"]] and who not in x.votes
        need(not done or may, "%s's %s of export %s was taken" % (who.name, verdict, i))
    if done:
        x.votes[who] = (verdict, who.key)
    count(verdict + ("d" if verdict[-1] == "e" else "ed") if done else "decisions refused")
    look(i, x)


def withdraw():
    i = undecided()
    if not i:
        return
    x = exports[i]
    who = draw.choice(x.ws.researchers if draw.random() < 0.8 else researchers)
    look(i, x)
    try:
        status, got = doing(who.uid, "POST", "/v1/exports/%s/withdraw" % i, {})
        done = status == 200
        may = who in x.ws.researchers and x.state in ("checking", "pending")
        need(done == may or (may and x.ws.ended), "%s withdraws export %s (%s): %d %s" % (who.name, i, x.state, status, got))
    except Unknown:
        done = ask(AUDITOR, "GET", "/v1/exports/" + i)[1]["state"] == "withdrawn"
    if done:
        x.state = "withdrawn"
    look(i, x)
    count("withdrawn" if done else "withdrawals refused")


def fetch(i=None, peace=False):
    if not exports:
        return
    i = i or draw.choice(list(exports))
    x = exports[i]
    who = x.owner if peace else draw.choice(x.ws.researchers if draw.random() < 0.8 else researchers)
    look(i, x)
    try:
        status, got = (ask if peace else doing)(who.uid, "GET", "/v1/exports/%s/release" % i)
    except Unknown:
        return
    if status != 200:
        need(x.state != "released" or who not in x.ws.researchers or x.ws.ended, "%s does not get release %s: %d %s" % (who.name, i, status, got))
        count("fetches refused")
        return
    need(x.state == "released" and who in x.ws.researchers, "%s fetched export %s, which is %s" % (who.name, i, x.state))
    need(x.bytes in (None, got), "release %s has other bytes than before" % i)
    x.bytes = got
    tar = tarfile.open(fileobj=io.BytesIO(got))
    files = {m.name.split("/files/", 1)[1]: tar.extractfile(m).read() for m in tar.getmembers() if "/files/" in m.name and m.isfile()}
    need(files == {"t.csv": b"group,n\na,29\nb,29\n", "note.txt": (jobs[x.job].note + "\n").encode()}, "release %s has %s" % (i, files))
    count("fetched")


def halt():
    ws = draw.choice(workspaces)
    on = not ws.halted and draw.random() < 0.5
    try:
        status, got = doing(OPERATOR, "POST", "/v1/halt" if on else "/v1/resume", {"workspace": ws.name})
        need(status == 200, "%s: %d %s" % (ws.name, status, got))
        ws.halted = on
    except Unknown:
        ws.halted = ask(OPERATOR, "GET", "/v1/workspaces/" + ws.name)[1]["halted"] != 0
    if on:
        for j in jobs.values():
            j.stopped |= j.ws is ws and not j.over
    count("halts" if on else "resumes")


def amend():
    """Other researchers; checkers stay, so that votes do."""
    ws = any_workspace()
    now = ws.researchers[:1] + draw.sample([p for p in researchers if p is not ws.researchers[0]], 19)
    permit = ws.permit(now)
    try:
        status, got = doing(OPERATOR, "POST", "/v1/permits", {"permit": permit, "signature": issuer.sign("spe-permit", permit.encode())})
        done = status == 201
        need(done != ws.ended, "%s is amended: %d %s" % (ws.name, status, got))
    except Unknown:
        status, got = ask(OPERATOR, "GET", "/v1/permits/" + ws.name)
        done = got["version"] == ws.version + 1
        if not done:  # the gate may have it and the engine not: the same once more makes both agree, or is new to both
            status, got = ask(OPERATOR, "POST", "/v1/permits", {"permit": permit, "signature": issuer.sign("spe-permit", permit.encode())})
            done = status == 201
            need(done != ws.ended, "%s is amended: %d %s" % (ws.name, status, got))
    if done:
        ws.version, ws.digest, ws.researchers = ws.version + 1, hashlib.sha256(permit.encode()).hexdigest(), now
        for j in jobs.values():  # what still waited of who is none any more does not begin
            j.stopped |= j.ws is ws and j.owner not in now and not j.over
    count("amendments")


def restage():
    ws = any_workspace()
    try:
        status, got = doing(OPERATOR, "POST", "/v1/workspaces/%s/stage" % ws.name, {})
        need(status in (202, 409), "%s is staged: %d %s" % (ws.name, status, got))
    except Unknown:
        pass
    count("stagings")


def revocation(ws):
    """What an operator signs, of the permit as it is now."""
    permit = ask(OPERATOR, "GET", "/v1/permits/" + ws.name)[1]
    statement = json.dumps({"format": "spe-revoke-1", "permit": ws.name, "version": permit["version"], "permit_sha256": permit["digest"],
                            "reason": "the week", "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}, separators=(",", ":"))
    path = T + "/revocation"
    with open(path, "w") as f:
        f.write(statement)
    if os.path.exists(path + ".sig"):
        os.unlink(path + ".sig")
    subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-n", "spe-revoke", "-f", T + "/anna", path], check=True, stderr=subprocess.DEVNULL)
    with open(path + ".sig") as f:
        return {"statement": statement, "signature": f.read()}


def revoke():
    if sum(not w.ended for w in workspaces) <= 2:
        return
    ws = any_workspace()
    try:
        status, got = doing(OPERATOR, "POST", "/v1/permits/%s/revoke" % ws.name, revocation(ws))
        done = status == 200
        need(done or ws.ended, "%s is revoked: %d %s" % (ws.name, status, got))
    except Unknown:
        done = ask(OPERATOR, "GET", "/v1/permits/" + ws.name)[1]["state"] == "revoked"
        if not done:  # the gate may know of it: once more, as an operator would
            done = ask(OPERATOR, "POST", "/v1/permits/%s/revoke" % ws.name, revocation(ws))[0] == 200
    if done:
        ws.ended = True
        for j in jobs.values():
            j.stopped |= j.ws is ws and not j.over
    count("permits revoked")


def cli(*words):
    r = subprocess.run([CLI, "--json", *words], capture_output=True, text=True, env=dict(os.environ, HOME=T + "/home", SPE_SOCKET=SOCKET), timeout=120)
    return r.returncode, r.stdout, r.stderr


def signed_by_two(*words):
    for _ in range(3):
        status, out, err = cli(*words, "--key", T + "/anna")
        for line in out.splitlines():
            change = json.loads(line).get("change")
            if status == 0 and change:
                status, out, err = cli("registry", "confirm", change, "--key", T + "/bert")
        if status == 0:
            return
        sped.recover()
        for c in ask(OPERATOR, "GET", "/v1/registry/changes")[1]["items"]:
            ask(OPERATOR, "DELETE", "/v1/registry/changes/" + c["change"])
        if "already" in err:
            return
    differs("%s: %s %s" % (" ".join(words), out, err))


def key_state(line):
    return [(k["name"], k["ended"] == 0) for k in ask(OPERATOR, "GET", "/v1/registry")[1]["items"] if k["key"] == line]


def key_file(person, key):
    path = "%s/%s.pub" % (T, person.name)
    with open(path, "w") as f:
        f.write(key.line + "\n")
    return path


def registry():
    """A checker's key is revoked, with which their open votes stop counting; whoever has none gets a new one."""
    who = draw.choice(checkers)
    if draw.random() < 0.1:
        kill(draw.choice(["sped-gate", "sped-engine"]))
        sped.recover()
    if who.key:
        signed_by_two("user", "revoke", who.name)
        need(key_state(who.key.line) == [(who.name, False)], "%s's key is %s" % (who.name, key_state(who.key.line)))
        who.key = None
    else:
        key = who.new_key()
        signed_by_two("user", "key", who.name, key_file(who, key))
        need(key_state(key.line) == [(who.name, True)], "%s's key is %s" % (who.name, key_state(key.line)))
        who.key = key
    count("changes of keys")


def counts_agree():
    """Each list has what was accepted, and nothing else."""
    for ws in workspaces:
        have = sorted(o["job"] for o in listed("jobs", "workspace=" + ws.name))
        need(have == sorted(i for i, j in jobs.items() if j.ws is ws), "%s has other jobs than were accepted: %s" % (ws.name, have))
        have = {o["export"]: o["state"] for o in listed("exports", "workspace=" + ws.name)}
        mine = {i: x for i, x in exports.items() if x.ws is ws}
        need(have.keys() == mine.keys(), "%s has other exports than were accepted" % ws.name)
    who = draw.choice(checkers)
    waits = [o["export"] for o in ask(who.uid, "GET", "/v1/reviews")[1]["items"]]
    for i in waits:
        need(i in exports and who in exports[i].ws.checkers and who not in exports[i].votes, "%s is asked to review %s" % (who.name, i))
    count("counts")


def verify():
    status, got = ask(AUDITOR, "GET", "/v1/audit/verify")
    need(status == 200 and got["ok"] and not got["problems"], "the journal does not verify: %s" % got)
    count("verifications")


OPERATIONS = [(submit, 30), (request, 24), (decide, 34), (fetch, 12), (withdraw, 3), (cancel, 5), (halt, 3), (restage, 1), (amend, 1.5),
              (registry, 1), (counts_agree, 3), (verify, 0.5), (revoke, 1)]


# --- the week


def world():
    for p in researchers + checkers:
        need(ask(OPERATOR, "POST", "/v1/people", {"person": p.name, "uid": p.uid, "roles": []})[0] == 201, "a person")
    need(ask(OPERATOR, "POST", "/v1/people", {"person": "auditor", "uid": AUDITOR, "roles": ["auditor"]})[0] == 201, "an auditor")
    words = []
    for p in checkers:
        p.key = p.new_key()
        words += [p.name, key_file(p, p.key)]
    signed_by_two("user", "key", *words)
    with open(T + "/issuer.pub", "w") as f:
        f.write(issuer.line + "\n")
    signed_by_two("issuer", "add", "urn:spe:hdab:fi", T + "/issuer.pub")
    for ws in workspaces:
        permit = ws.permit(ws.researchers)
        status, got = ask(OPERATOR, "POST", "/v1/permits", {"permit": permit, "signature": issuer.sign("spe-permit", permit.encode())})
        need(status == 201, "a permit: %s" % got)
        ws.version, ws.digest = 1, hashlib.sha256(permit.encode()).hexdigest()
    for ws in workspaces:
        wait(lambda: ask(OPERATOR, "GET", "/v1/workspaces/" + ws.name)[1]["state"] == "ready", "staging")


def quiet():
    """All that was begun is over."""
    def over():
        for i, j in jobs.items():
            if not j.over:
                look_job(i, j)
        return all(j.over for j in jobs.values())
    wait(over, "the jobs to end", 60 + len(jobs))
    wait(lambda: not any(o["state"] == "checking" for ws in workspaces for o in listed("exports", "workspace=" + ws.name)), "the checks", 60 + len(exports))
    wait(lambda: not any(o["state"] in ("pending", "approved") for ws in workspaces if ws.ended for o in listed("exports", "workspace=" + ws.name)),
         "what waited for a permit that is over to be withdrawn", 150)


def compare(when):
    for i, j in jobs.items():
        look_job(i, j)
    for i, x in exports.items():
        look(i, x)
        need(x.state != "approved", "export %s has its decisions and is not released" % i)
        fetch(i, peace=True)
    counts_agree()
    verify()
    test(True, "%s, %d jobs and %d exports are as they were left, and the journal verifies" % (when, len(jobs), len(exports)))


def journal_agrees():
    told, seqs = {}, {}  # seqs: what a record said, for one that takes it back
    kinds = {"export.request": "request", "export.withdraw": "withdrawal", "export.decision": "decision", "export.release": "release"}
    with open(T + "/state/gate/journal/journal.jsonl", "rb") as f:
        lines = f.read().rstrip(b"\0").splitlines()
    for r in map(json.loads, lines):
        o = r["object"]
        if r["action"] == "job.submit":
            told.setdefault(("job", o["job"]), []).append(r["actor"])
        elif r["actor"] == "spe-gate" and r["action"] in kinds:
            key, what = (kinds[r["action"]], o["export"]), (o["person"], o["verdict"]) if r["action"] == "export.decision" else 1
            told.setdefault(key, []).append(what)
            seqs[r["seq"]] = (key, what)
        elif r["action"] == "gate.undone" and o["seq"] in seqs:
            key, what = seqs[o["seq"]]
            told[key].remove(what)
    for i, j in jobs.items():
        need(told.get(("job", i)) == [j.owner.name], "job %s is in the journal as %s" % (i, told.get(("job", i))))
    for i, x in exports.items():
        need(told.get(("request", i)) == [1], "export %s is in the journal %s" % (i, told.get(("request", i))))
        votes = sorted((p.name, v) for p, (v, _) in x.votes.items())
        need(sorted(told.get(("decision", i), [])) == votes, "export %s has votes %s, and in the journal %s" % (i, votes, told.get(("decision", i))))
        need(told.get(("release", i), []) == [1] * (x.state == "released"), "export %s is %s, and released in the journal %s" % (
            i, x.state, told.get(("release", i))))
    test(True, "the journal has each of them once, and each vote and release")


sped, operation = Sped(int(os.environ["SPED_PID"])), 0
researchers = [Person(i, "researcher") for i in range(RESEARCHERS)]
checkers = [Person(i, "checker") for i in range(CHECKERS)]
issuer, jobs, exports = Key("issuer"), {}, {}
workspaces = [Workspace(i) for i in range(WORKSPACES)]
print("# seed %d, %d operations" % (seed, operations), flush=True)
world()
test(True, "%d researchers, %d checkers and %d workspaces are there" % (RESEARCHERS, CHECKERS, WORKSPACES))
for operation in range(1, operations + 1):
    draw.choices([o for o, _ in OPERATIONS], [w for _, w in OPERATIONS])[0]()
    if operation % 500 == 0:
        print("# %d done: %d jobs, %d exports, %d kills" % (operation, len(jobs), len(exports), sum(kills.values())), flush=True)
test(True, "%d operations, each of which did what the model says" % operations)
for w in workspaces:
    if w.halted:
        ask(OPERATOR, "POST", "/v1/resume", {"workspace": w.name})
quiet()
compare("after the week")
journal_agrees()
kill("sped")
sped.recover()
compare("after another start")
finish()
