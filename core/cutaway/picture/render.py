"""A picture as a screen shows it: what models look at, and what previews show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cutaway.picture import profile
from cutaway.picture.model import Picture, Pixels, full_scale

Box = tuple[int, int, int, int]
Rgb8 = NDArray[np.uint8]
Floats = NDArray[np.float32]
Encode = Callable[[Picture, NDArray[Any]], NDArray[Any]]

BACKDROP: Final = 128
"""What stands behind transparent pixels, in sRGB. Their own colours are garbage (often black, white or an old
background), and a gray in the middle is as far from dark subjects as from bright ones."""

STRIP_VALUES: Final = 1 << 20
HALVING: Final = 6


def render(picture: Picture, box: Box | None = None, size: tuple[int, int] | None = None) -> Rgb8:
    """The part ``box`` (x, y, width, height; default: all) of the picture as 8-bit sRGB, (h, w, 3).

    ``size``: (width, height) of the result, default: the box's own. Reduced by area averaging, enlarged bilinearly,
    each side by itself, so the aspect may change. 8-bit pictures reduced HALVING times or more on both (even) sides are
    halved first, which moves the averages' borders by less than a pixel. Floats are clipped to 0..1 before averaging
    (NaN counts as 0), alpha weighs the colours and lays them over BACKDROP, linear light is averaged as such and then
    encoded (IEC 61966-2-1), an ICC profile is applied to the reduced picture, and ignored where it is broken.

    Works in strips: besides the result it takes a few megabytes, for a reduced 8-bit picture a quarter of the box.
    Raises ValueError for a box that is not inside the picture or a size below 1.

    >>> render(Picture(np.full((4, 4, 1), 65535, np.uint16)), size=(1, 2)).tolist()
    [[[255, 255, 255]], [[255, 255, 255]]]
    """
    view = _part(picture, box)
    height, width = view.shape[:2]
    wide, high = size or (width, height)
    if wide < 1 or high < 1:
        raise ValueError(f"A picture of {wide} x {high} pixels cannot be made.")
    inner = (min(width, wide), min(height, high))
    shown = _encode(picture, _reduce_bytes(view, inner)) if _is_bytes(picture) else _render_strips(picture, view, inner)
    return shown if inner == (wide, high) else _resize(shown, (wide, high), cv2.INTER_LINEAR)


def guide(picture: Picture, box: Box | None = None, size: tuple[int, int] | None = None) -> NDArray[Any]:
    """What edges are looked for in: as :func:`render`, and for deeper pictures than 8 bits float32 0..1, (h, w, 3).

    There the ICC profile is left out: it works in 8 bits, and a faint edge in the values is one in the colours too.
    """
    view = _part(picture, box)
    height, width = view.shape[:2]
    wide, high = size or (width, height)
    if picture.pixels.dtype == np.uint8:
        return render(picture, box, size)
    inner = (min(width, wide), min(height, high))
    shown = np.empty((inner[1], inner[0], 3), np.float32)
    for start, stop, values in _reduced_strips(picture, view, inner):
        shown[start:stop] = _laid_over(picture, values, _curved, BACKDROP / 255)
    return shown if inner == (wide, high) else _resize(shown, (wide, high), cv2.INTER_LINEAR)


def _part(picture: Picture, box: Box | None) -> Pixels:
    x, y, width, height = box or (0, 0, picture.width, picture.height)
    if x < 0 or y < 0 or width < 1 or height < 1 or x + width > picture.width or y + height > picture.height:
        raise ValueError(f"The box {box} is not inside a picture of {picture.width} x {picture.height} pixels.")
    return picture.pixels[y:y + height, x:x + width]


def _is_bytes(picture: Picture) -> bool:
    """Whether averages of the stored bytes are averages of what is seen."""
    return picture.pixels.dtype == np.uint8 and not picture.has_alpha and picture.transfer == "nonlinear"


def _reduce_bytes(view: Pixels, size: tuple[int, int]) -> Pixels:
    height, width = view.shape[:2]
    if size == (width, height):
        return np.array(view)
    even = width % 2 == 0 and height % 2 == 0
    if even and width >= HALVING * size[0] and height >= HALVING * size[1]:
        # OpenCV halves with vector instructions: 24 MP in 0.013 s, against 0.054 s for one uneven step.
        view = _resize(view, (width // 2, height // 2), cv2.INTER_AREA)
    return _resize(view, size, cv2.INTER_AREA)


def _resize(values: NDArray[Any], size: tuple[int, int], how: int) -> NDArray[Any]:
    """OpenCV's resize, which drops the channel axis of gray pictures: put back."""
    resized: NDArray[Any] = cv2.resize(values, size, interpolation=how)
    return resized.reshape(size[1], size[0], values.shape[2])


