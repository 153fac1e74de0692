#!/usr/bin/python3
"""Writes a Crypt4GH container with libsodium (PyNaCl), after the specification and beside sped/stage/c4gh.c: what either of
them has wrong shows.  crypt4gh.py PUBLIC.pub... <plain >container; a line of --edit N,N,... gives an edit list first."""
import base64
import hashlib
import os
import struct
import sys

import nacl.bindings as sodium

SEGMENT = 65536
seal = sodium.crypto_aead_chacha20poly1305_ietf_encrypt


def public_key(path):
    lines = open(path).read().split("\n")
    assert lines[0] == "-----BEGIN CRYPT4GH PUBLIC KEY-----" and lines[2] == "-----END CRYPT4GH PUBLIC KEY-----", path
    key = base64.b64decode(lines[1], validate=True)
    assert len(key) == 32, path
    return key


def packet(secret, reader, text):
    writer = sodium.crypto_scalarmult_base(secret)
    shared = sodium.crypto_scalarmult(secret, reader) + reader + writer
    key = hashlib.blake2b(shared, digest_size=64).digest()[:32]
    nonce = os.urandom(12)
    body = struct.pack("<I", 0) + writer + nonce + seal(text, None, nonce, key)
    return struct.pack("<I", 4 + len(body)) + body


def main(words):
    edit = None
    if words[0] == "--edit":
        edit = [int(n) for n in words[1].split(",")]
        words = words[2:]
    secret, key = os.urandom(32), os.urandom(32)
    packets = []
    for reader in map(public_key, words):
        packets.append(packet(secret, reader, struct.pack("<II", 0, 0) + key))
        if edit:
            packets.append(packet(secret, reader, struct.pack("<II%dQ" % len(edit), 1, len(edit), *edit)))
    out = sys.stdout.buffer
    out.write(b"crypt4gh" + struct.pack("<II", 1, len(packets)) + b"".join(packets))
    while plain := sys.stdin.buffer.read(SEGMENT):
        nonce = os.urandom(12)
        out.write(nonce + seal(plain, None, nonce, key))


main(sys.argv[1:])
