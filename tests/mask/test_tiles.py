from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cutaway.mask.tiles import Tile, blocks, fill_known, padded, strips
from tests.mask.masks import Array, masks


def test_blocks_by_hand() -> None:
    found = blocks(np.array([[1, 2, 9], [3, 4, 8], [7, 5, 6]], np.uint8), 2)
    assert found.low.tolist() == [[1, 8], [5, 6]]
    assert found.high.tolist() == [[4, 9], [7, 6]]


@settings(max_examples=40, deadline=None)
@given(masks(40), st.sampled_from([1, 3, 16, 64]))
def test_blocks_are_the_extremes(mask: Array, side: int) -> None:
    found = blocks(mask, side)
    for (i, j), low in np.ndenumerate(found.low):
        block = mask[i * side:(i + 1) * side, j * side:(j + 1) * side]
        assert (low, found.high[i, j]) == (block.min(), block.max())


@settings(max_examples=40, deadline=None)
@given(masks(30), st.integers(0, 40), st.integers(0, 40), st.data())
def test_padded_is_the_picture_with_its_edge_continued(
        mask: Array, rows: int, columns: int, data: st.DataObject) -> None:
    y0, x0 = (data.draw(st.integers(0, size - 1)) for size in mask.shape)
    tile = Tile(y0, data.draw(st.integers(y0 + 1, mask.shape[0])), x0, data.draw(st.integers(x0 + 1, mask.shape[1])))
    whole = np.pad(mask, ((rows, rows), (columns, columns)), mode="edge")
    np.testing.assert_array_equal(
        padded(mask, tile, rows, columns), whole[tile.y0:tile.y1 + 2 * rows, tile.x0:tile.x1 + 2 * columns])


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 70), st.integers(1, 90), st.sampled_from([4, 16]), st.integers(1, 60), st.integers(1, 60),
       st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.1, 0.6, 1.0]))
def test_fill_known_covers_each_block_once(
        height: int, width: int, side: int, rows: int, columns: int, seed: int, share: float) -> None:
    grid = (-(-height // side), -(-width // side))
    random = np.random.default_rng(seed)
    known = random.integers(1, 200, grid, dtype=np.uint8)
    undecided = random.random(grid) < share
    out = np.zeros((height, width), np.uint8)
    worked = np.zeros((height, width), int)

    def work(tile: Tile) -> None:
        tile.of(worked)[:] += 1
        assert 0 < tile.y1 - tile.y0 <= max(rows, side) and 0 < tile.x1 - tile.x0 <= max(columns, side)

    fill_known(out, known, side, undecided, rows, columns, work)
    assert worked.max(initial=0) <= 1

    def at_full_size(values: Array) -> Array:
        return values.repeat(side, 0).repeat(side, 1)[:height, :width]

    assert (worked[at_full_size(undecided)] == 1).all()
    np.testing.assert_array_equal(out, at_full_size(known))


def test_strips_cover_the_picture() -> None:
    assert strips((5, 3), 2) == [Tile(0, 2, 0, 3), Tile(2, 4, 0, 3), Tile(4, 5, 0, 3)]
