"""onnxruntime as the local engine uses it: providers in order, one session, its errors in words of the tree."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from cutaway.errors import EngineError, ModelDamaged, OutOfMemory
from cutaway.job import Job
from cutaway.models.store import Found

Floats = NDArray[np.float32]

CPU: Final = "CPUExecutionProvider"
PROVIDERS: Final = {
    "CUDAExecutionProvider": "CUDA",
    "MIGraphXExecutionProvider": "MIGraphX",
    "ROCMExecutionProvider": "ROCm",
    "DmlExecutionProvider": "DirectML",
    "CoreMLExecutionProvider": "CoreML",
    "OpenVINOExecutionProvider": "OpenVINO",
    CPU: "CPU",
}
"""In the order of preference, with the name for the user. Not TensorRT, which builds its engine for minutes at every
first use; not Azure, which sends pictures away."""

MEMORY: Final = ("bad_alloc", "failed to allocate", "out of memory", "out_of_memory", "not enough memory", "bfcarena")
DAMAGE: Final = ("INVALID_PROTOBUF", "INVALID_GRAPH", "NO_SUCHFILE", "NO_MODEL", "INVALID_ARGUMENT")

NAMES: Final = (
    "DeviceReset", "EPFail", "EngineError", "Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf",
    "ModelLoadCanceled", "ModelLoaded", "ModelRequiresCompilation", "NoModel", "NoSuchFile", "NotFound",
    "NotImplemented", "RuntimeException")


class ProviderFailed(Exception):
    """A provider other than the CPU failed: the CPU may still do it. ``reason``: onnxruntime's words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Session(Protocol):
    """A loaded network. ``provider``: the name for the user of what really runs it."""

    @property
    def provider(self) -> str: ...

    def run(self, values: Floats, job: Job) -> Floats:
        """(1, 3, h, w) -> the output as it is. Raises ProviderFailed, EngineError, OutOfMemory and Cancelled."""
        ...


class Runtime(Protocol):
    """The port to onnxruntime."""

    def providers(self) -> list[str]:
        """onnxruntime's names of what can be tried here, the best first, the CPU always last."""
        ...

    def open(self, found: Found, provider: str) -> Session:
        """Raises ProviderFailed, ModelDamaged, EngineError and OutOfMemory."""
        ...


class OnnxRuntime:
    """The real one. onnxruntime is imported by its first use: 0.06 s and 20 MB."""

    def providers(self) -> list[str]:
        onnxruntime = library()
        here = onnxruntime.get_available_providers()
        return [name for name in PROVIDERS if name in here or name == CPU]

    def open(self, found: Found, provider: str) -> Session:
        onnxruntime = library()
        kinds = errors()
        chosen = [provider] if provider == CPU else [provider, CPU]
        try:
            session = onnxruntime.InferenceSession(os.fspath(found.path), _options(provider), providers=chosen)
        except kinds as error:
            raise _translated(error, found, provider, loading=True) from error
        session.disable_fallback()  # it would fall back in silence
        used = session.get_providers()[0]
        if used != provider:
            raise ProviderFailed(f"{PROVIDERS[provider]} did not start")
        return OnnxSession(session, found, provider, kinds)


@dataclass
class OnnxSession:
    """One network in memory."""

    session: Any
    found: Found
    name: str
    kinds: tuple[type[Exception], ...]
    ports: tuple[str, str] = field(init=False)

    def __post_init__(self) -> None:
        weights = self.found.weights
        self.ports = (
            _port(self.session.get_inputs(), weights.input, self.found),
            _port(self.session.get_outputs(), weights.output, self.found))

    @property
    def provider(self) -> str:
        return PROVIDERS[self.name]

    def run(self, values: Floats, job: Job) -> Floats:
        onnxruntime = library()
        options = onnxruntime.RunOptions()

        def stop() -> None:
            options.terminate = True

        source, target = self.ports
        with job.interruptible(stop):
            try:
                output: Floats = self.session.run([target], {source: values}, options)[0]
            except self.kinds as error:
                job.check()  # terminated: onnxruntime says so with its most general error
                raise _translated(error, self.found, self.name, loading=False) from error
        job.check()
        return output


def library() -> Any:
    """onnxruntime, told to send nothing.

    Its builds since 1.32 report to their maker and write a device number into the user's folders unless this variable
    is there when it is imported; ``disable_telemetry_events`` comes too late for the latter.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    return importlib.import_module("onnxruntime")


def errors() -> tuple[type[Exception], ...]:
    """What onnxruntime raises. Its classes have no common base, and versions differ in which there are."""
    state = library().capi.onnxruntime_pybind11_state
    found = [getattr(state, name) for name in NAMES if hasattr(state, name)]
    return (*found, MemoryError, RuntimeError, ValueError)


def threads() -> int:
    """Physical cores that this process may use; 0 leaves the choice to onnxruntime, which takes the physical ones."""
    if not sys.platform.startswith("linux"):
        return 0
    cores = set()
    for cpu in os.sched_getaffinity(0):
        try:
            cores.add(Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list").read_text("ascii"))
        except OSError:
            cores.add(str(cpu))
    return len(cores)


def _options(provider: str) -> Any:
    """Measured: see core/decisions/default-model.md."""
    options = library().SessionOptions()
    options.intra_op_num_threads = threads()
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # errors come as exceptions; the rest is chatter
    options.enable_cpu_mem_arena = False  # memory goes back to the system after each run
    options.enable_mem_pattern = provider != "DmlExecutionProvider"  # DirectML does not allow it
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting threads leave the core to others
    return options


def _port(ports: Sequence[Any], wanted: str | int, found: Found) -> str:
    names = [port.name for port in ports]
    if isinstance(wanted, int) and wanted < len(names):
        return str(names[wanted])
    if wanted in names:
        return str(wanted)
    raise ModelDamaged(
        f"The model {found.model.name} has no input or output {wanted!r}.",
        f"Run: cutaway models get {found.model.name}")


def _translated(error: Exception, found: Found, provider: str, *, loading: bool) -> Exception:
    text = str(error)
    if provider != CPU:
        return ProviderFailed(text[:300])
    name = found.model.name
    if isinstance(error, MemoryError) or any(word in text.lower() for word in MEMORY):
        return OutOfMemory(
            f"There is not enough memory for the model {name}.", "Close other programs, or choose a smaller model.")
    if loading and any(word in text for word in DAMAGE):
        return ModelDamaged(f"The file of the model {name} cannot be loaded.", f"Run: cutaway models get {name}")
    return EngineError(f"The model {name} failed: {text[:300]}", f"Run: cutaway models verify {name}")

