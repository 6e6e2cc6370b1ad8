"""Parameters: what is not said in protocol.py is not let in."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cutaway.errors import ProtocolError
from cutaway.worker import protocol
from cutaway.worker.params import LONGEST_TEXT, OPTIONAL, REQUIRED, checked, one_of


def test_defaults_are_filled_in() -> None:
    assert checked("picture.write", {"job": "a", "path": "/b"}) == {
        "job": "a", "path": "/b", "form": "cutout", "overwrite": False}
    assert checked("stop", {}) == {"when": "now"}


@pytest.mark.parametrize(("what", "params"), [
    ("job.close", {}),
    ("job.close", {"job": None}),
    ("job.close", {"job": "a", "more": 1}),
    ("job.close", ["a"]),
    ("job.close", None),
    ("picture.write", {"job": "a", "path": "/b", "overwrite": 1}),
    ("hello", {"protocol": True, "version": "1", "client": "x"}),
    ("hello", {"protocol": 1.0, "version": "1", "client": "x"}),
    ("job.run", {"job": "a", "picture": [], "settings": {}}),
    ("picture.read", {"job": "a", "path": "x" * (LONGEST_TEXT + 1)}),
])
def test_wrong_ones_are_refused(what: str, params: Any) -> None:
    with pytest.raises(ProtocolError) as caught:
        checked(what, params)
    assert len(caught.value.message) < 200


def test_one_of() -> None:
    assert one_of("form", "mask", ("mask", "cutout")) == "mask"
    with pytest.raises(ProtocolError, match="mask, cutout"):
        one_of("form", "hat", ("mask", "cutout"))


def test_every_request_has_its_parameters_and_protocol_py_names_them() -> None:
    assert set(REQUIRED) == {*protocol.METHODS, "picture", "priced"}
    text = protocol.__doc__ or ""
    for method in protocol.METHODS:
        line = re.search(rf"^    {re.escape(method)} .*?(?=^    \S|\n\n)", text, re.MULTILINE | re.DOTALL)
        assert line, method
        for name in (*REQUIRED[method], *OPTIONAL.get(method, {})):
            assert f'"{name}"' in line.group(), f"{method}: {name}"
