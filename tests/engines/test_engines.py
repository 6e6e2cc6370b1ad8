"""The engines are found by folder, and nothing is imported before it is chosen."""

import subprocess
import sys

import pytest

from cutaway import engines, settings
from cutaway.engines.local_onnx import LocalOnnx
from cutaway.errors import SettingsInvalid
from cutaway.home import Home


def test_the_folder_says_what_is_available():
    assert "local" in engines.available()
    assert not {"port", "_runtime", "local_onnx"} & set(engines.available())


def test_every_engine_that_can_be_set_exists():
    assert set(settings.ENGINES) <= set(engines.available())


def test_an_engine_is_made_by_its_name(tmp_path):
    engine = engines.create("local", Home(tmp_path / "home"))
    assert isinstance(engine, LocalOnnx) and engine.loaded() == []
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("name", ["nosuch", "port", "_runtime", "local_onnx", "", "os"])
def test_an_unknown_name_lists_the_known(tmp_path, name):
    with pytest.raises(SettingsInvalid) as caught:
        engines.create(name, Home(tmp_path))
    assert "local" in caught.value.hint


def test_nothing_is_imported_before_it_is_chosen():
    code = ("import sys; from cutaway import engines; engines.available();"
            "assert not {'onnxruntime', 'numpy', 'cutaway.engines.local_onnx'} & set(sys.modules)\n"
            "from pathlib import Path; from cutaway.home import Home\n"
            "engines.create('local', Home(Path('absent')))\n"
            "assert 'onnxruntime' not in sys.modules")
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
