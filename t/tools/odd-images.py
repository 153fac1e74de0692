#!/usr/bin/env python3
"""odd-images.py DIR - images that no runtime may be made of, as DIR/NAME.tar, and DIR/list with a line for each: the name,
a tab, and what the refusal has to say."""
import json
import os
import sys
import tarfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from image import Image, layer, pack, sha256, tar_of  # noqa: E402

out = sys.argv[1]
os.makedirs(out, exist_ok=True)
listed = open(os.path.join(out, "list"), "w")
GOOD = [("bin", "dir", None, {}), ("bin/sh", "file", "#!", {"mode": 0o755})]


def put(name, says, members):
    data = members if isinstance(members, bytes) else tar_of(members)
    open(os.path.join(out, name + ".tar"), "wb").write(data)
    listed.write("%s\t%s\n" % (name, says))


def of(*layers, **more):
    return Image([x if isinstance(x, bytes) else layer(x) for x in layers], **more)


def odd_layer(name, says, *layers):
    put(name, says, of(*layers).members())


def file(name):
    return (name, "file", "x", {})


def raw_name(name):  # bytes that are no UTF-8, as ustar has them
    return layer([file(name.decode("utf-8", "surrogateescape"))], tarfile.USTAR_FORMAT)


# --- names
odd_layer("up", 'layer 1 of 1: the name "../x" has a component ".."', [file("../x")])
odd_layer("up-inside", 'has a component ".."', GOOD + [file("bin/../../x")])
odd_layer("up-in-layer-2", 'layer 2 of 2: the name "bin/../../x" has a component ".."', GOOD, [file("bin/../../x")])
odd_layer("up-end", 'has a component ".."', [("a/..", "dir", None, {})])
odd_layer("absolute", "is absolute", [file("/x")])
odd_layer("absolute-dir", "is absolute", [("/", "dir", None, {})])
odd_layer("empty-component", "has an empty component", [file("a//b")])
odd_layer("dot-component", 'has a component "."', [file("a/./b")])
odd_layer("long-component", "has a component of more than 255 bytes", [file("a/" + "x" * 256)])
odd_layer("deep", "is deeper than 64 directories", [file("d/" * 64 + "x")])
odd_layer("not-utf8", "is not UTF-8", raw_name(b"bin/\xff\xfe"))
odd_layer("utf8-overlong", "is not UTF-8", raw_name(b"bin/\xc0\xaf"))
odd_layer("utf8-surrogate", "is not UTF-8", raw_name(b"bin/\xed\xa0\x80"))
odd_layer("newline", "has a control character", [file("bin/a\nb")])
odd_layer("escape", "has a control character", [file("bin/\x1b[31m")])
odd_layer("c1", "has a control character", [file("bin/a\u0085b")])
odd_layer("top-as-file", "is the top itself", [file(".")])
odd_layer("top-as-link", "is the top itself", [(".", "link", "/", {})])
for i, n in enumerate(["DEV/null", "Proc/x", "Tmp", "etc/PASSWD", "ETC/passwd", "Etc"]):
    odd_layer("case-%d" % i, "differs by case alone", [file(n)])
odd_layer("etc-link", "has to be a directory", [("etc", "link", "/etc", {})])
odd_layer("etc-file", "has to be a directory", [file("etc")])
odd_layer("etc-hard", "has to be a directory", [file("x"), ("etc", "hard", "x", {})])
odd_layer("etc-later-link", "has to be a directory", [file("etc/x")], [("etc", "link", "bin", {})])
# --- through links and files
odd_layer("through-link", 'the name "a/x" goes through a symbolic link', [("a", "link", "/canary", {}), file("a/x")])
odd_layer("through-link-below", "goes through a symbolic link", [("a", "link", "../../../../canary", {})], [file("a/b/c")])
odd_layer("through-link-dir", "goes through a symbolic link", [("a", "link", ".", {}), ("a/b", "dir", None, {})])
odd_layer("through-link-hard", "goes through a symbolic link", [file("f"), ("a", "link", ".", {}), ("a/g", "hard", "f", {})])
odd_layer("through-link-whiteout", "goes through a symbolic link", GOOD + [("a", "link", "bin", {})], [file("a/.wh.sh")])
odd_layer("through-file", "goes through a file", [file("a"), file("a/b")])
# --- links
odd_layer("hard-out", "is a hard link out of the image", [("x", "hard", "../../etc/passwd", {})])
odd_layer("hard-absolute", "is a hard link out of the image", [("x", "hard", "/etc/passwd", {})])
odd_layer("hard-to-nothing", "is a hard link to what the image does not have", [("x", "hard", "etc/shadow", {})])
odd_layer("hard-through-link", "is a hard link to what the image does not have", [("l", "link", "/etc", {}), ("x", "hard", "l/passwd", {})])
odd_layer("hard-to-dir", "is a hard link to what the image does not have", GOOD + [("x", "hard", "bin", {})])
odd_layer("hard-to-place", "is a hard link to what the image does not have", [file("etc/passwd"), ("x", "hard", "etc/passwd", {})])
odd_layer("hard-to-device", "is a hard link to what the image does not have", [("d", "chr", None, {}), ("x", "hard", "d", {})])
odd_layer("hard-to-itself", "is a hard link to itself", [("x", "hard", "x", {})])
odd_layer("link-control", "is a symbolic link whose text", [("x", "link", "a\x07b", {})])
odd_layer("link-empty", "is a symbolic link whose text", [("x", "link", "", {})])
# --- whiteouts
for i, n in enumerate([".wh.", ".wh..", ".wh...", ".wh..wh.plnk", ".wh..wh.aufs/x", "a/.wh.b/c"]):
    odd_layer("whiteout-%d" % i, "is a whiteout of nothing that there could be", GOOD, [file(n)])

