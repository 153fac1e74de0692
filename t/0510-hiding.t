#!/bin/sh
# Hiding: each trick that the bytes of one file can play is found, and its honest near twin passes. All files are made here.
# shellcheck source=t/lib.sh
. "${srcdir:-.}/t/lib.sh"
needs python3
needs jq

cat >"$T/hiding.policy" <<'P'
name = "hiding"
min-count = 10
max-bytes = 4194304
max-rows = 1000
decisions = 2
types = { "csv", "tsv", "txt", "md", "json", "log", "png" }
show-names = true
show-sizes = true
show-exit = true
P

# One line of cases.tsv for each file: verdict, rule ("-" where none), directory with the file, what it is.
cat >"$T/make.py" <<'PY'
import bz2, gzip, io, json, lzma, os, pickle, random, sqlite3, struct, sys, tarfile, zipfile, zlib

top = sys.argv[1]
cases = open(os.path.join(top, "cases.tsv"), "w")
count = 0

def case(verdict, rule, name, data, what):
    global count
    count += 1
    where = os.path.join(top, str(count))
    os.mkdir(where)
    if isinstance(data, str):
        data = data.encode()
    with open(os.path.join(where, name), "wb") as f:
        f.write(data)
    cases.write("\t".join([verdict, rule, os.path.join(where, name), what]) + "\n")

def blocks(rule, name, data, what): case("block", rule, name, data, what)
def reviews(rule, name, data, what): case("review", rule, name, data, what)
def passes(name, data, what): case("pass", "-", name, data, what)

TABLE = "group,mean\na,30.5\nb,40.5\n"
random.seed(7)
noise = bytes(random.randrange(256) for _ in range(600))

# names
for name, what in [(".t.csv", "a hidden file"), ("t.png.csv", "two types"), ("a b.csv", "a blank"), ("t", "no type"),
                   ("t-a3f09bc27de41f58.csv", "hexadecimal data"), ("t_131052-308T.csv", "an identity number")]:
    case("block", "identity-number" if "308T" in name else "file-name", name, TABLE, "name: " + what)
passes("table_1-2024.csv", TABLE, "name: a plain one")
passes("kaplanmeiercurves2024.csv", TABLE, "name: words and a year")

# type and name
buf = io.BytesIO()
with zipfile.ZipFile(buf, "w") as z:
    z.writestr("a.csv", TABLE)
archive = buf.getvalue()
tarred = io.BytesIO()
with tarfile.open(fileobj=tarred, mode="w") as t:
    info = tarfile.TarInfo("a.csv")
    info.size = len(TABLE)
    t.addfile(info, io.BytesIO(TABLE.encode()))
