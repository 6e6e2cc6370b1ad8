"""A dialog's list whose entries come while it is open. Python 2.7 and 3."""

from __future__ import absolute_import

import ctypes

import gimpfu_c
from gimpfu_c import INT, POINTER, TEXT, UINT, function, raw

STEP_MS = 60
_CALLBACK = ctypes.CFUNCTYPE(INT, POINTER)


def labelled(extra):
    """(label, value) of what a text may be chosen from: a value alone is its own label."""
    return [tuple(each) if isinstance(each, (tuple, list)) else (each, each) for each in extra or ()]


def _gtk(name, result, *arguments):
    return function("gtk", name, result, *arguments)


class LaterChoice(object):
    """A list of labels, each standing for a value; in its place a line of text where there is no list to be had.

    ``widget``: both; ``list``: what the label's letter leads to; ``label``: is told where that changes.
    """

    def __init__(self, field, value):
        self.later = field.later
        self.label = None
        self._values = []
        self._typed = False
        self.widget = _gtk("gtk_hbox_new", POINTER, INT, INT)(0, 0)
        self.list = _gtk("gtk_combo_box_new_text", POINTER)()
        self._line = _gtk("gtk_entry_new", POINTER)()
        _gtk("gtk_entry_set_activates_default", None, POINTER, INT)(self._line, 1)
        _gtk("gtk_widget_set_no_show_all", None, POINTER, INT)(self._line, 1)
        for widget in (self.list, self._line):
            _gtk("gtk_box_pack_start", None, POINTER, POINTER, INT, INT, UINT)(self.widget, widget, 1, 1, 0)
        self.offer(labelled(field.extra))
        self.put(value)

    def offer(self, rows):
        """More to choose from, (label, value); None: there is no list."""
        if rows is None:
            self._type_instead()
            return
        for label, value in rows:
            if value not in self._values:
                self._values.append(value)
                _gtk("gtk_combo_box_append_text", None, POINTER, TEXT)(self.list, raw(label))

    def get(self):
        if self._typed:
            return gimpfu_c.native(_gtk("gtk_entry_get_text", TEXT, POINTER)(self._line))
        return self._values[_gtk("gtk_combo_box_get_active", INT, POINTER)(self.list)]

    def put(self, value):
        self.offer([(value, value)])
        _gtk("gtk_combo_box_set_active", None, POINTER, INT)(self.list, self._values.index(value))
        _gtk("gtk_entry_set_text", None, POINTER, TEXT)(self._line, raw(value or ""))

    def _type_instead(self):
        _gtk("gtk_entry_set_text", None, POINTER, TEXT)(self._line, raw(self.get() or ""))
        self._typed = True
        _gtk("gtk_widget_hide", None, POINTER)(self.list)
        _gtk("gtk_widget_show", None, POINTER)(self._line)
        if self.label:
            _gtk("gtk_label_set_mnemonic_widget", None, POINTER, POINTER)(self.label, self._line)


class Stepping(object):
    """Steps the generators of :class:`LaterChoice` fields between the user's own doings."""

    def __init__(self):
        self._running = []
        self._timer = 0
        self._callback = _CALLBACK(self._step)  # kept, since GLib calls it

    def start(self, choices):
        self._running = [(choice, choice.later()) for choice in choices]
        if self._running:
            add = function("glib", "g_timeout_add", UINT, UINT, _CALLBACK, POINTER)
            self._timer = add(STEP_MS, self._callback, None)

    def stop(self):
        """Ends what has not come to its end."""
        if self._timer:
            function("glib", "g_source_remove", INT, UINT)(self._timer)
            self._timer = 0
        for _, generator in self._running:
            generator.close()
        self._running = []

    def _step(self, _):
        """GLib calls it; not 0: call again."""
        left = []
        for choice, generator in self._running:
            try:
                choice.offer(next(generator))
                left.append((choice, generator))
            except StopIteration:
                pass
        self._running = left
        if not left:
            self._timer = 0
        return int(bool(left))
