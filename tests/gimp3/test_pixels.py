from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SAMPLES = {"U8": "|u1", "U16": "<u2", "U32": "<u4", "HALF": "<f2", "FLOAT": "<f4", "DOUBLE": "<f8"}


class FakeReader:
    """An npy.Reader over an array."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = np.ascontiguousarray(values)
        self.shape = values.shape
        self.dtype = values.dtype.str
        self.row_bytes = values[0].nbytes

    def read_rows(self, y: int, rows: int) -> bytes:
        assert y + rows <= self.shape[0]
        return self.values[y:y + rows].tobytes()


@pytest.mark.parametrize(("sample", "dtype"), SAMPLES.items())
@pytest.mark.parametrize("curve", ["LINEAR", "NON_LINEAR", "PERCEPTUAL"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_every_precision_has_a_kind(adapter, sample, dtype, curve, channels):
    image = adapter.Gimp.Image(getattr(adapter.Gimp.Precision, f"{sample}_{curve}"))
    kind = adapter.pixels.kind_of(image, adapter.Gimp.Layer(channels=channels))
    assert kind == (channels, dtype, "linear" if curve == "LINEAR" else "nonlinear", None)


@pytest.mark.parametrize(("channels", "format"), [(3, "R'G'B' u8"), (4, "R'G'B'A u8")])
def test_indexed_layers_are_read_as_rgb(adapter, channels, format):
    layer = adapter.Gimp.Layer(channels=channels)
    layer.is_indexed = lambda: True
    image = adapter.Gimp.Image(profile=adapter.Gimp.ColorProfile())
    assert adapter.pixels.kind_of(image, layer) == (channels, "|u1", "nonlinear", format)
    assert adapter.pixels.profile_of(image, layer) is None


def test_the_profile_fits_the_values(adapter):
    gimp = adapter.Gimp
    layer = gimp.Layer()

    def profile(precision, said=None):
        return adapter.pixels.profile_of(gimp.Image(precision, said), layer)

    assert profile(gimp.Precision.U8_NON_LINEAR) is None
    assert profile(gimp.Precision.U8_NON_LINEAR, gimp.ColorProfile(b"wide")) == b"wide"
    assert profile(gimp.Precision.FLOAT_LINEAR, gimp.ColorProfile(b"wide")) == b"wide"
    assert profile(gimp.Precision.U16_PERCEPTUAL, gimp.ColorProfile(b"wide")) == b"srgb curve of wide"


@pytest.mark.parametrize("width", range(1, 9))
@pytest.mark.parametrize("height", [1, 5, 8])
def test_clipped_is_a_slice(adapter, width, height):
    tile = np.arange(8 * 8 * 6, dtype=np.uint16).reshape(8, 8, 6)
    assert adapter.pixels.clipped(tile.tobytes(), 8, 12, width, height) == tile[:height, :width].tobytes()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(data=st.data())
def test_with_alpha_changes_the_colours_only(adapter, data):
    colours = data.draw(st.sampled_from([1, 3]))
    dtype = np.dtype(data.draw(st.sampled_from(["u1", "<u2", "<u4", "<f2", "<f4", "<f8"])))
    count = data.draw(st.integers(1, 9))
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    pixels = rng.integers(0, 256, (count, (colours + 1) * dtype.itemsize), np.uint8).view(dtype)
    colour = rng.integers(0, 256, (count, colours * dtype.itemsize), np.uint8).view(dtype)
    out = adapter.pixels.with_alpha(colour.tobytes(), pixels.tobytes(), colours, dtype.itemsize)
    want = b"".join(colour[row].tobytes() + pixels[row, colours:].tobytes() for row in range(count))
    assert out == want


@pytest.mark.parametrize(("dtype", "format"), [("|u1", "Y u8"), ("<u2", "Y u16")])
@pytest.mark.parametrize("strip", [1, 7, 15, 1 << 20])  # the stub's tiles are 4 high
def test_masks_are_written_linear_and_by_strips(adapter, monkeypatch, dtype, format, strip):
    monkeypatch.setattr(adapter.pixels, "STRIP_BYTES", strip)
    values = np.arange(15, dtype=dtype).reshape(5, 3)
    mask = adapter.Gimp.LayerMask(width=3, height=5, channels=1, sample=values.itemsize)
    assert adapter.pixels.write_mask(mask, FakeReader(values)) is True
    buffer = mask.get_buffer()
    assert {write[4] for write in buffer.writes} == {format}
    assert len(buffer.writes) == {
        1: 5, 7: 5 if values.itemsize == 2 else 3, 15: 3 if values.itemsize == 2 else 2, 1 << 20: 1}[strip]
    assert buffer.get(adapter.Gegl.Rectangle.new(0, 0, 3, 5), 1.0, None, 0) == values.tobytes()
    assert mask._updates == [(0, 0, 3, 5)]


@pytest.mark.parametrize(("blank", "writes"), [
    (b"\0", [(4, 0, 4, 4), (4, 4, 4, 1)]), (b"\xff", [(0, 0, 10, 4), (0, 4, 10, 1)])])
def test_only_what_differs_from_the_blank_is_written(adapter, blank, writes):
    values = np.zeros((5, 10), np.uint8)
    values[:, 6] = 9
    mask = adapter.Gimp.LayerMask(width=10, height=5, channels=1, sample=1)
    buffer = mask.get_buffer()
    whole = adapter.Gegl.Rectangle.new(0, 0, 10, 5)
    buffer.set(whole, "Y u8", blank * 50)
    assert adapter.pixels.write_mask(mask, FakeReader(values), blank) is True
    assert [write[:4] for write in buffer.writes[1:]] == writes  # the stub's tiles are 4 high
    assert buffer.get(whole, 1.0, None, 0) == values.tobytes()


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", ["|u1", "<u2", "<f4"])
def test_tiles_are_written_where_they_belong(adapter, channels, dtype):
    side, width, height = 4, 10, 7
    dtype = np.dtype(dtype)
    colours = 1 if channels < 3 else 3
    layer = adapter.Gimp.Layer(width=width, height=height, channels=channels, sample=dtype.itemsize, format="odd name")
    before = np.arange(height * width * channels).reshape(height, width, channels).astype(dtype)
    whole = adapter.Gegl.Rectangle.new(0, 0, width, height)
    layer.get_buffer().set(whole, "odd name", before.tobytes())
    origins = [[0, 0], [8, 4], [12, 0]]  # inside; over the corner; outside
    tiles = (100 + np.arange(len(origins) * side * side * colours)).reshape(-1, side, side, colours).astype(dtype)
    assert adapter.pixels.write_tiles(layer, FakeReader(tiles), origins, side)
    want = before.copy()
    want[0:4, 0:4, :colours] = tiles[0]
    want[4:7, 8:10, :colours] = tiles[1][:3, :2]
    got = np.frombuffer(layer.get_buffer().get(whole, 1.0, None, 0), dtype).reshape(want.shape)
    np.testing.assert_array_equal(got, want)
    assert layer.get_buffer().writes[1:] == [(0, 0, 4, 4, "odd name"), (8, 4, 2, 3, "odd name")]


def test_gegl_keeps_no_copy_of_what_is_read(adapter):
    adapter.pixels.keep_few_tiles()
    assert adapter.Gegl.config().said["tile-cache-size"] == adapter.pixels.CACHE_BYTES
