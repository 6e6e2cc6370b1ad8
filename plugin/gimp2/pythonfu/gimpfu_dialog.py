"""The dialog for a procedure's arguments: GTK 2 by ctypes, in GIMP's own look. Python 2.7 and 3.

Functions: https://developer-old.gnome.org/gtk2/stable/ and https://developer.gimp.org/api/2.0/libgimpwidgets/
"""

from __future__ import absolute_import

import os
import sys

import gimpfu_c
from gimpfu_c import DOUBLE, INT, POINTER, TEXT, UINT, function, raw
from gimpfu_choices import LaterChoice, Stepping, labelled
from gimpfu_fields import (
    NUMBERS, PF_FLOAT, PF_INT8, PF_INT16, PF_INT32, PF_OPTION, PF_RADIO, PF_SLIDER, PF_SPINNER, PF_TOGGLE, TEXTS)
from gimpfu_panel import Framed, Ticking

_OK, _CANCEL, _RESET = -5, -6, 1
_SPACE, _BORDER = 6, 12
_FILL, _EXPAND_FILL = 4, 5
_COLUMNS = 3
_SCALE_WIDTH, _SPIN_WIDTH = 120, 6

_RANGES = {
    PF_INT8: (0, 255, 1), PF_INT16: (-32768, 32767, 1), PF_INT32: (-2147483648, 2147483647, 1),
    PF_FLOAT: (-1e9, 1e9, 0.1), PF_SPINNER: (0, 100, 1), PF_SLIDER: (0, 100, 1)}


def ask(procedure, title, fields, values, given=()):
    """The values that the user has set, or None where the user has cancelled.

    ``fields``: list of gimpfu_fields.Field; ``values``: one for each. Fields that have no widget here (colours, images,
    layers) keep their value. ``given``: the objects that GIMP gives to the procedure.
    """
    function("ui", "gimp_ui_init", None, TEXT, INT)(raw(os.path.basename(sys.argv[0])), 0)
    dialog = _gtk("gtk_dialog_new", POINTER)()
    stepping = Stepping()
    ticking = Ticking(dialog, _OK)
    try:
        okay = _buttons(dialog, procedure, title)
        entries, frames = _fill(dialog, fields, values)
        ticking.start(
            [Framed(frames[field.frame], field.panel(*given)) for field in fields if field.panel],
            lambda: {field.name: entry.get() for field, entry in zip(fields, entries)})
        _gtk("gtk_widget_show_all", None, POINTER)(dialog)
        _gtk("gtk_widget_grab_focus", None, POINTER)(okay)
        stepping.start([entry for entry in entries if isinstance(entry, LaterChoice)])
        while True:
            answer = _gtk("gtk_dialog_run", INT, POINTER)(dialog)
            if answer != _RESET:
                break
            for entry, field in zip(entries, fields):
                entry.put(field.default)
        return [entry.get() for entry in entries] if answer == _OK else None
    finally:
        ticking.stop()
        stepping.stop()
        _gtk("gtk_widget_destroy", None, POINTER)(dialog)
        while _gtk("gtk_events_pending", INT)():  # or the window stays until the procedure has ended
            _gtk("gtk_main_iteration", INT)()


def digits(step):
    """Decimal places that show a step's multiples."""
    said = ("%.6f" % step).rstrip("0")
    return len(said.partition(".")[2])


def _gtk(name, result, *arguments):
    return function("gtk", name, result, *arguments)


def _buttons(dialog, procedure, title):
    """Title and buttons; returns the button that does it."""
    _gtk("gtk_window_set_title", None, POINTER, TEXT)(dialog, raw(title))
    _gtk("gtk_window_set_role", None, POINTER, TEXT)(dialog, raw(procedure))
    function("ui", "gimp_window_set_transient", None, POINTER)(dialog)
    add = _gtk("gtk_dialog_add_button", POINTER, POINTER, TEXT, INT)
    add(dialog, b"_Reset", _RESET)
    add(dialog, b"gtk-cancel", _CANCEL)
    okay = add(dialog, b"gtk-ok", _OK)
    _gtk("gtk_dialog_set_default_response", None, POINTER, INT)(dialog, _OK)
    return okay


