"""The parts of the module in place of Python-Fu that need no GIMP: values, registration, fields."""

from __future__ import annotations

import ast
import ctypes
from typing import Any

import pytest

from .conftest import GIMP2


@pytest.mark.parametrize(("kind", "value", "back"), [
    ("PDB_INT32", True, 1), ("PDB_INT32", -5, -5), ("PDB_INT16", -300, -300), ("PDB_INT8", 200, 200),
    ("PDB_FLOAT", 2, 2.0), ("PDB_STRING", "grün", "grün"), ("PDB_STRING", None, None), ("PDB_STRING", 7, "7"),
    ("PDB_INT32ARRAY", [1, -2, 3], (1, -2, 3)), ("PDB_INT16ARRAY", (1, -2, 3), (1, -2, 3)),
    ("PDB_FLOATARRAY", [0.5, 1, 2], (0.5, 1.0, 2.0)), ("PDB_INT8ARRAY", b"a\0b", b"a\0b"),
    ("PDB_INT8ARRAY", [1, 2, 255], b"\1\2\xff"), ("PDB_STRINGARRAY", ["a", "ö", "c"], ("a", "ö", "c")),
    ("PDB_COLOR", (255, 0, 51), (1.0, 0.0, 0.2, 1.0)), ("PDB_COLOR", (0.5, 0.25, 1.0, 0.0), (0.5, 0.25, 1.0, 0.0)),
])
def test_values_there_and_back(pythonfu: Any, kind: str, value: Any, back: Any) -> None:
    param, kept = pythonfu.gimpfu_c.Param(), []
    pythonfu.gimpfu_values.put(param, getattr(pythonfu.gimpenums, kind), value, kept)
    assert pythonfu.gimpfu_values.get(param, 3, None) == back


def test_parasites_there_and_back(pythonfu: Any) -> None:
    param, kept = pythonfu.gimpfu_c.Param(), []
    given = pythonfu.gimp.Parasite("name", 3, b"\0\xff")
    pythonfu.gimpfu_values.put(param, pythonfu.gimpenums.PDB_PARASITE, given, kept)
    found = pythonfu.gimpfu_values.get(param, 0, None)
    assert (found.name, found.flags, found.data) == ("name", 3, b"\0\xff")
    assert found.is_persistent and found.is_undoable and found.is_type("name") and not found.has_flag(4)


def test_objects_go_by_their_numbers_and_none_is_minus_one(pythonfu: Any) -> None:
    param = pythonfu.gimpfu_c.Param()
    for kind in pythonfu.gimpfu_values.OBJECTS:
        for value, number in ((None, -1), (5, 5), (pythonfu.gimp.Layer(_id=8), 8)):
            pythonfu.gimpfu_values.put(param, kind, value, [])
            assert pythonfu.gimpfu_values.get(param, 0, lambda kind, identity: (kind, identity)) == (kind, number)


@pytest.mark.parametrize("value", [(1, 2), (1, 2, 3, 4, 5), 7])
def test_a_bad_colour_is_refused(pythonfu: Any, value: Any) -> None:
    with pytest.raises(TypeError):
        pythonfu.gimpfu_values.put(pythonfu.gimpfu_c.Param(), pythonfu.gimpenums.PDB_COLOR, value, [])


def test_an_unknown_type_is_refused(pythonfu: Any) -> None:
    with pytest.raises(TypeError):
        pythonfu.gimpfu_values.put(pythonfu.gimpfu_c.Param(), 99, 1, [])


def test_the_structures_are_as_large_as_libgimps(pythonfu: Any) -> None:
    """On 64-bit computers: GimpParam 40 bytes, its data 32, GimpParamDef 24, GimpParasite 24 (libgimp/gimp.h)."""
    if ctypes.sizeof(ctypes.c_void_p) != 8:
        pytest.skip("not a 64-bit computer")
    c = pythonfu.gimpfu_c
    assert [ctypes.sizeof(each) for each in (c.Param, c.Data, c.ParamDef, c.ParasiteData)] == [40, 32, 24, 24]


def registered(pythonfu: Any, name: str, params: list[Any], **options: Any) -> Any:
    pythonfu.gimpfu.register(name, "b", "h", "a", "c", "d", "_Label...", "*", params, [], print, **options)
    return pythonfu.gimpfu_run._registered


@pytest.mark.parametrize(("name", "known"), [
    ("sharpen_it", "python-fu-sharpen-it"), ("python_fu_x", "python-fu-x"), ("plug-in-x", "plug-in-x"),
    ("file_x", "file-x"), ("extension-x", "extension-x")])
