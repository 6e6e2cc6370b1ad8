"""A plug-in's life: what it registers, how GIMP asks for it, and how a procedure of it is run. Python 2.7 and 3."""

from __future__ import absolute_import

import ctypes
import json
import sys
import traceback

import gimp
import gimpfu_c
import gimpfu_pdb
import gimpfu_values
from gimpenums import (
    PDB_CALLING_ERROR, PDB_CANCEL, PDB_EXECUTION_ERROR, PDB_INT32, PDB_STATUS, PDB_STRING, PDB_SUCCESS, PLUGIN,
    RUN_INTERACTIVE, RUN_NONINTERACTIVE)
from gimpfu_c import INT, TEXT, Param, ParamDef, function, raw
from gimpfu_fields import OBJECTS, Field, database_type

_PREFIXES = ("python-", "extension-", "plug-in-", "file-")
_SHELF = "python-fu-save--"
_ERRORS_ARE_RAISED = 1  # GIMP_PDB_ERROR_HANDLER_PLUGIN

_registered = {}
# Memory that GIMP reads after the function that made it has returned.
_kept = []


class Registered(object):
    """What ``register`` was told of one procedure."""

    def __init__(self, name, texts, image_types, fields, results, work, menu, domain, on_query, on_run):
        self.name = name
        self.blurb, self.help, self.author, self.copyright, self.date, self.label = texts
        self.image_types = image_types
        self.fields = fields
        self.results = results
        self.work = work
        self.menu = menu
        self.domain = domain
        self.on_query = on_query
        self.on_run = on_run

    @property
    def given(self):
        """How many arguments at the beginning come from GIMP and are not asked for."""
        count = 0
        while count < min(2, len(self.fields)) and self.fields[count].kind in OBJECTS:
            count += 1
        return count


def register(proc_name, blurb, help, author, copyright, date, label, imagetypes, params, results, function,
             menu=None, domain=None, on_query=None, on_run=None):
    """Says what the plug-in can do, as in Python-Fu. Raises ValueError for what cannot be registered."""
    name = proc_name.replace("_", "-")
    if not all(each.isalnum() or each == "-" for each in name):
        raise ValueError("the procedure's name %r has other signs than letters, digits, - and _" % proc_name)
    if not name.startswith(_PREFIXES):
        name = "python-fu-" + name
    for each in results:
        if len(each) < 3:
            raise ValueError("a result has three parts: type, name, description; given: %r" % (each,))
    _registered[name] = Registered(
        name, (blurb, help, author, copyright, date, label), imagetypes, [Field(each) for each in params],
        list(results), function, menu, domain, on_query, on_run)


def main():
    """Hands over to GIMP; comes back when GIMP needs this process no more."""
    info = gimpfu_c.PlugInInfo(
        gimpfu_c.ACTION(), gimpfu_c.ACTION(), gimpfu_c.ACTION(_query), gimpfu_c.RUN(_run))
    words = [raw(word) for word in sys.argv] + [None]
    arguments = (TEXT * len(words))(*words)
    start = function("gimp", "gimp_main", INT, ctypes.POINTER(gimpfu_c.PlugInInfo), INT, ctypes.POINTER(TEXT))
    sys.exit(start(ctypes.byref(info), len(sys.argv), arguments))


def _query():
    install = function(
        "gimp", "gimp_install_procedure", None, *([TEXT] * 8 + [INT] * 3 + [ctypes.POINTER(ParamDef)] * 2))
    for name, said in sorted(_registered.items()):
        arguments = [(PDB_INT32, "run-mode", "RUN-INTERACTIVE (0), RUN-NONINTERACTIVE (1), RUN-WITH-LAST-VALS (2)")]
        arguments += [(database_type(each.kind), each.name, each.plain_label) for each in said.fields]
        answers = [(database_type(each[0]), each[1], each[2]) for each in said.results]
        texts = (name, said.blurb, said.help, said.author, said.copyright, said.date, said.label, said.image_types)
        install(*([raw(each) for each in texts] + [
            PLUGIN, len(arguments), len(answers), _definitions(arguments), _definitions(answers)]))
        if said.domain:
            gimp.domain_register(*(said.domain if isinstance(said.domain, tuple) else (said.domain,)))
        if said.menu:
            function("gimp", "gimp_plugin_menu_register", INT, TEXT, TEXT)(raw(name), raw(said.menu))
        if said.on_query:
            said.on_query()


