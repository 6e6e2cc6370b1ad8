"""The host made of files in the suite: by the command line, and where something happens in mid-run the host itself."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import tifffile
from PIL import Image

from cutaway import __version__
from cutaway_bridge import errors, flow, installation
from cutaway_bridge.client import Client
from cutaway_bridge.errors import BridgeError
from cutaway_cli import main
from cutaway_files.host import FilesHost
from tests.cli.installed import make_home
from tests.picture import make, profiles

from . import pattern_worker
from .cases import CASES, STAGES, UNTOUCHED, Case
from .document import Document, Layer
from .host import Base, Given, Outcome
from .scene import NEW, PALETTE, TARGET, Scene

_FRAMES = ("smaller-than-the-canvas", "larger-than-the-canvas", "negative-offset", "over-the-far-corner",
           "off-the-canvas", "far-outside", "one-pixel-layer")
_CLEANED = 0
"""The cleaning of colours is the core's own, tested there; here colours are to come through as they are."""


def why_not(case: Case) -> str:
    """Why a picture file cannot have this case; "" where it can."""
    if case.act == "closed":
        return "a file is not open anywhere, so nobody can close it"
    if case.act and case.ends and case.id.startswith("output-mask"):
        return "the picture itself is never written, whatever the form of the result"
    if case.act and not case.id.startswith("selection"):
        return ""
    for had, reason in (
            (case.undo, "nothing is changed that Undo could restore"),
            (case.id in _FRAMES, "a picture file is one layer, as large as its canvas"),
            (case.groups, "a picture file has no groups"), (case.mask, "a picture file has no layer mask"),
            (case.locks, "a picture file has no locks"), (case.selection, "a picture file has no selection"),
            (not case.visible or case.opacity < 1, "a picture file has no hidden layers, modes and opacities"),
            (case.curve == "perceptual", "a picture file has no perceptual precision"),
            (case.clean == 0, "the same as plain: nothing is cleaned in any of these cases")):
        if had:
            return reason
    return ""


class FilesInSuite(Base):
    """``folder``: for an installation whose worker is the real one with a known engine; short enough for a socket."""

    name = "files"
    FLAT: ClassVar[bool] = True
    EXCLUDED: ClassVar[dict[str, str]] = {case.id: why_not(case) for case in CASES if why_not(case)}

    def __init__(self, folder: Path) -> None:
        program = folder / "python"
        self._home = make_home(folder / "home", str(program), __version__)
        pattern_worker.write_program(program, self._home)
        self._folder = folder / "pictures"
        self._folder.mkdir()

    def ends(self, case: Case) -> str:
        """The worker writes the file itself: what dies while it writes is lost with it."""
        return UNTOUCHED if (case.act, case.stage) == ("worker dies", "putting") else case.ends

    def given(self, scene: Scene, before: Document | None) -> Given:
        """All there is of a scene in a file."""
        assert scene.target.pixels is not None
        height, width = scene.target.pixels.shape[:2]
        return dataclasses.replace(
            super().given(scene, before), frame=(0, 0, width, height), icc=None, selection=None, mask=None)

    def outcomes(self, scenes: list[Scene]) -> dict[str, Outcome]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CUTAWAY_HOME", str(self._home))
            patch.delenv("CUTAWAY_TRANSPORT", raising=False)
            try:
                return {scene.case.id: self._one(scene) for scene in scenes}
            finally:
                _stop()

    def _one(self, scene: Scene) -> Outcome:
        case = scene.case
        source = self._folder / f"{case.id}{ending(case)}"
        target = self._folder / "results" / f"{case.id}{ending(case)}"
        write(source, scene)
        before = set(self._folder.rglob("*"))
        out = Outcome(before=self._document(source, target, case))
        out.error = self._staged(case, source, target) if case.stage and case.act != "error" else self._by_command(
            case, source, target)
        out.after = self._document(source, target, case)
        if case.big:
            out.mask = out.after.layer(NEW).pixels[..., -1].tobytes()  # type: ignore[index]
            source.unlink()
            target.unlink()
        else:
            # Neither parts of a file nor folders that were made for it stay behind.
            left = set(self._folder.rglob("*")) - before - {target, target.parent}
            out.left = len(left) + (target.parent in set(self._folder.rglob("*")) - before and not target.exists())
        return out

    def _document(self, source: Path, target: Path, case: Case) -> Document:
        layers, profile = [], None
        for name, path in ((NEW, target), (TARGET, source)):
            if path.exists():
                pixels, profile = read(path)
                height, width = pixels.shape[:2]
                layers.append(Layer(name, (), (0, 0, width, height), True, 1.0, "normal", pixels=pixels))
        return Document((width, height), layers, None, profile)

    def _by_command(self, case: Case, source: Path, target: Path) -> str:
        words = ["remove", str(source), "-o", str(target), "--clean", str(_CLEANED), "--no-refine", "--model", case.id]
        words += ["--mask-only"] if case.output == "mask" else []
        target.parent.mkdir(exist_ok=True)
        said = io.StringIO()
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
            code = main.main(words)
        assert (code == 0) == target.exists(), f"exit code {code}:\n{said.getvalue()}"
        return "" if code == 0 else said.getvalue()

    def _staged(self, case: Case, source: Path, target: Path) -> str:
        """The error's code."""
        asked: list[str] = []
        with Client(installation.find(), "conformance") as client, self._others(case):
            client.connect()
            pid = client.worker["pid"]
            if case.stage == "starting":
                client.close()

            def told(fraction: float, text: str) -> None:
                if text.startswith(STAGES[case.stage]) and not asked:
                    asked.append(text)
                    if case.act == "worker dies":
                        os.kill(pid, signal.SIGKILL)

            host = FilesHost(
                str(source), str(target), on_progress=told,
                is_cancelled=lambda: bool(asked) and case.act == "cancel")
            try:
                model = pattern_worker.HOLD if (case.act, case.stage) == ("cancel", "model") else case.id
                flow.drive(flow.run(host, {"model": model, "clean": _CLEANED, "refine": False}, client))
            except BridgeError as error:
                assert (error.code == "cancelled") == (case.act == "cancel"), error.text()
                return error.text()
            finally:
                assert asked, "what was to happen in mid-run has not happened"
        return ""

    @contextlib.contextmanager
    def _others(self, case: Case) -> Iterator[None]:
        """Somebody else's run, which the worker is busy with."""
        if case.stage != "queued":
            yield
            return
        with Client(installation.find(), "other") as other:
            other.connect()
            job = other.call("job.open")["job"]
            path = self._folder / "other.png"
            path.write_bytes(make.png_of(np.full((4, 4, 3), 9, np.uint8)))
            picture = other.call("picture.read", {"job": job, "path": str(path)})["picture"]
            path.unlink()
            other.request("job.run", {
                "job": job, "picture": picture, "selection": None, "mask": None, "results": [],
                "settings": {"model": pattern_worker.HOLD}})
            while not any(message.get("method") == "progress" for message in other.poll(1.0)):
                pass
            yield


