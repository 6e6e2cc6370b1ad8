"""Tiny networks with the inputs and outputs of the real ones, and a home that has them."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from cutaway.home import Home
from cutaway.models import catalogue
from cutaway.models.store import ModelStore

WIDE, HIGH = 8, 6


def network(nodes, outputs=("out",), initializers=(), size=(WIDE, HIGH), channels=3):
    wide, high = size
    given = helper.make_tensor_value_info("in", TensorProto.FLOAT, [1, channels, high, wide])
    made = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", "c", "h", "w"]) for name in outputs]
    graph = helper.make_graph(nodes, "tiny", [given], made, list(initializers))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def mean(add=0.0, times=1.0, size=(WIDE, HIGH)):
    """The output is the mean of the three channels, times and plus something, with a side output that is not."""
    constants = [
        numpy_helper.from_array(np.array(times, np.float32), "times"),
        numpy_helper.from_array(np.array(add, np.float32), "add")]
    nodes = [
        helper.make_node("ReduceMean", ["in"], ["gray"], axes=[1], keepdims=1),
        helper.make_node("Mul", ["gray", "times"], ["scaled"]), helper.make_node("Add", ["scaled", "add"], ["out"]),
        helper.make_node("Neg", ["gray"], ["side"])]
    return network(nodes, ("out", "side"), constants, size)


def red():
    """The output is the first channel as the network gets it."""
    index = numpy_helper.from_array(np.array([0], np.int64), "index")
    return network([helper.make_node("Gather", ["in", "index"], ["out"], axis=1)], initializers=[index])


def not_a_number():
    return network([helper.make_node("ReduceMean", ["in"], ["gray"], axes=[1], keepdims=1),
                    helper.make_node("Sub", ["gray", "gray"], ["zero"]),
                    helper.make_node("Div", ["zero", "zero"], ["out"])])


def two_channels():
    return network([helper.make_node("Concat", ["in", "in"], ["out"], axis=1)])


def slow(rounds=1_000_000):
    """Multiplies matrices for minutes."""
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"]), helper.make_node("MatMul", ["state", "matrix"], ["next"])],
        "round",
        [helper.make_tensor_value_info("round", TensorProto.INT64, []),
         helper.make_tensor_value_info("go", TensorProto.BOOL, []),
         helper.make_tensor_value_info("state", TensorProto.FLOAT, [256, 256])],
        [helper.make_tensor_value_info("on", TensorProto.BOOL, []),
         helper.make_tensor_value_info("next", TensorProto.FLOAT, [256, 256])])
    constants = [
        numpy_helper.from_array(np.array(rounds, np.int64), "rounds"),
        numpy_helper.from_array(np.array(True), "true"),
        numpy_helper.from_array(np.eye(256, dtype=np.float32), "matrix")]
    nodes = [
        helper.make_node("ReduceMean", ["in"], ["gray"], axes=[1], keepdims=1),
        helper.make_node("Loop", ["rounds", "true", "matrix"], ["end"], body=body),
        helper.make_node("ReduceMean", ["end"], ["one"], axes=[0, 1], keepdims=0),
        helper.make_node("Add", ["gray", "one"], ["out"])]
    return network(nodes, initializers=constants)


def known(**networks):
    """A catalogue of networks: name -> (bytes, changes of the entry, changes of the weights). Ranks in their order."""
    entries = []
    for rank, (name, (content, more, weights)) in enumerate(networks.items()):
        entries.append({
            "name": name, "title": name, "use": "tests", "rank": rank, "size": [WIDE, HIGH], "scale": 255,
            "mean": [0.0, 0.0, 0.0], "std": [1.0, 1.0, 1.0],
            "licence": {"name": "MIT", "text": "https://a.test", "work": "A", "home": "https://a.test"},
            "weights": [{"id": "one", "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest(),
                         "input": 0, "output": "out", "activation": "none", **weights}],
            "sources": [{"kind": "url", "weights": "one", "licence": "MIT", "url": "https://a.test/m"}], **more})
    return catalogue.read(json.dumps({"models": entries}))


def store(folder, install=True, **networks):
    """A store that knows the networks, each given as bytes or as in :func:`known`, and has them."""
    full = {name: said if isinstance(said, tuple) else (said, {}, {}) for name, said in networks.items()}
    made = ModelStore(Home(folder / "home"), known=known(**full))
    for name, (content, _, _) in full.items() if install else ():
        (folder / name).write_bytes(content)
        made.import_file(folder / name)
    return made
