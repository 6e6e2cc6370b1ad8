from __future__ import annotations

from pathlib import Path

import pytest

from cutaway.home import Home
from cutaway.worker.limits import Limits, read


def test_without_a_file_the_defaults(tmp_path: Path) -> None:
    assert read(Home(tmp_path)) == Limits(300.0, 900.0)


def test_the_users_own(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text('{"worker": {"unload_after_s": 5, "exit_after_s": 7.5}, "more": 1}')
    assert read(Home(tmp_path)) == Limits(5.0, 7.5)


@pytest.mark.parametrize("text", [
    "", "[]", "null", "{", '{"worker": 3}', '{"worker": {"exit_after_s": 0}}', '{"worker": {"exit_after_s": "5"}}',
    '{"worker": {"exit_after_s": true, "unload_after_s": -1}}', '{"worker": null}',
    '{"worker": {"exit_after_s": NaN}}',
])
def test_what_makes_no_sense_is_passed_over(tmp_path: Path, text: str) -> None:
    (tmp_path / "settings.json").write_text(text)
    assert read(Home(tmp_path)) == Limits()
