"""Pixels as Krita gives them and as the bridge wants them: order of channels, number of bits. Knows no Krita."""

import functools
import operator
from collections import namedtuple

Kind = namedtuple("Kind", "dtype sample transfer turned")
"""``dtype``, ``transfer``: as in cutaway_bridge.host.Source. ``sample``: bytes of one. ``turned``: whether Krita keeps
the channels as blue, green, red, alpha and not as red, green, blue, alpha."""

CHANNELS = 4

_BIAS = bytes([128] * 128 + [127] * 128)

_DEPTHS = {"U8": ("|u1", 1, True), "U16": ("<u2", 2, True), "F16": ("<f2", 2, False), "F32": ("<f4", 4, False)}


def kind_of(model, depth, profile):
    """The :class:`Kind` of an RGB layer whose profile is known to be sRGB's, by its name, else None.

    Krita's API gives no profile's bytes, only its name.
    """
    transfer = transfer_of(profile)
    if model != "RGBA" or depth not in _DEPTHS or transfer is None:
        return None
    dtype, sample, turned = _DEPTHS[depth]
    return Kind(dtype, sample, transfer, turned)


def transfer_of(profile):
    """"linear" or "nonlinear" for a profile with sRGB's primaries that goes by a name known for it, else None."""
    name = profile.lower()
    if name.endswith(".icc"):
        name = name[:-4]
    if name in ("srgb-elle-v2-g10", "srgb-elle-v4-g10", "scrgb (linear)"):
        return "linear"
    if name in ("srgb-elle-v2-srgbtrc", "srgb-elle-v4-srgbtrc", "srgb built-in", "srgb iec61966-2.1", "srgb"):
        return "nonlinear"
    return None


def reordered(data, kind):
    """Red and blue exchanged where Krita has them the other way round: the same call leads there and back."""
    if not kind.turned:
        return data
    # By the bytes of a sample: slices of a bytearray are several times as fast as those of an array of samples.
    out = bytearray(data)
    step = CHANNELS * kind.sample
    for blue in range(kind.sample):
        red = 2 * kind.sample + blue
        out[blue::step], out[red::step] = data[red::step], data[blue::step]
    return bytes(out)


def with_colours(pixels, tile, kind):
    """Krita's ``pixels`` with their colours replaced by the ``tile``'s (red, green, blue); alpha stays."""
    out = bytearray(pixels)
    sample = kind.sample
    for channel in range(3):
        place = 2 - channel if kind.turned else channel
        for byte in range(sample):
            out[place * sample + byte::CHANNELS * sample] = tile[channel * sample + byte::3 * sample]
    return bytes(out)


def to_8_bits(data):
    """16-bit samples (little-endian) as 8-bit ones, rounded: 65535 becomes 255 and v becomes v / 257.

    With high and low byte h and l of v, round(v / 257) is (v - h + b) >> 8, where b is 128, and 127 from l = 128 on.
    Done on all samples at once as one long number: v - h + b lies in 127..65408, so none carries over into the next.
    """
    if not data:
        return b""
    high = bytearray(len(data))
    high[0::2] = data[1::2]
    bias = bytearray(len(data))
    bias[0::2] = data[0::2].translate(_BIAS)
    little = "little"
    rounded = int.from_bytes(data, little) - int.from_bytes(high, little) + int.from_bytes(bias, little)
    return rounded.to_bytes(len(data), little)[1::2]


def multiplied(one, two):
    """The product of two masks of 8 bits, rounded."""
    return bytes(map(_shares().__getitem__, map(operator.mul, one, two)))


@functools.cache
def _shares():
    """Of every product of two bytes its 255th part, rounded. Made once, and not before it is needed."""
    return bytes((product + 127) // 255 for product in range(255 * 255 + 1))
