#!/bin/sh
# Documents: what their formats can hide is refused in every spelling, and the honest near twin passes to review; what leaves
# is the same document without the rest. All files are made here.
# shellcheck source=t/lib.sh
. "${srcdir:-.}/t/lib.sh"
needs python3
needs jq

cat >"$T/documents.policy" <<'P'
name = "documents"
min-count = 10
max-bytes = 16777216
max-rows = 1000
decisions = 2
types = { "csv", "tsv", "txt", "md", "json", "log", "png" }
verbatim = { "pdf", "svg", "html", "xlsx", "docx", "ods", "odt", "jpg", "ipynb" }
show-names = true
show-sizes = true
show-exit = true
P

# One line of cases.tsv for each file: verdict, rule ("-": whatever it is), directory with the file, what it is.
cat >"$T/make.py" <<'PY'
import gzip, io, json, os, struct, sys, zipfile, zlib

top = sys.argv[1]
cases = open(os.path.join(top, "cases.tsv"), "w")
count = 0

def case(verdict, rule, name, data, what):
    global count
    count += 1
    where = os.path.join(top, str(count))
    os.mkdir(where)
    with open(os.path.join(where, name), "wb") as f:
        f.write(data.encode() if isinstance(data, str) else data)
    cases.write("\t".join([verdict, rule, os.path.join(where, name), what]) + "\n")

def blocks(name, data, what, rule="hidden-content"): case("block", rule, name, data, what)
def passes(name, data, what): case("review", "rebuild", name, data, what)

def archive(parts, kind=zipfile.ZIP_DEFLATED, stored=("mimetype",), descriptors=False):
    class Pipe(io.BytesIO):
        def seekable(self): return False
    b = Pipe() if descriptors else io.BytesIO()
    with zipfile.ZipFile(b, "w", kind) as z:
        for name, text in parts:
            info = zipfile.ZipInfo(name)
            z.writestr(info, text, zipfile.ZIP_STORED if name in stored else kind)
    return b.getvalue()

def with_part(parts, name, text):
    return [(n, t) for n, t in parts if n != name] + ([(name, text)] if text is not None else [])

def changed(parts, name, old, new):
    assert any(n == name and old in t for n, t in parts), (name, old)
    return [(n, t.replace(old, new, 1) if n == name else t) for n, t in parts]

# --- workbooks
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACK = "http://schemas.openxmlformats.org/package/2006/"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
def relations(*list):
    return HEAD + '<Relationships xmlns="%srelationships">' % PACK + "".join(
        '<Relationship Id="r%d" Type="%s/%s" Target="%s"%s/>' % (i + 1, LINK, kind, target, more) for i, (kind, target, more) in enumerate(list)) + "</Relationships>"
book = [
    ("[Content_Types].xml", HEAD + '<Types xmlns="%scontent-types"><Default Extension="xml" ContentType="application/xml"/>'
     '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>' % PACK),
    ("_rels/.rels", relations(("officeDocument", "xl/workbook.xml", ""), ("extended-properties", "docProps/app.xml", ""))),
    ("docProps/app.xml", '<Properties xmlns="urn:x"><Application>Made here</Application></Properties>'),
    ("xl/workbook.xml", HEAD + '<workbook xmlns="%s" xmlns:r="%s"><sheets><sheet name="Results" sheetId="1" r:id="r1"/></sheets></workbook>' % (MAIN, LINK)),
    ("xl/_rels/workbook.xml.rels", relations(("worksheet", "worksheets/sheet1.xml", ""), ("sharedStrings", "sharedStrings.xml", ""), ("styles", "/xl/styles.xml", ""))),
    ("xl/worksheets/sheet1.xml", HEAD + '<worksheet xmlns="%s"><cols><col min="1" max="2" width="12"/></cols><sheetData>'
     '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
     '<row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2"><v>30.5</v></c></row>'
     '<row r="3"><c r="A3" t="s"><v>3</v></c><c r="B3" s="1"><v>40.25</v></c></row></sheetData></worksheet>' % MAIN),
    ("xl/sharedStrings.xml", '<sst xmlns="%s"><si><t>group</t></si><si><t>mean</t></si><si><t>young</t></si><si><t>old</t></si></sst>' % MAIN),
    ("xl/styles.xml", '<styleSheet xmlns="%s"><numFmts><numFmt numFmtId="164" formatCode="yyyy-mm-dd"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="2"/><xf numFmtId="164"/></cellXfs></styleSheet>' % MAIN),
]
def xlsx(parts, what, good=False, rule="hidden-content", **more):
    (passes if good else lambda n, d, w: blocks(n, d, w, rule))("t.xlsx", archive(parts, **more), "XLSX: " + what)
SHEET, STRINGS, BOOK = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"
xlsx(book, "a plain one", True)
xlsx(book, "nothing packed", True, kind=zipfile.ZIP_STORED)
xlsx(book, "sizes behind the entries", True, descriptors=True)
for state in ['state="hidden"', "state='veryHidden'", 'state = "hidden"', 'state="&#104;idden"', 'state="hidde&#x6e;"']:
    xlsx(changed(book, BOOK, 'name="Results"', 'name="Results" ' + state), "a sheet with " + state)
xlsx(changed(book, BOOK, 'name="Results"', 'name="Results" state="visible"'), "a sheet that says it is seen", True)
xlsx(changed(book, BOOK, "<sheets>", '<bookViews><workbookView visibility="hidden"/></bookViews><sheets>'), "a hidden window")
xlsx(changed(book, BOOK, "</sheets>", "</sheets><definedNames><definedName name='a'>Results!$A$1</definedName></definedNames>"), "a named range")
for row in ['hidden="1"', "hidden='true'", 'hidden="TRUE"', 'hidden="&#x31;"', 'ht="0"', 'ht="0.1" customHeight="1"', 'collapsed="1"', "ht='1e-9'"]:
    xlsx(changed(book, SHEET, '<row r="2">', '<row r="2" %s>' % row), "a row with " + row)
for row in ['hidden="0"', "hidden='false'", 'ht="15"']:
    xlsx(changed(book, SHEET, '<row r="2">', '<row r="2" %s>' % row), "a row with " + row, True)
for column in ['hidden="1"', "hidden='true'", 'width="0"', 'collapsed="1"']:
    xlsx(changed(book, SHEET, 'width="12"', ("" if "width" in column else 'width="12" ') + column), "a column with " + column)
xlsx(changed(book, SHEET, "<cols>", "<sheetFormatPr defaultRowHeight='15' zeroHeight='1'/><cols>"), "rows without height")
xlsx(changed(changed(book, SHEET, '<row r="1">', "<x:row xmlns:x='%s' hidden='1' r='1'>" % MAIN), SHEET, "</row>", "</x:row>"), "a hidden row by another prefix")
xlsx(changed(book, SHEET, "<v>30.5</v>", "<f>SUM(1)</f><v>30.5</v>"), "a formula")
xlsx(changed(book, SHEET, '<c r="B2">', '<c r="B2" s="2">'), "a number as a date", True)
xlsx(changed(book, SHEET, "30.5", "&lt;30"), "a number that is none")
xlsx(changed(book, SHEET, "30.5", "30<!-- 131052-308T -->"), "a comment in a number")
xlsx(changed(book, SHEET, "<v>30.5</v>", "<v><![CDATA[30.5]]></v>"), "a number in raw data", True)
for more in ["<autoFilter ref='A1:B3'/>", "<conditionalFormatting/>", "<dataValidations/>", "<hyperlinks/>", "<drawing r:id='r9' xmlns:r='%s'/>" % LINK,
             "<legacyDrawing r:id='r9' xmlns:r='%s'/>" % LINK, "<extLst/>", "<sheetProtection/>"]:
    xlsx(changed(book, SHEET, "</worksheet>", more + "</worksheet>"), "a sheet with " + more[:24])
xlsx(changed(book, SHEET, "</worksheet>", "<pageMargins left='1'/></worksheet>"), "a sheet with margins", True)
header = "<headerFooter differentFirst='false'><oddHeader>&amp;C&amp;\"Times New Roman,Regular\"&amp;12&amp;A%s</oddHeader><oddFooter>&amp;CPage &amp;P</oddFooter></headerFooter>"
xlsx(changed(book, SHEET, "</worksheet>", header % "" + "</worksheet>"), "a sheet with LibreOffice's header", True)
xlsx(changed(book, SHEET, "</worksheet>", header % "&amp;R131052-308T" + "</worksheet>"), "an identity number in a header", rule="identity-number")
X = 'xmlns:x="http://schemas.microsoft.com/office/spreadsheetml/2014/revision"'
kept = '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice Requires="x15"><x:absPath url="C:\\%s\\" ' + X + '/></mc:Choice></mc:AlternateContent>' \
    '<x:revisionPtr ' + X + ' revIDLastSave="0" documentId="8_{6A3E1B2C-0F5D-4B7A-9C3E-2D1F4A5B6C7D}" x:uidLastSave="{00000000-0000-0000-0000-000000000000}"/><sheets>'
