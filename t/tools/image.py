#!/usr/bin/env python3
"""image.py OUT [OPTION...] LAYER.tar... - what people build images with, as far as tests need it.

  --docker        as docker save writes it before version 25, else an OCI image layout
  --dir           the layout as a directory OUT, else as a tar archive
  --pack KIND     gzip, zstd or none: how the layers are compressed (OCI)
  --arch CPU      for which processor it says to be; may be given again: an index of several platforms
  --env NAME=V    of the configuration; may be given again
The layers are tar archives. Prints the digest by which spe knows the image for linux/amd64.
As a module: class Image, and layer() for layers entry by entry."""
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def pack(data, kind):
    if kind == "gzip":
        return gzip.compress(data, 6, mtime=0)
    if kind == "zstd":
        return subprocess.run(["zstd", "-q", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout
    return data


def layer(entries, fmt=tarfile.PAX_FORMAT):
    """entries: (name, kind, content or link, {attribute: value}); kind as tarfile's types, by a word."""
    kinds = {"file": tarfile.REGTYPE, "dir": tarfile.DIRTYPE, "link": tarfile.SYMTYPE, "hard": tarfile.LNKTYPE,
             "chr": tarfile.CHRTYPE, "blk": tarfile.BLKTYPE, "fifo": tarfile.FIFOTYPE}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=fmt, encoding="utf-8", errors="surrogateescape") as tar:
        for name, kind, what, more in entries:
            t = tarfile.TarInfo(name)
            t.type = kinds[kind]
            t.mode = 0o755 if kind == "dir" else 0o644
            data = b""
            if kind in ("link", "hard"):
                t.linkname = what
            elif kind == "file":
                data = what if isinstance(what, bytes) else what.encode()
                t.size = len(data)
            for k, v in more.items():
                setattr(t, k, v)
            tar.addfile(t, io.BytesIO(data))
    return out.getvalue()


def tar_of(members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in members:
            t = tarfile.TarInfo(name)
            if isinstance(data, tuple):
                t.type, t.linkname = tarfile.SYMTYPE, data[0]
                tar.addfile(t)
                continue
            t.size = len(data)
            tar.addfile(t, io.BytesIO(data))
    return out.getvalue()


class Image:
    """One image; every part may be changed before it is written."""

    def __init__(self, layers, kind="gzip", arch="amd64", env=()):
        self.layers, self.kind, self.arch, self.env = layers, kind, arch, list(env)
        self.blobs = {}
        self.media = "application/vnd.oci.image.layer.v1.tar" + ("" if kind == "none" else "+" + kind)

    def blob(self, data, media):
        self.blobs[sha256(data)] = data
        return {"mediaType": media, "digest": "sha256:" + sha256(data), "size": len(data)}

    def config(self):
        return {"architecture": self.arch, "os": "linux", "config": {"Env": self.env, "Cmd": ["sh"]},
                "rootfs": {"type": "layers", "diff_ids": ["sha256:" + sha256(x) for x in self.layers]}}

    def manifest(self, config=None, layers=None):
        text = json.dumps(config if config is not None else self.config()).encode()
        return {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "config": self.blob(text, "application/vnd.oci.image.config.v1+json"),
                "layers": layers if layers is not None else [self.blob(pack(x, self.kind), self.media) for x in self.layers]}

    def descriptor(self, manifest=None, platform=True):
        d = self.blob(json.dumps(manifest if manifest is not None else self.manifest()).encode(),
                      "application/vnd.oci.image.manifest.v1+json")
        if platform:
            d["platform"] = {"architecture": self.arch, "os": "linux"}
        return d

    def members(self, descriptors=None):
        descriptors = descriptors if descriptors is not None else [self.descriptor()]
        index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": descriptors}
        return [("oci-layout", b'{"imageLayoutVersion": "1.0.0"}'), ("index.json", json.dumps(index).encode())] + \
            [("blobs/sha256/" + k, v) for k, v in sorted(self.blobs.items())]

    def docker(self):
        text = json.dumps(self.config()).encode()
        names, seen, members = [], {}, [(sha256(text) + ".json", text)]
        for i, data in enumerate(self.layers):
            name = sha256(b"%d" % i + data) + "/layer.tar"
            members.append((name, ("../" + seen[sha256(data)],) if sha256(data) in seen else data))
            seen.setdefault(sha256(data), name)
            names.append(name)
        listed = [{"Config": sha256(text) + ".json", "RepoTags": ["test:latest"], "Layers": names}]
        return members + [("manifest.json", json.dumps(listed).encode())], sha256(text)


def main(argv):
    options = {"arch": [], "env": [], "pack": ["gzip"]}
    flags, files, out = set(), [], argv[1]
    rest = iter(argv[2:])
    for word in rest:
        if word in ("--docker", "--dir"):
            flags.add(word)
        elif word.startswith("--"):
            options[word[2:]].append(next(rest))
        else:
            files.append(open(word, "rb").read())
    images = [Image(files, options["pack"][-1], arch, options["env"]) for arch in options["arch"] or ["amd64"]]
    if "--docker" in flags:
        members, digest = images[0].docker()
    else:
        descriptors = [i.descriptor() for i in images]
        for i in images[1:]:
            images[0].blobs.update(i.blobs)
        members = images[0].members(descriptors)
        digest = [d["digest"] for d, i in zip(descriptors, images) if i.arch == "amd64"][0][7:]
    if "--dir" in flags:
        for name, data in members:
            os.makedirs(os.path.dirname(os.path.join(out, name)), exist_ok=True)
            open(os.path.join(out, name), "wb").write(data)
    else:
        open(out, "wb").write(tar_of(members))
    print("sha256:" + digest)


if __name__ == "__main__":
    main(sys.argv)