def _fill(dialog, fields, values):
    """Makes the widgets, those of one frame together. Returns what reads and sets them, and by frame a table, what is
    around it, and the box that it lies in."""
    area = _gtk("gtk_dialog_get_content_area", POINTER, POINTER)(dialog)
    columns = _gtk("gtk_hbox_new", POINTER, INT, INT)(0, _BORDER)
    _gtk("gtk_container_set_border_width", None, POINTER, UINT)(columns, _BORDER)
    _gtk("gtk_container_add", None, POINTER, POINTER)(area, columns)
    column = _gtk("gtk_vbox_new", POINTER, INT, INT)(0, _BORDER)
    _gtk("gtk_box_pack_start", None, POINTER, POINTER, INT, INT, UINT)(columns, column, 1, 1, 0)
    # What comes and goes stands beside the rest: below it the dialog would be too high for a small screen.
    beside = {field.frame for field in fields if field.panel}
    entries, tables, rows = [], {}, {}
    for field, value in zip(fields, values):
        if field.frame not in tables and not field.hidden:
            tables[field.frame] = _table(columns if field.frame in beside else column, field.frame)
            rows[field.frame] = 0
        table = tables[field.frame][0] if field.frame in tables else None
        entries.append(_entry(table, rows.get(field.frame), field, value))
        if not field.hidden:
            rows[field.frame] += 1
    return entries, tables


def _table(box, title):
    """A table, in a box, in a frame where that has a title: (table, what is around both, the box)."""
    table = _gtk("gtk_table_new", POINTER, UINT, UINT, INT)(1, _COLUMNS, 0)
    for name in ("row", "col"):
        _gtk("gtk_table_set_%s_spacings" % name, None, POINTER, UINT)(table, _SPACE)
    pack = _gtk("gtk_box_pack_start", None, POINTER, POINTER, INT, INT, UINT)
    outer = inner = _gtk("gtk_vbox_new", POINTER, INT, INT)(0, _SPACE)
    pack(inner, table, 0, 0, 0)
    if title:
        outer = function("widgets", "gimp_frame_new", POINTER, TEXT)(raw(title))
        _gtk("gtk_container_add", None, POINTER, POINTER)(outer, inner)
    pack(box, outer, 0, 0, 0)
    return table, outer, inner


def _entry(table, row, field, value):
    if field.hidden:
        return _Kept(value)
    if field.kind == PF_TOGGLE:
        return _Check(table, row, field, value)
    if field.kind == PF_SLIDER:
        return _Slider(table, row, field, value)
    if field.kind in NUMBERS:
        return _Spin(table, row, field, value)
    if field.kind in (PF_RADIO, PF_OPTION):
        return _Choice(table, row, field, value)
    if field.kind in TEXTS and field.later:
        made = LaterChoice(field, value)
        _tip(made.widget, field)
        made.label = _label(table, row, field, made.list)
        _attach(table, made.widget, 1, _COLUMNS, row)
        return made
    if field.kind in TEXTS:
        return _OpenChoice(table, row, field, value) if field.extra else _Line(table, row, field, value)
    return _Kept(value)


def _attach(table, widget, left, right, row, across=_EXPAND_FILL):
    attach = _gtk(
        "gtk_table_attach", None, POINTER, POINTER, UINT, UINT, UINT, UINT, INT, INT, UINT, UINT)
    attach(table, widget, left, right, row, row + 1, across, _FILL, 0, 0)


def _label(table, row, field, widget, columns=1):
    """The text before a widget, which its underlined letter leads to. Returns it."""
    label = _gtk("gtk_label_new_with_mnemonic", POINTER, TEXT)(raw(field.label))
    _gtk("gtk_misc_set_alignment", None, POINTER, gimpfu_c.ctypes.c_float, gimpfu_c.ctypes.c_float)(label, 0.0, 0.5)
    _gtk("gtk_label_set_mnemonic_widget", None, POINTER, POINTER)(label, widget)
    _attach(table, label, 0, columns, row, _FILL)
    return label


def _tip(widget, field):
    if field.help:
        _gtk("gtk_widget_set_tooltip_text", None, POINTER, TEXT)(widget, raw(field.help))


class _Kept(object):
    """A field without a widget."""

    def __init__(self, value):
        self._value = value

    def get(self):
        return self._value

    def put(self, value):
        """Nothing else than it has."""


class _Check(object):
    def __init__(self, table, row, field, value):
        self._widget = _gtk("gtk_check_button_new_with_mnemonic", POINTER, TEXT)(raw(field.label))
        self.put(value)
        _tip(self._widget, field)
        _attach(table, self._widget, 0, _COLUMNS, row)

    def get(self):
        return bool(_gtk("gtk_toggle_button_get_active", INT, POINTER)(self._widget))

    def put(self, value):
        _gtk("gtk_toggle_button_set_active", None, POINTER, INT)(self._widget, int(bool(value)))


