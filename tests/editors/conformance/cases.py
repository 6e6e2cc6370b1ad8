"""The table of cases: what there is, what the user does, in words that every host understands.

A case that a host cannot have is named, with the reason, in that host's ``EXCLUDED``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

STAGES = {"starting": "Starting", "reading": "Reading the layer", "queued": "Waiting", "model": "Finding",
          "putting": "Putting the result in"}
"""Where a run can be when something happens, and how the text begins that is then shown: before the worker has answered
at all, while the layer is handed over, while others are before it, in the model, and while the result is put in."""

UNTOUCHED, RESULT, EITHER, GONE = "untouched", "result", "either", "gone"


@dataclass(frozen=True)
class Case:
    """``canvas``, ``size`` (of the layer, called "photo"): width and height in pixels; ``offset``: of the layer on the
    canvas. ``model``: rgb, gray or indexed. ``dtype``: numpy's name of a sample. ``curve``: nonlinear, linear or
    perceptual. ``profile``: "" for sRGB. ``groups``: around the layer, outermost first. ``mask``: "", "ramp", or "off"
    for one that is switched off. ``locks``: of content, position, alpha, visibility. ``selection``: "", hard, soft,
    feathered, or outside the layer. ``output``, ``clean``: the settings of those names.

    ``act``: what happens at ``stage``: cancel, "worker dies", closed (the picture, by the user), error (the worker
    refuses). ``ends``: what must hold then: the picture is untouched, has the whole result, either of them, or is gone.
    ``reopen``: saved, opened and saved again. ``undo``: Undo and Redo, each once. ``big``: too big for the readers:
    judged by the host's own bytes, and by parts of the file that a reader may take.
    """

    id: str
    canvas: tuple[int, int] = (200, 160)
    size: tuple[int, int] = (150, 140)
    offset: tuple[int, int] = (20, 10)
    model: str = "rgb"
    alpha: bool = True
    dtype: str = "|u1"
    curve: str = "nonlinear"
    profile: str = ""
    groups: tuple[str, ...] = ()
    mask: str = ""
    locks: tuple[str, ...] = ()
    visible: bool = True
    opacity: float = 1.0
    mode: str = "normal"
    selection: str = ""
    output: str = "layer"
    clean: int = 100
    act: str = ""
    stage: str = ""
    ends: str = RESULT
    reopen: bool = False
    undo: bool = False
    big: bool = False

    def __str__(self) -> str:
        return self.id


def _frames() -> list[Case]:
    base = Case("")
    return [
        replace(base, id="plain", reopen=True),
        replace(base, id="no-alpha", alpha=False),
        replace(base, id="as-large-as-the-canvas", size=(200, 160), offset=(0, 0)),
        replace(base, id="smaller-than-the-canvas", size=(60, 50), offset=(70, 90)),
        replace(base, id="larger-than-the-canvas", size=(300, 230), offset=(-50, -40), reopen=True),
        replace(base, id="negative-offset", size=(150, 140), offset=(-35, -20)),
        replace(base, id="over-the-far-corner", offset=(120, 90)),
        replace(base, id="off-the-canvas", size=(80, 60), offset=(210, 170)),
        replace(base, id="far-outside", offset=(1000, -1000)),
        replace(base, id="one-pixel", canvas=(1, 1), size=(1, 1), offset=(0, 0)),
        replace(base, id="one-pixel-layer", size=(1, 1), offset=(40, 50)),
        replace(base, id="one-row", size=(300, 1), offset=(-20, 30)),
        replace(base, id="one-column", size=(1, 200), offset=(20, -10), alpha=False),
        replace(base, id="several-tiles", canvas=(420, 300), size=(400, 280), offset=(10, 10)),
        replace(base, id="40-megapixels", canvas=(8000, 5000), size=(8000, 5000), offset=(0, 0), alpha=False, big=True),
    ]


def _kinds() -> list[Case]:
    base = Case("")
    said = []
    for dtype, curve in (
            ("|u1", "linear"), ("<u2", "nonlinear"), ("<u2", "linear"), ("<u4", "nonlinear"), ("<f2", "linear"),
            ("<f4", "nonlinear"), ("<f4", "linear"), ("<f8", "linear"), ("<u2", "perceptual")):
        said.append(replace(base, id=f"rgb-{dtype[1:]}-{curve}", dtype=dtype, curve=curve))
    for dtype, curve, alpha in (
            ("|u1", "nonlinear", True), ("|u1", "nonlinear", False), ("|u1", "linear", True),
            ("<u2", "nonlinear", True), ("<f4", "nonlinear", True), ("<f4", "linear", False)):
        name = f"gray{'a' if alpha else ''}-{dtype[1:]}-{curve}"
        said.append(replace(base, id=name, model="gray", dtype=dtype, curve=curve, alpha=alpha))
    return [
        *said,
        replace(base, id="rgb-u2-no-alpha", dtype="<u2", alpha=False, reopen=True),
        replace(base, id="rgb-f4-no-alpha", dtype="<f4", curve="linear", alpha=False, reopen=True),
        replace(base, id="indexed", model="indexed", alpha=False),
        replace(base, id="indexed-alpha", model="indexed"),
        replace(base, id="adobe", profile="adobe", reopen=True),
        replace(base, id="adobe-u2", profile="adobe", dtype="<u2", alpha=False),
        replace(base, id="adobe-f4-linear", profile="adobe", dtype="<f4", curve="linear"),
        replace(base, id="adobe-perceptual", profile="adobe", dtype="<u2", curve="perceptual"),
    ]


def _situations() -> list[Case]:
    base = Case("")
    return [
        replace(base, id="in-a-group", groups=("outer", "inner"), offset=(-7, 8), size=(50, 40), reopen=True),
        replace(base, id="mask", mask="ramp"),
        replace(base, id="mask-u2", mask="ramp", dtype="<u2"),
        replace(base, id="mask-f4-linear", mask="ramp", dtype="<f4", curve="linear"),
        replace(base, id="mask-off", mask="off"),
        replace(base, id="locked-content", locks=("content",)),
        replace(base, id="locked-position", locks=("position",)),
        replace(base, id="locked-alpha", locks=("alpha",)),
        replace(base, id="locked-visibility", locks=("visibility",)),
        replace(base, id="locked-wholly", locks=("content", "position", "alpha"), groups=("outer",)),
        replace(base, id="hidden", visible=False),
        replace(base, id="mode-and-opacity", mode="multiply", opacity=0.4),
        replace(base, id="selection-hard", selection="hard", reopen=True),
        replace(base, id="selection-soft", selection="soft"),
        replace(base, id="selection-feathered", selection="feathered"),
        replace(base, id="selection-on-a-large-layer", selection="soft", size=(300, 230), offset=(-50, -40)),
        replace(base, id="selection-in-a-group", selection="hard", groups=("outer",), offset=(-7, 8)),
        replace(base, id="selection-and-mask", selection="soft", mask="ramp"),
        replace(base, id="selection-outside", selection="outside", size=(60, 50), offset=(130, 100), act="error",
                stage="putting", ends=UNTOUCHED),
        replace(base, id="colours-left", clean=0),
        replace(base, id="output-mask", output="mask", reopen=True),
        replace(base, id="output-mask-no-alpha", output="mask", alpha=False),
        replace(base, id="output-mask-over-a-mask", output="mask", mask="ramp"),
        replace(base, id="output-mask-over-one-that-is-off", output="mask", mask="off"),
        replace(base, id="output-mask-locked", output="mask", locks=("content",)),
        replace(base, id="output-mask-in-a-group", output="mask", groups=("outer", "inner"), offset=(-7, 8)),
        replace(base, id="output-mask-u2", output="mask", dtype="<u2"),
        replace(base, id="undo", undo=True, offset=(-20, 30)),
        replace(base, id="undo-mask", undo=True, output="mask"),
    ]


def _ends() -> list[Case]:
    base = Case("", selection="hard", groups=("outer",))
    plain = Case("")
    said = [replace(base, id="refused-by-the-worker", act="error", stage="model", ends=UNTOUCHED)]
    # The last step is short, and whoever cancels in it may find it done; half of it never.
    said += [replace(base, id=f"cancel-{stage}", act="cancel", stage=stage,
                     ends=EITHER if stage == "putting" else UNTOUCHED) for stage in STAGES]
    # Nothing was lost where the worker had not begun: another one takes over.
    said += [replace(base, id=f"worker-dies-{stage}", act="worker dies", stage=stage,
                     ends=UNTOUCHED if stage == "model" else RESULT) for stage in STAGES]
    # What the host converts it must be able to convert once more.
    said += [replace(base, id="worker-dies-queued-converted", act="worker dies", stage="queued", model="gray",
                     dtype="<u2")]
    said += [replace(plain, id=f"closed-{stage}", act="closed", stage=stage, ends=GONE)
             for stage in STAGES if stage != "queued"]
    said += [replace(base, id="output-mask-cancel-model", output="mask", act="cancel", stage="model", mask="ramp",
                     ends=UNTOUCHED),
             replace(base, id="output-mask-worker-dies-model", output="mask", act="worker dies", stage="model",
                     mask="ramp", ends=UNTOUCHED)]
    return said


CASES: tuple[Case, ...] = (*_frames(), *_kinds(), *_situations(), *_ends())
BY_ID = {case.id: case for case in CASES}
