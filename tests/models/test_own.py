"""A person's own network with its sidecar: taken, tried, held; and everything that can be wrong with it."""

import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from cutaway.engines.local_onnx import LocalOnnx
from cutaway.errors import ModelDamaged, ModelDownloadFailed, ModelError, ModelMissing, ModelUnknown
from cutaway.job import Job
from cutaway.models import own
from cutaway.models.catalogue import SHA256
from cutaway.picture.model import Picture
from cutaway.settings import RemoveSettings
from tests.engines import networks

from .fakes import files_in, store_with

SIZE = (networks.WIDE * 4, networks.HIGH * 4)
SAID = {"size": list(SIZE)}


def network(**more):
    return networks.mean(size=SIZE, **more)


@pytest.fixture
def give(tmp_path):
    """Puts a network and its sidecar into a folder; the network's path."""

    def put(content=None, said=SAID, name="My Net.onnx", sidecar=None):
        given = tmp_path / name
        given.write_bytes(network() if content is None else content)
        if said is not None:
            text = said if isinstance(said, str) else json.dumps(said)
            (tmp_path / (sidecar or name + ".json")).write_text(text, "utf-8")
        return given

    return put


def test_an_own_network_is_taken_tried_listed_and_used(home, give):
    store, fake = store_with(home)
    taken = store.import_file(give(said={**SAID, "mean": 0.5, "std": [0.5, 0.5, 0.5], "licence": "CC0", "use": "cats"}))
    assert (taken["name"], taken["own"], taken["bytes"]) == ("my-net", True, len(network()))
    assert SHA256.fullmatch(taken["sha256"]) and fake.commands == []
    assert files_in(home.models) == ["my-net.LICENSE.txt", "my-net.json", "my-net.onnx", "my-net.own.json"]
    row = store.list()[-1]
    assert (row["name"], row["use"], row["licence"], row["own"], row["installed"]) == (
        "my-net", "cats", "CC0", True, True)
    matte = LocalOnnx(store).matte(
        Picture(np.full((9, 9, 3), 255, np.uint8)), RemoveSettings(model="my-net"), Job())
    assert matte.model == "my-net" and matte.values.shape == SIZE[::-1] and matte.values.min() == 1.0
    assert "CC0" in (home.models / "my-net.LICENSE.txt").read_text("utf-8")


@pytest.mark.parametrize("sidecar", ["net.onnx.json", "net.json"])
def test_the_sidecar_may_have_either_name(home, give, sidecar):
    store, _ = store_with(home)
    assert store.import_file(give(name="net.onnx", sidecar=sidecar), "other-name")["name"] == "other-name"
    assert store.verify("other-name") == [{"name": "other-name", "state": "good"}]


def test_another_store_knows_it_and_its_values_survive(home, give):
    said = {"size": list(SIZE), "mean": [0.1, 0.2, 0.3], "std": [0.4, 0.5, 0.6], "scale": 1, "activation": "sigmoid",
            "input": "in", "output": -1, "title": "Mine"}
    store_with(home)[0].import_file(give(said=said))
    model = store_with(home)[0].known["my-net"]
    weights = model.weights[0]
    assert (model.mean, model.std, model.scale, model.title) == ((0.1, 0.2, 0.3), (0.4, 0.5, 0.6), 1.0, "Mine")
    assert (weights.activation, weights.input, weights.output) == ("sigmoid", "in", -1)


def test_auto_prefers_every_model_of_the_catalogue(home, give, tmp_path):
    from .fakes import SMALL

    store, _ = store_with(home)
    store.import_file(give())
    assert store.best() == "my-net"
    (tmp_path / "small").write_bytes(SMALL)
    store.import_file(tmp_path / "small")
    assert store.installed() == ("small", "my-net") and store.best() == "small"


def test_a_file_that_changes_later_is_damaged_and_get_cannot_mend_it(home, give):
    store, _ = store_with(home)
    store.import_file(give())
    file = home.models / "my-net.onnx"
    for content in (network(add=0.5), network()[:-1], b""):
        file.write_bytes(content)
        with pytest.raises(ModelDamaged) as caught:
            store.find("my-net")
        assert caught.value.hint == "Run: cutaway models import FILE --name my-net"
    assert store.verify("my-net")[0]["state"] == "damaged"
    with pytest.raises(ModelDownloadFailed, match="your own"):
        store.get("my-net", Job())


def test_importing_again_replaces_it_and_remove_forgets_it(home, give):
    store, _ = store_with(home)
    store.import_file(give())
    store.import_file(give(network(add=0.5)))
    assert store.find("my-net").path.read_bytes() == network(add=0.5)
    store.remove("my-net")
    assert files_in(home.models) == [] and all(not row["own"] for row in store.list())
    with pytest.raises(ModelUnknown):
        store.find("my-net")


def test_one_whose_file_is_gone_is_missing(home, give):
    store, _ = store_with(home)
    store.import_file(give())
    (home.models / "my-net.onnx").unlink()
    with pytest.raises(ModelMissing) as caught:
        store.find("my-net")
    assert "import FILE" in caught.value.hint


@pytest.mark.parametrize("text", ["", "{", "[]", '{"sha256": "x"}', '{"bytes": 1, "sha256": 5, "sidecar": {}}'])
def test_what_was_written_down_and_makes_no_sense_is_passed_over(home, give, text):
    store, _ = store_with(home)
    store.import_file(give())
    (home.models / "my-net.own.json").write_text(text)
    assert [row["name"] for row in store.list()] == ["small", "large"]


