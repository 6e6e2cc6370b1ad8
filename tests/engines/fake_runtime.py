"""A stand-in for onnxruntime whose providers work or fail as each test says."""

from __future__ import annotations

import numpy as np

from cutaway.engines import _runtime

from .networks import HIGH, WIDE


class FakeSession:
    fluid = False

    def __init__(self, runtime, name):
        self.runtime = runtime
        self.provider = _runtime.PROVIDERS[name]
        self._name = name
        runtime.alive += 1
        runtime.most = max(runtime.most, runtime.alive)

    def run(self, values, job):
        answer = self.runtime.runs.get(self._name)
        if isinstance(answer, Exception):
            raise answer
        return np.full((1, 1, HIGH, WIDE), 0.75, np.float32) if answer is None else answer

    def __del__(self):
        self.runtime.alive -= 1


class FakeRuntime:
    """``opens`` and ``runs``: what a provider does instead of working."""

    def __init__(self, providers, opens=(), runs=()):
        self._providers = providers
        self.version = "1.0"
        self.opens = dict(opens)
        self.runs = dict(runs)
        self.opened = []
        self.alive = self.most = 0

    def providers(self):
        return self._providers

    def open(self, found, provider):
        self.opened.append((found.model.name, provider))
        if provider in self.opens:
            raise self.opens[provider]
        return FakeSession(self, provider)