def _stop() -> None:
    """Ends the worker; the one that was killed last may not have gone quite yet."""
    try:
        Client(installation.find(), "conformance").stop()
    except BridgeError as error:
        if error.code != errors.WORKER_LOST:
            raise


def ending(case: Case) -> str:
    """PNG holds up to 16 bits, TIFF all else."""
    return ".png" if case.dtype in ("|u1", "<u2") and not case.big else ".tif"


def profile_of(scene: Scene) -> bytes | None:
    """Linear light is said by the profile."""
    if scene.case.curve != "linear":
        return scene.profile
    if scene.case.model == "gray":
        return profiles.gray(1.0)
    return profiles.rgb(profiles.ADOBE if scene.profile else profiles.SRGB, 1.0)


def write(path: Path, scene: Scene) -> None:
    """The layer as a picture file, by other means than the core's."""
    pixels, icc = scene.target.pixels, profile_of(scene)
    assert pixels is not None
    if scene.case.model == "indexed":
        seen = (pixels[..., None, :3] == PALETTE).all(-1).argmax(-1).astype(np.uint8)
        hidden = pixels.shape[2] == 4
        if hidden:
            seen[pixels[..., 3] == 0] += len(PALETTE)
        image = Image.frombytes("P", seen.shape[::-1], seen.tobytes())
        image.putpalette(np.concatenate([PALETTE, PALETTE]).tobytes())
        more = {"transparency": bytes([255] * len(PALETTE) + [0] * len(PALETTE))} if hidden else {}
        image.save(path, **more)
    elif path.suffix == ".png":
        extra = b"" if icc is None else make.chunk(b"iCCP", b"own\0\0" + make.zlib.compress(icc))
        path.write_bytes(make.png_of(pixels, extra=extra))
    else:
        colours = 1 if pixels.shape[2] < 3 else 3
        tifffile.imwrite(
            path, pixels if pixels.shape[2] > 1 else pixels[..., 0], iccprofile=icc,
            photometric="minisblack" if colours == 1 else "rgb", planarconfig="contig" if pixels.shape[2] > 1 else None,
            extrasamples=["unassalpha"] if pixels.shape[2] > colours else None, metadata=None)


def read(path: Path) -> tuple[np.ndarray, bytes | None]:
    """(height, width, channels) and the profile, by Pillow and tifffile; 16-bit PNG, which Pillow cuts, by hand."""
    if path.suffix == ".tif":
        with tifffile.TiffFile(path) as file:
            page = file.pages[0]
            pixels = page.asarray()
            icc = page.tags[34675].value if 34675 in page.tags else None
        return pixels.reshape(*pixels.shape[:2], -1), icc
    with Image.open(path) as image:
        icc = image.info.get("icc_profile")
        deep = path.read_bytes()[24] == 16
        if not deep:
            shown = image.convert("RGBA" if "transparency" in image.info else "RGB") if image.mode == "P" else image
            pixels = np.asarray(shown)
            return pixels.reshape(*pixels.shape[:2], -1), icc
    return deep_png(path.read_bytes()), icc


def deep_png(data: bytes) -> np.ndarray:
    """A 16-bit PNG's samples, by the format's description (filters: 9.2)."""
    chunks = make.png_chunks(data)
    width, height, _, colour = make.struct.unpack(">IIBB", chunks[0][1][:10])
    channels = {0: 1, 4: 2, 2: 3, 6: 4}[colour]
    raw = make.zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))
    step, line = 2 * channels, 2 * channels * width
    out = np.zeros((height + 1, line + step), np.uint8)
    for y in range(height):
        how, row = raw[y * (line + 1)], np.frombuffer(raw, np.uint8, line, y * (line + 1) + 1)
        _unfilter(how, row, out[y], out[y + 1], step)
    return out[1:, step:].copy().view(">u2").astype("<u2").reshape(height, width, channels)


def _unfilter(how: int, row: np.ndarray, above: np.ndarray, out: np.ndarray, step: int) -> None:
    if how == 0:
        out[step:] = row
    elif how == 2:
        out[step:] = row + above[step:]
    else:
        for at, value in enumerate(row.tolist(), step):
            a, b, c = int(out[at - step]), int(above[at]), int(above[at - step])
            near = {1: a, 3: (a + b) // 2}.get(how)
            if near is None:
                near = min((a, b, c), key=lambda each, p=a + b - c: abs(p - each))
            out[at] = (value + near) & 255