later = '</sheets><calcPr calcId="191029"/><extLst><ext uri="{140A7094-0E35-4892-8432-C4D2E57EDEB5}"><x:workbookPr ' + X + ' chartTrackingRefBase="%s"/></ext></extLst>'
xlsx(changed(changed(book, BOOK, "<sheets>", kept % "secret"), BOOK, "</sheets>", later % "1"), "what Excel 2016 keeps for itself", True)
xlsx(changed(book, BOOK, "<sheets>", kept % "131052-308T"), "an identity number in the path where it was saved", rule="identity-number")
xlsx(changed(book, BOOK, "</sheets>", later % "131052-308T"), "an identity number in what is kept for later versions", rule="identity-number")
xlsx(changed(book, BOOK, "<sheets>", "<x:bookViews %s><workbookView visibility='hidden'/></x:bookViews><sheets>" % X), "a window that is none", True)
xlsx(changed(book, BOOK, "<sheets>", "<sheets><x:a %s/>" % X), "something else among its sheets")
xlsx(changed(book, BOOK, "<sheets>", "<fileSharing/><sheets>"), "a workbook with more")
xlsx(changed(book, STRINGS, "</sst>", "<si><t>secret</t></si></sst>"), "a string that no cell has")
xlsx(changed(book, STRINGS, "<t>young</t>", "<t>young</t><rPh sb='0' eb='1'><t>secret</t></rPh>"), "text to read aloud beside a string")
xlsx(changed(book, STRINGS, "<t>young</t>", "<r><rPr><b/></rPr><t>you</t></r><r><t>ng</t></r>"), "a string in two runs", True)
xlsx(changed(book, STRINGS, "<t>young</t>", "<r><t>131052</t></r><r><t>-308T</t></r>"), "an identity number in two runs", rule="identity-number")
xlsx(changed(book, STRINGS, "young", "13105&#50;-308T"), "an identity number with an entity", rule="identity-number")
xlsx(changed(book, STRINGS, "young", "_x0031_31052-308T"), "an identity number in codes of its characters")
xlsx(changed(book, STRINGS, "young", "_x005F_x0031_ and_x000D_\nmore"), "what looks like such a code, and a line's end", True)
xlsx(changed(book, BOOK, "Results", "131052-308T"), "an identity number as a sheet's name", rule="identity-number")
xlsx(changed(book, "docProps/app.xml", "Made here", "131052-308T"), "an identity number in its properties", rule="identity-number")
xlsx(changed(changed(book, STRINGS, "mean", "n"), SHEET, "30.5", "3"), "a small count", rule="min-count")
xlsx(changed(changed(book, STRINGS, "mean", "n"), SHEET, "30.5", "30"), "a count, and one that is none", True)
xlsx(changed(book, STRINGS, "young", "a&#x200b;b"), "a character without a shape")
xlsx(changed(book, SHEET, 'r="3"><c r="A3"', 'r="60"><c r="A60"'), "cells in a row they don't say")
xlsx(changed(changed(changed(book, SHEET, '<row r="3">', '<row r="60">'), SHEET, 'r="A3"', 'r="A60"'), SHEET, 'r="B3"', 'r="B60"'), "rows far below")
xlsx(changed(book, SHEET, 'r="B2"', 'r="ZZ2"'), "a cell far to the right")
xlsx(changed(book, SHEET, 'r="B2"', 'r="C2"'), "a cell beyond the header")
for name in ["xl/vbaProject.bin", "xl/pivotCache/pivotCacheDefinition1.xml", "xl/externalLinks/externalLink1.xml", "xl/embeddings/a.bin",
             "xl/media/image1.png", "customXml/item1.xml", "xl/comments1.xml", "xl/connections.xml", "xl/model/item.data", "docProps/custom.xml",
             "xl/worksheets/../secret.xml", "xl\\worksheets\\sheet2.xml", "XL/workbook.xml"]:
    xlsx(book + [(name, "<a/>")], "a part " + name)
xlsx(book + [("xl/worksheets/sheet2.xml", '<worksheet xmlns="%s"/>' % MAIN)], "a sheet that nothing refers to")
xlsx(changed(book, "xl/_rels/workbook.xml.rels", "styles.xml\"", "styles.xml\" TargetMode='External'"), "a target outside")
xlsx(changed(book, "xl/_rels/workbook.xml.rels", "/xl/styles.xml", "../../etc/passwd"), "a target that is not there")
xlsx(changed(book, "[Content_Types].xml", "sheet.main", "sheet.macroEnabled.main"), "macros by their type")
xlsx(changed(book, "[Content_Types].xml", "/xl/workbook.xml", "/xl/nothing.xml"), "a type of a part that is not there")
xlsx(changed(book, BOOK, HEAD, '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "x">]>'), "a document type")
xlsx(changed(book, BOOK, HEAD, '<?xml version="1.0" encoding="UTF-16"?>'), "another encoding")
xlsx(changed(book, BOOK, HEAD, '<?xml version="1.0"?><?mso-application x?>'), "an instruction")
xlsx(with_part(book, BOOK, None), "without its workbook")

openxlsx = changed(changed(book, "[Content_Types].xml", "</Types>", '<Override PartName="/xl/drawings/drawing1.xml" ContentType="application/vnd.openxmlformats-officedocument.drawing+xml"/></Types>'),
    SHEET, "</worksheet>", '<pageSetup paperSize="9" r:id="r2" xmlns:r="%s"/></worksheet>' % LINK) + [("xl/worksheets/_rels/sheet1.xml.rels", relations(
    ("drawing", "../drawings/drawing1.xml", ""), ("printerSettings", "../printerSettings/printerSettings1.bin", ""), ("vmlDrawing", "../drawings/vmlDrawing1.vml", "")))]
xlsx(openxlsx, "as openxlsx writes it", True)
xlsx(openxlsx + [("xl/printerSettings/printerSettings1.bin", "5c 00 5c 00")], "as openxlsx writes it, with a printer's settings", True)
xlsx(openxlsx + [("xl/drawings/drawing1.xml", "<a/>")], "a drawing that is there")
xlsx(changed(openxlsx, "xl/worksheets/_rels/sheet1.xml.rels", "../drawings/drawing1.xml\"", "http://x/y\" TargetMode=\"External\""), "a drawing elsewhere")
plain = archive(book)
blocks("t.xlsx", plain + b"x", "XLSX: a byte behind its end")
blocks("t.xlsx", b"x" + plain, "XLSX: a byte before its beginning", "file-type")
def patched(at, data, what):
    blocks("t.xlsx", plain[:at] + data + plain[at + len(data):], "XLSX: " + what)
central = plain.index(b"PK\1\2")
patched(6, b"\1\0", "an encrypted entry")
patched(30, b"x", "another name in the entry than in the directory")
patched(18, b"\xff", "another size in the entry")
patched(8, b"\x0c\0", "another packing in the entry")
patched(central + 30, b"\1\0", "an extra field in the directory")
patched(central + 32, b"\1\0", "a comment in the directory")
patched(central + 16, b"\0\0\0\0", "another checksum in the directory")
patched(len(plain) - 2, b"\1\0", "a comment behind its end")
patched(len(plain) - 12, b"\1\0", "fewer entries than there are")
extra = io.BytesIO()
with zipfile.ZipFile(extra, "w") as z:
    for i, (n, t) in enumerate(book):
        info = zipfile.ZipInfo(n)
        info.extra = b"\x01\x02\x06\0secret" if i == 0 else b""
        z.writestr(info, t)
blocks("t.xlsx", extra.getvalue(), "XLSX: an extra field in an entry")
local = struct.unpack("<H", plain[26:28])[0] + 30
inserted = plain[:28] + b"\x0a\0" + plain[30:local] + b"\x01\x02\x06\0secret" + plain[local:-6] + struct.pack("<I", central + 10) + plain[-2:]
blocks("t.xlsx", inserted, "XLSX: an extra field in an entry alone")
hole = plain[:central] + b"secret" + plain[central:]
blocks("t.xlsx", hole[:-6] + struct.pack("<I", central + 6) + hole[-2:], "XLSX: bytes before the directory")
twice = archive(book + [(SHEET, book[5][1])])
blocks("t.xlsx", twice, "XLSX: two parts of one name")
xlsx(with_part(book, "docProps/app.xml", '<a>' + " " * 3000000 + '</a>'), "a part that unpacks to a thousand times as much")
xlsx(with_part(book, "docProps/app.xml", "<a>" * 64 + "</a>" * 64), "64 levels", True)
xlsx(with_part(book, "docProps/app.xml", "<a>" * 65 + "</a>" * 65), "65 levels")
xlsx(with_part(book, "docProps/app.xml", "<a %s/>" % " ".join("a%d=''" % i for i in range(65))), "65 attributes")
xlsx(with_part(book, "docProps/app.xml", "<a b='1' b='2'/>"), "an attribute twice")
xlsx(with_part(book, "docProps/app.xml", "<a b=\"%s\"/>" % ("x" * 65537)), "a value of more than 64 KiB", kind=zipfile.ZIP_STORED)
xlsx(with_part(book, "docProps/app.xml", "<!DOCTYPE a [<!ENTITY b 'xxxxxxxxxx'><!ENTITY c '&b;&b;&b;&b;'>]><a>&c;</a>"), "entities that grow")
xlsx(with_part(book, "docProps/app.xml", "<a>&b;</a>"), "an entity that is not there")
inner = archive([("a.csv", "x")])
xlsx(book + [("xl/media/inner.zip", inner)], "an archive within")

