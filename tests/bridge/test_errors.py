from __future__ import annotations

from typing import Any

import pytest

from cutaway_bridge.errors import BridgeError, from_answer


def test_text() -> None:
    error = BridgeError("disk_full", "The disk is full.", "Free some space.")
    assert str(error) == error.text() == "The disk is full. Free some space."
    assert str(BridgeError("cancelled", "Cancelled.")) == "Cancelled."
    assert error.log == ""


def test_from_an_answer() -> None:
    error = from_answer({"code": -32000, "message": "No.", "data": {"code": "model_missing", "hint": "Get it."}})
    assert (error.code, error.message, error.hint) == ("model_missing", "No.", "Get it.")


@pytest.mark.parametrize("said", [None, 7, [], {}, {"message": None}, {"data": []}, {"data": {"code": None}}])
def test_an_answer_may_say_anything(said: Any) -> None:
    error = from_answer(said)
    assert error.code == "error" and error.message
