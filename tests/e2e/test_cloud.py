"""The engine Topaz cloud as it is installed: the command, its real worker, and an emulator of the service."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import select
import shutil
import signal
import stat
import struct
import subprocess
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image

from tests.cli.installed import Outcome, make_home
from tests.e2e.conftest import MODEL, PICTURES, Cutaway
from tests.emulator import Emulator

KEYRING = '''
from keyring.backend import KeyringBackend

class FakeBackend(KeyringBackend):
    priority = 9
    kept = {}

    def set_password(self, service, name, text): self.kept[service, name] = text
    def get_password(self, service, name): return self.kept.get((service, name))
    def delete_password(self, service, name): del self.kept[service, name]
'''


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

    def jobs(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self("jobs", "--json").out)["jobs"]
        return found

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

    def check(self, *words: str) -> None:
        """What must be true after whatever a test did."""
        assert not self.service.paid_twice() and not self.service.leaks and not self.service.strays
        files = [path for path in self.home.rglob("*") if path.is_file() and path.name not in (MODEL, "topaz.key")]
        texts = [path.read_bytes().decode("latin-1") for path in files] + self.said
        for secret in (self.service.key, self.service.storage_url):
            assert not [text for text in texts if secret in text]
        log = (self.home / "run" / "worker.log").read_text("utf-8")
        assert not [word for word in words if word in log], "the log knows no folders of the user"
        assert list((self.home / "journal").glob("sending/*")) == [], "no picture stays behind"


@pytest.fixture
def service() -> Iterator[Emulator]:
    with Emulator(pending=0.0, processing=0.5, credits=200) as running:
        yield running


@pytest.fixture
def shop(model_file: Path, service: Emulator, tmp_path: Path) -> Iterator[Shop]:
    """With a key and nothing allowed."""
    made = Shop(make_home(Path(tempfile.mkdtemp(prefix="cutaway-e2e-"))), service)
    (made.home / "models").mkdir()
    shutil.copy(model_file, made.home / "models" / MODEL)
    try:
        assert made("key", "set", typed=service.key + "\n").code == 0
        yield made
        made.check(str(tmp_path), tmp_path.name)
    finally:
        made("worker", "stop")
        shutil.rmtree(made.home, ignore_errors=True)


@pytest.fixture
def cat(tmp_path: Path) -> Path:
    with Image.open(PICTURES / "cat.png") as image:
        image.convert("RGB").resize((160, 120)).save(tmp_path / "cat.jpg")
    return tmp_path / "cat.jpg"


def pictures(folder: Path, count: int) -> list[Path]:
    folder.mkdir(exist_ok=True)
    for number in range(count):
        noise = np.random.default_rng(number).integers(0, 256, (6, 8, 3), np.uint8)
        Image.fromarray(noise).resize((96, 72), Image.Resampling.BICUBIC).save(folder / f"p{number:02}.png")
    return sorted(folder.glob("p*.png"))


def topaz(*more: str) -> tuple[str, ...]:
    return ("--engine", "topaz", "--upload", "once", "--overwrite", *more)


# Key, consent, price.

def test_the_key_in_a_file_of_ones_own_and_the_test_of_it(shop: Shop) -> None:
    said = shop("key", "set", typed=shop.service.key)
    assert said.code == 0 and "This system has no keyring that works" in said.err
    assert stat.S_IMODE((shop.home / "topaz.key").stat().st_mode) == 0o600
    assert "in a file that only you can read" in shop("key").out
    assert shop("key", "test").out == "The key works: 200 credits left, 0 reserved.\n" and shop.service.jobs == []
    checked = shop("key", "test", "--with-one-credit")
    assert checked.code == 0 and "for 1 credit; the mask keeps" in checked.out and shop.service.ledger.charged == 1
    assert shop("key", "forget").code == 0 and not (shop.home / "topaz.key").exists()
    assert shop("key", "test").err == "error: No Topaz API key is set. Set it with  cutaway key set\n"


def test_the_keyring_of_the_system(shop: Shop, tmp_path: Path) -> None:
    shop("worker", "stop")
    (tmp_path / "fake_backend.py").write_text(KEYRING)
    (tmp_path / "python_keyring").mkdir()
    (tmp_path / "python_keyring" / "keyringrc.cfg").write_text(
        f"[backend]\ndefault-keyring=fake_backend.FakeBackend\nkeyring-path={tmp_path}\n")
    shop.more["XDG_CONFIG_HOME"] = str(tmp_path)
    said = shop("key", "set", typed=shop.service.key)
    assert (said.code, said.err) == (0, "") and "in the system's keyring" in said.out
    assert not (shop.home / "topaz.key").exists() and shop("key", "test").code == 0
    assert shop("key", "forget").code == 0 and shop("key").out.startswith("No Topaz API key is set.")


def test_the_key_of_the_programs_environment_reaches_a_worker_that_runs(shop: Shop, cat: Path) -> None:
    shop("key", "forget")
    assert shop("key", "test").code == 1
    shop.more["CUTAWAY_TOPAZ_API_KEY"] = shop.service.key
    assert shop("key", "test").code == 0 and shop("remove", cat, *topaz()).code == 0
    worker = psutil.Process(int(str(shop.status()["pid"])))
    assert shop.service.key not in " ".join(worker.environ().values()) + " ".join(worker.cmdline())
    del shop.more["CUTAWAY_TOPAZ_API_KEY"]
    assert shop("key", "test").code == 1, "it was said for one connection"


def test_without_consent_nothing_leaves_this_computer(shop: Shop, cat: Path) -> None:
    refused = shop("remove", cat, "--engine", "topaz")
    assert refused.code == 1 and "Nothing was sent to Topaz: you have not allowed it." in refused.err
    fallen = shop("remove", cat, "--engine", "auto")
    assert fallen.code == 0 and "This computer did it instead of Topaz: Nothing was sent" in fallen.err
    assert shop("remove", cat, "--engine", "topaz", "--upload", "never", "--overwrite").code == 1
    over = shop("remove", cat, *topaz("--max-credits", "0"))
    assert over.code == 1 and "would cost 1 credit, and your limit is 0" in over.err
    priced = shop("remove", cat, cat, "--engine", "topaz", "--dry-run", "--json", "-o", "x/", folder=cat.parent)
    assert priced.code == 2, "two results would go to one file"
    priced = shop("remove", cat, "--engine", "topaz", "--dry-run", "--overwrite")
    assert priced.code == 0 and "1 credit at most for 1 picture. Nothing was sent. The account has 200." in priced.out
    assert not shop.service.of("submit") and shop.jobs() == []


@pytest.mark.parametrize(("typed", "sent"), [(b"y\n", True), (b"n\n", False), (b"\n", False), (b"a\n", True)])
def test_consent_at_a_terminal(shop: Shop, cat: Path, typed: bytes, sent: bool) -> None:
    screen, end = pty.openpty()
    process = subprocess.Popen(
        shop.line("remove", cat, "--engine", "topaz"), env=shop.environment, stdin=end, stdout=end, stderr=end)
    os.close(end)
    shown, deadline = b"", time.monotonic() + 60
    try:
        while process.poll() is None or select.select([screen], [], [], 0.2)[0]:
            assert time.monotonic() < deadline
            with contextlib.suppress(OSError):
                shown += os.read(screen, 4096) if select.select([screen], [], [], 0.1)[0] else b""
            if typed and b"[N]o: " in shown:
                os.write(screen, typed)
                typed_now, typed = typed, b""
            if process.poll() is not None:
                break
    finally:
        process.kill()
        process.wait()
        os.close(screen)
    assert b"1 picture will be sent to Topaz for 1 credit at most. Topaz keeps them for 7 days." in shown
    assert (process.returncode, len(shop.service.jobs)) == ((0, 1) if sent else (1, 0))
    assert ("is allowed" in shop("key").out) == (typed_now == b"a\n")


def test_what_is_sent_and_what_comes_back(shop: Shop, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E], exif[0x0112] = "a secret place", 6
    with Image.open(PICTURES / "cat.png") as image:
        image.convert("RGB").resize((160, 120)).save(tmp_path / "private name.jpg", exif=exif)
    done = shop("remove", tmp_path / "private name.jpg", *topaz("--json"))
    assert done.code == 0, done.err
    made = json.loads(done.out)["provenance"]
    assert (made["engine"], made["model"], made["credits"]) == ("topaz", "RemoveBG", 1)
    (submit,) = shop.service.of("submit")
    assert submit.upload is not None and submit.upload.wrongs == []
    assert (submit.upload.width, submit.upload.height) == (120, 160), "upright, as it is shown"
    assert "private" not in submit.file_name and b"secret" not in (submit.picture or b"")
    again = shop("remove", tmp_path / "private name.jpg", *topaz())
    assert "note: private name.jpg: This picture was paid for before" in again.err.replace(f"{tmp_path}/", "")
    assert shop.service.ledger.charged == 1 and [job["state"] for job in shop.jobs()] == ["fetched"]
    assert shop("jobs", "forget", shop.jobs()[0]["id"][:6]).code == 0 and shop.jobs() == []


# What the service does.

ACCOUNTS: list[tuple[dict[str, Any], str]] = [
    ({"credits": 0}, "the Topaz account has 0"), ({"subscription": False}, "no API subscription"),
    ({"forbidden": {"submit"}}, "may not do this")]


@pytest.mark.parametrize(("account", "words"), ACCOUNTS)
def test_an_account_that_cannot(shop: Shop, cat: Path, account: dict[str, Any], words: str) -> None:
    for name, value in account.items():
        setattr(shop.service.control.account, name, value)
    refused = shop("remove", cat, *topaz())
    assert refused.code == 1 and words in refused.err and refused.err.count("error:") == 1
    fallen = shop("remove", cat, "--engine", "auto", "--upload", "once")
    assert fallen.code == 0 and "This computer did it instead of Topaz" in fallen.err and words in fallen.err
    assert shop.service.jobs == []


def test_no_network(shop: Shop, cat: Path) -> None:
    with shop.service.offline():
        refused = shop("remove", cat, *topaz())
        assert refused.code == 1 and "Topaz's service cannot be reached: the connection was refused." in refused.err
        fallen = shop("remove", cat, "--engine", "auto", "--upload", "once")
        assert fallen.code == 0 and "This computer did it instead" in fallen.err and "paid" not in fallen.err
        priced = shop("remove", cat, "--engine", "topaz", "--dry-run", "--overwrite")
        assert priced.code == 0 and priced.out.endswith("Nothing was sent.\n")
        assert shop("key", "test").code == 1
    assert shop.jobs() == []


def test_a_model_that_fails_there(model_file: Path, shop: Shop, cat: Path) -> None:
    shop.service._world.profile = "live"
    refused = shop("remove", cat, *topaz())
    assert refused.code == 1 and "could not process it" in refused.err and "Try the other Topaz model" in refused.err
    fallen = shop("remove", cat, "--engine", "auto", "--upload", "once")
    assert fallen.code == 0 and "could not process it" in fallen.err
    assert shop("remove", cat, *topaz("--cloud", "Object", "--mode", "segmentation")).code == 0
    assert [job["state"] for job in shop.jobs()] == ["failed", "failed", "fetched"]
    assert shop.service.ledger.charged == 1


@pytest.mark.parametrize("phase", ["submit", "status", "storage"])
def test_ctrl_c(shop: Shop, cat: Path, phase: str) -> None:
    shop.service.control.fault("stall", phase, seconds=4.0)
    process = shop.started("remove", cat, *topaz())
    assert shop.service.wait(lambda: shop.service.of(phase), 60)
    process.send_signal(signal.SIGINT)
    stopped = shop.ended(process)
    assert (stopped.code, stopped.err.splitlines()[-1]) == (130, "0 of 1 done, 1 cancelled.")
    shop.service.control.clear()
    if phase == "status":
        assert shop.service.wait(lambda: shop.service.of("cancel"), 20)
    wait_until(lambda: not shop.status()["running"])
    if phase != "submit":  # there the job may be made once the stalled request is read on
        wait_until(lambda: shop.service.ledger.reserved == 0)
        assert shop.service.ledger.charged == (1 if phase == "storage" else 0)
    states = [job["state"] for job in shop.jobs()]
    assert states == {"submit": ["unknown"], "status": ["cancelled"], "storage": ["completed"]}[phase]
    if phase == "storage":
        assert shop("jobs", "resume").code == 0 and shop("remove", cat, *topaz()).code == 0
        assert len(shop.service.jobs) == 1


def wait_until(ready: Callable[[], Any], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


# Kills. The emulator holds the answer at the step; then the worker is gone without a word.

STEPS = [("stall_after", "submit", "unknown"), ("stall", "status", "submitted"), ("stall", "download", "completed"),
         ("stall", "storage", "completed")]


@pytest.mark.parametrize(("fault", "on", "state"), STEPS)
def test_killed_and_resumed(shop: Shop, cat: Path, fault: str, on: str, state: str) -> None:
    shop.service.control.fault(fault, on, seconds=30.0)
    process = shop.started("remove", cat, *topaz())
    assert shop.service.wait(lambda: shop.service.of(on) and shop.service.jobs, 60)
    shop.kill()
    died = shop.ended(process)
    assert died.code == 1 and "The background process ended unexpectedly." in died.err
    shop.service.control.clear()
    (job,) = shop.jobs()
    assert job["state"] == ("intent" if on == "submit" else state) and not job["ended"]
    wait_until(lambda: shop.service.ledger.reserved == 0)
    mask = cat.with_name("mask.png")
    resumed = shop("jobs", "resume", job["id"][:6], "-o", mask)
    assert resumed.code == 0, resumed.err
    with Image.open(mask) as shown:
        assert (shown.mode, shown.size) == ("L", (160, 120))
        assert (np.asarray(shown) == shop.service.mask(shop.service.jobs[0])).all()
    assert shop("jobs", "resume").out == "There is nothing to fetch.\n"
    done = shop("remove", cat, "--engine", "topaz", "--overwrite")
    assert done.code == 0 and "paid for before" in done.err, "not even consent is needed for what was paid for"
    assert len(shop.service.of("submit")) == 1 and shop.service.ledger.charged == 1


def test_killed_before_anything_arrived(shop: Shop, cat: Path) -> None:
    shop.service.control.fault("rate_limit", "submit", times=None, retry_after=60)
    process = shop.started("remove", cat, *topaz())
    assert shop.service.wait(lambda: shop.service.of("submit"), 60)
    assert list((shop.home / "journal" / "sending").glob("*.png"))
    shop.kill()
    shop.ended(process)
    shop.service.control.clear()
    again = shop("remove", cat, *topaz())
    assert again.code == 1 and "whether it has taken the picture is not known yet" in again.err
    assert "It is not sent again meanwhile." in again.err and len(shop.service.of("submit")) == 1
    assert [job["state"] for job in shop.jobs()] == ["unknown"] and shop("jobs", "resume").code == 1
    assert not list((shop.home / "journal" / "sending").glob("*.png")), "what a killed process has left is removed"


# Many.

@pytest.mark.parametrize("at_once", [3, 8])
def test_fifty_pictures_under_bursts_of_too_many_requests(shop: Shop, tmp_path: Path, at_once: int) -> None:
    for on, after in (("submit", 4), ("submit", 20), ("status", 10), ("download", 6), ("storage", 15)):
        shop.service.control.fault("rate_limit", on, times=6, after=after)
    sources = pictures(tmp_path / "in", 50)
    before = float(str(shop.status()["memory_mb"]))
    done = shop("remove", *sources, "-o", f"{tmp_path}/out/", "--at-once", str(at_once), *topaz())
    assert done.code == 0 and done.err.splitlines()[-1] == "50 of 50 done.", done.err
    assert len(list((tmp_path / "out").glob("*_cutout.png"))) == 50
    assert (len(shop.service.jobs), shop.service.ledger.charged) == (50, 50)
    assert shop.service.most["jobs"] <= at_once and (at_once == 3 or shop.service.most["jobs"] > 3)
    assert {job["state"] for job in shop.jobs()} == {"fetched"}
    assert float(str(shop.status()["memory_mb"])) < before + 300


def test_work_on_this_computer_goes_on_while_three_hang_at_topaz(shop: Shop, tmp_path: Path, cat: Path) -> None:
    shop.service.control.fault("pending_forever", times=3)
    hanging = shop.started("remove", *pictures(tmp_path / "in", 3), "-o", f"{tmp_path}/out/", *topaz())
    try:
        assert shop.service.wait(lambda: len(shop.service.jobs) == 3, 60)
        done = shop("remove", cat)
        assert done.code == 0 and cat.with_name("cat_cutout.png").exists()
        assert hanging.poll() is None and shop.service.ledger.reserved == 3
    finally:
        hanging.send_signal(signal.SIGINT)
    assert shop.ended(hanging).code == 130
    wait_until(lambda: shop.service.ledger.reserved == 0)
    wait_until(lambda: {job["state"] for job in shop.jobs()} == {"cancelled"})


def test_prices_of_many_pictures_are_read_from_their_headers(shop: Shop, tmp_path: Path) -> None:
    """Ten thousand pixels a side by the header, and nothing behind it that could be decoded."""
    head = struct.pack(">IIBBBBB", 10_000, 10_000, 8, 0, 0, 0, 0)
    parts = [b"\x89PNG\r\n\x1a\n"]
    for kind, data in ((b"IHDR", head), (b"IDAT", b"nothing"), (b"IEND", b"")):
        parts += [struct.pack(">I", len(data)), kind, data, struct.pack(">I", zlib.crc32(kind + data))]
    for number in range(1200):
        (tmp_path / f"p{number}.png").write_bytes(b"".join(parts))
    names = sorted(path.name for path in tmp_path.glob("p*.png"))
    priced = shop("remove", *names, "--engine", "topaz", "--dry-run", "--json", folder=tmp_path)
    said = json.loads(priced.out)
    assert priced.code == 0 and said["credits"] == 5 * 1200 and len(said["pictures"]) == 1200