def _definitions(rows):
    if not rows:
        return None
    made = (ParamDef * len(rows))()
    for definition, (kind, name, description) in zip(made, rows):
        definition.type, definition.name, definition.description = kind, raw(name), raw(description)
    _kept.append(made)
    return made


def _run(name, count, params, answered, answers):
    """GIMP's call. Whatever happens is an answer."""
    said = _registered[gimpfu_c.native(name)]
    values = (Param * (len(said.results) + 2))()
    _kept.append(values)
    values[0].type, values[0].data.int32 = PDB_STATUS, PDB_EXECUTION_ERROR
    answers[0] = ctypes.cast(values, ctypes.POINTER(Param))
    answered[0] = 1
    try:
        # What GIMP refuses is raised, and said once: in the answer.
        function("gimp", "gimp_plugin_set_pdb_error_handler", INT, INT)(_ERRORS_ARE_RAISED)
        results = _work(said, _arguments(params, count))
        for value, (kind, _, _), result in zip(values[1:], said.results, results):
            gimpfu_values.put(value, database_type(kind), result, _kept)
        values[0].data.int32 = PDB_SUCCESS
        answered[0] = 1 + len(said.results)
    except gimpfu_pdb.CancelError:
        values[0].data.int32 = PDB_CANCEL
    except Exception as raised:  # noqa: BLE001  the process's edge: whatever happens, GIMP is given an answer
        if not isinstance(raised, gimpfu_pdb.error):
            traceback.print_exc()
        if isinstance(raised, _BadCall):
            values[0].data.int32 = PDB_CALLING_ERROR
        gimpfu_values.put(values[1], PDB_STRING, str(raised) or type(raised).__name__, _kept)
        answered[0] = 2


class _BadCall(gimpfu_pdb.error):
    """The caller has not said what the procedure needs."""


def _arguments(params, count):
    values = []
    for index in range(count):
        before = values[-1] if values and isinstance(values[-1], int) else 0
        values.append(gimpfu_values.get(params[index], before, gimp.pdb._wrap))
    return values


def _work(said, values):
    """Runs the procedure; its results as a tuple."""
    mode, values = values[0], values[1:]
    asks = len(said.fields) > said.given
    if mode != RUN_NONINTERACTIVE and asks:
        last = _last_values(said)
        if mode == RUN_INTERACTIVE:
            last = _asked(said, last, values[:said.given])
        values = values[:said.given] + last
    if len(values) != len(said.fields):
        raise _BadCall("%s takes %d arguments after the run mode, not %d" % (said.name, len(said.fields), len(values)))
    made = said.work(*values)
    if mode != RUN_NONINTERACTIVE:
        gimp.displays_flush()
    if not said.results:
        return ()
    return (made,) if len(said.results) == 1 else tuple(made)


def _asked(said, last, given):
    import gimpfu_dialog  # needs a display: not to be imported in a batch run

    if said.on_run:
        said.on_run()
    title = said.label.replace("_", "").rstrip(".")
    fields = said.fields[said.given:]
    values = gimpfu_dialog.ask(said.name, title, fields, last, given)
    if values is None:
        raise gimpfu_pdb.CancelError("cancelled")
    kept = [field.default if field.once else value for field, value in zip(fields, values)]
    gimp.set_data(_SHELF + said.name, raw(json.dumps(kept)))
    return values


def _last_values(said):
    """What the dialog was left with in this run of GIMP, else the defaults."""
    defaults = [_native(each.default) for each in said.fields[said.given:]]
    try:
        values = json.loads(gimp.get_data(_SHELF + said.name).decode("utf-8"))
    except (gimpfu_pdb.error, ValueError):
        return defaults
    if not isinstance(values, list) or len(values) != len(defaults):
        return defaults
    return [_native(each) for each in values]


def _native(value):
    """Texts as procedures get them."""
    return gimpfu_c.native(raw(value)) if hasattr(value, "encode") else value