# --- digests, sizes and kinds
im = of(GOOD)
members = im.members()


def changed(pick, change):
    return [(n, change(d) if pick(n, d) else d) for n, d in members]


def is_blob(kind):
    text = {"layer": lambda d: d[:2] == b"\x1f\x8b", "config": lambda d: b"diff_ids" in d,
            "manifest": lambda d: b'"layers"' in d and b"diff_ids" not in d}[kind]
    return lambda n, d: n.startswith("blobs/") and text(d)


def flip(data):
    return data[:-3] + bytes([data[-3] ^ 1]) + data[-2:]


for kind in ("layer", "config", "manifest"):
    put("digest-" + kind, "SHA-256" if kind != "layer" else "layer 1 of 1", changed(is_blob(kind), flip if kind == "layer" else lambda d: d.replace(b"e", b"E", 1)))
    put("size-" + kind, "its descriptor says", changed(is_blob(kind), lambda d: d + b" "))
    put("missing-" + kind, "has no member", [(n, d) for n, d in members if not is_blob(kind)(n, d)])


def with_manifest(name, says, change, **more):
    image = of(GOOD, **more)
    m = image.manifest()
    change(m, image)
    put(name, says, image.members([image.descriptor(m)]))


def set_layer(field, value):
    return lambda m, image: m["layers"][0].__setitem__(field, value)


def swap_config(change):
    def act(m, image):
        c = image.config()
        change(c)
        m["config"] = image.blob(json.dumps(c).encode(), m["config"]["mediaType"])
    return act


with_manifest("diff-id", "its diff_id says", swap_config(lambda c: c["rootfs"].update(diff_ids=["sha256:" + "0" * 64])))
with_manifest("diff-ids-few", "names 0 layers, the manifest 1", swap_config(lambda c: c["rootfs"].update(diff_ids=[])))
with_manifest("config-arch", "the image is for linux/arm64", swap_config(lambda c: c.update(architecture="arm64")))
with_manifest("config-os", "the image is for windows/amd64", swap_config(lambda c: c.update(os="windows")))
with_manifest("media-foreign", "tar archives, plain or by gzip or zstd, are taken",
              set_layer("mediaType", "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"))
with_manifest("media-encrypted", "are taken", set_layer("mediaType", "application/vnd.oci.image.layer.v1.tar+gzip+encrypted"))
with_manifest("media-xz", "are taken", set_layer("mediaType", "application/vnd.oci.image.layer.v1.tar+xz"))
with_manifest("media-lies-plain", "is no tar archive", set_layer("mediaType", "application/vnd.oci.image.layer.v1.tar"))
with_manifest("media-lies-zstd", "is no tar archive", set_layer("mediaType", "application/vnd.oci.image.layer.v1.tar+zstd"))
with_manifest("media-lies-gzip", "layer 1 of 1", set_layer("mediaType", "application/vnd.oci.image.layer.v1.tar+gzip"), kind="zstd")
with_manifest("media-config", "manifest.config.mediaType", lambda m, i: m["config"].update(mediaType="application/vnd.unknown"))
with_manifest("sha512", "sha256: and 64 hexadecimal digits are taken", set_layer("digest", "sha512:" + "0" * 128))
with_manifest("digest-path", "sha256: and 64 hexadecimal digits are taken", set_layer("digest", "sha256:../../../" + "0" * 55))
with_manifest("no-layers", "has no layers", lambda m, i: (swap_config(lambda c: c["rootfs"].update(diff_ids=[]))(m, i), m.update(layers=[])))
with_manifest("many-layers", "at most 128 are taken", lambda m, i: m.update(layers=m["layers"] * 129))
with_manifest("schema-1", "manifest.schemaVersion", lambda m, i: m.update(schemaVersion=1))