def _render_strips(picture: Picture, view: Pixels, size: tuple[int, int]) -> Rgb8:
    shown = np.empty((size[1], size[0], 3), np.uint8)
    for start, stop, values in _reduced_strips(picture, view, size):
        shown[start:stop] = _show(picture, values)
    return shown


def _reduced_strips(picture: Picture, view: Pixels, size: tuple[int, int]) -> Iterator[tuple[int, int, Floats]]:
    """Rows start..stop of ``view`` at ``size`` (width, height), as :func:`_clean` leaves them."""
    wide, high = size
    height, width, channels = view.shape
    rows = max(1, int(STRIP_VALUES / (width * channels) * high / height))
    for start in range(0, high, rows):
        stop = min(high, start + rows)
        first = start * height // high
        last = -(-stop * height // high)
        values = _clean(picture, view[first:last])
        if wide < width:
            values = _resize(values, (wide, last - first), cv2.INTER_AREA)
        if high < height:
            weights = _weights(start, stop, first, last, height / high)
            values = np.tensordot(weights, values, axes=1)
        yield start, stop, values


def _weights(start: int, stop: int, first: int, last: int, scale: float) -> Floats:
    """(stop - start, last - first): how much of each source row lies in each result row; every row sums to 1."""
    tops = np.arange(start, stop)[:, None] * scale
    rows = np.arange(first, last)[None, :]
    shares = np.minimum(tops + scale, rows + 1) - np.maximum(tops, rows)
    weights: Floats = (np.maximum(shares, 0.0) / scale).astype(np.float32)
    return weights


def _clean(picture: Picture, strip: Pixels) -> Floats:
    """float32 in 0..1, colours multiplied by alpha."""
    with np.errstate(over="ignore", invalid="ignore"):  # float64 beyond float32 becomes inf, which is clipped next
        values: Floats = np.multiply(strip, np.float32(1.0 / full_scale(strip.dtype)), dtype=np.float32)
    if strip.dtype.kind == "f":
        np.nan_to_num(values, copy=False, nan=0.0)
        np.clip(values, 0.0, 1.0, out=values)
    if picture.has_alpha:
        values[..., :-1] *= values[..., -1:]
    return values


def _show(picture: Picture, values: NDArray[Any]) -> Rgb8:
    """Bytes, or floats as :func:`_clean` leaves them -> sRGB bytes, (h, w, 3)."""
    over = _laid_over(picture, values, _encode, BACKDROP)
    shown: Rgb8 = over if over.dtype == np.uint8 else np.rint(over).astype(np.uint8)
    return shown


def _laid_over(picture: Picture, values: NDArray[Any], encode: Encode, backdrop: float) -> NDArray[Any]:
    """What ``encode`` makes of the colours, over the backdrop where there is an alpha."""
    if not picture.has_alpha:
        return encode(picture, values)
    alpha = values[..., -1:]
    straight = values[..., :-1] / np.maximum(alpha, np.float32(1e-6))
    over: NDArray[Any] = encode(picture, straight) * alpha + np.float32(backdrop) * (np.float32(1) - alpha)
    return over


def _curved(picture: Picture, values: Floats) -> Floats:
    """Floats 0..1 of one or three channels; linear light gets sRGB's curve."""
    return srgb_curve(values) if picture.transfer == "linear" else values


def _encode(picture: Picture, values: NDArray[Any]) -> Rgb8:
    if picture.transfer == "linear":
        # The values are linear light already, whatever curve the profile has: only its primaries count.
        matrix = profile.primaries_to_srgb(picture.icc) if picture.icc and not picture.is_gray else None
        return _three(_to_bytes(srgb_curve(values if matrix is None else values @ matrix.T)))
    seen = values if values.dtype == np.uint8 else _to_bytes(values)
    transform = profile.to_srgb(picture.icc, picture.is_gray) if picture.icc else None
    return _three(seen) if transform is None else profile.apply(transform, seen)


def srgb_curve(light: Floats) -> Floats:
    """Linear light 0..1 -> sRGB's encoded values 0..1 (IEC 61966-2-1); clips outside.

    >>> srgb_curve(np.array([0.0, 0.0031308, 0.2140, 1.0], np.float32)).round(2)
    array([0.  , 0.04, 0.5 , 1.  ], dtype=float32)
    """
    light = np.clip(light, 0.0, 1.0)
    curved: Floats = np.where(light <= 0.0031308, light * 12.92, 1.055 * np.power(light, 1 / 2.4) - 0.055)
    return curved


def _to_bytes(values: Floats) -> Rgb8:
    scaled: Rgb8 = np.rint(np.clip(values, 0.0, 1.0) * 255.0).astype(np.uint8)
    return scaled


def _three(values: Rgb8) -> Rgb8:
    return values if values.shape[2] == 3 else np.repeat(values, 3, axis=2)
