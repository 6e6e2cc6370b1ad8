"""The part of the dialog that is about Topaz's cloud: shown while the engine may use it."""

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gtk  # noqa: E402

from cutaway_bridge import cloud  # noqa: E402

_WIDTH = 40
_BETWEEN = 3


class CloudFrame:
    """Below the fields in ``box``, in ``frame``: what ``asked``, a cloud.Cloud, has to say, and a button."""

    def __init__(self, dialog, config, frame, box, asked):
        self._dialog = dialog
        self._config = config
        self._frame = frame
        self._asked = asked
        self._seen = None
        self._labels = [_label() for _ in cloud.HIDDEN.texts]
        button = Gtk.Button(label=cloud.TEST, halign=Gtk.Align.START)
        button.connect("clicked", lambda _: asked.test())
        button.show()
        for widget in (*self._labels, button):
            box.pack_start(widget, False, False, _BETWEEN)
        self.refresh()

    def refresh(self):
        """For the dialog's timer."""
        view = self._asked.look({name: self._config.get_property(name) for name in cloud.COUNTS})
        if view == self._seen:
            return
        self._seen = view
        self._frame.set_visible(view.shown)
        for place, label in enumerate(self._labels):
            label.set_text(view.texts[place])
            label.set_visible(bool(view.texts[place]))
        self._dialog.set_response_sensitive(Gtk.ResponseType.OK, not view.refusal)
        self._dialog.resize(1, 1)  # as small as its fields allow


def _label():
    return Gtk.Label(wrap=True, xalign=0.0, width_chars=_WIDTH, max_width_chars=_WIDTH)