def test_names_are_mangled(pythonfu: Any, name: str, known: str) -> None:
    assert known in registered(pythonfu, name, [])


@pytest.mark.parametrize(("name", "params"), [("no spaces", []), ("short", [(3, "name", "label")])])
def test_what_cannot_be_registered(pythonfu: Any, name: str, params: list[Any]) -> None:
    with pytest.raises(ValueError):
        registered(pythonfu, name, params)


def test_the_first_objects_come_from_gimp(pythonfu: Any) -> None:
    fu = pythonfu.gimpfu
    image, layer, number = (
        (fu.PF_IMAGE, "i", "I", None), (fu.PF_DRAWABLE, "d", "D", None), (fu.PF_INT, "n", "N", 1))
    for params, given in (([image, layer, number], 2), ([image, number, layer], 1), ([number], 0), ([], 0),
                          ([image, layer, layer], 2)):
        assert registered(pythonfu, "x", params)["python-fu-x"].given == given


def test_every_kind_has_a_type_in_the_database(pythonfu: Any) -> None:
    fu, enums = pythonfu.gimpfu, pythonfu.gimpenums
    kind = pythonfu.gimpfu_fields.database_type
    assert kind(fu.PF_SLIDER) == kind(fu.PF_SPINNER) == kind(fu.PF_FLOAT) == enums.PDB_FLOAT
    assert kind(fu.PF_TOGGLE) == kind(fu.PF_OPTION) == enums.PDB_INT32
    assert kind(fu.PF_RADIO) == kind(fu.PF_FILE) == kind(fu.PF_TEXT) == enums.PDB_STRING
    assert kind(fu.PF_LAYER) == enums.PDB_LAYER


@pytest.mark.parametrize(("step", "places"), [(1, 0), (0.5, 1), (0.25, 2), (10, 0), (0.001, 3)])
def test_decimal_places(pythonfu: Any, step: float, places: int) -> None:
    assert pythonfu.gimpfu_dialog.digits(step) == places


def test_results_go_out_as_the_database_wants_them(pythonfu: Any, monkeypatch: Any) -> None:
    """A whole run without GIMP: arguments in, results out; errors become answers."""
    run, c, enums = pythonfu.gimpfu_run, pythonfu.gimpfu_c, pythonfu.gimpenums
    calls: list[Any] = []
    monkeypatch.setattr(run, "function", lambda *_: calls.append)

    def work(whole: int, words: str) -> tuple[str, float]:
        if words == "break":
            raise pythonfu.gimpfu.error("It cannot be done.")
        if words == "cancel":
            raise pythonfu.gimpfu.CancelError("no")
        return words * whole, whole / 2

    fu = pythonfu.gimpfu
    fu.register("x", "b", "h", "a", "c", "d", "X", "*", [(fu.PF_INT, "w", "W", 1), (fu.PF_STRING, "s", "S", "")],
                [(fu.PF_STRING, "said", "S"), (fu.PF_FLOAT, "half", "H")], work)

    def ask(*values: Any) -> tuple[int, list[Any]]:
        params, kept = (c.Param * 4)(), []
        kinds = (enums.PDB_INT32, enums.PDB_INT32, enums.PDB_STRING)
        for param, kind, value in zip(params, kinds, (enums.RUN_NONINTERACTIVE, *values), strict=False):
            pythonfu.gimpfu_values.put(param, kind, value, kept)
        count, answers = (c.INT * 1)(), (ctypes.POINTER(c.Param) * 1)()
        run._run(b"python-fu-x", 1 + len(values), params, count, answers)
        found = [pythonfu.gimpfu_values.get(answers[0][i], 0, None) for i in range(count[0])]
        return found[0], found[1:]

    assert ask(3, "ab") == (enums.PDB_SUCCESS, ["ababab", 1.5])
    assert ask(1, "break") == (enums.PDB_EXECUTION_ERROR, ["It cannot be done."])
    assert ask(1, "cancel") == (enums.PDB_CANCEL, [])
    status, said = ask(1)
    assert status == enums.PDB_CALLING_ERROR and "takes 2 arguments" in said[0]


def test_the_module_knows_nothing_of_cutaway() -> None:
    for path in (GIMP2 / "pythonfu").glob("*.py"):
        assert "cutaway" not in path.read_text("utf-8").lower()
        ast.parse(path.read_text("utf-8"))
