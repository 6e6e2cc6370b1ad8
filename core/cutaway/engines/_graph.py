"""What is changed in a network before it runs on the CPU: outputs that nobody asks for go, half-width weights widen.

onnxruntime computes every output of the graph, asked for or not, and computes in 32 bits on a CPU, turning each 16-bit
value there and back. Both are mended in the file's bytes, in memory, by the numbers of the fields in onnx.proto3
(ONNX 1.16): the file on the disk stays what its hash says. What is not understood is left as it is.

Measured: core/decisions/model-run.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from cutaway.engines._protobuf import Field, NotAMessage, bytes_field, bytes_head, fields, varint_field

MODEL_GRAPH: Final = 7
MODEL_FUNCTIONS: Final = 25
GRAPH_NODE: Final = 1
GRAPH_INITIALIZER: Final = 5
GRAPH_INPUT: Final = 11
GRAPH_OUTPUT: Final = 12
GRAPH_VALUE_INFO: Final = 13
GRAPH_SPARSE: Final = 15
NODE_ATTRIBUTE: Final = 5
ATTRIBUTE_NAME: Final = 1
ATTRIBUTE_INTEGER: Final = 3
ATTRIBUTE_TENSOR: Final = 5
ATTRIBUTE_OTHERS: Final = (6, 10, 11, 22, 23)
"""Graphs, and lists of tensors and graphs: left alone, and with them the whole network."""

TENSOR_TYPE: Final = 2
TENSOR_RAW: Final = 9
TENSOR_EXTERNAL: Final = 13
TENSOR_LOCATION: Final = 14
TENSOR_VALUES: Final = (4, 5, 6, 7, 10, 11)
VALUE_NAME: Final = 1
VALUE_TYPE: Final = 2
TYPE_TENSOR: Final = 1
TENSOR_TYPE_ELEMENT: Final = 1

FLOAT: Final = 1
FLOAT16: Final = 10
CASTING: Final = ("to", "dtype")


Message = bytes | memoryview


class _LeftAlone(Exception):
    """There is something in the network that this does not understand."""


def prepared(model: Message, output: str) -> bytes | None:
    """The network with only the named output, and with 32-bit weights in place of 16-bit ones.

    None where nothing is to be done, where something is not understood, and where it is no network.
    """
    try:
        return _model(memoryview(model), output)
    except (_LeftAlone, NotAMessage):
        return None


def outputs(model: Message) -> list[str]:
    """The names of the outputs in their order. Raises NotAMessage."""
    return [_name(one) for one in fields(_graph(model).bytes) if one.number == GRAPH_OUTPUT]


def is_split(model: Message) -> bool:
    """Whether weights are kept in another file beside it. Raises NotAMessage for what is no network."""
    for one in fields(_graph(model).bytes):
        if one.number == GRAPH_INITIALIZER:
            for part in fields(one.bytes):
                if part.number == TENSOR_EXTERNAL or (part.number == TENSOR_LOCATION and part.integer == 1):
                    return True
    return False


def _model(model: memoryview, output: str) -> bytes | None:
    if any(one.number == MODEL_FUNCTIONS for one in fields(model)):
        raise _LeftAlone
    graph = _graph(model)
    parts = list(fields(graph.bytes))
    names = [_name(one) for one in parts if one.number == GRAPH_OUTPUT]
    widen = any(one.number == GRAPH_INITIALIZER and _tensor_type(one) == FLOAT16 for one in parts)
    if output not in names or (len(names) == 1 and not widen):
        return None
    made = [part for one in parts for part in _part(one, output, widen)]
    size = sum(len(part) for part in made)
    before = [one.whole for one in fields(model) if one.number != MODEL_GRAPH]
    return b"".join((*before, bytes_head(MODEL_GRAPH, size), *made))


def _graph(model: Message) -> Field:
    found = [one for one in fields(memoryview(model)) if one.number == MODEL_GRAPH]
    if len(found) != 1:
        raise NotAMessage("it has no graph")
    return found[0]


def _part(one: Field, output: str, widen: bool) -> Iterator[bytes | memoryview]:
    """One field of the graph as it is to be."""
    if one.number == GRAPH_SPARSE:
        raise _LeftAlone
    if one.number == GRAPH_OUTPUT and _name(one) != output:
        return
    if one.number == GRAPH_VALUE_INFO:
        return  # shapes and types between the nodes: no longer true, and found out anew
    if one.number in (GRAPH_INPUT, GRAPH_OUTPUT) and widen and _element(one) == FLOAT16:
        raise _LeftAlone
    if one.number == GRAPH_INITIALIZER and widen:
        yield bytes_field(GRAPH_INITIALIZER, *_tensor(one))
    elif one.number == GRAPH_NODE and widen:
        yield bytes_field(GRAPH_NODE, *(part for field in fields(one.bytes) for part in _node_part(field)))
    else:
        yield one.whole


def _node_part(one: Field) -> Iterator[bytes | memoryview]:
    if one.number != NODE_ATTRIBUTE:
        yield one.whole
        return
    parts = list(fields(one.bytes))
    casts = any(part.number == ATTRIBUTE_NAME and part.text in CASTING for part in parts)
    made: list[bytes | memoryview] = []
    for part in parts:
        if part.number in ATTRIBUTE_OTHERS:
            raise _LeftAlone
        if part.number == ATTRIBUTE_TENSOR:
            made.append(bytes_field(ATTRIBUTE_TENSOR, *_tensor(part)))
        elif part.number == ATTRIBUTE_INTEGER and casts and part.integer == FLOAT16:
            made.append(varint_field(ATTRIBUTE_INTEGER, FLOAT))
        else:
            made.append(part.whole)
    yield bytes_field(NODE_ATTRIBUTE, *made)


def _tensor(one: Field) -> list[bytes | memoryview]:
    """The fields of a tensor, widened where it is of 16-bit floats."""
    parts = list(fields(one.bytes))
    if _tensor_type(one) != FLOAT16:
        return [part.whole for part in parts]
    made: list[bytes | memoryview] = []
    for part in parts:
        if part.number in (*TENSOR_VALUES, TENSOR_EXTERNAL, TENSOR_LOCATION):
            raise _LeftAlone
        if part.number == TENSOR_TYPE:
            made.append(varint_field(TENSOR_TYPE, FLOAT))
        elif part.number == TENSOR_RAW:
            wide = np.frombuffer(part.bytes, "<f2").astype("<f4").tobytes()
            made += [bytes_head(TENSOR_RAW, len(wide)), wide]
        else:
            made.append(part.whole)
    return made


def _tensor_type(one: Field) -> int:
    return next((part.integer for part in fields(one.bytes) if part.number == TENSOR_TYPE), 0)


def _name(one: Field) -> str:
    return next((part.text for part in fields(one.bytes) if part.number == VALUE_NAME), "")


def _element(one: Field) -> int:
    """The type of the elements of an input or output, 0 where it is no tensor."""
    for number in (VALUE_TYPE, TYPE_TENSOR):
        found = next((part for part in fields(one.bytes) if part.number == number), None)
        if found is None:
            return 0
        one = found
    return next((part.integer for part in fields(one.bytes) if part.number == TENSOR_TYPE_ELEMENT), 0)
