"""Topaz's engine as the editors' users have it: real editors, the real worker, and the emulator for the service."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway_bridge import settings_spec

from . import kra, sandbox, xcf
from .clouded import Clouded, clouded
from .desk import GIMP2_BUTTONS, GIMP3_BUTTONS, SETTLE_S, Desk, letter

pytestmark = [pytest.mark.gui, pytest.mark.model]

PHOTO = sandbox.CHECKOUT / "tests" / "pictures" / "cat.png"
OTHER = sandbox.CHECKOUT / "tests" / "pictures" / "astronaut.jpg"
REMOVE, AGAIN = ("alt+l", "b"), ("alt+l", "c")
DIALOG = "^Remove Background$"
PLAIN = {"engine": "topaz", "refine": False, "clean": 0}


@pytest.fixture
def cloud3(real_gimp: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clouded]:
    with clouded(real_gimp.home, monkeypatch) as made:
        yield made


@pytest.fixture
def cloud2(real_gimp2: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clouded]:
    with clouded(real_gimp2.home, monkeypatch) as made:
        yield made


class Dialog:
    """The dialog of a GIMP, opened and worked by its fields' letters. ``buttons``: letters that fields have not."""

    def __init__(self, desk: Desk, cloud: Clouded, shots: Path, buttons: str) -> None:
        self.shown, self.shots, self.cloud, self._buttons = desk.shown, shots, cloud, buttons
        self.window = desk.open(DIALOG, *REMOVE)
        self.shown.focus(self.window)
        self.shown.wait(
            lambda: self.shown.tell("getactivewindow") == self.window, 20, "the dialog to have the keyboard")
        time.sleep(SETTLE_S)  # until it is drawn, for the pictures of it

    def go_to(self, name: str) -> None:
        self.shown.key(letter(name, self._buttons))
        time.sleep(SETTLE_S / 2)

    def choose(self, name: str, value: str) -> None:
        """A value of a list, by as many steps down as it takes."""
        values = [option[0] for row in settings_spec.load() if row["name"] == name for option in row["options"]]
        self.go_to(name)
        self.shown.key("Home", *["Down"] * values.index(value))
        time.sleep(SETTLE_S)

    def test(self) -> None:
        """The button after the last field of the cloud's; the service has answered then."""
        before = self.asked
        self.go_to("credits")
        self.shown.key("Tab", "space")
        self.wait_for_service(before + 1)  # for the key and for the price

    @property
    def asked(self) -> int:
        """How often the service was asked for the balance."""
        return sum(received.status == 200 for received in self.cloud.emulator.of("balance"))

    def wait_for_service(self, before: int) -> None:
        """Until it was asked more often than ``before``: all keys pressed before have had their effect then."""
        if not self.cloud.emulator.wait(lambda: self.asked > before, 60):
            raise TimeoutError(f"no answer at {self.shown.shoot(self.shots / 'cloud-not-asked.png')}")
        time.sleep(SETTLE_S)  # the answer is shown at the next tick

    def shoot(self, name: str) -> None:
        self.shown.tell("mousemove", "5", "5")
        time.sleep(SETTLE_S)
        self.shown.shoot(self.shots / f"{name}.png", self.window)

    def is_open(self) -> bool:
        return any(title == "Remove Background" for title in self.shown.windows().values())


def provenance(layer: xcf.Layer) -> dict[str, Any]:
    return dict(json.loads(layer.parasites["cutaway-settings"].data)["provenance"])


def mask_of(layer: xcf.Layer) -> np.ndarray:
    return np.frombuffer(layer.mask.data, np.uint8).reshape(layer.height, layer.width)


def judge(image: xcf.Image, cloud: Clouded) -> None:
    """This computer made the upper layer, the service that below, whose mask it has. Upload is not kept."""
    fallen, made = image.layers[0], image.layers[-2]
    assert provenance(made)["engine"] == "topaz" and provenance(fallen)["engine"] == "local"
    np.testing.assert_array_equal(mask_of(made), cloud.emulator.mask(cloud.emulator.jobs[0]))
    for layer in (fallen, made):
        assert json.loads(layer.parasites["cutaway-settings"].data)["settings"]["upload"] == "remembered"


def refused(dialog: Dialog, okay: str) -> None:
    """Without consent the button does nothing, and nothing is sent; the dialog goes on."""
    before = dialog.cloud.sent
    dialog.shown.key(okay)
    dialog.test()  # its key comes after that of the button
    assert dialog.is_open() and dialog.cloud.sent == before


@pytest.mark.gimp3
def test_gimp3(real_gimp: Any, cloud3: Clouded, shown: Any, shots: Path) -> None:
    path = real_gimp.folder / "cloud.xcf"
    okay = "alt+m"
    with real_gimp.window(shown.display, str(PHOTO)):
        desk = Desk(shown, 1390, 870)
        dialog = Dialog(desk, cloud3, shots, GIMP3_BUTTONS)
        dialog.shoot("gimp3-cloud-local")
        before = dialog.asked
        dialog.choose("engine", "topaz")
        dialog.wait_for_service(before)
        dialog.go_to("refine")  # off, so that the mask is the service's own
        dialog.shoot("gimp3-cloud-refused")
        refused(dialog, okay)
        dialog.choose("upload", "once")
        assert not cloud3.emulator.of("submit")
        dialog.test()
        dialog.shoot("gimp3-cloud-tested")
        shown.key(okay)
        desk.layers(2)
        assert cloud3.sent == 1 and not cloud3.allowed

        dialog = Dialog(desk, cloud3, shots, GIMP3_BUTTONS)
        dialog.shoot("gimp3-cloud-again")
        refused(dialog, okay)  # this time only was that time
        dialog.choose("engine", "auto")
        dialog.choose("upload", "always")
        with cloud3.emulator.offline():
            shown.key(okay)
            desk.layers(3)
            shown.shoot(shots / "gimp3-cloud-fallback.png")
        assert cloud3.sent == 1 and cloud3.allowed
        desk.save_as(path)

        cloud3.emulator.control.fault("processing_forever")
        desk.menu(*AGAIN)
        assert cloud3.emulator.wait(lambda: cloud3.sent == 2, 40)
        assert cloud3.emulator.wait(lambda: len(cloud3.emulator.of("status")) >= 2, 30)
        shown.shoot(shots / "gimp3-cloud-waiting.png")

        def told() -> bool:
            shown.click(desk.main, 1108, 850)  # Cancel, beside the bar, once that is drawn
            return cloud3.emulator.wait(lambda: cloud3.emulator.of("cancel"), 2)

        shown.wait(told, 40, "the service to be told of the cancel")
        desk.layers(3, 5)
    judge(xcf.read(path), cloud3)
    said = again_in_batch(real_gimp, cloud3)
    assert "This computer did it instead of Topaz" in said, said