class _Number(object):
    """A number behind a GtkAdjustment."""

    def __init__(self, field):
        self._whole = field.kind in (PF_INT8, PF_INT16, PF_INT32)
        self._low, self._high, self._step = field.extra or _RANGES[field.kind]

    def get(self):
        value = _gtk("gtk_adjustment_get_value", DOUBLE, POINTER)(self._adjustment)
        return int(round(value)) if self._whole else round(value, 6)

    def put(self, value):
        _gtk("gtk_adjustment_set_value", None, POINTER, DOUBLE)(self._adjustment, float(value))


class _Spin(_Number):
    def __init__(self, table, row, field, value):
        _Number.__init__(self, field)
        new = _gtk("gtk_adjustment_new", POINTER, *[DOUBLE] * 6)
        self._adjustment = new(value, self._low, self._high, self._step, 10 * self._step, 0)
        widget = _gtk("gtk_spin_button_new", POINTER, POINTER, DOUBLE, UINT)(
            self._adjustment, self._step, digits(self._step))
        _gtk("gtk_spin_button_set_numeric", None, POINTER, INT)(widget, 1)
        _gtk("gtk_entry_set_width_chars", None, POINTER, INT)(widget, _SPIN_WIDTH)
        _gtk("gtk_entry_set_activates_default", None, POINTER, INT)(widget, 1)
        _tip(widget, field)
        _label(table, row, field, widget, _COLUMNS - 1)
        _attach(table, widget, _COLUMNS - 1, _COLUMNS, row, _FILL)


class _Slider(_Number):
    """A scale with a spin button."""

    def __init__(self, table, row, field, value):
        _Number.__init__(self, field)
        new = function(
            "widgets", "gimp_scale_entry_new", POINTER, POINTER, INT, INT, TEXT, INT, INT, *(
                [DOUBLE] * 5 + [UINT, INT, DOUBLE, DOUBLE, TEXT, TEXT]))
        self._adjustment = new(
            table, 0, row, raw(field.label), _SCALE_WIDTH, _SPIN_WIDTH, value, self._low, self._high, self._step,
            10 * self._step, digits(self._step), 1, 0, 0, raw(field.help) or None, None)


class _Choice(object):
    """A list of which one is taken. An option's value is its number, a radio button's is what was registered."""

    def __init__(self, table, row, field, value):
        options = list(field.extra)
        if field.kind == PF_OPTION:
            labels, self._values = options, list(range(len(options)))
        else:
            labels, self._values = [each[0] for each in options], [each[1] for each in options]
        self._widget = _gtk("gtk_combo_box_new_text", POINTER)()
        for label in labels:
            _gtk("gtk_combo_box_append_text", None, POINTER, TEXT)(self._widget, raw(label))
        self.put(value)
        _tip(self._widget, field)
        _label(table, row, field, self._widget)
        _attach(table, self._widget, 1, _COLUMNS, row)

    def get(self):
        return self._values[_gtk("gtk_combo_box_get_active", INT, POINTER)(self._widget)]

    def put(self, value):
        place = self._values.index(value) if value in self._values else 0
        _gtk("gtk_combo_box_set_active", None, POINTER, INT)(self._widget, place)


class _Line(object):
    """A line of text."""

    def __init__(self, table, row, field, value):
        self._widget, self._line = self._made(field)
        self.put(value)
        _gtk("gtk_entry_set_activates_default", None, POINTER, INT)(self._line, 1)
        _tip(self._widget, field)
        _label(table, row, field, self._line)
        _attach(table, self._widget, 1, _COLUMNS, row)

    def _made(self, field):
        line = _gtk("gtk_entry_new", POINTER)()
        return line, line

    def get(self):
        return gimpfu_c.native(_gtk("gtk_entry_get_text", TEXT, POINTER)(self._line))

    def put(self, value):
        _gtk("gtk_entry_set_text", None, POINTER, TEXT)(self._line, raw(value or ""))


class _OpenChoice(_Line):
    """A line of text with values to choose from."""

    def _made(self, field):
        widget = _gtk("gtk_combo_box_entry_new_text", POINTER)()
        for _, value in labelled(field.extra):
            _gtk("gtk_combo_box_append_text", None, POINTER, TEXT)(widget, raw(value))
        return widget, _gtk("gtk_bin_get_child", POINTER, POINTER)(widget)
