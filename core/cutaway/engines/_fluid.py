"""Makes a network of a fixed square input take pictures of their own shape.

IS-Net's export holds the sizes to which it enlarges as constants for a square of 1024. Each becomes what it was a share
of: ceil(side x constant / square), computed in the graph from the input's own sides. That is what its halvings, which
round up, give for any side. Everything else in it follows the input's shape by itself.

Measured: core/decisions/model-run.md. The numbers of the fields are those of onnx.proto3 (ONNX 1.16).
"""

from __future__ import annotations

import struct
from typing import Final

from cutaway.engines._protobuf import NotAMessage, bytes_field, fields, varint_field

GRAPH: Final = 7
NODE: Final = 1
INPUT: Final = 11
OUTPUT: Final = 12
VALUE_INFO: Final = 13
NODE_INPUT: Final = 1
NODE_OUTPUT: Final = 2
NODE_KIND: Final = 4
NODE_ATTRIBUTE: Final = 5
FLOAT: Final = 1
INT64: Final = 7
TENSOR_ATTRIBUTE: Final = 4
SIZES: Final = 3
"""Which input of Resize the sizes are."""

PREFIX: Final = "cutaway_"


class Node:
    """What of a node is looked at."""

    def __init__(self, message: memoryview) -> None:
        parts = list(fields(message))
        self.inputs = [part.text for part in parts if part.number == NODE_INPUT]
        self.outputs = [part.text for part in parts if part.number == NODE_OUTPUT]
        self.kind = next((part.text for part in parts if part.number == NODE_KIND), "")
        self.attributes = [part.bytes for part in parts if part.number == NODE_ATTRIBUTE]


def fluid(model: bytes | memoryview, square: int) -> bytes | None:
    """The network of one input of [1, 3, square, square] as one of [1, 3, height, width].

    None where it does not hold its sizes as constants of that square, and for what is no network.
    """
    try:
        return _fluid(memoryview(model), square)
    except (NotAMessage, struct.error):
        return None


def _fluid(model: memoryview, square: int) -> bytes | None:
    graphs = [one for one in fields(model) if one.number == GRAPH]
    if len(graphs) != 1:
        return None
    parts = list(fields(graphs[0].bytes))
    nodes = {index: Node(one.bytes) for index, one in enumerate(parts) if one.number == NODE}
    constants = _constants(list(nodes.values()), square)
    inputs = [one for one in parts if one.number == INPUT]
    if not constants or len(inputs) != 1:
        return None
    name = _name(inputs[0].bytes)
    made: list[bytes | memoryview] = [bytes_field(NODE, part) for part in _measuring(name, square)]
    for index, one in enumerate(parts):
        if one.number == VALUE_INFO:
            continue
        if index in nodes and nodes[index].outputs[:1] and nodes[index].outputs[0] in constants:
            output = nodes[index].outputs[0]
            made += [bytes_field(NODE, part) for part in _computing(output, constants[output])]
        elif one.number == INPUT:
            made.append(bytes_field(INPUT, _open_input(name)))
        elif one.number == OUTPUT:
            made.append(bytes_field(OUTPUT, bytes_field(1, _name(one.bytes).encode()), _open_output(one.bytes)))
        else:
            made.append(one.whole)
    before = [one.whole for one in fields(model) if one.number != GRAPH]
    return b"".join((*before, bytes_field(GRAPH, *made)))


def _constants(nodes: list[Node], square: int) -> dict[str, tuple[int, int]]:
    """The outputs of constants that are the last two of a Resize's sizes, with their values."""
    sizes = {node.inputs[SIZES] for node in nodes if node.kind == "Resize" and len(node.inputs) > SIZES}
    joined = {name for node in nodes if node.kind == "Concat" and set(node.outputs) & sizes for name in node.inputs}
    found = {}
    for node in nodes:
        if node.kind == "Constant" and set(node.outputs) & joined:
            value = _pair(node)
            if value is not None and max(value) <= square:
                found[node.outputs[0]] = value
    return found


def _pair(node: Node) -> tuple[int, int] | None:
    """The two whole numbers of a constant, None where it is something else."""
    for attribute in node.attributes:
        for part in fields(attribute):
            if part.number == 5:
                tensor = {field.number: field for field in fields(part.bytes)}
                if 2 in tensor and 9 in tensor and tensor[2].integer == INT64 and len(tensor[9].bytes) == 16:
                    high, wide = struct.unpack("<2q", tensor[9].bytes)
                    return high, wide
    return None


def _measuring(name: str, square: int) -> list[bytes]:
    """Nodes that take height and width of the input: PREFIX + "sides"; and the numbers that the rest needs."""
    return [
        _constant("from", 2), _constant("to", 4), _constant("square", square), _constant("up", square - 1),
        _node("Shape", [name], PREFIX + "shape"),
        _node("Slice", [PREFIX + "shape", PREFIX + "from", PREFIX + "to"], PREFIX + "sides")]


def _computing(output: str, value: tuple[int, int]) -> list[bytes]:
    """Nodes that give ceil(sides x value / square) as ``output``."""
    own = f"{output}_"
    return [
        _constant(own + "share", *value),
        _node("Mul", [PREFIX + "sides", PREFIX + own + "share"], PREFIX + own + "product"),
        _node("Add", [PREFIX + own + "product", PREFIX + "up"], PREFIX + own + "more"),
        _node("Div", [PREFIX + own + "more", PREFIX + "square"], output)]


def _node(kind: str, inputs: list[str], output: str, *attributes: bytes) -> bytes:
    given = b"".join(bytes_field(NODE_INPUT, name.encode()) for name in inputs)
    return b"".join((
        given, bytes_field(NODE_OUTPUT, output.encode()), bytes_field(NODE_KIND, kind.encode()),
        *(bytes_field(NODE_ATTRIBUTE, one) for one in attributes)))


def _constant(name: str, *values: int) -> bytes:
    tensor = b"".join((
        varint_field(1, len(values)), varint_field(2, INT64), bytes_field(9, struct.pack(f"<{len(values)}q", *values))))
    value = b"".join((bytes_field(1, b"value"), bytes_field(5, tensor), varint_field(20, TENSOR_ATTRIBUTE)))
    return _node("Constant", [], PREFIX + name, value)


def _name(value: memoryview) -> str:
    return next((field.text for field in fields(value) if field.number == 1), "")


def _open_output(value: memoryview) -> bytes:
    """Of as many sides as before, none of them said."""
    for number in (2, 1, 2):  # its type, of a tensor, of that shape
        value = next((field.bytes for field in fields(value) if field.number == number), memoryview(b""))
    sides = sum(field.number == 1 for field in fields(value))
    shape = bytes_field(2, *[bytes_field(1)] * sides)
    return bytes_field(2, bytes_field(1, varint_field(1, FLOAT), shape))


def _open_input(name: str) -> bytes:
    sides = (varint_field(1, 1), varint_field(1, 3), bytes_field(2, b"height"), bytes_field(2, b"width"))
    shape = b"".join(bytes_field(1, side) for side in sides)
    kind = bytes_field(1, varint_field(1, FLOAT), bytes_field(2, shape))
    return b"".join((bytes_field(1, name.encode()), bytes_field(2, kind)))
