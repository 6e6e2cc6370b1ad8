"""What the GIMP adapters share: tiles, what is kept with a layer, labels."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cutaway_bridge import fitting, kept, labels, tiles
from cutaway_bridge.host import Result

DTYPES = ("|u1", "<u2", "<u4", "<f2", "<f4", "<f8")


@pytest.mark.parametrize(("width", "height"), [(8, 8), (5, 8), (8, 3), (1, 1)])
def test_clipped_is_the_top_left_part(width: int, height: int) -> None:
    tile = np.arange(8 * 8 * 3, dtype=np.uint16).reshape(8, 8, 3)
    found = tiles.clipped(tile.tobytes(), 8, 6, width, height)
    np.testing.assert_array_equal(np.frombuffer(found, np.uint16), tile[:height, :width].ravel())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("colours", [1, 3])
def test_colours_are_replaced_and_alpha_is_not(dtype: str, colours: int) -> None:
    random = np.random.default_rng(3)
    size = np.dtype(dtype).itemsize
    # Any bytes at all: not-a-numbers in floats must come through too.
    pixels = np.frombuffer(random.bytes(5 * 7 * (colours + 1) * size), dtype).reshape(5, 7, colours + 1)
    colour = np.frombuffer(random.bytes(5 * 7 * colours * size), dtype).reshape(5, 7, colours)
    found = tiles.with_alpha(colour.tobytes(), pixels.tobytes(), colours, size)
    want = pixels.copy()
    want.view(f"V{size}")[..., :colours] = colour.view(f"V{size}")
    assert found == want.tobytes()


def test_fitting_leaves_out_what_lies_outside() -> None:
    found = list(tiles.fitting([[0, 0], [64, 0], [128, 0], [0, 64]], 64, 100, 64))
    assert found == [(0, 0, 0, 64, 64), (1, 64, 0, 36, 64)]


class Rows:
    """What tiles.blank_of reads of an npy.Reader."""

    def __init__(self, values: np.ndarray) -> None:
        self._values, self.shape = values, values.shape

    def read_rows(self, y: int, rows: int) -> bytes:
        return self._values[y:y + rows].tobytes()


@pytest.mark.parametrize("dtype", ["|u1", "<u2"])
@pytest.mark.parametrize("height", [1, 40, 200])
def test_the_blank_is_what_a_mask_mostly_is(dtype: str, height: int) -> None:
    values = np.zeros((height, 9), dtype)
    assert tiles.blank_of(Rows(values)) == (b"\0" if height > tiles.LOOKED_AT // 2 else b"\xff")
    values[:, 2:] = np.iinfo(dtype).max
    assert tiles.blank_of(Rows(values)) == b"\xff"


@pytest.mark.parametrize("dtype", ["|u1", "<u2"])
@pytest.mark.parametrize("blank", [0, 255])
@pytest.mark.parametrize(("height", "width", "side"), [(1, 1, 4), (4, 4, 4), (4, 11, 4), (3, 30, 7)])
def test_parts_that_are_not_blank_make_the_whole_again(dtype: str, blank: int, height: int, width: int, side: int,
                                                       ) -> None:
    random = np.random.default_rng(width)
    full, size = np.iinfo(dtype).max, np.dtype(dtype).itemsize
    for share in (0.0, 0.02, 0.3, 1.0):
        values = np.full((height, width), full if blank else 0, dtype)
        odd = random.random(values.shape) < share
        values[odd] = random.integers(0, full, int(odd.sum()), dtype)
        out = np.full((height, width * size), blank, np.uint8)
        parts = list(tiles.unlike(values.tobytes(), width * size, side * size, bytes([blank])))
        for start, data in parts:
            across = len(data) // height
            assert start % (side * size) == 0 and (across % (side * size) == 0 or start + across == width * size)
            out[:, start:start + across] = np.frombuffer(data, np.uint8).reshape(height, across)
        assert out.tobytes() == values.tobytes()
        columns = {x // side for x in np.flatnonzero((values != (full if blank else 0)).any(axis=0))}
        assert sum(-(-len(data) // (height * side * size)) for _, data in parts) == len(columns)
        ends = [start + len(data) // height for start, data in parts]
        assert all(end < start for end, (start, _) in zip(ends, parts[1:], strict=False))  # neighbours are one part


def test_what_is_kept() -> None:
    result = Result(None, None, [], 0, b"matte", {"clean": 1}, {"model": "m"}, [("code", "text")])
    said = dict(kept.parts(result))
    assert said[kept.MATTE] == b"matte"
    assert json.loads(said[kept.SETTINGS]) == {
        "settings": {"clean": 1}, "provenance": {"model": "m"}, "notes": [["code", "text"]]}
    result.matte = None
    assert [name for name, _ in kept.parts(result)] == [kept.SETTINGS]


def test_labels_with_units_and_letters() -> None:
    assert labels.label({"label": "Feather", "unit": "px"}) == "Feather (px)"
    assert labels.label({"label": "Invert"}) == "Invert"
    assert labels.with_mnemonics(["Ab", "Abc", "b a"], "c") == {"Ab": "_Ab", "Abc": "A_bc", "b a": "b a"}


NOTE = ("colours_kept", "They stay.")


@pytest.mark.parametrize(("output", "stays", "clean", "is_off", "want", "codes"), [
    ("layer", None, 100, True, 100, []),
    ("layer", NOTE, 100, False, 0, ["colours_kept"]),
    ("layer", NOTE, 0, False, 0, []),
    ("mask", None, 100, False, 0, []),
    ("mask", NOTE, 100, True, 0, ["mask_replaced"]),
])
def test_settings_are_fitted_to_the_layer(
    output: str, stays: tuple[str, str] | None, clean: int, is_off: bool, want: int, codes: list[str],
) -> None:
    given = {"output": output, "clean": clean, "feather": 2.0}
    found, notes = fitting.fitting(given, stays, is_off)
    assert found == {"output": output, "clean": want, "feather": 2.0}
    assert given["clean"] == clean, "the caller's own were changed"
    assert [code for code, _ in notes] == codes
