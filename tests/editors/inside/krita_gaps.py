"""How long Krita's interface stands still while a large layer goes through Remove Background.

A timer of 2 ms ticks in Krita's own event loop; a gap is the time between two of its ticks. ``given``: "kinds", pairs
of colour model and depth; "size"; "repeat"; "form": "paint", "filtered" or "group".
"""

import sys
import time

import krita_scenes as scenes
from krita import Krita

TICK_MS = 2
STRIP = 500


class Meter:
    """The longest gap, also by what the run said then, and the longest of the calls that the adapter has made."""

    def __init__(self):
        self.gap, self.by_stage, self.calls, self._at, self._stack = 0.0, {}, {}, None, []
        self.timer = scenes.edge().QtCore.QTimer()
        self.timer.setInterval(TICK_MS)
        self.timer.timeout.connect(self.tick)

    def start(self):
        self._at = time.monotonic()
        self.timer.start()

    def tick(self):
        now = time.monotonic()
        run = scenes.plugin().run
        stage = run.host.told[1].split(":")[0] if run is not None else "after the end"
        self.gap = max(self.gap, now - self._at)
        self.by_stage[stage] = max(self.by_stage.get(stage, 0.0), now - self._at)
        self._at = now

    def stop(self):
        self.tick()
        self.timer.stop()

    def watch(self, step):
        """``step`` with the time of every built-in call in it."""
        def watched():
            sys.setprofile(self.seen)
            try:
                step()
            finally:
                sys.setprofile(None)
                self._stack.clear()
        return watched

    def seen(self, frame, event, called):
        if event == "c_call":
            self._stack.append(time.monotonic())
        elif event in ("c_return", "c_exception") and self._stack:
            took = time.monotonic() - self._stack.pop()
            name = f"{frame.f_code.co_name}: {called.__name__}"
            if took > 0.02:
                self.calls[name] = max(took, self.calls.get(name, 0.0))


def picture(model, depth, size, form):
    """Generator: the document and the layer, in ``made``."""
    profile = scenes.SRGB if (model, depth[0]) == ("RGBA", "U") else None
    profile = profile or Krita.instance().profiles(model, depth)[0]
    document = scenes.document(*size, model=model, depth=depth, profile=profile)
    yield 0.2
    sample = {"U8": 1, "U16": 2, "F16": 2, "F32": 4}[depth] * {"RGBA": 4, "GRAYA": 2, "CMYKA": 5, "LABA": 4}[model]
    width, height = size
    if depth in ("F16", "F32"):
        row = ({"F16": b"\x00\x38", "F32": b"\x00\x00\x40\x3f"}[depth] * 4) * width
    else:
        row = bytes(1 + value % 250 for value in range(251)) * (width * sample // 251 + 1)
    node = document.createNode("photo", "paintlayer")
    for y in range(0, height, STRIP):
        rows = min(STRIP, height - y)
        data = b"".join(row[shift:shift + width * sample] if depth[0] == "U" and len(row) >= shift + width * sample
                        else row[:width * sample] for shift in range(rows))
        node.setPixelData(data, 0, y, width, rows)
        yield 0.01
    if form == "group":
        group = document.createGroupLayer("set")
        document.rootNode().addChildNode(group, None)
        group.addChildNode(node, None)
        node = group
    else:
        document.rootNode().addChildNode(node, None)
    if form == "filtered":
        mask = document.createFilterMask("invert", Krita.instance().filter("invert"), scenes.everything(document))
        node.addChildNode(mask, None)
    document.refreshProjection()
    yield lambda: scenes.idle(document)
    yield 0.5
    return document, node


def measured(desk, document, node):
    """Generator: one run; what it took."""
    yield from scenes.activate(document, node)
    yield 0.3
    meter = Meter()
    running = sys.modules["cutaway.running"].Run
    step = running.step
    running.step = lambda run: meter.watch(lambda: step(run))()
    scenes.last_values(**desk.given.get("settings", {}))
    began = time.monotonic()
    meter.start()
    try:
        desk.app.action(scenes.AGAIN).trigger()
        while scenes.plugin().run is not None:
            yield 0.02
    finally:
        running.step = step
    took = time.monotonic() - began
    yield lambda: scenes.idle(document)
    meter.stop()
    said = scenes.answered(desk)
    desk.app.action("edit_undo").trigger()
    yield 1.0
    yield lambda: scenes.idle(document)
    return {"gap": meter.gap, "by_stage": meter.by_stage, "seconds": took, "said": said,
            "calls": sorted(meter.calls.items(), key=lambda each: -each[1])[:8]}


def krita_itself(desk, document, node):
    """Generator: the longest gap while Krita hides and shows the layer by its own menu entry."""
    yield from scenes.activate(document, node)
    yield 0.3
    meter = Meter()
    meter.start()
    for _ in range(2):
        desk.app.action("toggle_layer_visibility").trigger()
        yield 0.5
        yield lambda: scenes.idle(document)
    meter.stop()
    return meter.gap


def steps(desk):
    desk.app.activeWindow().qwindow().showMaximized()
    desk.answer["rows"] = []
    for model, depth in desk.given["kinds"]:
        document, node = yield from picture(model, depth, desk.given["size"], desk.given.get("form", "paint"))
        for _ in range(desk.given["repeat"]):
            row = yield from measured(desk, document, node)
            own = yield from krita_itself(desk, document, node)
            desk.answer["rows"].append(dict(row, kind=f"{model} {depth}", own=own))
        scenes.close(document)
        yield 0.5
