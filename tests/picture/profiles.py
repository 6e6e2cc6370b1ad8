"""ICC profiles by hand (ICC.1:2010), so that what they mean is known without a colour engine."""

from __future__ import annotations

import struct

import numpy as np

ADOBE = np.array([[0.60974, 0.20528, 0.14919], [0.31111, 0.62567, 0.06322], [0.01947, 0.06087, 0.74457]])
"""Adobe RGB (1998)'s colorants in D50, columns R, G, B (its specification, 4.3.6.1)."""
SRGB = np.array([[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]])
D50 = (0.9642, 1.0, 0.8249)


def rgb(matrix=ADOBE, gamma=2.19921875):
    """A matrix profile; ``gamma`` 1.0 makes it linear."""
    tags = [(b"wtpt", _xyz(D50))]
    tags += [(name, _xyz(matrix[:, index])) for index, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))]
    tags += [(name, curve(gamma)) for name in (b"rTRC", b"gTRC", b"bTRC")]
    return _profile(b"RGB ", tags)


def gray(gamma=1.8):
    return _profile(b"GRAY", [(b"wtpt", _xyz(D50)), (b"kTRC", curve(gamma))])


def curve(gamma):
    return struct.pack(">4sII", b"curv", 0, 0) if gamma == 1.0 else struct.pack(
        ">4sIIH", b"curv", 0, 1, round(gamma * 256)) + b"\0\0"


def _xyz(values):
    return struct.pack(">4sI3i", b"XYZ ", 0, *(round(value * 65536) for value in values))


def _profile(space, tags):
    text = b"made by hand"
    tags = [
        (b"desc", struct.pack(">4sII", b"desc", 0, len(text) + 1) + text + b"\0" + bytes(78)),
        (b"cprt", struct.pack(">4sI", b"text", 0) + text + b"\0"), *tags]
    offset = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags:
        table += struct.pack(">4sII", name, offset + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    size = offset + len(body)
    head = struct.pack(">I4sI4s4s4s", size, b"", 0x02400000, b"mntr", space, b"XYZ ")
    head += struct.pack(">6H", 2024, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
    head += struct.pack(">3i", *(round(value * 65536) for value in D50))
    return head + bytes(128 - len(head)) + table + body


def seen(values, matrix, gamma):
    """Slow oracle: encoded values 0..1, (..., 3), of a profile -> sRGB bytes by the formulas."""
    light = np.asarray(values, np.float64) ** gamma
    light = np.clip(light @ (np.linalg.inv(SRGB) @ matrix).T, 0, 1)
    curved = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.rint(curved * 255).astype(np.uint8)
