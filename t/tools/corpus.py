#!/usr/bin/env python3
"""corpus.py clean|dirty DIR RECORDS [TOGETHER...] - hold what `spe-cli check --json` said of the corpus against what it should.

RECORDS is its output for each file alone, TOGETHER that for files that were checked as one export. DIR.reviews (file, rule, reason) names files that may be for review by
that rule; DIR.expect (file, verdict, rules, source, slip) what each dirty file must give: one of these rules has to
answer with this severity or a higher one, and must not do so for the clean file that it was made of. A + before the clean
file says that the two were checked together.
Prints TAP; every file that is wrong has a line of its own, so that a rule can be mended by reading them.
"""
import collections
import json
import os
import sys

LEVEL = {"pass": 0, "review": 1, "block": 2}
SHARE = 15  # percent of clean files that may be for review without a reason given beforehand
ENOUGH = {"clean": 550, "dirty": 230}
tests = failures = 0


def ok(good, what, notes=()):
    global tests, failures
    tests += 1
    failures += not good
    print(f"{'ok' if good else 'not ok'} {tests} - {what}")
    for note in notes:
        print(f"# {note}")


def records(path):
    """The records by file name."""
    text = open(path, encoding="utf-8").read()
    decoder, found, i = json.JSONDecoder(), {}, 0
    while True:
        while i < len(text) and text[i].isspace():
            i += 1
        if i == len(text):
            return found
        record, i = decoder.raw_decode(text, i)
        found[record["file"]] = record


def lines(path, columns):
    if not os.path.exists(path):
        return []
    rows = [line.rstrip("\n").split("\t") for line in open(path, encoding="utf-8")]
    for r in rows:
        if len(r) != columns:
            sys.exit(f"Bail out! {path}: {len(r)} fields in {r}")
    return rows


def findings(record, level=1):
    return [c for c in record["checks"] if LEVEL[c["outcome"]] >= level]


def place(c):
    return f"{c['where'][0]}:{c['where'][1]}" if isinstance(c.get("where"), list) else f"line {c.get('line', 0)}:{c.get('column', 0)}"


def tell(file, found, most=4):
    return [f"{c['outcome']} {c['id']}: {file} {place(c)}: {c['detail']}" for c in found[:most]]


def count_rules(said):
    """How many files each rule stopped: the cost of a rule."""
    for level in ("block", "review"):
        n = collections.Counter(r for s in said.values() for r in {c["id"] for c in s["checks"] if c["outcome"] == level})
        for rule, files in n.most_common():
            print(f"# {level} by {rule}: {files} files")


def clean(directory, said, exports):
    files = sorted(os.listdir(directory))
    may = collections.defaultdict(set)
    for file, rule, _ in lines(directory + ".reviews", 3):
        may[file].add(rule)
    ok(len(files) >= ENOUGH["clean"], f"{len(files)} clean files, at least {ENOUGH['clean']}")
    lost = [f for f in files if f not in said]
    ok(not lost, "each has a record", lost)
    ok(not set(may) - set(files), "each reason is of a file that exists", sorted(set(may) - set(files)))
    blocked, doubted, foreseen, notes = [], [], [], []
    for f in (f for f in files if f in said):
        bad = findings(said[f], 2)
        odd = [c for c in findings(said[f]) if c["id"] not in may[f]]
        if bad or said[f]["verdict"] == "block":
            blocked += tell(f, bad)
        elif odd:
            doubted.append(f)
            notes += tell(f, odd)
        elif findings(said[f]):
            foreseen.append(f)
    ok(not blocked, "no clean file is blocked", blocked)
    share = 100 * len(doubted) / len(files)
    ok(share <= SHARE, f"{len(doubted)} of {len(files)} clean files ({share:.1f} %) are for review, at most {SHARE} %", notes)
    unwritten = [f for f in files if f in said and said[f]["verdict"] != "block" and not said[f]["sha256_out"]]
    ok(not unwritten, "what is not blocked has bytes that may leave", unwritten)
    for path in exports:
        together = records(path)
        bad = [t for f, r in together.items() for t in tell(f, [c for c in findings(r, 2) if c not in findings(said[f], 2)])]
        ok(not bad, f"{len(together)} files of one export, {os.path.basename(path)}: none is blocked for the others' sake", bad)
    print(f"# {len(foreseen)} more are for review by rules that say so by design")
    count_rules(said)


def dirty(directory, said, pairs):
    rows = lines(directory + ".expect", 5)
    may = {(f, r) for f, r, _ in lines(os.path.join(os.path.dirname(directory), "clean.reviews"), 3)}
    ok(len(rows) >= ENOUGH["dirty"], f"{len(rows)} dirty files, at least {ENOUGH['dirty']}")
    ok({r[0] for r in rows} == set(os.listdir(directory)), "each has an expectation, and each expectation a file")
    together = records(pairs[0]) if pairs else {}
    missed = collections.Counter()
    for file, verdict, rules, source, slip in rows:
        names, record = rules.split("|"), (together if source.startswith("+") else said).get(file)
        source = source.lstrip("+")
        if record is None:
            ok(False, f"{file}: no record")
            continue
        hit = [c for c in findings(record, LEVEL[verdict]) if c["id"] in names]
        notes = [] if hit else [f"wanted {verdict} by {' or '.join(names)}, got {record['verdict']}", *tell(file, findings(record))]
        ok(bool(hit), f"{file}: {verdict} by {' or '.join(names)}: {slip}", notes)
        missed[names[0]] += not hit
        if not source:
            continue
        twin = said.get(source)
        same = [c for c in findings(twin, LEVEL[verdict]) if c["id"] in names and (source, c["id"]) not in may] if twin else []
        ok(twin is not None and not same, f"{file}: and not {source}, of which it was made", tell(source, same))
    for rule, n in missed.most_common():
        if n:
            print(f"# {rule}: {n} files missed")


def main():
    kind, directory, path, *more = sys.argv[1:]
    {"clean": clean, "dirty": dirty}[kind](directory.rstrip("/"), records(path), more)
    print(f"1..{tests}")
    sys.exit(1 if failures else 0)


main()
