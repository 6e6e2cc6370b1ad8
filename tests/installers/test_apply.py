"""All of the plan is done, or nothing of it."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from installers import apply, record
from installers.errors import InstallError, InTheWay
from installers.program_steps import BuildEnvironment, SwapEnvironment
from installers.run import Finished
from installers.steps import WriteFile

from .fakes import GOOD, MODEL, Stage

ODD_NAMES = ["with spaces", "häuslich-日本", "it's \"quoted\" $HOME `x`", "100% & more"]


def adapter_folder(stage):
    return stage.profile / "plug-ins" / "cutaway"


def test_what_is_there_afterwards(with_gimp):
    site = with_gimp.install()
    layout, folder = with_gimp.layout, adapter_folder(with_gimp)
    assert layout.python.is_file()
    assert not layout.staging.exists() and not layout.retired.exists() and not layout.journal.exists()
    assert os.access(layout.command, os.X_OK)
    assert (with_gimp.user / ".local" / "bin" / "cutaway").readlink() == layout.command
    assert os.access(folder / "cutaway.py", os.X_OK)
    assert not os.access(folder / "gimp3_host.py", os.X_OK)
    assert json.loads((folder / "cutaway-home.json").read_text()) == {"home": str(with_gimp.home)}
    assert (layout.models / "u2netp.onnx").read_bytes() == MODEL
    assert (layout.demo / "astronaut_cutout.png").read_bytes() == b"PNG"
    assert not site.layout.lock.exists()


def test_the_record_names_all_of_it_with_true_hashes(with_gimp):
    with_gimp.install()
    said = json.loads(with_gimp.layout.record.read_text())
    assert said["version"] == "0.1.0" and said["protocol"] == 1
    assert said["python"] == str(with_gimp.layout.python) and said["home"] == str(with_gimp.home)
    hashes = {each["path"]: each["sha256"] for each in said["files"]}
    assert {path: record.sha256_of(Path(path)) for path in hashes} == hashes
    trees = [Path(each) for each in said["trees"]]
    known = {*map(Path, hashes), with_gimp.layout.record, *(Path(each["path"]) for each in said["links"])}
    on_disk = {path for path in with_gimp.snapshot() if path.is_file() or path.is_symlink()}
    assert {path for path in on_disk if not any(path.is_relative_to(tree) for tree in trees)} == known
    assert [each["name"] for each in said["editors"]] == ["GIMP 3.0"]


def test_the_bridge_can_read_the_record(with_gimp):
    from cutaway_bridge import installation
    with_gimp.install()
    found = installation.read(str(with_gimp.home))
    assert (found.python, found.version, found.protocol) == (str(with_gimp.layout.python), "0.1.0", 1)


def test_scripts_name_the_place_where_the_environment_ends_up(stage):
    stage.install()
    folder = stage.layout.environment
    for path in (folder / "bin" / "pip", folder / "bin" / "cutaway", folder / "pyvenv.cfg"):
        assert "env.new" not in path.read_text()
        assert str(folder) in path.read_text()


def test_a_second_run_changes_nothing(with_gimp):
    with_gimp.install()
    before = with_gimp.snapshot()
    with_gimp.runner.calls.clear()
    with_gimp.install()
    assert with_gimp.snapshot() == before
    assert with_gimp.runner.calls == ["probe", "models", "remove", "worker-stop"]


def test_an_upgrade(with_gimp):
    with_gimp.install()
    (with_gimp.checkout / "plugin" / "bridge" / "flow.py").write_text("flow = 2\n")
    (with_gimp.checkout / "plugin" / "gimp3" / "gimp3_host.py").unlink()
    with_gimp.runner.version = "0.2.0"
    with_gimp.runner.calls.clear()
    with_gimp.install()
    folder = adapter_folder(with_gimp)
    assert (folder / "cutaway_bridge" / "flow.py").read_text() == "flow = 2\n"
    assert not (folder / "gimp3_host.py").exists()
    said = record.read(with_gimp.layout.record)
    assert said.version == "0.2.0"
    assert str(folder / "gimp3_host.py") not in said.files
    calls = with_gimp.runner.calls
    assert calls.index("pip-install") < calls.index("models") < calls.index("worker-stop")


def test_leaving_editors_out_of_a_second_run_keeps_what_is_known_of_the_first(with_gimp):
    with_gimp.install()
    first = record.read(with_gimp.layout.record)
    with_gimp.install(editors=False, link=False, demo=False)
    second = record.read(with_gimp.layout.record)
    assert (second.files, second.links, second.editors) == (first.files, first.links, first.editors)


@pytest.mark.parametrize("number", range(9))
@pytest.mark.parametrize("error", [InstallError("no", "hint"), OSError(28, "No space left on device", "/x"),
                                   KeyboardInterrupt()])
def test_a_first_run_that_fails_leaves_nothing(with_gimp, number, error, monkeypatch):
    before = with_gimp.snapshot()
    fail_after(monkeypatch, with_gimp, number, error)
    with pytest.raises(InstallError if isinstance(error, OSError) else type(error)):
        with_gimp.install()
    assert with_gimp.snapshot() == before
    assert with_gimp.said[-1] == "Nothing was installed."


@pytest.mark.parametrize("number", range(11))
def test_an_upgrade_that_fails_leaves_the_earlier_one(with_gimp, number, monkeypatch):
    with_gimp.install()
    before = with_gimp.snapshot()
    (with_gimp.checkout / "plugin" / "bridge" / "flow.py").write_text("flow = 2\n")
    (with_gimp.checkout / "plugin" / "gimp3" / "gimp3_host.py").unlink()
    with_gimp.runner.version = "0.2.0"
    fail_after(monkeypatch, with_gimp, number, InstallError("no", "hint"))
    with pytest.raises(InstallError):
        with_gimp.install()
    assert with_gimp.snapshot() == before
    assert with_gimp.said[-1] == "The earlier installation is as it was."


def fail_after(monkeypatch, stage, number, error):
    """Lets the step of this number do its work, and then fail."""
    kind = type(stage.plan().steps[number])
    index = [type(step) for step in stage.plan().steps[:number + 1]].count(kind)
    real, seen = kind.apply, []

    def broken(self, site):
        real(self, site)
        seen.append(self)
        if len(seen) == index:
            raise error

    monkeypatch.setattr(kind, "apply", broken)


@pytest.mark.parametrize("name", ["venv-bare", "pip-install", "probe", "models", "remove"])
def test_a_program_that_fails(stage, name):
    stage.runner.failing = {name, "venv"} if name == "venv-bare" else {name}
    before = stage.snapshot()
    with pytest.raises(InstallError) as caught:
        stage.install()
    assert f"{name} went wrong" in caught.value.detail
    assert caught.value.hint
    assert stage.snapshot() == before


def test_a_worker_that_cannot_be_stopped_is_said_and_not_fatal(stage):
    stage.install()
    stage.runner.failing = {"worker-stop"}
    stage.install(fresh=True)
    assert any("could not be asked to stop" in line for line in stage.said)


def test_a_demonstration_that_fails_shows_the_workers_log_and_leaves_none(stage, monkeypatch):
    def worker_fails(words, on_line):
        stage.layout.run.mkdir()
        (stage.layout.run / "worker.log").write_text("a line\nthe reason\n")
        return Finished(1, "it went wrong")

    monkeypatch.setattr(stage.runner, "do_remove", worker_fails)
    before = stage.snapshot()
    with pytest.raises(InstallError, match="demonstration failed") as caught:
        stage.install()
    assert caught.value.detail.splitlines() == ["it went wrong", "a line", "the reason"]
    assert stage.runner.calls[-1] == "worker-stop"
    assert stage.snapshot() == before


def test_a_demonstration_without_a_result(stage, monkeypatch):
    monkeypatch.setattr(stage.runner, "do_remove", lambda words, on_line: GOOD)
    with pytest.raises(InstallError, match="without its result"):
        stage.install()


@pytest.mark.parametrize("name", ["env", "env.new"])
def test_a_foreign_environment_folder_is_never_touched(stage, name):
    foreign = stage.home / name / "mine.txt"
    foreign.parent.mkdir(parents=True)
    foreign.write_text("mine")
    with pytest.raises(InstallError, match="not made by Cutaway"):
        stage.install()
    assert foreign.read_text() == "mine"
    assert "pip-install" not in stage.runner.calls


def test_a_foreign_environment_that_appears_late(stage):
    step = BuildEnvironment(stage.checkout, stage.layout.staging, stage.layout.environment)
    site = stage.bare_site()
    stage.layout.environment.mkdir()
    with pytest.raises(InTheWay):
        step.apply(site)


def test_a_linked_environment_is_never_followed(stage):
    elsewhere = stage.root / "elsewhere"
    elsewhere.mkdir()
    stage.install()
    stage.layout.environment.rename(stage.home / "old")
    stage.layout.environment.symlink_to(elsewhere)
    with pytest.raises(InstallError, match="not made by Cutaway"):
        stage.install()
    assert elsewhere.is_dir()


@pytest.mark.parametrize("name", ["cutaway.py", "gimp3_host.py", "cutaway_bridge/flow.py", "cutaway-home.json"])
def test_a_foreign_file_in_the_adapters_folder(with_gimp, name):
    path = adapter_folder(with_gimp) / name
    path.parent.mkdir(parents=True)
    path.write_text("somebody else's")
    before = with_gimp.snapshot()
    with pytest.raises(InstallError, match="not written by Cutaway"):
        with_gimp.install()
    assert with_gimp.snapshot() == before
    assert with_gimp.runner.calls == [], "found before anything is begun"


def test_an_adapter_that_the_user_changed_is_not_overwritten(with_gimp):
    with_gimp.install()
    path = adapter_folder(with_gimp) / "gimp3_host.py"
    path.write_text("host = 'mine'\n")
    with pytest.raises(InstallError, match="was changed since"):
        with_gimp.install()
    assert path.read_text() == "host = 'mine'\n"


@pytest.mark.parametrize("linked", [".", "cutaway_bridge"])
def test_a_linked_adapter_folder_is_refused(with_gimp, linked):
    elsewhere = with_gimp.root / "elsewhere"
    elsewhere.mkdir()
    place = adapter_folder(with_gimp) / linked
    place.parent.mkdir(parents=True)
    place.symlink_to(elsewhere)
    with pytest.raises(InstallError, match="is a link"):
        with_gimp.install()
    assert list(elsewhere.iterdir()) == []


def test_a_file_that_is_a_link_is_refused(with_gimp):
    target = with_gimp.root / "precious.py"
    target.write_text("precious")
    path = adapter_folder(with_gimp) / "cutaway.py"
    path.parent.mkdir(parents=True)
    path.symlink_to(target)
    with pytest.raises(InstallError, match="is a link"):
        with_gimp.install()
    assert target.read_text() == "precious"


def test_a_folder_where_a_file_should_be(stage):
    stage.layout.command.mkdir(parents=True)
    with pytest.raises(InstallError, match="is not a file"):
        stage.install()


def test_a_file_with_the_right_content_is_taken_as_ours(stage):
    path = stage.layout.command
    path.parent.mkdir(parents=True)
    path.write_bytes(stage.layout.command_text())
    stage.install()
    assert str(path) in record.read(stage.layout.record).files


@pytest.mark.parametrize("kind", ["file", "link", "folder"])
def test_a_foreign_command_of_the_same_name_is_left_and_said(stage, kind):
    path = stage.user / ".local" / "bin" / "cutaway"
    path.parent.mkdir(parents=True)
    if kind == "file":
        path.write_text("another cutaway")
    elif kind == "link":
        path.symlink_to("/opt/another/cutaway")
    else:
        path.mkdir()
    before = path.lstat()
    site = stage.install()
    assert (path.lstat().st_ino, path.lstat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert any(line.startswith("skipped") for line in stage.said)
    assert site.record.links == {}


def test_a_folder_that_is_not_on_path_is_said(stage):
    stage.install()
    assert any("not on your PATH" in line for line in stage.said)
    stage.said.clear()
    stage.environ["PATH"] = f"/usr/bin:{stage.user}/.local/bin"
    stage.install()
    assert not any("not on your PATH" in line for line in stage.said)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_home_with_odd_letters(tmp_path, name):
    stage = Stage(tmp_path / name)
    stage.profile.mkdir(parents=True)
    stage.install()
    assert json.loads((adapter_folder(stage) / "cutaway-home.json").read_text())["home"] == str(stage.home)
    assert record.read(stage.layout.record).home == str(stage.home)


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script")
@pytest.mark.parametrize("name", ODD_NAMES)
def test_the_command_hands_on_home_and_arguments(tmp_path, name):
    stage = Stage(tmp_path / name)
    stage.install(demo=False)
    stage.layout.python.write_text('#!/bin/sh\nprintf "%s\\n" "$CUTAWAY_HOME" "$@"\n')
    stage.layout.python.chmod(0o755)
    said = subprocess.run(
        [stage.layout.command, "remove", "a b.jpg", "*"], capture_output=True, text=True, timeout=10, check=True)
    assert said.stdout.splitlines() == [str(stage.home), "-I", "-m", "cutaway_cli", "remove", "a b.jpg", "*"]
    assert shlex.quote(str(stage.home)) in stage.layout.command.read_text()


def test_the_windows_command_holds_no_path():
    from installers.layout import Layout
    text = Layout(Path("/users/jürgen/cutaway"), windows=True).command_text()
    assert text.isascii()
    assert text.count(b"\r\n") == text.count(b"\n") > 3


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(stage):
    stage.root.joinpath("home").mkdir()
    stage.home.chmod(0o500)
    with pytest.raises(InstallError, match="cannot be used"):
        stage.install()


def test_a_home_below_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    stage = Stage(tmp_path, home=tmp_path / "file" / "home")
    with pytest.raises(InstallError, match="cannot be used") as caught:
        stage.install()
    assert "CUTAWAY_HOME" in caught.value.hint


def test_an_oserror_of_a_step_becomes_a_sentence(stage, monkeypatch):
    def refuse(self, site):
        raise PermissionError(13, "Permission denied", "/somewhere")

    monkeypatch.setattr(WriteFile, "apply", refuse)
    with pytest.raises(InstallError, match=r"/somewhere: Permission denied\.") as caught:
        stage.install()
    assert "CUTAWAY_HOME" in caught.value.hint


def test_an_environment_in_use_is_said(stage, monkeypatch):
    def refuse(self, target):
        raise PermissionError(13, "The process cannot access the file")

    stage.install()
    monkeypatch.setattr(type(stage.home), "rename", refuse)
    with pytest.raises(InstallError, match="is in use"):
        stage.install(fresh=True)


class Killed(BaseException):
    """Stands for SIGKILL: nothing is taken back."""


def kill_in(monkeypatch, stage, kind):
    real = kind.apply

    def dies(self, site):
        real(self, site)
        site.undo.pop_all()
        raise Killed

    monkeypatch.setattr(kind, "apply", dies)
    monkeypatch.setattr(apply, "_roll_back", lambda site: None)
    with pytest.raises(Killed):
        stage.install()
    monkeypatch.undo()


@pytest.mark.parametrize("kind", ["BuildEnvironment", "SwapEnvironment", "WriteFile", "WriteAdapter", "MakeLink"])
def test_the_run_after_one_that_was_killed(with_gimp, kind, monkeypatch):
    from installers import program_steps, steps
    kill_in(monkeypatch, with_gimp, getattr(steps, kind, None) or getattr(program_steps, kind))
    assert with_gimp.layout.journal.exists()
    with_gimp.install()
    assert not with_gimp.layout.journal.exists() and not with_gimp.layout.staging.exists()
    assert record.read(with_gimp.layout.record).owns(with_gimp.layout.command)


@pytest.mark.parametrize("kind", ["WriteFile", "WriteAdapter"])
def test_an_upgrade_that_was_killed_can_be_repeated_from_yet_another_version(with_gimp, kind, monkeypatch):
    from installers import steps
    with_gimp.install()
    (with_gimp.checkout / "plugin" / "bridge" / "flow.py").write_text("flow = 2\n")
    kill_in(monkeypatch, with_gimp, getattr(steps, kind))
    (with_gimp.checkout / "plugin" / "bridge" / "flow.py").write_text("flow = 3\n")
    with_gimp.install()
    assert (adapter_folder(with_gimp) / "cutaway_bridge" / "flow.py").read_text() == "flow = 3\n"


def test_killed_between_the_two_renames(stage):
    stage.install()
    plan = stage.plan(fresh=True)
    site = stage.site(plan)
    record.write(apply._journal(plan, site), stage.layout.journal)
    stage.layout.environment.rename(stage.layout.retired)
    apply._recover(stage.site(plan))
    assert stage.layout.python.is_file()
    assert not stage.layout.retired.exists()


def test_the_old_environment_goes_only_at_the_end(stage, monkeypatch):
    stage.install()
    seen = []
    real = SwapEnvironment.apply

    def look(self, site):
        real(self, site)
        seen.append(stage.layout.retired.is_dir())

    monkeypatch.setattr(SwapEnvironment, "apply", look)
    stage.install(fresh=True)
    assert seen == [True]
    assert not stage.layout.retired.exists()