base = os.path.join(top, "db")
db = sqlite3.connect(base)
db.execute("create table t (a)")
db.commit()
db.close()
for data, what in [(archive, "ZIP"), (gzip.compress(TABLE.encode()), "gzip"), (bz2.compress(TABLE.encode()), "bzip2"),
                   (lzma.compress(TABLE.encode()), "xz"), (b"\x28\xb5\x2f\xfd\x04\x00", "Zstandard"), (b"7z\xbc\xaf\x27\x1c\0\4", "7z"),
                   (b"Rar!\x1a\x07\x01\0", "RAR"), (tarred.getvalue(), "tar"), (pickle.dumps({"a": 1}), "pickle"),
                   (pickle.dumps({"a": 1}, 0), "pickle in letters"),
                   (zlib.compress(pickle.dumps([1] * 99)), "joblib"), (gzip.compress(b"X\n\0\0\0\3"), "RDS"),
                   (b"RDX3\nX\n\0\0\0\3", "RData"), (b"A\n3\n262402\n197888\n5\nUTF-8\n", "RDS in letters"),
                   (b"<stata_dta><header><release>118</release>", "dta 118"), (b"\x72\x02\x01\0" + bytes(40), "dta 114"),
                   (b"$FL2@(#) SPSS DATA FILE", "sav"), (bytes(12) + b"\xc2\xea\x81\x60\xb3\x14\x11\xcf", "sas7bdat"),
                   (b"PAR1" + bytes(20) + b"PAR1", "parquet"), (b"ARROW1\0\0", "arrow"), (b"\x93NUMPY\x01\0v\0{}", "npy"),
                   (b"\x89HDF\r\n\x1a\n\0", "HDF5"), (open(base, "rb").read(), "SQLite"), (b"\x08\x07\x12\x07pytorch\x1a\x03", "ONNX"),
                   (b"\x7fELF\x02\x01\x01", "ELF"), (b"MZ\x90\0" + bytes(60) + b"PE\0\0", "PE"), (b"\xcf\xfa\xed\xfe\x07\0\0\x01", "Mach-O"),
                   (b"\xca\xfe\xba\xbe\0\0\0\x34", "class"), (b"\0asm\x01\0\0\0", "wasm"), (b"%PDF-1.7\n", "PDF"), (b"%!PS-Adobe-3.0\n", "PostScript"),
                   (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(8), "old Office"), (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "JPEG"),
                   (b"GIF89a\1\0\1\0", "GIF"), (b"II*\0\x08\0\0\0", "TIFF"), (b"RIFF\0\0\0\0WEBPVP8 ", "WebP"), (b"<svg></svg>", "SVG"),
                   (b"<!DOCTYPE html><p>", "HTML"), (b"MIME-Version: 1.0\nContent-Type: multipart/related\n", "MHT"),
                   (b"<?xml version='1.0'?><a/>", "XML"), (b"{\\rtf1 x}", "RTF"), (bytes(128) + b"DICM\x02\0\0\0", "DICOM")]:
    blocks("file-type", "t.csv", data, "type: %s called CSV" % what)
    blocks("file-type", "t.png", data, "type: %s called PNG" % what)
for name in ["t.zip", "t.gz", "t.pkl", "t.rds", "t.pdf", "t.svg", "t.html", "t.xlsx", "t.docx", "t.ods", "t.jpg", "t.ipynb", "t.dta", "t.exe"]:
    blocks("file-type", name, TABLE, "type: %s may not leave" % name)
passes("t.txt", "MZ twins and DZ twins were compared, PK curves too\n", "type: words that look like signatures")
passes("t.csv", "PAR1,BMI\n0.5,25.5\n", "type: a gene and a measure")
blocks("file-type", "t.csv", '{"a":1,"b":[2]}', "type: JSON called CSV")
blocks("file-type", "t.txt", TABLE, "type: a table called text")
passes("t.txt", "Of 30, some left; of 40, none.\n", "type: a sentence with commas")

# two files in one
blocks("file-type", "t.txt", "fine\n%PDF-1.4\n1 0 obj\n", "polyglot: PDF at a later line")
blocks("file-type", "t.md", "fine\n<script>x</script>\n", "polyglot: a script at a later line")
blocks("file-type", "t.log", "fine\n-----BEGIN PGP MESSAGE-----\n", "polyglot: PGP at a later line")
blocks("hidden-content", "t.csv", TABLE.encode() + archive, "polyglot: a ZIP behind a table")
passes("t.txt", "the tag <html> begins a page, %PDF another\n", "polyglot: words about formats")
passes("t.log", "step one\n----------\nstep two\n", "polyglot: a ruler")

# PNG
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
def png(w=64, h=64, rows=None, extra=b"", tail=b"", late=b"", colour=2, depth=8, crc=0):
    channels = {0: 1, 2: 3, 3: 1, 6: 4}[colour]
    raw = rows if rows is not None else b"".join(b"\0" + bytes([255] * w * channels) for _ in range(h))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, depth, colour, 0, 0, 0))
    if crc:
        head = head[:-1] + bytes([head[-1] ^ 1])
    return b"\x89PNG\r\n\x1a\n" + head + extra + chunk(b"IDAT", zlib.compress(raw) + late) + chunk(b"IEND", b"") + tail
