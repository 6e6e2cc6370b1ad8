"""A network of a fixed square made to take pictures of their own shape."""

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from cutaway.engines import local_onnx
from cutaway.engines._fluid import fluid
from cutaway.engines._runtime import CPU, OnnxRuntime
from cutaway.engines.local_onnx import GRAIN, LocalOnnx, shape
from cutaway.job import Job
from cutaway.models.optimised import Optimised
from cutaway.picture.model import Picture
from cutaway.settings import RemoveSettings

from . import networks

SQUARE = 64


def halving(high=SQUARE, wide=SQUARE, outputs=("out",)):
    """Halves twice, rounding up, and enlarges twice to sizes that are constants, as IS-Net's export does."""
    up = [-(-high // 2), -(-wide // 2)]
    nodes = [
        helper.make_node("ReduceMean", ["in"], ["gray"], axes=[1], keepdims=1),
        helper.make_node("MaxPool", ["gray"], ["half"], kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1),
        helper.make_node("MaxPool", ["half"], ["quarter"], kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)]
    for name, small, to, sides in (("one", "quarter", "half+", up), ("two", "half+", "out", [high, wide])):
        nodes += [
            helper.make_node("Shape", [small], [f"{name}.shape"]),
            helper.make_node("Slice", [f"{name}.shape", "zero", "pair"], [f"{name}.start"]),
            helper.make_node("Constant", [], [f"{name}.end"], value=numpy_helper.from_array(np.array(sides, np.int64))),
            helper.make_node("Concat", [f"{name}.start", f"{name}.end"], [f"{name}.sizes"], axis=0),
            helper.make_node("Resize", [small, "", "", f"{name}.sizes"], [to], mode="linear")]
    nodes.append(helper.make_node("Neg", ["out"], ["side"]))
    numbers = [numpy_helper.from_array(np.array([value], np.int64), name) for name, value in (("zero", 0), ("pair", 2))]
    return networks.network(nodes, outputs, numbers, size=(wide, high))


def ran(model, values):
    return onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"]).run(None, {"in": values})[0]


@settings(deadline=None, max_examples=60)  # two networks are loaded each time
@given(st.integers(1, 100), st.integers(1, 100), st.integers(0, 9))
def test_any_shape_gives_what_a_network_made_for_it_gives(high, wide, seed):
    values = np.random.default_rng(seed).random((1, 3, high, wide), np.float32)
    assert np.array_equal(ran(FLUID, values), ran(halving(high, wide), values))


FLUID = fluid(halving(), SQUARE)


def test_the_changed_network_is_a_right_one_with_an_open_input():
    model = onnx.load_from_string(FLUID)
    onnx.checker.check_model(model, full_check=True)
    sides = model.graph.input[0].type.tensor_type.shape.dim
    assert [side.dim_value or side.dim_param for side in sides] == [1, 3, "height", "width"]


def made(change):
    model = onnx.load_from_string(halving())
    change(model.graph)
    return model.SerializeToString()


def other_type(graph):
    for node in graph.node:
        if node.op_type == "Constant":
            wide = numpy_helper.to_array(node.attribute[0].t).astype(np.int32)
            node.attribute[0].t.CopyFrom(numpy_helper.from_array(wide))


@pytest.mark.parametrize("model", [
    b"", b"no network", bytes(30), networks.mean(), halving()[:-20], halving(256, 256),
    made(lambda graph: graph.input.append(helper.make_tensor_value_info("more", TensorProto.FLOAT, [1]))),
    made(other_type)],
    ids=["empty", "text", "zeros", "no sizes", "cut", "a larger square", "two inputs", "other numbers"])
def test_what_it_cannot_change_is_none(model):
    assert fluid(model, SQUARE) is None


@given(st.binary(max_size=200))
def test_any_bytes_give_an_answer(data):
    assert fluid(data, SQUARE) is None


@pytest.mark.parametrize("size, expected", [
    ((400, 300), (1024, 768)), ((300, 400), (768, 1024)), ((7, 7), (1024, 1024)), ((3000, 2000), (1024, 704)),
    ((1000, 100), (1024, 512)), ((1, 30000), (512, 1024))])
def test_the_shape_follows_the_picture_up_to_two_to_one(size, expected):
    assert shape(Picture(np.zeros((size[1], size[0], 3), np.uint8)), 1024) == expected


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_no_shape_is_larger_than_the_square_and_all_are_whole_grains(wide, high):
    made = shape(Picture(np.zeros((high, wide, 1), np.uint8)), 1024)
    assert max(made) == 1024 and min(made) >= 512 and not any(side % GRAIN for side in made)
    assert (made[0] >= made[1]) == (wide >= high) or made[0] == made[1]


TALL = Picture(np.where(np.arange(100)[:, None, None] < 50, 255, np.zeros((100, 50, 3))).astype(np.uint8))


def store_of(folder, network, **weights):
    more = {"size": [SQUARE, SQUARE]}
    return networks.store(folder, net=(network, more, {"fluid": True, **weights}))


@pytest.mark.parametrize("keep", [False, True])
def test_the_engine_gives_it_pictures_in_their_own_shape(tmp_path, monkeypatch, keep):
    monkeypatch.setattr(local_onnx, "GRAIN", 8)
    store = store_of(tmp_path, halving(outputs=("side", "out")))
    kept = Optimised(_home(tmp_path), worth=1) if keep else None
    for _ in range(2):
        engine = LocalOnnx(store, OnnxRuntime(optimised=kept))
        values = engine.matte(TALL, RemoveSettings(model="net"), Job()).values
        assert values.shape == (SQUARE, SQUARE // 2)
        assert values[: SQUARE // 2 - 4].min() == 1.0 and values[SQUARE // 2 + 4 :].max() == 0.0


def _home(folder):
    from cutaway.home import Home

    return Home(folder / "home")


@pytest.mark.parametrize("network, weights", [(halving(), {"fluid": False}), (networks.mean(size=(64, 64)), {})])
def test_others_get_their_square(tmp_path, network, weights):
    store = store_of(tmp_path, network, **weights)
    assert not OnnxRuntime().open(store.find("net"), CPU).fluid
    assert LocalOnnx(store).matte(TALL, RemoveSettings(model="net"), Job()).values.shape == (SQUARE, SQUARE)


def test_only_the_measured_file_of_the_catalogue_is_fluid():
    from cutaway.models import catalogue

    models = catalogue.read().models
    assert [(model.name, one.id) for model in models for one in model.weights if one.fluid] == [("isnet", "fp16")]
