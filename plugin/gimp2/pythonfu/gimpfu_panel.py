"""A part of the dialog that says more than its fields do, and may hide them. Python 2.7 and 3."""

from __future__ import absolute_import

import ctypes

from gimpfu_c import INT, POINTER, TEXT, UINT, function, raw

TICK_MS = 60
_SPACE = 6
_TEXT_WIDTH = 280
_CALLBACK = ctypes.CFUNCTYPE(INT, POINTER)
_CLICKED = ctypes.CFUNCTYPE(None, POINTER, POINTER)


def _gtk(name, result, *arguments):
    return function("gtk", name, result, *arguments)


class Panel(object):
    """What a plug-in gives for a frame: everything is called while the dialog is open, on its own thread.

    ``button``: the text on a button below the fields.
    """

    button = ""

    def step(self):
        """Called several times a second; must not take long."""

    def look(self, values):
        """What is to be seen for the values by name: an object with ``shown``, whether there is the frame at all,
        ``texts``, always as many, those that are not empty are lines below the fields, and ``refusal``: not empty
        where the user must not say OK."""
        raise NotImplementedError

    def press(self):
        """The button was clicked."""

    def close(self):
        """The dialog has gone."""


class Framed(object):
    """A panel in its frame. ``parts``: the table with the fields, the frame, and the vertical box between them."""

    def __init__(self, parts, panel):
        self.panel = panel
        _, self._frame, self._box = parts
        self._labels = []
        self._seen = None
        self._clicked = _CLICKED(lambda widget, data: panel.press())  # kept, since GTK calls it

    def tick(self, values):
        """True where something has changed."""
        self.panel.step()
        view = self.panel.look(values)
        if view == self._seen:
            return False
        if self._seen is None:
            self._build(len(view.texts))
        self._seen = view
        for label, text in zip(self._labels, view.texts):
            _gtk("gtk_label_set_text", None, POINTER, TEXT)(label, raw(text))
            _show(label, bool(text))
        _show(self._frame, view.shown)
        return True

    @property
    def refuses(self):
        return bool(self._seen and self._seen.refusal)

    def _build(self, count):
        pack = _gtk("gtk_box_pack_start", None, POINTER, POINTER, INT, INT, UINT)
        for _ in range(count):
            label = _gtk("gtk_label_new", POINTER, TEXT)(b"")
            _gtk("gtk_label_set_line_wrap", None, POINTER, INT)(label, 1)
            _gtk("gtk_widget_set_size_request", None, POINTER, INT, INT)(label, _TEXT_WIDTH, -1)
            _gtk("gtk_misc_set_alignment", None, POINTER, ctypes.c_float, ctypes.c_float)(label, 0.0, 0.5)
            pack(self._box, label, 0, 0, 0)
            self._labels.append(label)
        line = _gtk("gtk_hbox_new", POINTER, INT, INT)(0, _SPACE)
        button = _gtk("gtk_button_new_with_label", POINTER, TEXT)(raw(self.panel.button))
        function("gobject", "g_signal_connect_data", ctypes.c_ulong, POINTER, TEXT, _CLICKED, POINTER, POINTER, INT)(
            button, b"clicked", self._clicked, None, None, 0)
        pack(line, button, 0, 0, 0)
        pack(self._box, line, 0, 0, 0)
        _gtk("gtk_widget_show_all", None, POINTER)(self._box)
        _gtk("gtk_widget_set_no_show_all", None, POINTER, INT)(self._frame, 1)  # the dialog's own show_all comes later


def _show(widget, wanted):
    _gtk("gtk_widget_show" if wanted else "gtk_widget_hide", None, POINTER)(widget)


class Ticking(object):
    """Keeps the panels of a dialog up to date. ``okay``: the answer that a panel may refuse."""

    def __init__(self, dialog, okay):
        self._dialog = dialog
        self._okay = okay
        self._framed = []
        self._values = None
        self._timer = 0
        self._callback = _CALLBACK(self._tick)  # kept, since GLib calls it

    def start(self, framed, values):
        """``values``: a function for the values by name."""
        self._framed, self._values = framed, values
        if framed:
            self._tick(None)
            add = function("glib", "g_timeout_add", UINT, UINT, _CALLBACK, POINTER)
            self._timer = add(TICK_MS, self._callback, None)

    def stop(self):
        if self._timer:
            function("glib", "g_source_remove", INT, UINT)(self._timer)
            self._timer = 0
        for each in self._framed:
            each.panel.close()
        self._framed = []

    def _tick(self, _):
        """GLib calls it; not 0: call again."""
        values = self._values()
        if sum(each.tick(values) for each in self._framed):
            fine = not any(each.refuses for each in self._framed)
            _gtk("gtk_dialog_set_response_sensitive", None, POINTER, INT, INT)(self._dialog, self._okay, int(fine))
            _gtk("gtk_window_resize", None, POINTER, INT, INT)(self._dialog, 1, 1)
        return 1
