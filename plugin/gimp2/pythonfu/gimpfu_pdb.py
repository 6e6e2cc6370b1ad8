"""GIMP's procedures as Python functions. Python 2.7 and 3."""

from __future__ import absolute_import

import ctypes

import gimpfu_c
import gimpfu_values
from gimpenums import PDB_CANCEL, PDB_EXECUTION_ERROR, PDB_INT32, PDB_SUCCESS, RUN_NONINTERACTIVE
from gimpfu_c import INT, POINTER, TEXT, Param, ParamDef, function


class error(RuntimeError):
    """GIMP has refused."""


class CancelError(error):
    """The user has cancelled."""


class Pdb(object):
    """The procedural database: ``pdb.gimp_image_width(image)`` or ``pdb["gimp-image-width"](image)``.

    ``wrap(kind, id)`` makes the objects that procedures return.
    """

    def __init__(self, wrap):
        self._wrap = wrap
        self._known = {}

    def __getitem__(self, name):
        name = gimpfu_c.native(name).replace("_", "-")
        if name not in self._known:
            self._known[name] = Procedure(name, self._wrap)
        return self._known[name]

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name)

    def query(self, name=".*", blurb=".*", help=".*", author=".*", copyright=".*", date=".*", kind=".*"):
        """The names that match the regular expressions."""
        return self.gimp_procedural_db_query(name, blurb, help, author, copyright, date, kind)[1]


class Procedure(object):
    """One procedure. ``params``, ``return_vals``: tuples of (type, name, description). Raises KeyError for no such."""

    def __init__(self, name, wrap):
        self._wrap = wrap
        self.proc_name = name
        self.proc_blurb, self.proc_type, self.params, self.return_vals = _described(name)

    @property
    def nparams(self):
        return len(self.params)

    @property
    def nreturn_vals(self):
        return len(self.return_vals)

    def __call__(self, *values, **named):
        """Runs the procedure. The run mode, where it has one, is left out of ``values`` and may be given as
        ``run_mode``; else it is RUN_NONINTERACTIVE. Returns None, the one value, or a tuple. Raises error.
        """
        values = list(values)
        if self._has_run_mode() and len(values) == len(self.params) - 1:
            values.insert(0, named.get("run_mode", RUN_NONINTERACTIVE))
        if len(values) != len(self.params):
            raise TypeError("%s takes %d arguments, not %d" % (self.proc_name, len(self.params), len(values)))
        kept = []
        params = (Param * max(1, len(values)))()
        for param, (kind, _, _), value in zip(params, self.params, values):
            gimpfu_values.put(param, kind, value, kept)
        return self._run(params, len(values))

    def _has_run_mode(self):
        return bool(self.params) and self.params[0][:2] == (PDB_INT32, "run-mode")

    def _run(self, params, count):
        answered = INT()
        run = function(
            "gimp", "gimp_run_procedure2", ctypes.POINTER(Param), TEXT, ctypes.POINTER(INT), INT, ctypes.POINTER(Param))
        said = run(gimpfu_c.raw(self.proc_name), ctypes.byref(answered), count, params)
        try:
            if not said or answered.value < 1:
                raise error("%s has not answered" % self.proc_name)
            _check(said[0].data.int32, self.proc_name)
            values = []
            for index in range(1, answered.value):
                before = values[-1] if values and isinstance(values[-1], int) else 0
                values.append(gimpfu_values.get(said[index], before, self._wrap))
        finally:
            if said:
                function("gimp", "gimp_destroy_params", None, ctypes.POINTER(Param), INT)(said, answered)
        if not values:
            return None
        return values[0] if len(values) == 1 else tuple(values)


def _check(status, name):
    if status == PDB_SUCCESS:
        return
    said = gimpfu_c.native(function("gimp", "gimp_get_pdb_error", TEXT)()) or "%s failed" % name
    if status == PDB_CANCEL:
        raise CancelError(said)
    raise (error if status == PDB_EXECUTION_ERROR else RuntimeError)(said)


def _described(name):
    """(blurb, type, arguments, return values) of a procedure."""
    texts = [POINTER() for _ in range(5)]
    kind, arguments, answers = INT(), INT(), INT()
    argument_list, answer_list = ctypes.POINTER(ParamDef)(), ctypes.POINTER(ParamDef)()
    out = texts + [kind, arguments, answers, argument_list, answer_list]
    ask = function(
        "gimp", "gimp_procedural_db_proc_info", INT, TEXT, *[ctypes.POINTER(type(each)) for each in out])
    if not ask(gimpfu_c.raw(name), *[ctypes.byref(each) for each in out]):
        raise KeyError(name)
    try:
        blurb = gimpfu_c.native(ctypes.string_at(texts[0].value)) if texts[0].value else ""
        return blurb, kind.value, _defined(argument_list, arguments), _defined(answer_list, answers)
    finally:
        for each in texts:
            function("glib", "g_free", None, POINTER)(each)
        for each, count in ((argument_list, arguments), (answer_list, answers)):
            function("gimp", "gimp_destroy_paramdefs", None, ctypes.POINTER(ParamDef), INT)(each, count)


def _defined(found, count):
    return tuple(
        (found[i].type, gimpfu_c.native(found[i].name), gimpfu_c.native(found[i].description))
        for i in range(count.value))
