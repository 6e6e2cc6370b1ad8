"""Networks changed in their bytes: held against the onnx package, which the product does not have."""

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from cutaway.engines import _graph
from cutaway.engines._protobuf import NotAMessage, bytes_field, fields, varint_field

from . import networks


def half(*, raw=True, extra=(), outputs=("out", "side")):
    """The mean of the channels, plus 0.25, computed in 16-bit floats between two casts, and its negative."""
    add = np.array([0.25], np.float16)
    weights = numpy_helper.from_array(add, "add") if raw else helper.make_tensor(
        "add", TensorProto.FLOAT16, [1], add, raw=False)
    nodes = [
        helper.make_node("Cast", ["in"], ["half"], to=TensorProto.FLOAT16),
        helper.make_node("Constant", [], ["third"], value=numpy_helper.from_array(np.array(1 / 3, np.float16))),
        helper.make_node("Mul", ["half", "third"], ["thirds"]),
        helper.make_node("ReduceSum", ["thirds", "axes"], ["gray"], keepdims=1),
        helper.make_node("Add", ["gray", "add"], ["more"]),
        helper.make_node("Cast", ["more"], ["out"], to=TensorProto.FLOAT),
        helper.make_node("Neg", ["out"], ["side"]), *extra]
    axes = numpy_helper.from_array(np.array([1], np.int64), "axes")
    made = networks.network(nodes, outputs, [weights, axes])
    model = onnx.load_from_string(made)
    model.graph.value_info.append(helper.make_tensor_value_info("gray", TensorProto.FLOAT16, ["a", "b", "c", "d"]))
    return model.SerializeToString()


def ran(model, count=1):
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    values = np.random.default_rng(7).random((1, 3, networks.HIGH, networks.WIDE), np.float32)
    answers = session.run(None, {"in": values})
    assert len(answers) == count
    return answers[0]


def oracle(model, output):
    """The same change by the onnx package."""
    made = onnx.load_from_string(model)
    kept = [one for one in made.graph.output if one.name == output]
    del made.graph.output[:], made.graph.value_info[:]
    made.graph.output.extend(kept)

    def wide(tensor):
        if tensor.data_type == TensorProto.FLOAT16:
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float32), tensor.name))

    if any(one.data_type == TensorProto.FLOAT16 for one in made.graph.initializer):
        for one in made.graph.initializer:
            wide(one)
        for node in made.graph.node:
            for attribute in node.attribute:
                if attribute.name == "to" and attribute.i == TensorProto.FLOAT16:
                    attribute.i = TensorProto.FLOAT
                if attribute.type == onnx.AttributeProto.TENSOR:
                    wide(attribute.t)
    return made


def test_outputs_that_nobody_asks_for_go_and_the_answer_stays():
    model = networks.mean(add=0.125)
    made = _graph.prepared(model, "out")
    assert onnx.load_from_string(made) == oracle(model, "out")
    assert np.array_equal(ran(made), ran(model, 2))
    assert _graph.outputs(model) == ["out", "side"] and _graph.outputs(made) == ["out"]
    side = _graph.prepared(model, "side")
    assert np.array_equal(ran(side), -ran(networks.mean(), 2))


def test_half_width_weights_casts_and_constants_widen():
    model = half()
    made = _graph.prepared(model, "out")
    widened = onnx.load_from_string(made)
    assert widened == oracle(model, "out")
    onnx.checker.check_model(widened)
    kinds = {one.data_type for one in widened.graph.initializer}
    assert TensorProto.FLOAT16 not in kinds and TensorProto.FLOAT16.to_bytes(1, "big") not in {
        attribute.i.to_bytes(8, "big")[-1:] for node in widened.graph.node for attribute in node.attribute
        if attribute.name == "to"}
    assert np.allclose(ran(made), ran(model, 2), atol=2e-3)


