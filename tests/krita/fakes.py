"""Stand-ins for Krita's objects: they remember what was asked of them. tests/editors asks the real ones."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import cutaway_bridge

PACKAGE = "krita_adapter"


class FakeAction:
    def __init__(self, said: str) -> None:
        self.said = said

    def text(self) -> str:
        return self.said


class FakeKrita:
    """What ``Krita.instance()`` gives."""

    def __init__(self) -> None:
        self.settings: dict[tuple[str, str], str] = {}
        self.open: list[Any] = []
        self.active: Any = None
        self.quiet = False
        self.shown: list[Any] = []
        self.files: dict[str, Any] = {}
        """What openDocument gives, by the file's name."""

        self.actions: dict[str, FakeAction] = {}

    def activeWindow(self) -> Any:
        return self.shown[-1] if self.shown else None

    def action(self, name: str) -> FakeAction | None:
        return self.actions.get(name)

    def instance(self) -> FakeKrita:
        return self

    def readSetting(self, group: str, name: str, default: str) -> str:
        return self.settings.get((group, name), default)

    def writeSetting(self, group: str, name: str, value: str) -> None:
        self.settings[group, name] = value

    def documents(self) -> list[Any]:
        return list(self.open)

    def activeDocument(self) -> Any:
        return self.active

    def batchmode(self) -> bool:
        return self.quiet

    def setBatchmode(self, quiet: bool) -> None:
        self.quiet = quiet

    def windows(self) -> list[Any]:
        return list(self.shown)

    def openDocument(self, path: str) -> Any:
        assert self.quiet, "Krita may ask"
        found = self.files.get(Path(path).name)
        if found is not None:
            self.open.append(found)
            found.app = self
        return found


class FakeId(str):
    def toString(self) -> str:
        return str(self)


class FakeRect:
    def __init__(self, x: int, y: int, width: int, height: int) -> None:
        self._said = x, y, width, height

    def x(self) -> int:
        return self._said[0]

    def y(self) -> int:
        return self._said[1]

    def width(self) -> int:
        return self._said[2]

    def height(self) -> int:
        return self._said[3]

    def isEmpty(self) -> bool:
        return self._said[2] <= 0 or self._said[3] <= 0


class FakeNode:
    """A layer or a mask; ``children`` from the bottom up. ``pixels``: what it has, (height, width, channels) bytes."""

    pixels: Any = None
    scaling = "None"

    def __init__(self, name: str, kind: str = "paintlayer", bounds: tuple[int, int, int, int] = (0, 0, 10, 10),
                 model: str = "RGBA", profile: str = "sRGB-elle-V2-srgbtrc.icc", shown: bool = True,
                 animated: bool = False, depth: str = "U8") -> None:
        self._said = {"name": name, "type": kind, "colorModel": model, "colorProfile": profile, "animated": animated,
                      "colorDepth": depth}
        self._bounds, self.shown = FakeRect(*bounds), shown
        self.parent: FakeNode | None = None
        self.children: list[FakeNode] = []

    def __getattr__(self, name: str) -> Any:
        if name in self.__dict__["_said"]:
            return lambda: self._said[name]
        raise AttributeError(name)

    def add(self, *nodes: FakeNode) -> FakeNode:
        for node in nodes:
            node.parent = self
            self.children.append(node)
        return self

    def drop(self, node: FakeNode) -> None:
        self.children.remove(node)
        node.parent = None

    def scalingMethod(self) -> str:
        """How a file is fitted to the canvas."""
        return self.scaling

    def uniqueId(self) -> FakeId:
        return FakeId(f"{{{id(self)}}}")

    def parentNode(self) -> FakeNode | None:
        return self.parent

    def childNodes(self) -> list[FakeNode]:
        return self.children

    def bounds(self) -> FakeRect:
        return self._bounds

    def move(self, x: int, y: int) -> None:
        self._bounds = FakeRect(x, y, self._bounds.width(), self._bounds.height())

    def position(self) -> FakeRect:
        return self._bounds

    def pixelData(self, x: int, y: int, width: int, height: int) -> bytes:
        left, top = x - self._bounds.x(), y - self._bounds.y()
        return bytes(self.pixels[top:top + height, left:left + width].tobytes())

    def visible(self) -> bool:
        return self.shown

    def setVisible(self, shown: bool) -> None:
        self.shown = shown


