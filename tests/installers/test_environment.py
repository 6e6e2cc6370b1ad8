"""The Python environment: how pip is brought in and called, and what is built."""

import pytest

from installers import environment
from installers.errors import InstallError
from installers.run import Finished


@pytest.fixture
def installed(stage):
    stage.layout.python.parent.mkdir(parents=True)
    return stage


def create(stage):
    environment.create(stage.runner, stage.environ, stage.layout, stage.layout.staging)


def test_the_usual_way(stage):
    create(stage)
    assert stage.runner.calls == ["venv", "pip-version"]


def test_without_ensurepip_pip_is_put_in_from_outside(stage):
    stage.runner.failing = {"venv"}
    create(stage)
    assert stage.runner.calls == ["venv", "venv-bare", "pip-into"]


def test_an_environment_whose_pip_does_not_run_is_made_the_other_way(stage):
    stage.runner.failing = {"pip-version"}
    create(stage)
    assert stage.runner.calls == ["venv", "pip-version", "venv-bare", "pip-into"]


@pytest.mark.parametrize("failing", [{"venv", "venv-bare"}, {"venv", "pip-into"}])
def test_neither_way_says_what_to_install(stage, failing):
    stage.runner.failing = failing
    with pytest.raises(InstallError, match="no environment") as caught:
        create(stage)
    assert "python3-venv" in caught.value.hint
    assert "went wrong" in caught.value.detail


def test_the_users_settings_for_pip_hold(installed):
    stage = installed
    stage.environ |= {"PIP_INDEX_URL": "https://mirror/simple", "PIP_CONSTRAINT": "c.txt", "PIP_PROXY": "p",
                      "PIP_TARGET": "/elsewhere", "PIP_USER": "1", "PIP_PREFIX": "/p", "HTTPS_PROXY": "q"}
    environment.install(
        stage.runner, stage.environ, stage.layout, stage.layout.environment, stage.checkout, lambda line: None)
    seen = stage.runner.environs[-1]
    assert {name for name in stage.environ if name not in seen} == {"PIP_TARGET", "PIP_USER", "PIP_PREFIX"}


def test_only_the_programs_own_files_are_built_and_the_checkout_stays_clean(installed):
    before = sorted(installed.checkout.rglob("*"))
    said = []
    environment.install(
        installed.runner, {}, installed.layout, installed.layout.environment, installed.checkout, said.append)
    assert "plugin/bridge/flow.py" in installed.runner.source
    assert not [name for name in installed.runner.source if "pycache" in name or name.startswith("tests")]
    assert sorted(installed.checkout.rglob("*")) == before
    assert said == ["downloading onnxruntime (17.2 MB)"]


@pytest.mark.parametrize(("line", "said"), [
    ("  Downloading numpy-2.1.0-cp311-manylinux.whl (16.3 MB)", "downloading numpy (16.3 MB)"),
    ("  Downloading https://host/path/onnxruntime-1.20.1-cp311.whl (17 MB)", "downloading onnxruntime (17 MB)"),
    ("  Downloading rich-13.0-py3-none-any.whl (310 kB)", None), ("  Downloading rich-13.0.whl", None),
    ("  Using cached numpy-2.1.0.whl (16 MB)", None), ("Collecting numpy>=1.26", None), ("", None),
])
def test_what_is_said_of_pips_talk(line, said):
    heard = []
    environment._progress(heard.append)(line)
    assert heard == ([said] if said else [])


@pytest.mark.parametrize(("tail", "word"), [
    ("OSError: [Errno 28] No space left on device", "disk space"),
    ("ERROR: No matching distribution found for onnxruntime", "onnxruntime has packages"),
    ("ERROR: something else", "pip's own"),
])
def test_a_hint_for_each_way_that_pip_fails(tail, word):
    assert word in environment._pip_hint(Finished(1, tail))


@pytest.mark.parametrize("answer", [
    Finished(1, "ImportError: libGL.so.1"), Finished(0, ""), Finished(0, "not json"), Finished(0, '{"version": "1"}')])
def test_an_environment_that_does_not_work(answer, tmp_path):
    with pytest.raises(InstallError, match="does not work"):
        environment.probe(lambda command, **options: answer, {}, tmp_path)


def test_the_probe_asks_the_real_program(tmp_path):
    import sys

    from cutaway.worker import protocol
    from installers.run import real_environ, run
    version, said = environment.probe(run, real_environ(), sys.executable)
    assert said == protocol.PROTOCOL
    assert version.count(".") == 2


def test_windows_launchers_that_name_the_old_place_go(tmp_path):
    from installers.layout import Layout
    layout = Layout(tmp_path, windows=True)
    scripts = layout.staging / "Scripts"
    scripts.mkdir(parents=True)
    for name in ("python.exe", "pythonw.exe", "pip.exe", "cutaway.exe", "activate.bat"):
        (scripts / name).write_bytes(b"MZ\0" + str(layout.staging).encode() if name.endswith("exe")
                                     else str(layout.staging).encode())
    (layout.staging / "pyvenv.cfg").write_text("")
    environment.relocate(layout, layout.staging, layout.environment)
    assert sorted(path.name for path in scripts.iterdir()) == ["activate.bat", "python.exe", "pythonw.exe"]
    assert (scripts / "activate.bat").read_text() == str(layout.environment)
    assert b"\0" in (scripts / "python.exe").read_bytes()


def test_the_fingerprint_is_steady_and_sees_names(stage):
    first = environment.fingerprint(stage.checkout)
    assert environment.fingerprint(stage.checkout) == first
    (stage.checkout / "core" / "cutaway" / "__init__.py").rename(stage.checkout / "core" / "cutaway" / "other.py")
    assert environment.fingerprint(stage.checkout) != first