# --- OpenDocument
URN = "urn:oasis:names:tc:opendocument:xmlns:"
NS = 'xmlns:office="%soffice:1.0" xmlns:table="%stable:1.0" xmlns:text="%stext:1.0" xmlns:style="%sstyle:1.0" xmlns:draw="%sdrawing:1.0"' % ((URN,) * 5)
def manifest(*names):
    return '<manifest:manifest xmlns:manifest="%smanifest:1.0"><manifest:file-entry manifest:full-path="/"/>' % URN + "".join(
        '<manifest:file-entry manifest:full-path="%s"/>' % n for n in names) + "</manifest:manifest>"
def cell(text, kind="string", more=""):
    value = ' office:value="%s"' % text if kind == "float" else ""
    return '<table:table-cell office:value-type="%s"%s%s><text:p>%s</text:p></table:table-cell>' % (kind, value, more, text)
def content(body, styles=""):
    return '<office:document-content %s><office:automatic-styles>%s</office:automatic-styles><office:body>%s</office:body></office:document-content>' % (NS, styles, body)
SPREAD = '<office:spreadsheet><table:table table:name="A"><table:table-column table:number-columns-repeated="2"/><table:table-row>%s%s</table:table-row><table:table-row>%s%s</table:table-row>' \
    '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="1000"/></table:table-row></table:table></office:spreadsheet>' % (
    cell("group"), cell("mean"), cell("young"), cell("30.5", "float"))
sheet = [("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", content(SPREAD)), ("META-INF/manifest.xml", manifest("content.xml"))]
def ods(parts, what, good=False, rule="hidden-content", name="t.ods", **more):
    (passes if good else lambda n, d, w: blocks(n, d, w, rule))(name, archive(parts, **more), name[2:].upper() + ": " + what)
ods(sheet, "a plain one", True)
C = "content.xml"
for old, new, what in [
    ("<table:table-row>", "<table:table-row table:visibility='collapse'>", "a hidden row"), ("<table:table-row>", "<table:table-row table:visibility=\"filter\">", "a filtered row"),
    ("<table:table-row>", "<table:table-row table:visibility='c&#111;llapse'>", "a hidden row with an entity"),
    ("<table:table-column ", "<table:table-column table:visibility = 'collapse' ", "hidden columns"),
    ("<office:automatic-styles>", "<office:automatic-styles><style:style><style:table-properties table:display='false'/></style:style>", "a hidden sheet"),
    ("<office:automatic-styles>", "<office:automatic-styles><style:style><style:table-column-properties style:column-width='0.001cm'/></style:style>", "a column without width"),
    ("<office:automatic-styles>", "<office:automatic-styles><style:style><style:text-properties text:display='none'/></style:style>", "hidden text"),
    ("<table:table-row>", "<table:table-row><table:table-cell table:formula='of:=1' office:value-type='float' office:value='1'/>", "a formula"),
    ("office:value=\"30.5\"", "office:value=\"30.5\" table:formula=\"x\"", "a formula with its value"),
    ("<text:p>young</text:p>", "<text:p>young</text:p><office:annotation><text:p>secret</text:p></office:annotation>", "a note"),
    ("<text:p>young</text:p>", "<text:p>young<draw:frame/></text:p>", "a picture"),
    ("office:value-type=\"string\"", "office:value-type=\"string\" office:string-value='secret'", "another value than it shows"),
    ("<office:spreadsheet>", "<office:spreadsheet><text:tracked-changes/>", "tracked changes"),
    ("</office:spreadsheet>", "<table:named-expressions><table:named-range/></table:named-expressions></office:spreadsheet>", "a named range"),
    ("</office:spreadsheet>", "<table:database-ranges/></office:spreadsheet>", "a database range"),
    ("<office:body>", "<office:scripts><x/></office:scripts><office:body>", "a macro"),
    ("<table:table-row>", "<table:table-row><table:covered-table-cell><text:p>secret</text:p></table:covered-table-cell>", "a cell behind another one")]:
    ods(changed(sheet, C, old, new), what)
ods(changed(sheet, C, "<table:table-row>", "<table:table-row table:visibility='visible'>"), "a row that says it is seen", True)
ods(changed(sheet, C, "</office:spreadsheet>", "<table:named-expressions/></office:spreadsheet>"), "no named range", True)
ods(changed(changed(changed(sheet, C, "mean", "n"), C, "30.5", "3"), C, "30.5", "3"), "a small count", rule="min-count")
ods(changed(sheet, C, "young", "131052<text:span>-308</text:span>T"), "an identity number in a span", rule="identity-number")
ods(changed(sheet, "mimetype", "spreadsheet", "text"), "another kind than its name")
ods(sheet + [("settings.xml", "<a/>")], "a part that its list lacks")
ods(changed(sheet, "META-INF/manifest.xml", "content.xml", "other.xml"), "a list with a part that is not there")
ods(sheet[1:] + sheet[:1], "its kind at its end")
for name in ["Thumbnails/thumbnail.png", "Object 1/content.xml", "Basic/script-lc.xml", "Pictures/a.png"]:
    ods(sheet + [(name, "x")], "a part " + name)
words = [("mimetype", "application/vnd.oasis.opendocument.text"), (C, content("<office:text><text:h>Results</text:h><text:p>The mean<text:s text:c='2'/>is 30.5.</text:p>"
    "<text:list><text:list-item><text:p>one</text:p></text:list-item></text:list></office:text>")), ("META-INF/manifest.xml", manifest(C))]
odt = lambda parts, what, good=False, rule="hidden-content": ods(parts, what, good, rule, "t.odt")
odt(words, "a plain one", True)
for inside, what in [("<text:note><text:note-body/></text:note>", "a note"), ("<text:hidden-text text:string-value='secret'/>", "hidden text"), ("<text:a>x</text:a>", "a link"),
                     ("<text:conditional-text/>", "text by condition"), ("<text:date>x</text:date>", "a field"), ("<draw:frame/>", "a picture"), ("<office:annotation/>", "a comment"),
                     ("<text:change-start/>", "a change")]:
    odt(changed(words, C, "is 30.5.", "is" + inside), what)
odt(changed(words, C, "<office:text>", "<office:text><text:section text:display='none'/>"), "a section")
odt(changed(words, C, "is 30.5.", "is n = 3."), "a small count in a sentence", rule="min-count")
odt(changed(words, C, "is 30.5.", "of <text:span>131052</text:span>-308T"), "an identity number", rule="identity-number")

# --- Word
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
letter = [
    ("[Content_Types].xml", '<Types xmlns="%scontent-types"/>' % PACK),
    ("_rels/.rels", relations(("officeDocument", "word/document.xml", ""))),
    ("word/document.xml", '<w:document xmlns:w="%s"><w:body><w:p><w:pPr><w:jc w:val="left"/></w:pPr><w:r><w:rPr><w:b/></w:rPr><w:t>Results of 30</w:t></w:r></w:p>'
     '<w:tbl><w:tblPr/><w:tr><w:tc><w:p><w:r><w:t>group</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>n</w:t></w:r></w:p></w:tc></w:tr>'
     '<w:tr><w:tc><w:p><w:r><w:t>young</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>30</w:t></w:r></w:p></w:tc></w:tr></w:tbl><w:sectPr/></w:body></w:document>' % W),
]
D = "word/document.xml"
def docx(parts, what, good=False, rule="hidden-content"):
    (passes if good else lambda n, d, w: blocks(n, d, w, rule))("t.docx", archive(parts), "DOCX: " + what)