def again_in_batch(gimp: Any, cloud: Clouded) -> str:
    """What the run with the last values, engine auto, prints where there is no network."""
    code = (
        "from gi.repository import Gimp, Gio; "
        f"image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path({str(PHOTO)!r})); "
        "image.flip(Gimp.OrientationType.HORIZONTAL); "  # a picture that the service has not had
        "again = Gimp.get_pdb().lookup_procedure('cutaway-remove-background-again'); "
        "config = again.create_config(); config.set_property('image', image); "
        "config.set_core_object_array('drawables', image.get_layers()); print(again.run(config).index(0))")
    with cloud.emulator.offline():
        return str(gimp.batch("python-fu-eval", code).output)


@pytest.mark.gimp3
def test_gimp3_without_a_dialog(real_gimp: Any, cloud3: Clouded) -> None:
    """The settings are arguments by the same names; without consent, and above the limit, nothing is sent."""
    once = {**PLAIN, "upload": "once"}
    runs = {"no": PLAIN, "dear": {**once, "credits": 0}, "once": once, "again": PLAIN}
    answers = real_gimp.script("photo", {"photo": str(PHOTO), "runs": runs})
    assert "you have not allowed it" in answers["no"]["error"] and "credit" in answers["dear"]["error"]
    assert answers["once"]["error"] == "" and cloud3.sent == 1 and not cloud3.allowed
    for name in ("once", "again"):  # what was paid for needs no leave, and is not sent
        made = xcf.read(Path(answers[name]["path"])).layer("photo (cutout)")
        np.testing.assert_array_equal(mask_of(made), cloud3.emulator.mask(cloud3.emulator.jobs[0]))


@pytest.mark.gimp2
def test_gimp2(real_gimp2: Any, cloud2: Clouded, shown: Any, shots: Path) -> None:
    path = real_gimp2.folder / "cloud.xcf"
    okay = "alt+o"
    with real_gimp2.window(shown.display, str(PHOTO)):
        desk = Desk(shown, 1390, 870)
        dialog = Dialog(desk, cloud2, shots, GIMP2_BUTTONS)
        dialog.shoot("gimp2-cloud-local")
        dialog.choose("engine", "topaz")
        dialog.go_to("refine")
        dialog.shoot("gimp2-cloud-refused")
        refused(dialog, okay)
        dialog.choose("upload", "once")
        dialog.test()
        dialog.shoot("gimp2-cloud-tested")
        shown.key(okay)
        desk.layers(2)
        assert cloud2.sent == 1 and not cloud2.allowed

        dialog = Dialog(desk, cloud2, shots, GIMP2_BUTTONS)
        dialog.shoot("gimp2-cloud-again")
        refused(dialog, okay)
        dialog.choose("engine", "auto")
        dialog.choose("upload", "once")
        with cloud2.emulator.offline():
            shown.key(okay)
            desk.layers(3)
            shown.shoot(shots / "gimp2-cloud-fallback.png")
        assert cloud2.sent == 1
        desk.save_as(path)
    judge(xcf.read(path), cloud2)


@pytest.fixture
def cloud_krita(real_krita: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clouded]:
    with clouded(real_krita.home, monkeypatch) as made:
        yield made


@pytest.mark.krita
def test_krita(real_krita: Any, cloud_krita: Clouded, shots: Path) -> None:
    emulator = cloud_krita.emulator
    said = real_krita.script("krita_cloud", {
        "photos": [str(PHOTO), str(OTHER)], "account": f"{emulator.root_url}/_emulator/account"})
    for name in ("refused", "tested"):
        shutil.copy(real_krita.folder / f"krita-cloud-{name}.png", shots)
    assert "You have not allowed it" in said["refused"]["texts"][0] and not said["refused"]["okay"]
    assert said["tested"]["texts"][2].endswith("The key works: 40 credits left.") and said["tested"]["okay"]
    assert said["kept"] == "remembered" and said["hidden"] == [False, True]
    assert said["messages"][0] == "" and "This computer did it instead of Topaz" in said["messages"][1]
    assert len(emulator.jobs) == 1, "without a subscription nothing is taken"
    for place, engine in enumerate(("topaz", "local")):
        image = kra.read(Path(said["paths"][place]))
        new = image.layers[0]
        kept = json.loads(image.annotations["cutaway-settings-" + new.uuid.strip("{}")])
        assert kept["provenance"]["engine"] == engine and kept["settings"]["upload"] == "remembered"
        if engine == "topaz":
            mask = new.masks[0].samples(0, 0, image.width, image.height)
            np.testing.assert_array_equal(mask, emulator.mask(emulator.jobs[0]))