def test_a_network_without_anything_to_change_is_left_as_it_is():
    assert _graph.prepared(networks.red(), "out") is None
    assert _graph.prepared(networks.mean(), "nosuch") is None


def branch():
    body = helper.make_graph(
        [helper.make_node("Identity", ["more"], ["then"])], "body", [],
        [helper.make_tensor_value_info("then", TensorProto.FLOAT16, None)])
    return helper.make_node("If", ["yes"], ["either"], then_branch=body, else_branch=body)


@pytest.mark.parametrize("model", [
    half(raw=False),
    half(extra=[helper.make_node("Constant", [], ["yes"], value=numpy_helper.from_array(np.array(True))), branch()]),
], ids=["values not raw", "a branch"])
def test_what_it_does_not_understand_it_leaves_alone(model):
    assert _graph.prepared(model, "out") is None
    assert ran(model, 2).shape == (1, 1, networks.HIGH, networks.WIDE)


def test_inputs_of_half_width_and_functions_are_left_alone():
    model = onnx.load_from_string(half())
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.FLOAT16
    assert _graph.prepared(model.SerializeToString(), "out") is None
    model = onnx.load_from_string(half())
    model.functions.append(helper.make_function("own", "f", ["a"], ["b"], [], []))
    assert _graph.prepared(model.SerializeToString(), "out") is None


@pytest.mark.parametrize("model", [b"", b"no network", bytes(40), networks.mean()[:-40], b"\xff" * 30])
def test_what_is_no_network_is_none_and_never_a_crash(model):
    assert _graph.prepared(model, "out") is None
    with pytest.raises(NotAMessage):
        _graph.outputs(model)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_give_an_answer(data):
    assert _graph.prepared(data, "out") is None or _graph.outputs(data)


@settings(deadline=None)
@given(st.integers(0, len(half()) - 1), st.integers(0, 255))
def test_a_damaged_network_gives_an_answer_too(place, byte):
    model = bytearray(half())
    model[place] = byte
    _graph.prepared(bytes(model), "out")


def test_weights_in_another_file_are_seen(tmp_path):
    whole = onnx.load_from_string(networks.mean())
    assert not _graph.is_split(whole.SerializeToString())
    onnx.save(whole, tmp_path / "split.onnx", save_as_external_data=True, location="data", size_threshold=0,
              convert_attribute=True)
    assert _graph.is_split((tmp_path / "split.onnx").read_bytes())
    with pytest.raises(NotAMessage):
        _graph.is_split(b"no network")


# The wire format

@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 2000), st.integers(0, 2**63 - 1) | st.binary(max_size=200)), max_size=8))
def test_what_is_written_is_read(said):
    message = b"".join(
        varint_field(number, value) if isinstance(value, int) else bytes_field(number, value)
        for number, value in said)
    read = list(fields(memoryview(message)))
    assert [(one.number, one.value if isinstance(one.value, int) else bytes(one.value)) for one in read] == said
    assert b"".join(bytes(one.whole) for one in read) == message
    for one, (_, value) in zip(read, said, strict=True):
        if isinstance(value, int):
            assert one.integer == value
            with pytest.raises(NotAMessage):
                _ = one.bytes
        else:
            assert one.bytes == value
            with pytest.raises(NotAMessage):
                _ = one.integer


@pytest.mark.parametrize("message, numbers", [
    (b"", []), (b"\x08\x96\x01", [1]), (b"\x0d1234", [1]), (b"\x1112345678", [2]), (b"\x12\x07testing", [2])])
def test_the_documentations_own_samples(message, numbers):
    assert [one.number for one in fields(memoryview(message))] == numbers


@pytest.mark.parametrize("message", [
    b"\x08", b"\x08\x80", b"\x12\x07test", b"\x0b", b"\x0c", b"\x00\x01", b"\x08" + b"\x80" * 11, b"\x0d123"])
def test_a_broken_message_is_said(message):
    with pytest.raises(NotAMessage):
        list(fields(memoryview(message)))
