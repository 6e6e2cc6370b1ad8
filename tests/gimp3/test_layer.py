from __future__ import annotations

import pytest

from cutaway_bridge import errors


def chosen(adapter, drawables, image=None):
    return adapter.layer.chosen(image or adapter.Gimp.Image(), drawables)


def refused(adapter, drawables, image=None):
    with pytest.raises(errors.BridgeError) as caught:
        chosen(adapter, drawables, image)
    assert caught.value.code == errors.INPUT and caught.value.hint
    return caught.value.message


def test_one_layer(adapter):
    layer = adapter.Gimp.Layer()
    assert chosen(adapter, [layer]) is layer


def test_a_mask_stands_for_its_layer(adapter):
    mask = adapter.Gimp.LayerMask()
    mask._layer = adapter.Gimp.Layer()
    assert chosen(adapter, [mask]) is mask._layer


def test_refusals(adapter):
    gimp = adapter.Gimp
    assert refused(adapter, []) == "No layer is selected."
    assert refused(adapter, [gimp.Layer()] * 3).startswith("3 layers are selected")
    assert refused(adapter, [gimp.Channel()]) == "A channel is selected, not a layer."
    assert "empty" in refused(adapter, [gimp.GroupLayer(name="set")])
    image = gimp.Image()
    image._floating = gimp.Layer()
    assert refused(adapter, [gimp.Layer()], image) == "There is a floating selection."


def test_a_group_with_something_in_it_is_a_layer(adapter):
    group = adapter.Gimp.GroupLayer()
    group._children = (adapter.Gimp.Layer(),)
    assert chosen(adapter, [group]) is group


def why(adapter, **changes):
    layer = adapter.Gimp.Layer()
    for name, value in changes.items():
        setattr(layer, name, value)
    note = adapter.layer.why_colours_stay(layer)
    return note and note[1]


def test_why_colours_stay(adapter):
    assert why(adapter) is None
    assert "palette" in why(adapter, is_indexed=lambda: True)
    assert "filters" in why(adapter, _filters=(adapter.Gimp.DrawableFilter(),))
    assert why(adapter, _filters=(adapter.Gimp.DrawableFilter(visible=False),)) is None
    assert "editable" in why(adapter, _text=True)
    assert "group" in adapter.layer.why_colours_stay(adapter.Gimp.GroupLayer())[1]


@pytest.mark.parametrize("name", ["is_link_layer", "is_vector_layer"])
@pytest.mark.parametrize("rasterized", [True, False])
def test_link_and_vector_layers_of_gimp_3_2(adapter, name, rasterized):
    said = why(adapter, **{name: lambda: True, "is_rasterized": lambda: rasterized})
    assert (said is None) == rasterized


def test_must(adapter):
    adapter.layer.must(True, "do it")
    with pytest.raises(errors.BridgeError) as caught:
        adapter.layer.must(False, "do it")
    assert caught.value.text() == "GIMP could not do it. GIMP says: the last error"


SETTINGS = {"clean": 100, "output": "layer", "feather": 2.0}


def test_colours_are_asked_for_only_where_they_can_be_written(adapter):
    host = adapter.host.Gimp3Host(adapter.Gimp.Image(), [adapter.Gimp.Layer()])
    assert host.fitting(SETTINGS) == SETTINGS
    assert host.fitting(dict(SETTINGS, output="mask")) == dict(SETTINGS, output="mask", clean=0)
    assert host.notes == []


def test_a_note_only_where_something_is_missed(adapter):
    layer = adapter.Gimp.Layer()
    layer._text = True
    host = adapter.host.Gimp3Host(adapter.Gimp.Image(), [layer])
    assert host.fitting(dict(SETTINGS, clean=0)) == dict(SETTINGS, clean=0)
    assert host.notes == []
    assert host.fitting(SETTINGS) == dict(SETTINGS, clean=0)
    assert [code for code, _ in host.notes] == ["colours_kept"]