docx(letter, "a plain one", True)
for old, new, what in [
    ("<w:b/>", "<w:vanish/>", "hidden text"), ("<w:b/>", "<w:vanish w:val='1'/>", "hidden text with a value"), ("<w:b/>", "<w:webHidden/>", "text hidden on the web"),
    ("<w:b/>", "<v:vanish xmlns:v='%s'/>" % W, "hidden text by another prefix"), ("<w:b/>", "<w:rPrChange/>", "a tracked look"),
    ("<w:r><w:rPr>", "<w:del><w:r><w:delText>secret</w:delText></w:r></w:del><w:r><w:rPr>", "deleted text"), ("<w:r><w:rPr>", "<w:ins/><w:r><w:rPr>", "inserted text"),
    ("<w:t>Results", "<w:instrText>secret</w:instrText><w:t>Results", "a field"), ("<w:t>Results", "<w:fldChar/><w:t>Results", "the beginning of a field"),
    ("<w:t>Results", "<w:drawing/><w:t>Results", "a picture"), ("<w:t>Results", "<w:pict/><w:t>Results", "an old picture"), ("<w:t>Results", "<w:object/><w:t>Results", "an object"),
    ("<w:t>Results", "<w:sym/><w:t>Results", "a sign of another font"), ("<w:t>Results", "<w:softHyphen/><w:t>Results", "a soft hyphen"),
    ("<w:t>Results", "<w:footnoteReference/><w:t>Results", "a footnote"), ("<w:t>Results", "<w:commentReference/><w:t>Results", "a comment"),
    ("<w:sectPr/>", "<w:sectPr><w:headerReference/></w:sectPr>", "a header"), ("<w:body>", "<w:body><w:sdt/>", "a form"), ("<w:body>", "<w:body><w:altChunk/>", "a part of another format"),
    ("<w:body>", "<w:background/><w:body>", "a background"), ("<w:tblPr/>", "<w:tblPr/>secret", "text between rows"), ("<w:p><w:pPr>", "<w:p><w:hyperlink/><w:pPr>", "a link")]:
    docx(changed(letter, D, old, new), what)
docx(changed(letter, D, "<w:b/>", "<w:i/>"), "slanted text", True)
docx(changed(letter, D, ">30<", ">3<"), "a small count", rule="min-count")
docx(changed(letter, D, "Results of 30", "131052-</w:t></w:r><w:r><w:t>308T"), "an identity number in two runs", rule="identity-number")
def titled(k, span):
    put = lambda text, looks="": "<w:tc>%s<w:p><w:r><w:t>%s</w:t></w:r></w:p></w:tc>" % (looks, text)
    rows = [put("Mean age by group", '<w:tcPr><w:gridSpan w:val="%s"/></w:tcPr>' % span), "".join(put("g%d" % i) for i in range(k)), "".join(put("%d.5" % (30 + i)) for i in range(k))]
    return changed(letter, D, "<w:sectPr/>", "<w:tbl>%s</w:tbl><w:sectPr/>" % "".join("<w:tr>%s</w:tr>" % r for r in rows))
for k in (9, 10, 63):
    docx(changed(titled(k, k), D, "g0", "0.5"), "a title over %d columns" % k, True)
for span in ("0", "64", "100", "1x", "-9", ""):
    docx(changed(titled(9, span), D, "g0", "0.5"), "a title over '%s' columns" % span)
docx(letter + [("word/footnotes.xml", "<a/>")], "footnotes")
docx(letter + [("word/styles.xml", "<a/>")], "styles that nothing refers to")
styled = letter + [("word/_rels/document.xml.rels", relations(("styles", "styles.xml", ""))), ("word/styles.xml", '<w:styles xmlns:w="%s"><w:style><w:rPr><w:b/></w:rPr></w:style></w:styles>' % W)]
docx(styled, "styles", True)
setting = letter + [("word/_rels/document.xml.rels", relations(("settings", "settings.xml", ""))),
                    ("word/settings.xml", '<w:settings xmlns:w="%s"><w:rsids><w:rsidRoot w:val="00AC4D31"/></w:rsids><w:docVars><w:docVar w:name="a" w:val="secret"/></w:docVars></w:settings>' % W)]
docx(setting, "settings", True)
docx(changed(setting, "word/settings.xml", "secret", "131052-308T"), "an identity number in its settings", rule="identity-number")
docx(changed(styled, "word/styles.xml", "<w:style>", "<w:style w:styleId='131052-308T'>"), "an identity number as a style's name", rule="identity-number")
meta = sheet[:-1] + [("meta.xml", '<m:meta xmlns:m="urn:x"><m:generator>LibreOffice/7.4.7.2$Linux_X86_64</m:generator><m:date>2024-05-01T10:11:12.123456789</m:date>'
                      '<m:statistic m:cell-count="120"/><m:title>secret</m:title></m:meta>'), ("META-INF/manifest.xml", manifest("content.xml", "meta.xml"))]
ods(meta, "properties", True)
ods(changed(meta, "meta.xml", "secret", "131052-308T"), "an identity number in its properties", rule="identity-number")
ods(changed(meta, "meta.xml", "120", "131052-308T"), "an identity number in a value of its properties", rule="identity-number")
docx(changed(styled, "word/styles.xml", "<w:b/>", "<w:vanish/>"), "a style that hides")
docx(changed(styled, "word/_rels/document.xml.rels", 'Target="styles.xml"', 'Target="http://x/y" TargetMode="External"'), "a template elsewhere")
blocks("t.docx", archive(book), "DOCX: a workbook by its name")
blocks("t.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "XLSX: an encrypted one", "file-type")

# --- tables that are taken apart
def inline(rows, more=""):
    """A workbook of rows (number, values), None for no cell; more stands behind its cells."""
    def put(c, r, v): return "" if v is None else '<c r="%s%d" t="inlineStr"><is><t>%s</t></is></c>' % (c, r, v) if isinstance(v, str) else '<c r="%s%d"><v>%s</v></c>' % (c, r, v)
    parts = with_part(changed(book, "xl/_rels/workbook.xml.rels", '<Relationship Id="r2" Type="%s/sharedStrings" Target="sharedStrings.xml"/>' % LINK, ""), STRINGS, None)
    body = "".join('<row r="%d">%s</row>' % (r, "".join(put(chr(65 + i), r, v) for i, v in enumerate(values))) for r, values in rows)
    return with_part(parts, SHEET, HEAD + '<worksheet xmlns="%s"><sheetData>%s</sheetData>%s</worksheet>' % (MAIN, body, more))
persons = [("patient", "age", "sex", "diagnosis")] + [(10001 + k, 30 + k * 7 % 50, "FM"[k % 2], "C%d" % (k * 13 % 90 + 10)) for k in range(200)]
xlsx(inline([(2 * i + 1, p) for i, p in enumerate(persons)]), "persons with empty rows between them", rule="microdata")
xlsx(inline([(2 * i + 1, p if i % 9 else ("more",)) for i, p in enumerate(persons) if i]), "persons with empty rows and words between them", rule="microdata")
xlsx(inline([(2 * i + 1, r) for i, r in enumerate([("group", "n", "mean"), ("young", 30, 2.5), ("old", 40, 2.75)])]), "a result with empty rows between its own", True)
xlsx(inline([(2 * i + 1, r) for i, r in enumerate([("Events", 120), ("Model", "Cox"), ("p", 0.03), ("Made", "2024-01-01", "here")])]), "notes of two cells with empty rows between them", True)
ods(changed(sheet, C, "<table:table-row>", "".join("<table:table-row>%s</table:table-row><table:table-row/>" % "".join(
    cell(str(v), "string" if isinstance(v, str) else "float") for v in p) for p in persons) + "<table:table-row>"), "persons with empty rows between them", rule="microdata")
docx(changed(letter, D, "<w:sectPr/>", "".join("<w:tbl><w:tr>%s</w:tr></w:tbl><w:p/>" % "".join("<w:tc><w:p><w:r><w:t>%s</w:t></w:r></w:p></w:tc>" % v for v in p) for p in persons) + "<w:sectPr/>"),
     "persons with a table each", rule="microdata")
blocks("t.html", "<!DOCTYPE html><html><body>%s</body></html>\n" % "<p>-</p>".join("<table><tr>%s</tr></table>" % "".join("<td>%s</td>" % v for v in p) for p in persons), "HTML: persons with a table each", "microdata")

# --- headers of two rows, as pandas writes them
merged = "<mergeCells><mergeCell ref='B1:C1'/><mergeCell ref='D1:E1'/></mergeCells>"
levels = [(None, "Male", None, "Female"), ("group", "mean", "sd", "mean", "sd")]
values = [("young", 30.5, 2.5, 31.5, 2.6), ("old", 40.5, 2.7, 41.5, 2.8)]
numbered = lambda rows: list(enumerate(rows, 1))
def spread(rows): return changed(sheet, C, SPREAD, '<office:spreadsheet><table:table>%s</table:table></office:spreadsheet>' % "".join(
    "<table:table-row>%s</table:table-row>" % "".join("<table:table-cell/>" if v is None else cell(str(v), "string" if isinstance(v, str) else "float") for v in r) for r in rows))
xlsx(inline(numbered(levels + values), merged), "a header of two rows", True)
xlsx(inline(numbered(levels + [("sex",)] + values), merged), "a header of two rows and the name of its index", True)
ods(spread(levels + values), "a header of two rows", True)
xlsx(inline(numbered(levels + [v + ("x",) for v in values]), merged), "cells beyond a header of two rows")
xlsx(inline(numbered(levels + [("young", "x", "y", "z", "x", "secret")] * 3)), "words beyond a header of two rows")
ods(spread(levels + [v + (5.5,) for v in values]), "cells beyond a header of two rows")
xlsx(inline(numbered([levels[0], ("group", "n", "percent", "n", "percent"), ("young", 3, 10.5, 40, 30.5)]), merged), "a small count under a header of two rows", rule="min-count")
page = lambda *rows: "<!DOCTYPE html><html><body><table>%s</table></body></html>\n" % "".join("<tr>%s</tr>" % "".join("<td>%s</td>" % v for v in r) for r in rows)
spanned = lambda span, text: "<!DOCTYPE html><html><body><table><tr><td>a</td><td>b</td></tr><tr><td %s>%s</td><td>x</td></tr>%s</table></body></html>\n" % (span, text, "<tr><td>x</td></tr>" * 500)
passes("t.html", spanned("rowspan='501'", "a label"), "HTML: a label beside many rows")
blocks("t.html", spanned("rowspan='501'", "x" * 60000), "HTML: long text beside many rows")
blocks("t.html", spanned("", "x").replace("<td>a</td>", "<td colspan='900'>" + "x" * 60000 + "</td>"), "HTML: long text over many columns")
ods(changed(sheet, C, "<table:table-row>", "<table:table-row>%s</table:table-row><table:table-row>" % cell("x" * 60000, more=" table:number-columns-repeated='900'")), "long text in many columns")
ods(changed(sheet, C, "<table:table-row>", "<table:table-row table:number-rows-repeated='900'>%s</table:table-row><table:table-row>" % cell("x" * 60000)), "long text in many rows")
docx(changed(changed(titled(63, 63), D, "g0", "0.5"), D, "Mean age", "x" * 70000), "long text over many columns")
far = "<tr><td colspan='999'></td><td rowspan='999'></td></tr>" + "<tr></tr>" * 998
blocks("t.html", "<!DOCTYPE html><html><body><table>%s</table></body></html>\n" % (far * 5), "HTML: an empty cell far right beside 5,000 rows")
passes("t.html", page(("Age in groups",), ("group", "mean"), ("young", 30.5)), "HTML: a title over the first of its columns")
blocks("t.html", page(("Age in groups",), ("group", "n"), ("young", 3)), "HTML: a small count under such a title", "min-count")

# --- PDF
def pdf(page="BT /F1 12 Tf 20 20 Td (only n = 30) Tj ET", catalog="", keys="", trailer="", more=(), head=b"%PDF-1.4\n", pack=True, filter="/FlateDecode", tail=b"", fonts="",
        font="<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>", between=b"", xref=True, gen=" 00000 n \n", dict="", contents="4 0 R"):
    data = zlib.compress(page.encode("latin1")) if pack is True else pack(page.encode("latin1")) if pack else page.encode("latin1")
    stream = b"<<" + dict.encode() + (b"/Filter" + filter.encode() if pack else b"") + b"/Length %d>>\nstream\n" % len(data) + data + b"\nendstream"
    objects = [b"<</Type/Catalog/Pages 2 0 R" + catalog.encode() + b">>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
               ("<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents %s/Resources<</Font<</F1 5 0 R>>%s>>%s>>" % (contents, fonts, keys)).encode(), stream, font.encode()]
    objects += [m if isinstance(m, bytes) else m.encode() for m in more]
    out = head
    at = []
    for i, o in enumerate(objects):
        at.append(len(out))
        out += b"%d 0 obj\n" % (i + 1) + o + b"\nendobj\n" + between
    table = len(out)
    if xref:
        out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d" % a + gen.encode() for a in at)
    return out + b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer.encode(), table) + tail
