"""A network's file as it is to run on the CPU, and which of its outputs to ask for."""

from __future__ import annotations

import mmap
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cutaway.engines import _graph
from cutaway.engines._fluid import fluid
from cutaway.models.catalogue import Port
from cutaway.models.store import Found


def prepared(found: Found) -> tuple[Port, str | bytes]:
    """The output to ask for, and the network as it is to run on the CPU: the path where the file will do.

    A file that is no network is onnxruntime's to refuse.
    """
    try:
        name = _name(found.path, found.weights.output)
        changed: bytes | None = _graph.prepared(_mapped(found.path), name)
        if found.weights.fluid:
            changed = fluid(_mapped(found.path) if changed is None else changed, found.model.size[0]) or changed
        return name, os.fspath(found.path) if changed is None else changed
    except (OSError, ValueError, IndexError):
        return found.weights.output, os.fspath(found.path)


def _name(path: Path, output: Port) -> str:
    """The output's name. One that was changed by :mod:`cutaway.engines._graph` has only the wanted one left."""
    return output if isinstance(output, str) else _wanted(_graph.outputs(_mapped(path)), output)


def one_of(session: Any, output: Port) -> str:
    """The same of a kept graph, by what is loaded of it: the file may be gone."""
    return output if isinstance(output, str) else _wanted([str(port.name) for port in session.get_outputs()], output)


def _wanted(names: Sequence[str], output: int) -> str:
    return names[0] if len(names) == 1 else names[output]


def _mapped(path: Path) -> memoryview:
    """Not closed by hand: what is read from it may outlive this in an error's traceback."""
    with path.open("rb") as file:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
