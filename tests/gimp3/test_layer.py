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
    with adapter.host.Gimp3Host(image, [layer]) as host:
        source = host.open_source()
        assert (source.name, source.width, source.height, source.channels) == ("cat", 20, 10, 4)
        assert (source.dtype, source.transfer, source.mask_dtype) == ("<u2", "linear", "<u2")
        assert (source.profile, source.has_mask, source.has_selection) == (None, False, False)
        assert len(host.read_pixels(3, 2)) == 2 * 20 * 8
