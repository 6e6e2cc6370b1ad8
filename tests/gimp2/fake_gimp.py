"""A GIMP made of tables: the procedures that the adapter calls for one layer, its mask and its image.

``tests/editors/test_gimp2_calls.py`` asks the real GIMP whether each of them exists, with as many arguments.
"""

from __future__ import annotations

from collections import namedtuple
from typing import Any

Parasite = namedtuple("Parasite", "name flags data")


class FakeError(RuntimeError):
    """What Python-Fu raises."""


class FakeItem:
    """A layer, a mask or a channel: what the procedures below say of it."""

    def __init__(self, kind: str = "layer", **said: Any) -> None:
        self.ID = id(self)
        self.kind = kind
        self.said = {"name": "photo", "group": False, "text": False, "alpha": True, "rgb": True, "indexed": False,
                     "children": 1, "mask": None, "apply": True, "width": 4, "height": 3, "offsets": (0, 0), "of": None}
        self.said.update(said)


class FakeImage:
    def __init__(self, **said: Any) -> None:
        self.ID = id(self)
        self.said = {"precision": 150, "profile": b"", "floating": None, "selection": False}
        self.said.update(said)


class FakePdb:
    """Every procedure is a method of its name."""

    def gimp_plugin_enable_precision(self) -> None:
        """The precisions here are always told."""

    def gimp_image_is_valid(self, image: FakeImage) -> int:
        return int(not image.said.get("closed"))

    def gimp_item_is_valid(self, item: FakeItem) -> int:
        return int(not item.said.get("removed"))

    def gimp_item_is_layer_mask(self, item: FakeItem) -> int:
        return int(item.kind == "mask")

    def gimp_layer_from_mask(self, mask: FakeItem) -> FakeItem:
        return mask.said["of"]

    def gimp_item_is_layer(self, item: FakeItem) -> int:
        return int(item.kind == "layer")

    def gimp_item_is_group(self, item: FakeItem) -> int:
        return int(item.said["group"])

    def gimp_item_is_text_layer(self, item: FakeItem) -> int:
        return int(item.said["text"])

    def gimp_item_get_children(self, item: FakeItem) -> tuple[int, tuple[int, ...]]:
        count = item.said["children"]
        return count, tuple(range(count))

    def gimp_item_get_name(self, item: FakeItem) -> str:
        return item.said["name"]

    def gimp_drawable_has_alpha(self, item: FakeItem) -> int:
        return int(item.said["alpha"])

    def gimp_drawable_is_rgb(self, item: FakeItem) -> int:
        return int(item.said["rgb"])

    def gimp_drawable_is_indexed(self, item: FakeItem) -> int:
        return int(item.said["indexed"])

    def gimp_drawable_width(self, item: FakeItem) -> int:
        return item.said["width"]

    def gimp_drawable_height(self, item: FakeItem) -> int:
        return item.said["height"]

    def gimp_drawable_offsets(self, item: FakeItem) -> tuple[int, int]:
        return item.said["offsets"]

    def gimp_layer_get_mask(self, item: FakeItem) -> FakeItem | None:
        return item.said["mask"]

    def gimp_layer_get_apply_mask(self, item: FakeItem) -> int:
        return int(item.said["apply"])

    def gimp_image_get_floating_sel(self, image: FakeImage) -> FakeItem | None:
        return image.said["floating"]

    def gimp_image_get_precision(self, image: FakeImage) -> int:
        return image.said["precision"]

    def gimp_image_get_color_profile(self, image: FakeImage) -> tuple[int, bytes]:
        return len(image.said["profile"]), image.said["profile"]

    def gimp_selection_is_empty(self, image: FakeImage) -> int:
        return int(not image.said["selection"])


class FakeGimp:
    """The modules ``gimp`` and ``gimpfu`` as far as the adapter asks them. ``registered``, ``messages``, ``data``."""

    error = FakeError
    Parasite = Parasite

    def __init__(self) -> None:
        self.pdb = FakePdb()
        self.registered: dict[str, tuple[Any, ...]] = {}
        self.options: dict[str, dict[str, Any]] = {}
        self.messages: list[str] = []
        self.data: dict[str, bytes] = {}
        self.progress: list[Any] = []

    def register(self, *said: Any, **options: Any) -> None:
        self.registered[said[0]] = said
        self.options[said[0]] = options

    def main(self) -> None:
        """GIMP's part begins."""

    def progress_init(self, text: str) -> None:
        self.progress.append(text)

    def progress_update(self, fraction: float) -> None:
        self.progress.append(fraction)

    def message(self, text: str) -> None:
        self.messages.append(text)

    def get_data(self, name: str) -> bytes:
        if name not in self.data:
            raise FakeError("no data")
        return self.data[name]

    def set_data(self, name: str, data: bytes) -> None:
        self.data[name] = data