def good_pdf(what, **more): passes("t.pdf", pdf(**more), "PDF: " + what)
def bad_pdf(what, rule="hidden-content", **more): blocks("t.pdf", pdf(**more), "PDF: " + what, rule)
good_pdf("a plain one")
good_pdf("nothing packed", pack=False)
good_pdf("a list of one packing", filter="[/FlateDecode]")
good_pdf("a line that says that it is no text", head=b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
bad_pdf("a longer such line", head=b"%PDF-1.4\n% 131052-308T and more\n")
for catalog in ["/OpenAction 2 0 R", "/AA<<>>", "/Names<<>>", "/AcroForm<<>>", "/OCProperties<<>>", "/Metadata 2 0 R", "/O#70enAction 2 0 R", "/Outlines 2 0 R", "/Extensions<<>>",
                "/PieceInfo<<>>", "/Pages 2 0 R", "/URI<<>>", "/Perms<<>>", "/Collection<<>>", "/Lang(x)"]:
    bad_pdf("a catalog with " + catalog, catalog=catalog)
good_pdf("a catalog with a mode", catalog="/PageMode/UseNone")
for keys in ["/Annots[5 0 R]", "/AA<<>>", "/CropBox[0 0 9 9]", "/Thumb 4 0 R", "/Metadata 4 0 R", "/PieceInfo<<>>", "/B[]", "/UserUnit 2", "/StructParents 0"]:
    bad_pdf("a page with " + keys, keys=keys)
good_pdf("a page with no notes", keys="/Annots[]")
for trailer in ["/Prev 9", "/Encrypt 5 0 R", "/XRefStm 9", "/Extra(x)"]:
    bad_pdf("a trailer with " + trailer, trailer=trailer)
good_pdf("properties", trailer="/Info 6 0 R", more=["<</Title(Results)>>"])
good_pdf("properties of 150 times 150 times 150 times 150 times 150 values", trailer="/Info 6 0 R",
         more=["[" + "%d 0 R " % i * 150 + "]" for i in (7, 8, 9, 10, 11)] + ["(Results)"])
bad_pdf("an identity number in its properties", "identity-number", trailer="/Info 6 0 R", more=["<</Title(131052-308T)>>"])
bad_pdf("an object that nothing refers to", more=["(131052-308T)"])
bad_pdf("a packed object that nothing refers to", more=[b"<</Length 3>>\nstream\nabc\nendstream"])
bad_pdf("bytes between its objects", between=b"secret ")
bad_pdf("comments between its objects", between=b"% secret\n")
bad_pdf("bytes behind its end", tail=b"x")
bad_pdf("a second version", tail=b"6 0 obj\n(x)\nendobj\ntrailer\n<</Root 1 0 R/Prev 9>>\nstartxref\n9\n%%EOF\n")
bad_pdf("a page in HTML behind its end", tail=b"<html><script>x</script></html>\n")
bad_pdf("bytes before its beginning", "file-type", head=b"x%PDF-1.4\n")
bad_pdf("no table of objects", xref=False)
bad_pdf("objects of another generation", gen=" 00001 n \n")
bad_pdf("version 2", head=b"%PDF-2.0\n")
for name, pack in [("/LZWDecode", lambda b: b), ("/ASCII85Decode", lambda b: b), ("/ASCIIHexDecode", lambda b: b.hex().encode() + b">"), ("/RunLengthDecode", lambda b: b), ("/JBIG2Decode", lambda b: b),
                   ("/DCTDecode", lambda b: b), ("/Crypt", lambda b: b), ("[/ASCIIHexDecode/FlateDecode]", lambda b: zlib.compress(b).hex().encode() + b">"),
                   ("[/FlateDecode/FlateDecode]", lambda b: zlib.compress(zlib.compress(b))), ("/Fl#61teDecode", zlib.compress)]:
    bad_pdf("a packing " + name, filter=name, pack=pack)
bad_pdf("parameters of its packing", dict="/DecodeParms<</Predictor 12>>")
bad_pdf("a stream in another file", dict="/F(a)")
bad_pdf("bytes behind packed ones", pack=lambda b: zlib.compress(b) + b"secret")
bad_pdf("packed bytes that are cut off", pack=lambda b: zlib.compress(b)[:-5])
def other(b, wbits=15, level=9):
    z = zlib.compressobj(level, zlib.DEFLATED, wbits)
    return z.compress(b) + z.flush()
for wbits in (9, 12):
    good_pdf("zlib with another window (%d bits)" % wbits, pack=lambda b: other(b, wbits))
bad_pdf("an identity number in zlib with another window", "identity-number", pack=lambda b: other(b, 9), page="BT /F1 12 Tf 20 20 Td (131052-308T) Tj ET")
bad_pdf("an identity number in zlib of level 0", "identity-number", pack=lambda b: other(b, 12, 0), page="BT /F1 12 Tf 20 20 Td (131052-308T) Tj ET")
bad_pdf("deflate without a head", pack=lambda b: other(b, -15))
bad_pdf("gzip", pack=lambda b: gzip.compress(b))
bad_pdf("a part that unpacks to a thousand times as much", page=" " * 9000000)
HALF = b"<</Length 14>>\nstream\n0 0 m 5 5 l S \nendstream"
good_pdf("a page in two parts", contents="[4 0 R 6 0 R]", more=[HALF])
bad_pdf("a page in two parts that are one", contents="[4 0 R 6 0 R 6 0 R]", more=[HALF])
blocks("t.pdf", pdf(page="q Q " * 10000, contents="[" + "4 0 R " * 5000 + "]", pack=False), "PDF: a part that is there 5000 times")
bad_pdf("packed objects", more=[b"<</Type/ObjStm/N 1/First 4/Length 9>>\nstream\n7 0 (abc)\nendstream"], trailer="/Info 6 0 R")
TEXT = "BT /F1 12 Tf 20 20 Td %s ET"
for shown, what in [("(131052-308T) Tj", "in a string"), ("<3133313035322d33303854> Tj", "in hexadecimal digits"), ("(\\061\\063\\061052-308T) Tj", "in octal digits"),
                    ("[(131) -1 (052-) 2 (308T)] TJ", "in parts"), ("(131) Tj (052-308T) Tj", "in two strings"), ("(131052) Tj 44 0 Td (-308T) Tj", "moved along its line")]:
    bad_pdf("an identity number " + what, "identity-number", page=TEXT % shown)
for shown, what in [("3 Tr (x) Tj", "not drawn"), ("7 Tr (x) Tj", "as a clip"), ("3.0 Tr (x) Tj", "not drawn, by another number"), ("0 0 Td 500 0 Td (xy) Tj", "off the page"),
                    (".01 0 0 .01 20 20 Tm (xy) Tj", "too small"), ("1 Tz (xy) Tj", "too narrow"), ("/F9 12 Tf (xy) Tj", "in a font that is not there"), ("(\\001\\002) Tj", "of letters that are not known"),
                    ("900 Ts (xy) Tj", "raised off a page that is lower"), ("999 Tc (xy) Tj", "of letters far apart"), ("-9 Tc (xy) Tj", "of letters on each other"),
                    ("999 Tw (x y) Tj", "of words far apart"), ("[(x) -20000 -20000 (xy)] TJ", "moved off the page in parts"), ("[(x) -20000] TJ (xy) Tj", "behind such a part"),
                    ("1000 0 0 .001 20 20 Tm (xy) Tj", "squashed"), ("(%s) Tj (xy) Tj" % (" " * 400), "behind many blanks"), ("/F1 -12 Tf [(x) 2000 -4000 (xy)] TJ", "moved off the page, of a negative size"), ("(%sxy) Tj" % (" " * 200), "behind blanks"),
                    ("(x) Tj /P BMC EMC", "in marked parts"), ("/OC /P BDC EMC", "in a layer"), ("99999 Ts (x) Tj", "raised off the page")]:
    bad_pdf("text " + what, page=TEXT % shown)
good_pdf("text with some space", page=TEXT % "1 Tc 2 Tw 4 Ts [(xy) 30 (z) -900 (zy)] TJ 0 30 Td (above) Tj 0 1 -1 0 100 20 Tm [(up) 80 (xy)] TJ")
good_pdf("text that is outlined", page=TEXT % "1 Tr (xy) Tj")
case("review", "hidden-content", "t.pdf", pdf(page="1 g " + TEXT % "(xy) Tj"), "PDF: text in white")
for colour, text, what in [("1 G", "1 Tr", "outlined in white"), ("1 g 1 1 1 RG", "2 Tr", "all in white"), ("/DeviceGray CS 1 SC", "1 Tr", "outlined in white by a space")]:
    case("review", "hidden-content", "t.pdf", pdf(page=colour + " " + TEXT % (text + " (xy) Tj")), "PDF: text " + what)
for colour, text, what in [("1 g", "1 Tr", "outlined in black"), ("1 G", "2 Tr", "filled, and outlined in white"), ("1 G /DeviceGray CS", "1 Tr", "outlined in a new space"), ("1 G", "", "beside lines in white")]:
    good_pdf("text " + what, page=colour + " " + TEXT % (text + " (xy) Tj"))
for clip, what in [("0 0 0 0 re W n", "an empty one"), ("0 0 90 .1 re 5 w W n", "a flat one"), ("100 0 90 90 re W n", "one elsewhere"), ("0 0 90 90 re W* n 90 90 90 90 re W n", "two apart"),
                   ("0 0 m 90 0 l 90 90 l W n", "a triangle"), ("q .1 0 0 .1 0 0 cm 0 0 90 90 re W n 10 0 0 10 0 0 cm", "a small one"), ("0 0 90 90 re 0 0 9 9 re W* n", "one of two rectangles"),
                   ("1 0 .5 1 0 0 cm 0 0 90 90 re W n", "one that leans")]:
    bad_pdf("text beside a clip: " + what, page=clip + " " + TEXT % "(xy) Tj" + (" Q" if clip[0] == "q" else ""))
bad_pdf("parts of text beside a clip", page="0 0 90 90 re W n " + TEXT % "[(xy) -9000 (xy)] TJ")
for clip, what in [("0 0 90 90 re W n", "within it"), ("90 90 -90 -90 re W n", "of negative sizes"), ("q 0 0 9 9 re W n Q", "that has ended"), ("22 0 90 90 re W n", "that cuts half a letter"),
                   ("0 0 90 90 re 0 0 9 9 re f 0 0 190 90 re W n", "behind areas")]:
    good_pdf("text in a clip " + what, page=clip + " " + TEXT % "(xy) Tj")
CLEAR = "/ExtGState<</G0<</CA 0>>>>"
good_pdf("lines that are clear around text", fonts=CLEAR, page="/G0 gs " + TEXT % "(xy) Tj 2 Tr (xy) Tj")
good_pdf("text behind clear lines", fonts=CLEAR, page="q /G0 gs 0 0 9 9 re B Q " + TEXT % "1 Tr (xy) Tj")
bad_pdf("text outlined in clear lines", fonts=CLEAR, page="/G0 gs " + TEXT % "1 Tr (xy) Tj")
for page, what in [("BI /W 1 /H 1 /BPC 8 /CS /G ID x EI", "a picture within the page"), ("/Im0 Do", "a form that is not there"), ("q", "a state that does not end"), ("Q", "a state that did not begin"),
                   ("/G0 gs", "a state that is not there"), ("/P0 sh", "a shading"), ("/Cs1 cs", "colours that are not there"), ("1 2 3", "numbers of nothing"), ("0 0 m % secret\n", "a comment"),
                   ("(secret)", "a string of nothing"), ("9 0 0 9 0 0 cm [(secret)] 0 d", "text as dashes"), ("BT ET ET", "text that ends twice"), ("/x y", "an unknown instruction")]:
    bad_pdf(what, page=page)
STROKE = " 0 0 m 5 5 l S "
for page, what in [("1043 w 7 w" + STROKE, "another width"), ("[1043] 0 d [] 0 d" + STROKE, "other dashes"), (STROKE + "1043 w 1043 M 1 J", "how lines look"), (STROKE + "1043 i", "flatness"),
                   (STROKE + "q 1 0 0 1 1043 6 cm 1043 w Q " * 50, "states"), (STROKE + "q 1 0 0 1 1043 6 cm 0 0 m 1043 5 l n Q ", "a path of two corners"), ("q .1043 g Q" + STROKE, "a colour"),
                   ("BT /F1 9 Tf 1043 6 Td ET" + STROKE, "a place of text"), (TEXT % "(x) Tj 1043 6 Td" + STROKE, "a place behind text"), (TEXT % "(x) Tj 9 .1043 Td ( ) Tj () Tj" + STROKE, "blanks"),
                   (TEXT % "1 0 0 1 1043 1 Tm 1 0 0 1 50 50 Tm (x) Tj", "another place of text"), ("q 1043 0 9 9 re W n Q" + STROKE, "a clip")]:
    good_pdf(what + " for nobody", page=page)
for page, what in [("100 TL T* 1043 TL T* 1 0 0 1 20 20 Tm 14 TL (x) Tj", "a leading before another place"), ("1043 TL 5 0 Td 14 TL (x) Tj", "another leading"),
                   ("/F1 1.043 Tf ( ) Tj ET BT /F1 9 Tf 20 20 Td (x) Tj", "a size before another text"), (".1043 g ( ) Tj 0 g (x) Tj", "another colour")]:
    good_pdf(what + " for nobody", page=TEXT % page)
for page, what in [("10.43 TL T* 14 TL (x) Tj", "a leading"), ("10.43 Tw ( ) Tj 0 Tw (x) Tj", "a space between words"),
                   ("/F1 10.43 Tf 17 TL ( ) Tj T* /F1 9 Tf 11 TL (text) Tj", "a size"), ("110.43 Tz ( ) ' 100 Tz (x) Tj", "a width")]:
    good_pdf(what + " that text was moved by", page=TEXT % page)
good_pdf("a state around two things", page="q 2 w q 1 g 0 0 9 9 re f Q q 0 0 9 9 re W n 0 0 m 5 5 l S Q 0 0 m 9 9 l S Q")
for page, what in [("0 0 m" + " 5 5 l" * 8 + " n", "a path of nine parts that is not painted"), (TEXT % ("1 0 Td " * 17 + "(x) Tj"), "text that is moved 17 times"),
                   ("1 0 0 1 1 0 cm " * 17 + STROKE, "a page that is moved 17 times"), ("0 0 m 1 0 0 1 5 5 cm 5 5 l S", "a move within a path"), ("0 0 m 5 5 l", "a path without an end"),
                   ("0 0 9 9 re " * 202 + "W n 0 0 99 99 re f", "a clip of 202 parts"), ("BT /F1 9 Tf 1 2 TD ET", "text that is moved and not there")]:
    bad_pdf(what, page=page)
good_pdf("text that is moved a few times", page=TEXT % ("1 0 Td " * 9 + "(x) Tj"))
for page, what in [("0 0 m 900 0 l S", "a line that goes far beyond the page"), ("300 300 m 310 310 l S", "a line beside the page"), ("1 0 0 1 400 0 cm 0 0 9 9 re f", "an area beside the page")]:
    case("review", "hidden-content", "t.pdf", pdf(page=page), "PDF: " + what)
good_pdf("a line that sticks out a little", page="-50 0 m 250 250 l S")
square = "".join("%d 0 m 1 1 l S " % i for i in range(200))
good_pdf("200 lines", page=square)
bad_pdf("201 lines", page=square + "0 0 m 1 1 l S")
def points(times, string, more=""): return "".join("BT /F1 5 Tf %d 20 Td %s Tj ET " % (i % 190, string) for i in range(times)) + more
DINGBATS = "<</Type/Font/Subtype/Type1/BaseFont/ZapfDingbats>>"
good_pdf("200 points of text", page=points(200, "(. )"))
bad_pdf("201 points of text", page=points(201, "(. )"))
good_pdf("100 times two points", page=points(100, "(. o)"))
bad_pdf("101 times two points", page=points(101, "(. o)"))
bad_pdf("101 times two points in one string", page="BT /F1 5 Tf 20 20 Td [" + "(.) -300 (o) 300 " * 101 + "] TJ ET")
good_pdf("points beside a clip", page="100 0 9 9 re W n " + points(9, "(l)"), font=DINGBATS)
good_pdf("200 signs", page=points(40, "(lllll)"), font=DINGBATS)
bad_pdf("201 signs", page=points(40, "(lllll)", points(1, "(l)")), font=DINGBATS)
good_pdf("lines and words of text", page=points(150, "(p = 0.05 -------- old)"))
IMAGE = b"<</Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray/Length 1>>\nstream\nx\nendstream"
bad_pdf("a picture", fonts="/XObject<</Im0 6 0 R>>", page="/Im0 Do", more=[IMAGE])
FORM = b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length 14>>\nstream\n0 0 m 5 5 l S \nendstream"
good_pdf("a form", fonts="/XObject<</Fm0 6 0 R>>", page="/Fm0 Do", more=[FORM])
LINES = FORM.replace(b"14>>", b"280>>").replace(b"0 0 m 5 5 l S ", b"0 0 m 5 5 l S " * 20)
good_pdf("a form of 20 lines, shown ten times", fonts="/XObject<</Fm0 6 0 R>>", page="/Fm0 Do " * 10, more=[LINES])
bad_pdf("and once more", fonts="/XObject<</Fm0 6 0 R>>", page="/Fm0 Do " * 11, more=[LINES])
bad_pdf("text in a form", fonts="/XObject<</Fm0 6 0 R>>", page="/Fm0 Do", more=[FORM.replace(b"0 0 m 5 5 l S ", b"BT ET         ")])
bad_pdf("a form with a layer", fonts="/XObject<</Fm0 6 0 R>>", page="/Fm0 Do", more=[FORM.replace(b"/BBox", b"/OC 5 0 R/BBox")])
good_pdf("a state of half-clear colours", fonts="/ExtGState<</G0<</ca .5>>>>", page="/G0 gs")
bad_pdf("a state of clear colours", fonts="/ExtGState<</G0<</ca 0>>>>", page="/G0 gs")
bad_pdf("a mask", fonts="/ExtGState<</G0<</SMask 5 0 R>>>>", page="/G0 gs")
bad_pdf("layers among its resources", fonts="/Properties<<>>")
bad_pdf("patterns", fonts="/Pattern<</P0 5 0 R>>")
good_pdf("no patterns", fonts="/Pattern<<>>")
bad_pdf("an embedded font", font="<</Type/Font/Subtype/TrueType/BaseFont/X/FontDescriptor<<>>>>")
bad_pdf("a font of its own name", font="<</Type/Font/Subtype/Type1/BaseFont/Secret>>")
bad_pdf("a font of two bytes", font="<</Type/Font/Subtype/Type0/BaseFont/Helvetica>>")
good_pdf("letters in other places", font="<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding<</Type/Encoding/Differences[1/one/three/zero/five/two]>>>>", page=TEXT % "(\\001\\002) Tj")
bad_pdf("an identity number of such letters", "identity-number", font="<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding<</Type/Encoding/Differences[1/one/three/zero/five/two]>>>>",
        page=TEXT % "(\\001\\002\\001\\003\\004\\005-\\0020\\070T) Tj")
bad_pdf("letters that are not known", font="<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding<</Type/Encoding/Differences[1/g17]>>>>")
bad_pdf("a page that is itself", keys="/Resources<<>>")
blocks("t.pdf", b"%PDF-1.4\n" + b"[" * 100000 + b"\n%%EOF\n", "PDF: values without end")
deep = "[" * 40 + "]" * 40
bad_pdf("values nested deeply", trailer="/Info 6 0 R", more=["<</Title " + deep + ">>"])

bad_pdf("a form that no page has", fonts="/XObject<</Fm0 6 0 R>>", more=[FORM])
good_pdf("what is said of it", trailer="/Info 6 0 R", more=["<</Title(secret)>>"])
good_pdf("states by another name", fonts="/ExtGState<</Secret<</ca .5>>>>", page="/Secret gs " + TEXT % "(xy) Tj")
good_pdf("forms by another name", fonts="/XObject<</Secret 6 0 R>>", page="/Secret Do", more=[FORM])
SHAPES = "<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[.1 0 0 .1 0 0]/FirstChar 97/LastChar 98/Widths[9 9]/Encoding<</Type/Encoding/Differences[97/a/b]>>/CharProcs<</a 6 0 R/b 7 0 R>>>>"
SHAPE = b"<</Length 22>>\nstream\n9 0 d0 0 0 m 5 5 l S  \nendstream"
good_pdf("letters that are drawn", font=SHAPES, page=TEXT % "(ab) Tj", more=[SHAPE, SHAPE])
for old, new, what in [("[.1 0 0 .1 0 0]", "[.00001 0 0 .00001 0 0]", "too small"), ("[.1 0 0 .1 0 0]", "[.1 0 0 .001 0 0]", "squashed"), ("[.1 0 0 .1 0 0]", "[9 0 0 9 0 0]", "too large"),
                       ("[.1 0 0 .1 0 0]", "[.1 .1 .1 .1 0 0]", "without a height"), ("Widths[9 9]", "Widths[999 9]", "too wide"), ("Widths[9 9]", "Widths[-9 9]", "that go back")]:
    bad_pdf("letters that are drawn and " + what, font=SHAPES.replace(old, new), page=TEXT % "(ab) Tj", more=[SHAPE, SHAPE])
bad_pdf("a letter's shape that no text has", font=SHAPES, page=TEXT % "(aa) Tj", more=[SHAPE, SHAPE])
parts = lambda n: b"<</Length %d>>\nstream\n9 0 d0 %s\nendstream" % (13 * n + 7, b"0 0 1 1 re f " * n)
good_pdf("a letter of 16 parts", font=SHAPES, page=TEXT % "(ab) Tj", more=[SHAPE, parts(16)])
bad_pdf("a letter of 17 parts", font=SHAPES, page=TEXT % "(ab) Tj", more=[SHAPE, parts(17)])
bad_pdf("a letter's shape with text", font=SHAPES, page=TEXT % "(ab) Tj", more=[SHAPE, SHAPE.replace(b"0 0 m 5 5 l S  ", b"BT ET          ")])
bad_pdf("an identity number of letters that are drawn", "identity-number", font=SHAPES.replace("/a/b", "/one/three/zero/five/two/hyphen/eight/T").replace("/a 6", "/one 6").replace("/b 7", "/three 7"),
        page=TEXT % "(abacdefbcgh) Tj", more=[SHAPE, SHAPE])

# --- drawings and pages: what they may say aside does not leave
def svg(inside, more=""): return "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 100 100'%s>%s</svg>\n" % (more, inside)
for inside, what in [("<path id='secret' class='secret' d='M0 0L5 5'/>", "names"), ("<text y='9' font-family='Secret Sans, Arial'>x</text>", "fonts"),
                     ("<style>.secret path{fill:none}</style><g class='secret'><path d='M0 0L5 5'/></g>", "classes"), ("<defs><g id='secret'><path d='M0 0L5 5'/></g></defs><use href='#secret'/>", "references"),
                     ("<path d='M00000000.5000 0L5 5'/>", "numbers")]:
    passes("t.svg", svg(inside), "SVG: %s of its own" % what) if what != "numbers" else blocks("t.svg", svg(inside), "SVG: numbers in long spellings")
for inside, what in [("<defs><path d='M13 10L5 5'/></defs>", "a shape that is kept"), ("<defs><g><g id='a'><path d='M13 10L5 5'/></g></g></defs>", "groups that are kept"),
                     ("<symbol id='a'><rect/><circle r='13'/></symbol>", "a symbol"), ("<clipPath id='a'><path d='M13 10L5 5'/></clipPath>", "a clip")]:
    passes("t.svg", svg(inside + "<defs><path id='b' d='M0 0L9 9'/></defs><use href='#b'/>"), "SVG: %s for nobody" % what)
for inside, what in [("<path stroke-linecap='secret' d='M0 0'/>", "a word that means nothing"), ("<path x1='131' d='M0 0'/>", "an attribute of other elements"), ("<path fill='secret' d='M0 0'/>", "a colour that is none"),
                     ("<use href='#secret'/>", "a reference to nothing"), ("<path id='a'/><path id='a'/><use href='#a'/>", "a name twice"), ("<path d='M1e9 0'/>", "an exponent"), ("<path d='M99999 0'/>", "a point far away"),
                     ("<g/>" * 5001, "five thousand elements"), ("<g>" * 64 + "</g>" * 64, "65 levels"), ("<text y='9' textLength='.01'>x</text>", "text pressed together")]:
    blocks("t.svg", svg(inside), "SVG: " + what)
GLYPHS = "<style>.svglite path {fill: none; stroke: #000} .svglite g.glyphgroup path, .a1043 path {fill: inherit; stroke: none; stroke-width: 1.043}</style>"
passes("t.svg", svg(GLYPHS + "<path d='M0 0L1 1 2 2 3 3 4 4'/>", " class='svglite'"), "SVG: a style for nobody")
blocks("t.svg", svg(GLYPHS + "<g class='glyphgroup'><path d='M0 0L1 1 2 2 3 3 4 4'/></g>", " class='svglite'"), "SVG: a style of letters")
blocks("t.svg", "<!DOCTYPE svg [<!ENTITY a 'x'>]>" + svg("<text y='9'>&a;</text>"), "SVG: an entity")
passes("t.html", "<!DOCTYPE html><html><head><title>secret</title><meta name='secret' content='secret'></head><body class='secret'><p id='secret'>x</p></body></html>", "HTML: names of its own")
passes("t.html", "<div><p>Results of 30</p></div>\n", "HTML: a piece of a page")
blocks("t.html", "<div><script>x</script></div>\n", "HTML: a script in such a piece")
blocks("t.html", "<p>Results of 30</p>\n", "HTML: a paragraph alone", "file-type")
case("pass", "-", "t.md", "<div>\n\nResults of 30\n\n</div>\n", "Markdown that begins with a tag")
blocks("t.html", "<!DOCTYPE html><html><head><title>131052-308T</title></head><body><p>x</p></body></html>", "HTML: an identity number as its title", "identity-number")
blocks("t.html", "<!DOCTYPE html><html><body><p class='131052-308T'>x</p></body></html>", "HTML: an identity number as a class", "identity-number")
xlsx(changed(book, "docProps/app.xml", "Made here", "secret"), "properties", True)
xlsx(changed(book, "xl/styles.xml", "<numFmts>", "<fonts><font><name val='secret'/></font></fonts><numFmts>"), "fonts of its own", True)
docx(changed(letter, D, '<w:jc w:val="left"/>', '<w:pStyle w:val="secret"/>'), "a style of its own", True)
ods(changed(sheet, C, "<table:table-row>", "<table:table-row table:style-name='secret'>"), "a style of its own", True)

# --- notebooks
cellish = {"cell_type": "code", "source": ["x <- 1"], "outputs": [], "metadata": {}, "execution_count": None}
note = lambda **k: json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [dict(cellish, **k)]})
case("review", "hidden-content", "t.ipynb", note(), "notebook: cleared")
blocks("t.ipynb", note(outputs=[{"output_type": "stream", "text": ["3"]}]), "notebook: outputs")
blocks("t.ipynb", note(attachments={"a.png": {"image/png": "iVBORw0KGgo="}}), "notebook: attachments")
blocks("t.ipynb", note(outputs={"0": {"text": "x"}}), "notebook: outputs of an odd form")
blocks("t.ipynb", json.dumps({"nbformat": 3, "worksheets": [{"cells": []}]}), "notebook: an old one")
blocks("t.ipynb", note(source=["id = '131052-308T'"]), "notebook: an identity number in its code", "identity-number")

