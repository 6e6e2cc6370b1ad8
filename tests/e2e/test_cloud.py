"""The engine Topaz cloud as it is installed: the command, its real worker, and an emulator of the service."""

from __future__ import annotations

import json
import os
import pty
import select
import stat
import struct
import subprocess
import time
import zlib
from pathlib import Path
from typing import Any

import psutil
import pytest
from PIL import Image

from tests.e2e.conftest import PICTURES
from tests.e2e.shop import Shop, topaz

pytestmark = pytest.mark.model

KEYRING = '''
from keyring.backend import KeyringBackend

class FakeBackend(KeyringBackend):
    priority = 9
    kept = {}

    def set_password(self, service, name, text): self.kept[service, name] = text
    def get_password(self, service, name): return self.kept.get((service, name))
    def delete_password(self, service, name): del self.kept[service, name]
'''


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
    shop("worker", "stop")  # it knows that keyring


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
    code, shown = at_a_terminal(shop, ("remove", cat, "--engine", "topaz"), b"[N]o: ", typed)
    assert b"1 picture will be sent to Topaz for 1 credit at most. Topaz keeps them for 7 days." in shown
    assert (code, len(shop.service.jobs)) == ((0, 1) if sent else (1, 0))
    assert ("is allowed" in shop("key").out) == (typed == b"a\n")


def at_a_terminal(shop: Shop, words: tuple[str | Path, ...], question: bytes, typed: bytes) -> tuple[int, bytes]:
    """The exit code of a call whose question is answered, and all that was on the screen."""
    screen, end = pty.openpty()
    process = subprocess.Popen(shop.line(*words), env=shop.environment, stdin=end, stdout=end, stderr=end)
    os.close(end)
    shown, answered, deadline = b"", False, time.monotonic() + 60
    try:
        while True:
            assert time.monotonic() < deadline, shown
            if not select.select([screen], [], [], 0.1)[0]:
                continue
            try:
                shown += os.read(screen, 4096)
            except OSError:  # nobody is at the other end any more
                return process.wait(30), shown
            if question in shown and not answered:
                answered = True
                os.write(screen, typed)
    finally:
        process.kill()
        process.wait()
        os.close(screen)


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
    assert shop.service.ledger.charged == 1 and shop.states() == ["fetched"]
    assert shop("jobs", "forget", shop.jobs()[0].id[:6]).code == 0 and shop.jobs() == []


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


def test_a_model_that_fails_there(shop: Shop, cat: Path) -> None:
    shop.service._world.profile = "live"
    refused = shop("remove", cat, *topaz())
    assert refused.code == 1 and "could not process it" in refused.err and "Try the other Topaz model" in refused.err
    fallen = shop("remove", cat, "--engine", "auto", "--upload", "once")
    assert fallen.code == 0 and "could not process it" in fallen.err
    assert shop("remove", cat, *topaz("--cloud", "Object", "--mode", "segmentation")).code == 0
    assert shop.states() == ["failed", "failed", "fetched"]
    assert shop.service.ledger.charged == 1


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
