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

from cutaway.engines._prepared import one_of, prepared
from cutaway.errors import EngineError, ModelDamaged, OutOfMemory
from cutaway.job import Job
from cutaway.models.catalogue import Port, Weights
from cutaway.models.optimised import Optimised
from cutaway.models.store import Found

Floats = NDArray[np.float32]

CPU: Final = "CPUExecutionProvider"
TENSORRT: Final = "TensorrtExecutionProvider"
PROVIDERS: Final = {
    TENSORRT: "TensorRT",
    "CUDAExecutionProvider": "CUDA",
    "MIGraphXExecutionProvider": "MIGraphX",
    "ROCMExecutionProvider": "ROCm",
    "DmlExecutionProvider": "DirectML",
    "CoreMLExecutionProvider": "CoreML",
    "OpenVINOExecutionProvider": "OpenVINO",
    CPU: "CPU",
}
"""In the order of preference, with the name for the user. Not Azure, which sends pictures away."""

ASKED_FOR: Final = (TENSORRT,)
"""Only used where the user's settings name it: TensorRT builds its engine for minutes at the first use."""

CHANGES: Final = 1
"""The number of what is changed in a network before it is optimised and kept: another number makes it anew."""

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
    """A loaded network. ``provider``: the name for the user of what really runs it. ``fluid``: it takes pictures of any
    shape, not only of the model's size."""

    @property
    def provider(self) -> str: ...

    @property
    def fluid(self) -> bool: ...

    def run(self, values: Floats, job: Job) -> Floats:
        """(1, 3, h, w) -> the output as it is. Raises ProviderFailed, EngineError, OutOfMemory and Cancelled."""
        ...


class Runtime(Protocol):
    """The port to onnxruntime."""

    @property
    def version(self) -> str: ...

    def providers(self) -> list[str]:
        """onnxruntime's names of what can be tried here, the best first, the CPU always last."""
        ...

    def open(self, found: Found, provider: str) -> Session:
        """Raises ProviderFailed, ModelDamaged, EngineError and OutOfMemory."""
        ...


class OnnxRuntime:
    """The real one. onnxruntime is imported by its first use: 0.06 s and 20 MB.

    ``wanted``: the user's order of providers, by the names for the user; empty: the usual order. ``optimised``: where
    optimised graphs are kept, None to keep none.
    """

    def __init__(self, wanted: Sequence[str] = (), optimised: Optimised | None = None) -> None:
        self._wanted = tuple(wanted)
        self._optimised = optimised
        self._not_kept: set[str] = set()

    @property
    def version(self) -> str:
        return str(library().__version__)

    def providers(self) -> list[str]:
        here = library().get_available_providers()
        names = {shown: name for name, shown in PROVIDERS.items()}
        usual = [name for name in PROVIDERS if name not in ASKED_FOR]
        order = [names[shown] for shown in self._wanted if shown in names] or usual
        return [*(name for name in order if name in here and name != CPU), CPU]

    def open(self, found: Found, provider: str) -> Session:
        kinds = errors()
        try:
            if provider == CPU:
                session, output = self._on_cpu(found, kinds)
            else:
                session, output = _session(os.fspath(found.path), provider), found.weights.output
        except kinds as error:
            raise _translated(error, found, provider, loading=True) from error
        used = session.get_providers()[0]
        if used != provider:
            raise ProviderFailed(f"{PROVIDERS[provider]} did not start")
        return OnnxSession(session, found, provider, kinds, output)

    def _on_cpu(self, found: Found, kinds: tuple[type[Exception], ...]) -> tuple[Any, Port]:
        """The session, and the output to ask it for. The graph is the kept one, else it is made, and kept if worth."""
        weights, kept, made_by = found.weights, self._optimised, f"{self.version}/{CHANGES}"
        if kept is None or weights.sha256 in self._not_kept:
            name, model = prepared(found)
            return _session(model, CPU), name
        ready = kept.find(weights.sha256, made_by)
        if ready is not None and (session := self._from_kept(ready, weights, kinds)) is not None:
            return session, one_of(session, weights.output)
        name, model = prepared(found)
        if weights.sha256 in self._not_kept:
            return _session(model, CPU), name
        try:
            made = kept.keep(
                weights.sha256, weights.bytes, made_by, lambda path: _session(model, CPU, save=path))
        except kinds:
            made = None  # the file itself is loaded next, and what is wrong with it is said then
        session = self._from_kept(made, weights, kinds) if made is not None else None
        return session or _session(model, CPU), name

    def _from_kept(self, path: Path, weights: Weights, kinds: tuple[type[Exception], ...]) -> Any:
        """The session of a kept graph, None where it will not load: another process may have taken it away just now.

        What is there and will not load is thrown away, and not made again by this process.
        """
        try:
            return _session(os.fspath(path), CPU, optimise=False)
        except kinds:
            if self._optimised is not None and path.exists():
                self._optimised.clear(weights.sha256)
                self._not_kept.add(weights.sha256)
            return None


@dataclass
class OnnxSession:
    """One network in memory."""

    session: Any
    found: Found
    name: str
    kinds: tuple[type[Exception], ...]
    output: Port
    ports: tuple[str, str] = field(init=False)

    def __post_init__(self) -> None:
        weights = self.found.weights
        self.ports = (
            _port(self.session.get_inputs(), weights.input, self.found),
            _port(self.session.get_outputs(), self.output, self.found))

    @property
    def provider(self) -> str:
        return PROVIDERS[self.name]

    @property
    def fluid(self) -> bool:
        """Other files may have open sizes too, but were not measured so."""
        shape = self.session.get_inputs()[0].shape
        return self.found.weights.fluid and not all(isinstance(side, int) for side in shape)

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


def _session(model: str | bytes, provider: str, *, optimise: bool = True, save: Path | None = None) -> Any:
    """onnxruntime's session, which does not fall back by itself: it would in silence."""
    onnxruntime = library()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads()
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # errors come as exceptions; the rest is chatter
    # Measured: see core/decisions/default-model.md and model-run.md.
    options.enable_cpu_mem_arena = False  # memory goes back to the system after each run
    options.enable_mem_pattern = provider != "DmlExecutionProvider"  # DirectML does not allow it
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting threads leave the core to others
    if not optimise:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    if save is not None:
        options.optimized_model_filepath = os.fspath(save)
    session = onnxruntime.InferenceSession(
        model, options, providers=[provider] if provider == CPU else [provider, CPU])
    session.disable_fallback()
    return session


def _port(ports: Sequence[Any], wanted: Port, found: Found) -> str:
    names = [port.name for port in ports]
    if isinstance(wanted, int) and -len(names) <= wanted < len(names):
        return str(names[wanted])
    if wanted in names:
        return str(wanted)
    raise ModelDamaged(
        f"The model {found.model.name} has no input or output {wanted!r}.", found.model.remedy)


def _translated(error: Exception, found: Found, provider: str, *, loading: bool) -> Exception:
    text = str(error)
    if provider != CPU:
        return ProviderFailed(text[:300])
    name = found.model.name
    if isinstance(error, MemoryError) or any(word in text.lower() for word in MEMORY):
        return OutOfMemory(
            f"There is not enough memory for the model {name}.", "Close other programs, or choose a smaller model.")
    if loading and any(word in text for word in DAMAGE):
        return ModelDamaged(f"The file of the model {name} cannot be loaded.", found.model.remedy)
    return EngineError(f"The model {name} failed: {text[:300]}", f"Run: cutaway models verify {name}")