short = of(GOOD + [("big", "file", os.urandom(100000), {})])
cut = pack(short.layers[0], "gzip")[:50000]
put("layer-cut", "layer 1 of 1", short.members([short.descriptor(short.manifest(layers=[short.blob(cut, short.media)]))]))
plain = of(GOOD + [("big", "file", os.urandom(100000), {})], kind="none")
put("layer-cut-plain", "layer 1 of 1", plain.members([plain.descriptor(plain.manifest(layers=[plain.blob(plain.layers[0][:50000], plain.media)]))]))
put("layer-no-tar", "is no tar archive", of(b"this is no archive" * 100).members())
put("archive-cut", "no whole tar archive", tar_of(short.members())[:-60000])

# --- which image
put("other-platform", "no image for linux/amd64; it has linux/arm64/v8", (lambda i: i.members([dict(i.descriptor(), platform={
    "os": "linux", "architecture": "arm64", "variant": "v8"})]))(of(GOOD, arch="arm64")))
two = of(GOOD)
put("two-images", "has 2 images for linux/amd64", two.members([two.descriptor(), two.descriptor(of(GOOD + [file("x")]).manifest())]))
nested = of(GOOD)
inner = nested.descriptor()
for _ in range(4):
    text = json.dumps({"schemaVersion": 2, "manifests": [inner]}).encode()
    inner = nested.blob(text, "application/vnd.oci.image.index.v1+json")
put("nested", "indexes are nested deeper than 3", nested.members([inner]))
put("index-empty", "no image for linux/amd64", of(GOOD).members([]))
put("index-artifact", "an image's manifest or index is taken", (lambda i: i.members([dict(i.descriptor(), mediaType="application/vnd.cncf.helm.config")]))(of(GOOD)))
put("index-twice", "index.json: line 1", [(n, b'{"schemaVersion":2,"schemaVersion":2}' if n == "index.json" else d) for n, d in members])
put("index-huge", "has more than 4194304 bytes", [(n, d + b" " * (5 << 20) if n == "index.json" else d) for n, d in members])
put("layout-version", "1.0.0 is taken", [(n, b'{"imageLayoutVersion": "2.0.0"}' if n == "oci-layout" else d) for n, d in members])
put("layout-missing", 'no member "oci-layout"', members[1:])
put("neither", "neither an OCI image layout (no index.json) nor one of docker save", [("x", b"y")])
put("text", "no whole tar archive", b"this is a text, and no archive of anything\n" * 50)
put("empty", "neither an OCI image layout", tar_of([]))
put("packed", "is compressed by gzip", pack(tar_of(members), "gzip"))
put("member-twice", 'the archive has the member "index.json" twice', members + [("index.json", b"{}")])
put("member-up", 'the archive\'s member "../x" has a component ".."', members + [("../x", b"")])
put("member-link", 'no member "blobs/', [(n, ("/etc/passwd",) if is_blob("layer")(n, d) else d) for n, d in members])

# --- docker save
base = of(GOOD, [file("x")])
docker, _ = base.docker()


def docker_changed(change):
    return [(n, change(json.loads(d)) if n == "manifest.json" else d) for n, d in docker]


put("docker-two", "manifest.json names 2 images", docker_changed(lambda m: json.dumps(m * 2).encode()))
put("docker-none", "manifest.json names 0 images", docker_changed(lambda m: b"[]"))
put("docker-object", "manifest.json", docker_changed(lambda m: b"{}"))
put("docker-layer-missing", "has no member", [(n, d) for n, d in docker if not n.endswith("layer.tar")])
put("docker-layers-few", "names 2 layers, the manifest 1", docker_changed(lambda m: json.dumps([dict(m[0], Layers=m[0]["Layers"][:1])]).encode()))
put("docker-swapped", "its diff_id says", docker_changed(lambda m: json.dumps([dict(m[0], Layers=m[0]["Layers"][::-1])]).encode()))
put("docker-config", "has the SHA-256", [(n, d.replace(b"amd64", b"amd64 ") if b"diff_ids" in d else d) for n, d in docker])
put("docker-up", "has no member", docker_changed(lambda m: json.dumps([dict(m[0], Config="../../../etc/passwd")]).encode()))

# --- size
put("bomb", "grows by more than 200 times", of([("zero", "file", bytes(80 << 20), {})]).members())
put("bomb-zstd", "grows by more than 200 times", of([("zero", "file", bytes(80 << 20), {})], kind="zstd").members())
put("large", "see runtime-mib in sped.conf(5)", of([("big", "file", os.urandom(101 << 20), {})], kind="none").members())
put("large-in-sum", "has more than 104857600 bytes of files", of(*[[("big%d" % i, "file", os.urandom(60 << 20), {})] for i in range(2)], kind="none").members())
listed.close()