def shaped(shape, kind=TensorProto.FLOAT, inputs=1):
    """An identity of inputs of that shape, the first one's first channel out."""
    given = [helper.make_tensor_value_info(f"in{i}", kind, shape) for i in range(inputs)]
    nodes = [helper.make_node("ReduceMean", ["in0"], ["mean"], axes=[1], keepdims=1),
             helper.make_node("Cast", ["mean"], ["out"], to=TensorProto.FLOAT)]
    made = [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)]
    graph = helper.make_graph(nodes, "shaped", given, made)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8).SerializeToString()


def split(tmp_path):
    onnx.save(onnx.load_from_string(network()), tmp_path / "split.onnx", save_as_external_data=True, location="data",
              size_threshold=0, convert_attribute=True)
    return (tmp_path / "split.onnx").read_bytes()


@pytest.mark.parametrize("content, says", [
    (b"", "no ONNX network"), (b"GIF89a", "no ONNX network"), (network()[:-30], "no ONNX network"),
    (networks.network([], ("in",), size=SIZE).replace(b"tiny", b"tinz"), None),
    (shaped([1, 3, 24, 32], inputs=2), "has 2 inputs"),
    (shaped([1, 3, 24, 32], TensorProto.FLOAT16), "takes tensor\\(float16\\)"),
    (shaped([1, 3, 64, 64]), "takes \\[1, 3, 64, 64\\], and the sidecar's size makes it \\[1, 3, 24, 32\\]"),
    (shaped([1, 1, 24, 32]), "takes \\[1, 1, 24, 32\\]"), (shaped([3, 24, 32]), "takes \\[3, 24, 32\\]"),
    (networks.mean(size=(8, 6)), "takes \\[1, 3, 6, 8\\]"),
])
def test_a_file_that_is_no_network_for_pictures_is_refused(home, give, content, says):
    store, _ = store_with(home)
    if says is None:
        says = "makes no matte"  # three channels come out as they went in
    with pytest.raises(ModelError, match=says) as caught:
        store.import_file(give(content))
    assert caught.value.hint and type(caught.value) is ModelError
    assert files_in(home.models) == [] and store.installed() == ()


def test_a_network_with_open_sizes_runs_at_the_sidecars(home, give):
    store, _ = store_with(home)
    store.import_file(give(shaped(["n", 3, "h", "w"]), {"size": [48, 32]}))
    matte = LocalOnnx(store).matte(Picture(np.full((9, 9, 3), 51, np.uint8)), RemoveSettings(model="my-net"), Job())
    assert matte.values.shape == (32, 48) and np.allclose(matte.values, 0.2)


def test_weights_in_another_file_are_said(home, give, tmp_path):
    store, _ = store_with(home)
    with pytest.raises(ModelError, match="in another file") as caught:
        store.import_file(give(split(tmp_path)))
    assert "save_as_external_data=False" in caught.value.hint


def test_ports_that_are_not_there_are_said(home, give):
    store, _ = store_with(home)
    for wrong in ({"output": "nosuch"}, {"output": 7}, {"input": "nosuch"}):
        with pytest.raises(ModelError, match="no input or output"):
            store.import_file(give(said={**SAID, **wrong}))


@pytest.mark.parametrize("said, says", [
    ("{", "is not JSON"), ("[1]", "not an object"), ({}, "does not say the size"),
    ({**SAID, "colour": 1}, "knows no 'colour', only size, mean"), ({"size": 8}, "from 16 to 4096"),
    ({"size": [320, 5000]}, "from 16 to 4096"), ({"size": "320"}, "whole number"), ({"size": [320]}, "whole number"),
    ({"size": True}, "whole number"), ({"size": 320.5}, "whole number"),
    ({**SAID, "mean": [0.5, 0.5]}, "one number or three"), ({**SAID, "mean": "half"}, "mean is no number"),
    ({**SAID, "std": 0}, "std must be above 0"), ({**SAID, "std": [1, 1, -1]}, "std must be above 0"),
    ({**SAID, "scale": 0}, "scale must be above 0"), ('{"size": 320, "mean": NaN}', "mean is no number"),
    ({**SAID, "activation": "relu"}, "none, sigmoid"), ({**SAID, "input": 1.5}, "name or a position"),
    ({**SAID, "output": True}, "name or a position"), ({**SAID, "title": 5}, "title is a text"),
    ({**SAID, "use": "x" * 201}, "at most 200"),
])
def test_a_wrong_sidecar_is_said_with_an_example(home, give, said, says):
    store, _ = store_with(home)
    with pytest.raises(ModelError, match=says) as caught:
        store.import_file(give(said=said))
    assert own.EXAMPLE in caught.value.hint and "My Net.onnx.json" in caught.value.message


def test_without_a_sidecar_the_hint_says_what_it_wants(home, give):
    with pytest.raises(ModelError, match="not a model that Cutaway knows") as caught:
        store_with(home)[0].import_file(give(said=None))
    assert "My Net.onnx.json" in caught.value.hint and own.EXAMPLE in caught.value.hint


@pytest.mark.parametrize("file, name, says", [
    ("small.onnx", None, "not the file of the model small"), ("x.onnx", "large", "not the file of the model large"),
    ("x.onnx", "auto", "cannot be a model's name"), ("x.onnx", "../x", "cannot be a model's name"),
    ("日.onnx", None, "cannot be a model's name")])
def test_a_name_that_it_cannot_have(home, give, file, name, says):
    with pytest.raises(ModelError, match=says) as caught:
        store_with(home)[0].import_file(give(name=file), name)
    assert "--name" in caught.value.hint
