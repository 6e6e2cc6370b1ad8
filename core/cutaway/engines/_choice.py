"""Which execution provider runs a network: the first that is fast enough, else the fastest, each measured once.

The order of preference alone is not enough: an integrated graphics chip by DirectML, or a network of which CoreML takes
only pieces, may be slower than the processor.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import numpy as np

from cutaway.cutout import Note
from cutaway.engines._runtime import PROVIDERS, ProviderFailed, Runtime, Session
from cutaway.errors import EngineError
from cutaway.job import Job
from cutaway.models.store import Found
from cutaway.models.timings import Timings

ENOUGH_S: Final = 1.0
"""A run that takes no longer is good enough: what comes later in the order is not measured. It also keeps a network
that needs a graphics card's speed from being tried on the processor, with all the memory that takes."""

Failed = Callable[[str, Exception], tuple[Note, ...]]


def chosen(
    found: Found, providers: list[str], runtime: Runtime, timings: Timings, failed: Failed, job: Job
) -> tuple[Session, tuple[Note, ...]]:
    """A session with the provider that is to be used, and notes: what failed, and what was measured just now.

    ``providers``: in the order of preference, the CPU last; with one there is nothing to choose. ``failed`` is told of
    each provider that fails, and says it. Raises what the last provider's start raises, EngineError where none is
    left, and Cancelled.
    """
    notes: tuple[Note, ...] = ()
    usable = list(providers)
    times: dict[str, float] = {}
    measured = False
    if len(usable) > 1:
        for provider in providers:
            job.check()
            known = timings.get(found.weights.sha256, PROVIDERS[provider], runtime.version)
            try:
                times[provider] = _measured(found, provider, runtime, job) if known is None else known
            except (ProviderFailed, EngineError) as error:
                if provider == providers[-1]:
                    raise
                notes += failed(provider, error)
                usable.remove(provider)
                continue
            if known is None:
                timings.put(found.weights.sha256, PROVIDERS[provider], runtime.version, times[provider])
                measured = True
            if times[provider] <= ENOUGH_S:
                break
        usable.sort(key=lambda provider: times.get(provider, float("inf")))
    for provider in usable:
        job.check()
        try:
            session = runtime.open(found, provider)
        except ProviderFailed as error:
            notes += failed(provider, error)
        else:
            return session, notes + (_told(found, provider, times) if measured else ())
    raise EngineError("onnxruntime cannot compute on this computer.", "Install Cutaway again.")


def _measured(found: Found, provider: str, runtime: Runtime, job: Job) -> float:
    """Seconds of the second run: the first one still prepares. The session is closed again."""
    session = runtime.open(found, provider)
    wide, high = found.model.size
    values = np.zeros((1, 3, high, wide), np.float32)
    for _ in range(2):
        began = time.perf_counter()
        output = session.run(values, job)
        seconds = time.perf_counter() - began
    if not np.isfinite(output).all():
        raise ProviderFailed("its output is not a number")
    return seconds


def _told(found: Found, used: str, times: dict[str, float]) -> tuple[Note, ...]:
    said = ", ".join(f"{seconds:.2g} s with {PROVIDERS[provider]}" for provider, seconds in times.items())
    return (Note(
        "provider_timed", f"{found.model.name} takes {said}: {PROVIDERS[used]} is used from now on."),)