class FakeDocument:
    def __init__(self, *nodes: FakeNode, width: int = 100, height: int = 80) -> None:
        self.root = FakeNode("root", "grouplayer").add(*nodes)
        self.active: FakeNode | None = nodes[-1] if nodes else None
        self._size = width, height
        self.refreshed = 0
        self.kept: dict[str, bytes] = {}
        self.title = ""
        self.app: Any = None
        self.modified = True
        self.unsaved = ""
        """The suffix that cannot be saved: half of the file is there then."""

    def setBatchmode(self, quiet: bool) -> None:
        assert quiet

    def waitForDone(self) -> None:
        """There is nothing at work."""

    def exportImage(self, path: str, how: Any) -> bool:
        Path(path).write_bytes(b"half" if path.endswith(self.unsaved or "/") else b"whole")
        return not path.endswith(self.unsaved or "/")

    def setModified(self, modified: bool) -> None:
        self.modified = modified

    def close(self) -> None:
        assert not self.modified, "Krita would ask"
        self.app.open.remove(self)

    def annotationTypes(self) -> list[str]:
        return list(self.kept)

    def annotation(self, name: str) -> bytes:
        return self.kept[name]

    def setAnnotation(self, name: str, description: str, data: bytes) -> None:
        self.kept[name] = data

    def removeAnnotation(self, name: str) -> None:
        del self.kept[name]

    def selection(self) -> Any:
        return None

    def tryBarrierLock(self) -> bool:
        return True

    def unlock(self) -> None:
        """Was never locked."""

    def fileName(self) -> str:
        return self.title

    def name(self) -> str:
        return "Unnamed"

    def width(self) -> int:
        return self._size[0]

    def height(self) -> int:
        return self._size[1]

    def rootNode(self) -> FakeNode:
        return self.root

    def topLevelNodes(self) -> list[FakeNode]:
        return self.root.children

    def activeNode(self) -> FakeNode | None:
        return self.active

    def setActiveNode(self, node: FakeNode) -> None:
        self.active = node

    def refreshProjection(self) -> None:
        self.refreshed += 1

    def nodeByName(self, name: str) -> FakeNode | None:
        return next((node for node in self.root.children if node.name() == name), None)


class FakeSignal:
    def __init__(self) -> None:
        self.slots: list[Any] = []

    def connect(self, slot: Any) -> None:
        self.slots.append(slot)


class FakeTimer:
    """Never fires by itself."""

    def __init__(self) -> None:
        self.timeout, self.running = FakeSignal(), False

    def setInterval(self, milliseconds: int) -> None:
        self.interval = milliseconds

    def start(self) -> None:
        self.running = True

    def stop(self) -> None:
        self.running = False


def modules(krita: FakeKrita) -> dict[str, ModuleType]:
    """What is to be in sys.modules so that the adapter's files can be imported as the package PACKAGE."""
    made = {name: ModuleType(name) for name in ("krita", "PyQt5", "PyQt5.QtCore", "PyQt5.QtWidgets", PACKAGE)}
    made["krita"].Krita = krita  # type: ignore[attr-defined]
    made["krita"].InfoObject = object  # type: ignore[attr-defined]
    made["PyQt5.QtCore"].QTimer = FakeTimer  # type: ignore[attr-defined]
    made["PyQt5"].QtCore, made["PyQt5"].QtWidgets = (  # type: ignore[attr-defined]
        made["PyQt5.QtCore"], made["PyQt5.QtWidgets"])
    made[f"{PACKAGE}.cutaway_bridge"] = cutaway_bridge
    return made


def forget() -> None:
    """Lets the adapter's files be imported anew."""
    for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
        del sys.modules[name]
