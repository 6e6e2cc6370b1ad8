"""The command with an emulator of Topaz's service: one home, one worker and one service for all tests of a module."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from PIL import Image

from cutaway.cloud.journal import Entry, Journal
from cutaway.home import Home
from tests.cli.installed import Outcome, make_home
from tests.e2e.conftest import MODEL, Cutaway
from tests.emulator import Emulator
from tests.emulator.faults import INFINITE
from tests.emulator.jobs import Plan
from tests.emulator.world import Account

CREDITS = 200


@dataclass(frozen=True)
class Shop(Cutaway):
    """The command with a service of its own. ``said``: all that it ever said; ``more``: of its environment."""

    service: Emulator
    more: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        plain = {name: value for name, value in super().environment.items() if not name.startswith("CUTAWAY_TOPAZ")}
        return {**plain, "CUTAWAY_TOPAZ_URL": self.service.base_url, **self.more}

    def __call__(self, *arguments: str | Path, folder: Path | None = None, typed: str = "") -> Outcome:
        ran = subprocess.run(
            self.line(*arguments), env=self.environment, cwd=folder, input=typed, capture_output=True, text=True,
            timeout=200, check=False)
        self.said.extend((ran.stdout, ran.stderr))
        return Outcome(ran.returncode, ran.stdout, ran.stderr)

    def jobs(self) -> list[Entry]:
        return Journal(Home(self.home)).entries()

    def states(self) -> list[str]:
        return [entry.state for entry in self.jobs()]

    def kill(self) -> None:
        """The worker's end, without a word."""
        pid = self.status()["pid"]
        os.kill(int(str(pid)), signal.SIGKILL)
        with contextlib.suppress(psutil.NoSuchProcess):
            psutil.Process(int(str(pid))).wait(10)

    def ended(self, process: subprocess.Popen[str]) -> Outcome:
        out, err = process.communicate(timeout=120)
        self.said.extend((out, err))
        return Outcome(process.returncode, out, err)

    def wait_for_rest(self) -> None:
        wait_until(lambda: not self.status().get("running"))

    def reset(self) -> None:
        """As new: a key, nothing allowed, nothing sent, a service without faults that is done at once."""
        self.wait_for_rest()
        self.said.clear()
        self.more.clear()
        world = self.service._world
        with world.lock:
            world.profile, world.plan, world.account = "documented", Plan(0.0, 0.0), Account(CREDITS)
            world.keys = {self.service.key}
            world.script.clear()
            for kept in (world.jobs, world.sources, world.links, world.received, world.most):
                kept.clear()
        shutil.rmtree(self.home / "journal", ignore_errors=True)
        (self.home / "consent.json").unlink(missing_ok=True)
        key = self.home / "topaz.key"
        key.touch(mode=0o600)
        key.write_text(self.service.key + "\n", "ascii")

    def hold(self) -> None:
        """From now on jobs take as long as it takes, until they are let go."""
        self.service._world.plan = Plan(0.0, INFINITE)

    def let_go(self) -> None:
        """All jobs end now, each as it was to end, and later ones at once."""
        with self.service._world.lock:
            self.service._world.plan = Plan(0.0, 0.0)
            for job in self.service.jobs:
                job.plan = dataclasses.replace(job.plan, pending=0.0, processing=0.0)

    def check(self, *words: str) -> None:
        """What must be true after whatever a test did."""
        self.wait_for_rest()
        assert not self.service.paid_twice() and not self.service.leaks and not self.service.strays
        files = [path for path in self.home.rglob("*") if path.is_file() and path.name not in (MODEL, "topaz.key")]
        texts = [path.read_bytes().decode("latin-1") for path in files] + self.said
        for secret in (self.service.key, self.service.storage_url):
            assert not [text for text in texts if secret in text]
        log = (self.home / "run" / "worker.log").read_text("utf-8")
        assert not [word for word in words if word in log], "the log knows no folders of the user"
        assert list((self.home / "journal").glob("sending/*")) == [], "no picture stays behind"


@contextlib.contextmanager
def opened(model_file: Path) -> Iterator[Shop]:
    """A home with the default model, and its service; its worker ends with the block."""
    with Emulator(pending=0.0, processing=0.0, credits=CREDITS) as service:
        made = Shop(make_home(Path(tempfile.mkdtemp(prefix="cutaway-e2e-"))), service)
        (made.home / "models").mkdir()
        shutil.copy(model_file, made.home / "models" / MODEL)
        try:
            yield made
        finally:
            made.more.clear()
            made("worker", "stop")
            shutil.rmtree(made.home, ignore_errors=True)


def pictures(folder: Path, count: int) -> list[Path]:
    folder.mkdir(exist_ok=True)
    for number in range(count):
        noise = np.random.default_rng(number).integers(0, 256, (6, 8, 3), np.uint8)
        Image.fromarray(noise).resize((96, 72), Image.Resampling.BICUBIC).save(folder / f"p{number:02}.png")
    return sorted(folder.glob("p*.png"))


def topaz(*more: str) -> tuple[str, ...]:
    return ("--engine", "topaz", "--upload", "once", "--overwrite", *more)


def wait_until(ready: Callable[[], Any], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)