@pytest.mark.parametrize("applied", [True, False])
def test_replacing_a_mask_that_is_off_is_said(adapter, applied):
    layer = adapter.Gimp.Layer()
    layer.get_mask = adapter.Gimp.LayerMask
    layer.get_apply_mask = lambda: applied
    host = adapter.host.Gimp3Host(adapter.Gimp.Image(), [layer])
    host.fitting(dict(SETTINGS, output="mask"))
    assert [code for code, _ in host.notes] == ([] if applied else ["mask_replaced"])


def test_the_source(adapter):
    image = adapter.Gimp.Image(adapter.Gimp.Precision.U16_LINEAR)
    layer = adapter.Gimp.Layer("cat", 20, 10, 4, sample=2)
    layer._image = image
    source = adapter.host.Gimp3Host(image, [layer]).open_source()
    assert (source.name, source.width, source.height, source.channels) == ("cat", 20, 10, 4)
    assert (source.dtype, source.transfer, source.mask_dtype) == ("<u2", "linear", "<u2")
    assert (source.profile, source.has_mask, source.has_selection) == (None, False, False)


class FakeJob:
    def __init__(self, folder):
        self.folder, self.picture = folder, None

    def file(self, name):
        return str(self.folder / name)


class FakeView:
    """In the place of a View, of a layer whose filters add alpha. ``open``: those that are not closed."""

    open = 0
    made = 0

    def __init__(self, image, layer):
        self.layer = type(layer)("seen", layer.get_width(), layer.get_height(), 4)
        self.layer._image = image
        self.image, self.buffer, self.x, self.y = image, self.layer.get_buffer(), 0, 0

    def __enter__(self):
        FakeView.open += 1
        FakeView.made += 1
        return self

    def __exit__(self, *_):
        FakeView.open -= 1


@pytest.fixture
def viewed(adapter, monkeypatch):
    """A host on a layer with filters."""
    monkeypatch.setattr(FakeView, "open", 0)
    monkeypatch.setattr(FakeView, "made", 0)
    monkeypatch.setattr(adapter.layer, "View", FakeView)
    image, layer = adapter.Gimp.Image(), adapter.Gimp.Layer("cat", 20, 10, 3)
    layer._image = image
    return adapter.host.Gimp3Host(image, [layer])


def test_the_hidden_image_is_there_only_while_pixels_are_read(viewed, tmp_path):
    source = viewed.open_source()
    assert FakeView.made == 0 and source.channels == 3
    for _ in range(2):  # again by another worker, where the first one died
        job = FakeJob(tmp_path)
        for _ in viewed.hand_over(job, source):
            assert FakeView.open == 1
        assert FakeView.open == 0 and job.picture["file"] == "picture.npy"
        assert source.channels == 4
    assert (tmp_path / "picture.npy").stat().st_size == 128 + 20 * 10 * 4


def test_the_hidden_image_ends_with_a_run_that_ends(viewed, tmp_path, monkeypatch):
    source = viewed.open_source()
    doing = viewed.hand_over(FakeJob(tmp_path), source)
    next(doing)
    doing.close()
    assert (FakeView.made, FakeView.open) == (1, 0)
    monkeypatch.setattr(viewed, "read_pixels", lambda y, rows: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        list(viewed.hand_over(FakeJob(tmp_path), source))
    assert (FakeView.made, FakeView.open) == (2, 0)


@pytest.mark.parametrize(("change", "said"), [
    ({"_width": 19}, "size was changed"), ({"_height": 11}, "size was changed"),
    ({"is_valid": lambda: False}, "layer removed"), ({}, "")])
def test_a_layer_that_is_changed_meanwhile(adapter, tmp_path, change, said):
    image, layer = adapter.Gimp.Image(), adapter.Gimp.Layer("cat", 20, 10, 3)
    layer._image = image
    host = adapter.host.Gimp3Host(image, [layer])
    source = host.open_source()
    list(host.hand_over(FakeJob(tmp_path), source))
    for name, value in change.items():
        setattr(layer, name, value)
    if not said:
        host.check()
        return
    for work in (lambda: host.put_result(source, None), lambda: list(host.hand_over(FakeJob(tmp_path), source))):
        with pytest.raises(errors.BridgeError, match=said) as caught:
            work()
        assert caught.value.code == errors.INPUT and caught.value.hint
