"""Jobs and credits. A job's state is a function of the clock and its plan; the ledger is a function of the jobs."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from tests.emulator.upload import Upload

MODELS: Final = ("RemoveBG", "Object")
MODES: Final = ("segmentation", "alpha")
ENDED: Final = ("Completed", "Cancelled", "Failed")
PIXELS_A_CREDIT: Final = 24_000_000
LONGEST: Final = 90 * 60.0
"""What is said as ``eta`` of a job that will never end."""


def price(width: int, height: int) -> int:
    """Credits: max(1, ceil(megapixels / 24))."""
    return max(1, -(-width * height // PIXELS_A_CREDIT))


@dataclass(frozen=True)
class Plan:
    """What will become of a job: seconds in each state, how it ends, and what its mask is like."""

    pending: float
    processing: float
    end: str = "Completed"
    layout: str = "L"
    size: tuple[int, int] | None = None
    scale: float | None = None
    fill: int | None = None


@dataclass(frozen=True)
class Source:
    """An uploaded picture."""

    source_id: str
    file_name: str
    data: bytes
    facts: Upload
    arrived: float

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


@dataclass
class Job:
    """One paid request. ``polls`` counts the status answers; ``shown`` is False once its record was deleted."""

    process_id: str
    source: Source
    model: str
    mode: str
    created: float
    plan: Plan
    output_format: str = "png"
    cancelled: float | None = None
    shown: bool = True
    polls: int = 0
    rendered: bytes | None = field(default=None, repr=False)

    @property
    def credits(self) -> int:
        return price(self.source.facts.width, self.source.facts.height)

    def state(self, now: float) -> str:
        if self.cancelled is not None:
            return "Cancelled"
        age = now - self.created
        if age < self.plan.pending:
            return "Pending"
        return "Processing" if age < self.plan.pending + self.plan.processing else self.plan.end

    def progress(self, now: float) -> int:
        """0..100, of the processing."""
        state = self.state(now)
        if state == "Completed":
            return 100
        if state == "Pending" or not math.isfinite(self.plan.processing) or self.plan.processing <= 0:
            return 0
        until = now if self.cancelled is None else self.cancelled
        done = (until - self.created - self.plan.pending) / self.plan.processing
        return int(99 * min(1.0, max(0.0, done)))

    @property
    def eta(self) -> int:
        """Unix seconds at which it should be done."""
        takes = self.plan.pending + self.plan.processing
        return math.ceil(self.created + (takes if math.isfinite(takes) else LONGEST))

    def changed(self, now: float) -> float:
        """When its state last changed."""
        if self.cancelled is not None:
            return self.cancelled
        times = (self.created + self.plan.pending + self.plan.processing, self.created + self.plan.pending)
        return next((at for at in times if at <= now), self.created)

    def output_size(self) -> tuple[int, int]:
        facts, plan = self.source.facts, self.plan
        if plan.size is not None:
            return plan.size
        scale = plan.scale or 1.0
        return max(1, round(facts.width * scale)), max(1, round(facts.height * scale))

    def to_dict(self, now: float) -> dict[str, Any]:
        """The answer of ``GET /status/{process_id}``, every field of the contract."""
        facts = self.source.facts
        width, height = self.output_size()
        return {
            "process_id": self.process_id, "source_id": self.source.source_id, "filename": self.source.file_name,
            "input_format": facts.kind, "input_height": facts.height, "input_width": facts.width,
            "output_format": self.output_format, "output_height": height, "output_width": width,
            "category": "Matting", "model_type": "Matting", "model": self.model, "crop_to_fill": False,
            "status": self.state(now), "progress": self.progress(now), "eta": self.eta,
            "creation_time": int(self.created), "modification_time": int(self.changed(now)), "credits": self.credits,
        }


@dataclass(frozen=True)
class Ledger:
    """Credits: what can be spent, what running jobs hold, and both together. ``charged`` is gone for good."""

    available: int
    reserved: int
    charged: int

    @property
    def total(self) -> int:
        return self.available + self.reserved

    def to_dict(self) -> dict[str, int]:
        return {"available_credits": self.available, "reserved_credits": self.reserved, "total_credits": self.total}


def ledger(granted: int, jobs: Iterable[Job], now: float) -> Ledger:
    """Reserved while a job runs, charged on completion, given back on Failed and Cancelled; deleted records count."""
    reserved = charged = 0
    for job in jobs:
        state = job.state(now)
        charged += job.credits if state == "Completed" else 0
        reserved += job.credits if state not in ENDED else 0
    return Ledger(granted - reserved - charged, reserved, charged)