passes("t.png", png(), "PNG: a plain one")
passes("t.png", png(extra=chunk(b"tEXt", b"Software\0Matplotlib version3.7.1")), "PNG: the name of its software")
passes("t.png", png(extra=chunk(b"tIME", b"\x07\xe8\1\1\0\0\0")), "PNG: a time, which is dropped")
passes("t.png", png(extra=chunk(b"zTXt", bytes(256))), "PNG: 256 bytes that are dropped")
blocks("file-type", "t.png", png(extra=chunk(b"zTXt", bytes(257))), "PNG: 257 bytes")
blocks("file-type", "t.png", png(extra=chunk(b"iCCP", bytes(3000))), "PNG: 3000 bytes of a profile")
blocks("identity-number", "t.png", png(extra=chunk(b"tEXt", b"Comment\0" b"131052-308T")), "PNG: an identity number in its text")
blocks("file-type", "t.png", png(extra=chunk(b"ABCD", b"x")), "PNG: a chunk that nobody knows")
blocks("file-type", "t.png", png(tail=b"x"), "PNG: a byte behind IEND")
blocks("file-type", "t.png", png(tail=archive), "PNG: a ZIP behind IEND")
blocks("file-type", "t.png", png(late=b"xyz"), "PNG: bytes behind the compressed picture")
blocks("file-type", "t.png", png(crc=1), "PNG: a wrong checksum")
blocks("file-type", "t.png", png(rows=(b"\0" + bytes(64 * 3)) * 65), "PNG: a row too many")
blocks("file-type", "t.png", png(rows=(b"\0" + bytes(64 * 3)) * 63), "PNG: a row too few")
blocks("file-type", "t.png", png(w=8193, h=1), "PNG: 8193 pixels wide")
passes("t.png", png(w=8192, h=1), "PNG: 8192 pixels wide")
lows = b"".join(b"\0" + bytes(254 | random.getrandbits(1) for _ in range(64 * 3)) for _ in range(64))
reviews("hidden-content", "t.png", png(rows=lows), "PNG: a message in the lowest bits")
def low(f): return b"".join(b"\0" + bytes(f(x, y, c) for x in range(400) for c in range(3)) for y in range(60))
bit = lambda: random.getrandbits(1)
twice = {}
for f, what in [(lambda x, y, c: 254 | (bit() if x < 160 else 1), "beside a quiet stretch"), (lambda x, y, c: 254 | twice.setdefault((x // 2, y, c), bit()), "that has each bit twice"),
                (lambda x, y, c: 250 + x // 6 % 2 * 4 & 254 | bit(), "in narrow stripes"), (lambda x, y, c: 250 + x % 2 * 4 & 254 | bit(), "in stripes of one pixel")]:
    reviews("hidden-content", "t.png", png(w=400, h=60, rows=low(f)), "PNG: a message in the lowest bits " + what)
other = random.Random(1)
seconds = b"".join(b"\0" + bytes(253 | other.getrandbits(1) << 1 for _ in range(64 * 3)) for _ in range(64))
reviews("hidden-content", "t.png", png(rows=seconds), "PNG: a message in the second lowest bits")
ramp = b"".join(b"\0" + bytes(sum(([x * 4] * 3 for x in range(64)), [])) for y in range(64))
passes("t.png", png(rows=ramp), "PNG: a gradient")
halves = b"".join(b"\0" + bytes([254] * 96 + [255] * 96) for y in range(64))
passes("t.png", png(rows=halves), "PNG: two colours that differ in the lowest bit")

# text in disguise
reviews("file-type", "t.txt", "plain words\n".encode("utf-16"), "text: UTF-16")
reviews("file-type", "t.csv", b"\0\0\xfe\xff" + TABLE.encode("utf-32-be"), "text: UTF-32")
blocks("identity-number", "t.txt", "x 131052-308T\n".encode("utf-16"), "text: an identity number in UTF-16")
blocks("hidden-content", "t.txt", "plain words\n".encode("utf-16-le"), "text: UTF-16 without a mark")
blocks("file-type", "t.txt", b"caf\xe9\n", "text: Latin-1")
passes("t.txt", "caf\u00e9 \u00e5\u00e4\u00f6 \u00fe\u00f0 \u0161\u017e\n", "text: letters of the north")
passes("t.txt", b"\xef\xbb\xbffine\n", "text: UTF-8 with a mark")
for c, what in [("\0", "NUL"), ("\1", "C0"), ("\b", "backspace"), ("\x1b[8m", "ESC"), ("\x7f", "DEL"), ("\x85", "C1"), ("\r", "a lone CR"),
                ("\u200b", "zero width"), ("\u200d", "joiner"), ("\u2060", "word joiner"), ("\u00ad", "soft hyphen"), ("\u202e", "direction"),
                ("\u2066", "isolate"), ("\U000e0041", "tag"), ("\ufe0f", "variation"), ("\U000e0101", "variation beyond"), ("\ue000", "private use"),
                ("\U000f0000", "private plane"), ("\u2028", "line separator"), ("\ufeff", "mark within"), ("\u3164", "filler")]:
    blocks("hidden-content", "t.txt", "a%sb\n" % c, "text: %s" % what)
    blocks("hidden-content", "t.csv", "a,b\n\"x%sy\",5.5\n" % c if c not in "\0\r" else "a,b\nx%sy,5.5\n" % c, "table: %s" % what)
blocks("hidden-content", "t.json", '["a\\u200bb"]', "JSON: zero width in an escape")
passes("t.json", '["a\\u00e5b"]', "JSON: a letter in an escape")
passes("t.txt", "a\tb\r\nc\r\n", "text: TAB and CR LF")
passes("t.md", "\u2264 10 \u00b5g, m\u00b2, \u00b1 5 \u2013 6 \u2192 \u2026 \u201cx\u201d\n", "text: signs")
reviews("hidden-content", "t.md", "the p\u0430tients\n", "text: a Cyrillic letter in a Latin word")
reviews("hidden-content", "t.csv", "gr\u043eup,mean\na,30.5\n", "table: a Cyrillic letter in a header")
reviews("hidden-content", "t.md", "the p\u03b1tients\n", "text: a Greek letter in a Latin word")
reviews("hidden-content", "t.md", "the level \u2469\n", "text: a ten in a circle, which has no digit")
reviews("hidden-content", "t.md", "the level \u2493\n", "text: a twelve with its point in one character")
reviews("hidden-content", "t.md", "the level \U00011137\n", "text: a digit of Chakma")
passes("t.md", "\u2460 first, \u2461 second, 5 m\u00b2, x\u2082, a\u20d7\n", "text: lists, units and a vector")
reviews("hidden-content", "t.md", "the level \u04222\n", "text: a Cyrillic letter beside a digit")
reviews("hidden-content", "t.md", "the level 2\u03a4\n", "text: a Greek capital beside a digit")
passes("t.md", "\u03b22, \u03bc1, \u03c72, \u03b11, F(\u03bd1, \u03bd2), 37 \u00baC, 2\u0394Ct, 5 \u043c\u0433\n", "text: Greek letters beside digits")
passes("t.md", "TNF\u03b1, NF\u03baB, \u03b2-blockers, 5 \u03bcg, \u0394t, \u043f\u0430\u0446\u0438\u0435\u043d\u0442\n", "text: Greek letters in their places")
reviews("hidden-content", "t.csv", "group,mean\na,\u0663\u0660\n", "table: Arabic digits")
reviews("hidden-content", "t.txt", "mean \uff13\uff10\n", "text: fullwidth digits")
passes("t.txt", "10\u2076 cells per m\u00b2, log\u2082\n", "text: raised and lowered digits")
reviews("hidden-content", "t.txt", "rare (n = four)\n", "text: a count as a word")
passes("t.txt", "one of n = 40, one or two were fine\n", "text: words for numbers elsewhere")

# blanks and lines
reviews("hidden-content", "t.txt", "".join("line %d%s\n" % (i, "  " if i in (5, 50) else "") for i in range(100)), "blanks: two at the ends of two lines of 100")
passes("t.txt", "".join("line %d \n" % i for i in range(100)), "blanks: one at the end of each line, as R writes it")
passes("t.txt", "".join("line %d%s\n" % (i, "  " if i == 5 else "") for i in range(100)), "blanks: at the end of one of 100")
passes("t.txt", "a\n\n\n\n\n\nb\n", "blanks: five empty lines")
passes("t.txt", "a\n" + "\n" * 20 + "b\n", "blanks: twenty")
blocks("hidden-content", "t.txt", "a\n" + "\n" * 21 + "b\n", "blanks: content behind 21")
passes("t.txt", "a\n" + "\n" * 50, "blanks: nothing behind fifty")
reviews("hidden-content", "t.txt", "a" + " " * 200 + "b\n", "blanks: content far to the right")
passes("t.txt", "a" + " " * 60 + "b\n", "blanks: a wide column")
blocks("size", "t.txt", "word " * 210000 + "\n", "lines: one of more than 1 MiB")
passes("t.txt", "word word\n" * 100000, "lines: many short ones")
blocks("hidden-content", "t.md", "fine <iframe src=x></iframe>\n", "Markdown: an element that loads")
reviews("hidden-content", "t.md", "fine <!-- not shown -->\n", "Markdown: a comment")
passes("t.md", "fine <br> x < 5\n", "Markdown: harmless")

# tables
blocks("file-type", "t.csv", "a,b\n1.5,2.5\n1.5,2.5,3.5\n", "table: a column beyond the header")
blocks("file-type", "t.csv", "a,b\n1.5,2.5\n\nc\n5.5\n", "table: another below it")
reviews("hidden-content", "t.csv", "a,b\n1.5,2.5\n,\nc,d\n3.5,4.5\n", "table: another below it of the same width")
reviews("hidden-content", "t.csv", "a,b\n1.5,2.5\na,b\n3.5,4.5\n", "table: its header again")
blocks("hidden-content", "t.csv", "a,b\n1.5,2.5\n" + ",\n" * 21 + "3.5,4.5\n", "table: content behind 21 empty rows")
passes("t.csv", "a,b\n1.5,2.5\n" + ",\n" * 3, "table: empty rows at its end")
reviews("hidden-content", "t.csv", 'a,b\n"x\ny",2.5\n', "table: a field of two lines")
passes("t.csv", 'a,b\n"x, y",2.5\n', "table: a field with a comma")
reviews("hidden-content", "t.csv", "a,b\n# note,2.5\n", "table: a comment")
blocks("file-type", "t.csv", "# note\na,b\nx,2.5\n", "table: a comment above it")
blocks("identity-number", "t.csv", "# 131052-308T\na,b\nx,2.5\n", "table: a comment is searched")
passes("t.csv", "#,b\n#1,2.5\n", "table: number signs")
for f in ["=1+1", "+cmd", "-2+3+cmd", "-2*A1", "-0.5 to A1", "-2 (<A1)", "-info", "=inf", "-2\u00b1A1", "@SUM(A1)", '"\tx"', "=HYPERLINK(1)"]:
    blocks("csv-formula", "t.csv", "a,b\n%s,2.5\n" % f, "table: %s" % f.strip('"\t'))
for f in ["-0.53", "+1.5", "-1e-3", '"-0,53"', "-", "-0.5 (-1.2; 0.1)", "-Inf", "+inf", "-0.53***", "-0.5 (-1.2 to 0.1)", "-0.5 (<0.001)",
          "-0.5 \u00b1 0.1"]:
    passes("t.csv", "a,b\nx,%s\n" % f, "table: %s" % f)
blocks("file-type", "t.csv", "a,b\n%s,2.5\n" % ("x" * 65537), "table: a field of more than 64 KiB")
passes("t.csv", "a;b\nx;1,5\n", "table: semicolons and decimal commas")

# the sign that parts fields, and numbers written for one country's eyes or for no program's
FEW = [("group", "n"), ("a", "3"), ("b", "80"), ("c", "77")]
MANY = [("group", "n"), ("a", "73"), ("b", "80"), ("c", "77")]
def parted(sign, rows): return "".join(sign.join(r) + "\n" for r in rows)
for name, sign, what in [("t.csv", ";", "semicolons"), ("t.csv", "\t", "tabs"), ("t.csv", "|", "pipes"), ("t.csv", ":", "colons"), ("t.csv", " ", "blanks"),
                         ("t.tsv", ",", "commas, called TSV"), ("t.tsv", ";", "semicolons, called TSV"), ("t.tsv", " ", "blanks, called TSV")]:
    blocks("min-count", name, parted(sign, FEW), "delimiter: " + what)
    passes(name, parted(sign, MANY), "delimiter: %s, and nothing small" % what)
for cell in ["3", "3.0", "3e0", "003", "'3'", "3 *", "ca. 3", "~3", "(3)", "n=3", "3/80", "2-4", "3 persons", "3 (3.8%)", "3 (3,8)", "3\u2020", "3\u00a7",
             "\u20223", "\u22483", "\u00b13", "3\u00b9", "3\u2074", "n=3\u00b9", "3>"]:
    blocks("min-count", "t.csv", "group;n\na;%s\nb;80\nc;77\n" % cell.replace("'", ""), "cell: " + cell)
for what, cells in [("words", ["3 persons", "4 persons", "80 persons"]), ("n=", ["n=3", "n=30", "n=90"]), ("signs", ["~3", "~40", "~50"]),
                    ("brackets", ["(3)", "(40)", "(77)"]), ("words and signs", ["(3)", "n=4", "120"]), ("all but one text", ["many", "few", "~3"])]:
    blocks("min-count", "t.csv", "group,n\n" + "".join("%s,%s\n" % p for p in zip("abc", cells)), "no cell is a number: " + what)
reviews("min-count", "t.csv", "group,n\na,three\nb,forty\n", "no cell is a number: numerals")
passes("t.csv", "T,N,count\nT1,N0,45\nT1,N1,34\nT2,N2,23\n", "a column of stages called N")
passes("t.csv", "persons,n\n1 person,120\n2 persons,130\n3 persons,150\n", "households of so many persons, and their counts")
passes("t.csv", "group,n\na,30 persons\nb,40 persons\n", "no cell is a number, and none is small")
for cell in ["three", "kolme", "tre", "III", "0x3", "-3", "see note 3"]:
    reviews("min-count", "t.csv", "group,n\na,%s\nb,80\nc,77\n" % cell, "cell: " + cell)
for cell in ["<10", "\u226410", "*", "NA", "1-4", ">10", ">3", "\u22653", "73\u2020", "73\u00b9", "\u2020", "[REDACTED]", "73", "\u200973".strip(), "1 840", "1.840", "1'840"]:
    case("pass", "-", "t.csv", "group;n\na;%s\nb;%s\nc;1780\nd;1690\n" % (cell, "<10" if cell in "<10*NA1-4[REDACTED]" else "1700"), "cell: " + cell)
blocks("min-count", "t.csv", "ryhm\u00e4;n;ka\na;1.840;2,5\nb;7;3,5\n", "locale: a dot for thousands, a comma for decimals")
blocks("min-count", "t.csv", "ryhm\u00e4;n;ka\na;1\u202f840;2,5\nb;7;3,5\n", "locale: a thin blank for thousands")

# encoded data
import base64
data = base64.b64encode(noise).decode()
blocks("blob", "t.txt", "x " + data[:240] + "\n", "blob: 240 characters of base64")
blocks("blob", "t.txt", "x " + noise.hex()[:240] + "\n", "blob: 240 characters of hexadecimal")
blocks("blob", "t.csv", "a,b\nx,%s\n" % data[:240], "blob: in a table")
blocks("blob", "t.json", json.dumps({"a": data[:240]}), "blob: in JSON")
blocks("blob", "t.md", "![x](data:image/png;base64,%s)\n" % data[:400], "blob: in a picture of Markdown")
blocks("blob", "t.txt", "".join(data[i:i + 60].replace("+", "x").replace("/", "y") + "\n" for i in range(0, 360, 60)), "blob: lines of base64 without its signs")
blocks("blob", "t.txt", "".join(base64.b32encode(noise).decode()[i:i + 40] + "\n" for i in range(0, 240, 40)), "blob: lines of base32")
blocks("blob", "t.txt", "".join("%036d\n" % random.randrange(10 ** 36) for i in range(8)), "blob: lines of digits")
passes("t.txt", "".join("CharlsonComorbidityIndex%02d\n" % i for i in range(1, 9)), "blob: a list of long names")
passes("t.txt", "".join("systolic_blood_pressure_visit_%02d\n" % i for i in range(1, 9)), "blob: a list of names with signs")
passes("t.txt", "commit 9f2c1e7d3b5a4860c1d2e3f4a5b6c7d8e9f0a1b2\n", "blob: the id of a commit")
passes("t.csv", "a,sha256\nx,%s\n" % "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "blob: one digest")
SECRET = "the person of ward B has 131052-308T"
for what, text in [("percent signs", "".join("%%%02x" % c for c in SECRET.encode())), ("backslashes", "".join("\\x%02x" % c for c in SECRET.encode())),
                   ("entities", "".join("&#%d;" % c for c in SECRET.encode())), ("pairs", " ".join("%02x" % c for c in SECRET.encode())),
                   ("decimals", " ".join(str(c) for c in SECRET.encode())), ("two lines", base64.b64encode(SECRET.encode()).decode()[:24] + "\n" + base64.b64encode(SECRET.encode()).decode()[24:])]:
    blocks("identity-number", "t.txt", "x " + text + "\n", "spelled out in " + what)
passes("t.txt", "See https://example.org/a%20b%2Fc, \\xi and &amp; in 12 34 56 78 90 tries.\n", "spelled out: signs that are none")

# digits that carry more than the result
reviews("precision", "t.csv", "term,estimate\n" + "".join("x%d,%.15f\n" % (i, i / 7 + 1) for i in range(12)), "precision: fifteen digits")
passes("t.csv", "term,estimate\n" + "".join("x%d,%.4f\n" % (i, i / 7 + 1) for i in range(12)), "precision: five")

# tables within texts
for name in ["t.txt", "t.log", "t.md"]:
    for sign in [",", ";", "\t", "|"]:
        blocks("min-count", name, "Persons by group are below.\n" + parted(sign, FEW), "text: a table with %r behind a sentence in %s" % (sign, name))
        passes(name, "Persons by group are below.\n" + parted(sign, MANY), "text: its twin with %r in %s" % (sign, name))
    blocks("min-count", name, "Persons by group:\n\ngroup    n\na        3\nb       80\n\nThat is all.\n", "text: aligned columns in " + name)
    passes(name, "Persons by group:\n\ngroup    n\na       73\nb       80\n\nThat is all.\n", "text: their twin in " + name)

# JSON
deep = lambda n: "[" * n + "]" * n
blocks("file-type", "t.json", deep(65), "JSON: 65 levels")
passes("t.json", deep(64), "JSON: 64 levels")
blocks("file-type", "t.json", '{"a":1,"a":2}', "JSON: a key twice")
passes("t.json", '{"a":1,"b":2}', "JSON: two keys")
blocks("rebuild", "t.json", '{"a\\u030a":1,"\\u00e5":2}', "JSON: a key in two spellings")
blocks("identity-number", "t.json", '{"131052-308T":1}', "JSON: an identity number as a key")
blocks("file-type", "t.json", '{"a":1} {"b":2}', "JSON: bytes behind it")
blocks("file-type", "t.json", '{"a":1,}', "JSON: not strict")
cell = {"cell_type": "code", "source": ["x"], "outputs": []}
reviews("hidden-content", "t.json", json.dumps({"nbformat": 4, "cells": [cell]}), "notebook: cleared")
blocks("hidden-content", "t.json", json.dumps({"nbformat": 4, "cells": [dict(cell, outputs=[{"text": "x"}])]}), "notebook: outputs")
blocks("hidden-content", "t.json", json.dumps({"nbformat": 4, "cells": [dict(cell, attachments={"a.png": {}})]}), "notebook: attachments")

# sizes
blocks("size", "t.txt", "word word\n" * 419431, "size: more than the policy takes")
PY
ok "the files are made" python3 "$T/make.py" "$T"

# verdict FILE: "VERDICT RULES", the rules that have the verdict's outcome
verdict() {
	"$SPE_CLI" check --policy "$T/hiding.policy" --json -- "$1" 2>"$T/err" |
		jq -r '.verdict as $v | "\($v) \([.checks[] | select(.outcome == $v and $v != "pass") | .id] | unique | join(" "))"'
}
while IFS="	" read -r want rule file what; do
	got=$(verdict "$file")
	found=${got#* }
	case " $found " in *" $rule "*) [ "$rule" != - ] && found=$rule ;; esac
	[ "$want" = pass ] && rule=
	is "$what: $want" "${got%% *} $found" "$want $rule"
done <"$T/cases.tsv"
finish
