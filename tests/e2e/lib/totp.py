# SPDX-License-Identifier: Apache-2.0
"""Codes of MFA devices (RFC 6238) as an authenticator shows them, and what a QR code says."""

import base64
import hashlib
import hmac
import struct
import time
import zlib

STEP_S = 30


class Authenticator:
    """A device with a seed (base32 text). Every pair of codes is later than the one before."""

    def __init__(self, seed):
        self.seed = base64.b32decode(seed)
        self.last = 0

    def code(self, step):
        mac = hmac.new(self.seed, struct.pack(">Q", step), hashlib.sha1).digest()
        at = mac[-1] & 15
        return "%06d" % ((struct.unpack(">I", mac[at:at + 4])[0] & 0x7fffffff) % 1000000)

    def at(self, step):
        """The parameters with the codes of a step and of the next."""
        return {"AuthenticationCode1": self.code(step), "AuthenticationCode2": self.code(step + 1)}

    def pair(self):
        """A pair that was not shown before; of a later time when there is none of the present."""
        self.last = max(now() - 1, self.last + 2)
        return self.at(self.last)

    def wrong(self):
        """Six digits that no step within reach has, twice."""
        reach = {self.code(step) for step in range(now() - 1100, now() + 1200)}
        code = next("%06d" % n for n in range(1000000) if "%06d" % n not in reach)
        return {"AuthenticationCode1": code, "AuthenticationCode2": code}


def now():
    return int(time.time()) // STEP_S


# ---- PNG and QR ----------------------------------------------------------------------------------


def png_rows(png):
    """The rows of a grey PNG with a bit a pixel: lists of True for black."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n", png[:8]
    chunks, at = {}, 8
    while at < len(png):
        size, = struct.unpack(">I", png[at:at + 4])
        kind, body = png[at + 4:at + 8], png[at + 8:at + 8 + size]
        check, = struct.unpack(">I", png[at + 8 + size:at + 12 + size])
        assert check == zlib.crc32(kind + body), kind
        chunks[kind] = chunks.get(kind, b"") + body
        at += 12 + size
    assert kind == b"IEND"
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, colour, interlaced) == (1, 0, 0)
    raw = zlib.decompress(chunks[b"IDAT"])
    stride = (width + 7) // 8 + 1
    assert len(raw) == stride * height
    rows = []
    for y in range(height):
        line = raw[y * stride:(y + 1) * stride]
        assert line[0] == 0, "a filter"
        rows.append([not line[1 + x // 8] >> (7 - x % 8) & 1 for x in range(width)])
    return rows


# By version, level M: codewords of error correction in a block, data codewords of each block, centres
# of the alignment patterns. ISO/IEC 18004, tables 9 and E.1.
VERSIONS = {
    6: (16, [27] * 4, [6, 34]),
    7: (18, [31] * 4, [6, 22, 38]),
    8: (22, [38] * 2 + [39] * 2, [6, 24, 42]),
    9: (22, [36] * 3 + [37] * 2, [6, 26, 46]),
    10: (26, [43] * 4 + [44], [6, 28, 50]),
    11: (30, [50] + [51] * 4, [6, 30, 54]),
}
MASKS = [lambda y, x: (y + x) % 2, lambda y, x: y % 2, lambda y, x: x % 3,
         lambda y, x: (y + x) % 3, lambda y, x: (y // 2 + x // 3) % 2,
         lambda y, x: y * x % 2 + y * x % 3, lambda y, x: (y * x % 2 + y * x % 3) % 2,
         lambda y, x: ((y + x) % 2 + y * x % 3) % 2]


def reserved(version, size, centres):
    """The modules that hold no data."""
    taken = set()
    for y, x in ((0, 0), (0, size - 8), (size - 8, 0)):
        taken |= {(y + i, x + j) for i in range(8) for j in range(8)}
    for i in range(9):
        taken |= {(8, i), (i, 8)}
    for i in range(8):
        taken |= {(8, size - 1 - i), (size - 1 - i, 8)}
    taken |= {(6, i) for i in range(size)} | {(i, 6) for i in range(size)}
    corners = {(6, 6), (6, size - 7), (size - 7, 6)}
    for cy in centres:
        for cx in centres:
            if (cy, cx) not in corners:
                taken |= {(cy + i, cx + j) for i in range(-2, 3) for j in range(-2, 3)}
    if version >= 7:
        for i in range(6):
            for j in range(size - 11, size - 8):
                taken |= {(i, j), (j, i)}
    return taken


def codewords(modules, version, centres):
    size = len(modules)
    form = [modules[8][i] for i in (0, 1, 2, 3, 4)]
    value = sum(bit << (4 - i) for i, bit in enumerate(form)) ^ 0b10101
    assert value >> 3 == 0, "level M"
    mask = MASKS[value & 7]
    taken = reserved(version, size, centres)
    bits, up = [], True
    for right in [x for x in range(size - 1, 0, -2) if x > 6] + [5, 3, 1]:
        for y in (range(size - 1, -1, -1) if up else range(size)):
            for x in (right, right - 1):
                if (y, x) not in taken:
                    bits.append(modules[y][x] ^ (mask(y, x) == 0))
        up = not up
    return [sum(bit << (7 - i) for i, bit in enumerate(bits[at:at + 8]))
            for at in range(0, len(bits) - 7, 8)]


def deinterleaved(words, blocks):
    data = [[] for _ in blocks]
    words = iter(words)
    for i in range(max(blocks)):
        for block, size in zip(data, blocks):
            if i < size:
                block.append(next(words))
    return bytes(word for block in data for word in block)


def qr_text(png, pixels=4, margin=4):
    """The text of a QR code in byte mode and level M. Nothing is corrected: it must be perfect."""
    rows = png_rows(png)
    size = len(rows) // pixels - 2 * margin
    assert len(rows) == len(rows[0]) == (size + 2 * margin) * pixels
    edge = margin * pixels
    assert not any(any(row) for row in rows[:edge] + rows[-edge:]), "the margin"
    modules = [[rows[(y + margin) * pixels][(x + margin) * pixels] for x in range(size)]
               for y in range(size)]
    for y, row in enumerate(rows[edge:-edge]):
        want = [False] * edge + [m for m in modules[y // pixels] for _ in range(pixels)]
        assert row == want + [False] * edge, "a module is no square"
    version = (size - 17) // 4
    _, blocks, centres = VERSIONS[version]
    data = deinterleaved(codewords(modules, version, centres), blocks)
    bits = "".join("%08d" % int(bin(word)[2:]) for word in data)
    assert bits[:4] == "0100", "byte mode"
    count_bits = 8 if version < 10 else 16
    count = int(bits[4:4 + count_bits], 2)
    at = 4 + count_bits
    return bytes(int(bits[at + 8 * i:at + 8 * i + 8], 2) for i in range(count)).decode()