# --- two files in one
gif = b"GIF89a/*\0\0\0\0\0*/=1;alert(1);//\0;"
table = b"group,mean\na,30.5\n"
small = archive([("a.csv", table)])
for name in ["t.csv", "t.txt", "t.png", "t.jpg", "t.svg", "t.html", "t.pdf", "t.xlsx"]:
    blocks(name, gif, "polyglot: GIF and JavaScript called %s" % name[2:], "file-type")
    blocks(name, gzip.compress(table), "polyglot: gzip called %s" % name[2:], "file-type")
blocks("t.csv", table + gzip.compress(b"secret"), "polyglot: gzip behind a table", "-")
blocks("t.html", pdf() + b"<!DOCTYPE html><p>x</p>", "polyglot: PDF and HTML called HTML", "file-type")
blocks("t.html", "<!DOCTYPE html><html><body><p>x</p></body></html>".encode() + small, "polyglot: a ZIP behind a page", "-")
blocks("t.svg", b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'></svg>" + small, "polyglot: a ZIP behind a drawing", "-")
blocks("t.txt", "fine\n" + pdf().decode("latin1").replace("\xe2", ""), "polyglot: PDF behind a line of text", "file-type")
blocks("t.xlsx", small, "polyglot: another archive called XLSX")
blocks("t.xlsx", b"#!/bin/sh\nexit\n" + plain, "polyglot: a script before a workbook", "file-type")
def member(data, extra=b"", name=b"", comment=b""):
    flags = (4 if extra else 0) | (8 if name else 0) | (16 if comment else 0)
    body = zlib.compress(data)[2:-4]
    return b"\x1f\x8b\x08" + bytes([flags]) + bytes(6) + (struct.pack("<H", len(extra)) + extra if extra else b"") + (name + b"\0" if name else b"") + \
        (comment + b"\0" if comment else b"") + body + struct.pack("<II", zlib.crc32(data), len(data))
for data, what in [(member(table), "plain"), (member(table, extra=b"AB\6\0secret"), "with an extra field"), (member(table, name=b"secret"), "with a name"),
                   (member(table, comment=b"secret"), "with a comment"), (member(table) + member(b"secret"), "of two members"), (member(table) + b"secret", "with bytes behind it")]:
    blocks("t.gz", data, "gzip: " + what, "file-type")
    blocks("t.csv", data, "gzip: %s, called CSV" % what, "file-type")

# --- pictures that unpack to too much
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
def png(w, h, raw):
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, 8, 0, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
blocks("t.png", png(8192, 8193, bytes(1000)), "PNG: more points than are read", "file-type")
blocks("t.png", png(16, 16, bytes(20000000)), "PNG: data of a thousand times its size", "file-type")
PY
ok "the files are made" python3 "$T/make.py" "$T"

# verdict FILE: "VERDICT RULES", the rules that have the verdict's outcome
verdict() {
	"$SPE_CLI" check --policy "$T/documents.policy" --json --rebuilt "$T/left" -- "$1" 2>"$T/err" |
		jq -r '.verdict as $v | "\($v) \([.checks[] | select(.outcome == $v and $v != "pass") | .id] | unique | join(" "))"'
}
while IFS="	" read -r want rule file what; do
	rm -rf "$T/left"
	got=$(verdict "$file")
	found=${got#* }
	[ "$rule" != - ] || rule=$found
	case " $found " in *" $rule "*) found=$rule ;; esac
	is "$what: $want" "${got%% *} $found" "$want $rule"
	left=none
	[ -z "$(find "$T/left" -type f 2>/dev/null)" ] || left=some
	is "$what: what leaves" "$left" "$([ "$want" = block ] && echo none || echo some)"
	case $what in
	*"for nobody") ! grep -qra 'M13 10\|r="13"\|1043\|1\.043' "$T/left" || nok "$what: it does not leave" true ;;
	*"that text was moved by") ok "$what: it leaves" grep -qra '10\.43' "$T/left" ;;
	esac
	! grep -qrai secret "$T/left" 2>/dev/null || nok "$what: no secret leaves" true
done <"$T/cases.tsv"
file=$(awk -F '\t' '$4 == "ODS: a part Thumbnails/thumbnail.png" { print $3 }' "$T/cases.tsv")
like "what LibreOffice adds is said to be its own" "$("$SPE_CLI" check --policy "$T/documents.policy" --json -- "$file" | jq -r '.checks[].detail')" LibreOffice
finish
