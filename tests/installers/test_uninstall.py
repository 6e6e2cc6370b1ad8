"""Uninstalling removes exactly what was recorded."""

import json
from pathlib import Path

import pytest

from installers import apply
from installers.errors import InstallError
from installers.uninstall import ENDED, Uninstall, open_jobs

from .fakes import Stage


def uninstall(stage):
    work = Uninstall(stage.layout, apply.earlier_record(stage.layout), stage.runner, stage.environ, stage.said.append)
    work.run()
    work.finish()
    return work


def test_nothing_is_left(with_gimp):
    before = with_gimp.snapshot()
    with_gimp.install()
    assert uninstall(with_gimp).left == []
    assert with_gimp.snapshot() == before


def test_the_examples_go_too_with_what_python_has_made_of_them(with_gimp):
    examples = with_gimp.checkout / "plugin" / "gimp3" / "examples"
    examples.mkdir()
    for name in ("cutaway_examples.py", "cutaway-examples.scm"):
        (examples / name).write_text("example\n")
    before = with_gimp.snapshot()
    with_gimp.install()
    folder = with_gimp.profile / "plug-ins" / "cutaway" / "examples"
    assert sorted(path.name for path in folder.iterdir()) == ["cutaway-examples.scm", "cutaway_examples.py"]
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "cutaway_examples.cpython-311.pyc").write_text("byte code")
    uninstall(with_gimp)
    assert with_gimp.snapshot() == before


@pytest.mark.parametrize("runs", [1, 2])
def test_nothing_is_left_after_an_upgrade(with_gimp, runs):
    before = with_gimp.snapshot()
    with_gimp.install()
    for number in range(runs):
        (with_gimp.checkout / "plugin" / "bridge" / "flow.py").write_text(f"flow = {number}\n")
        with_gimp.install()
    uninstall(with_gimp)
    assert with_gimp.snapshot() == before


def test_what_editors_and_the_worker_leave_behind_goes_too(with_gimp):
    before = with_gimp.snapshot()
    with_gimp.install()
    folder = with_gimp.profile / "plug-ins" / "cutaway"
    for cache, name in ((folder, "gimp3_host"), (folder / "cutaway_bridge", "flow")):
        (cache / "__pycache__").mkdir()
        (cache / "__pycache__" / f"{name}.cpython-311.pyc").write_text("byte code")
    (with_gimp.layout.run / "jobs").mkdir(parents=True)
    (with_gimp.layout.run / "worker.log").write_text("log")
    uninstall(with_gimp)
    assert with_gimp.snapshot() == before


def test_what_cutaway_itself_keeps_goes_too(stage):
    before = stage.snapshot()
    stage.install()
    for name in ("timings.json", "consent.json", "topaz.key"):
        (stage.home / name).write_text("{}")
    (stage.home / "optimised").mkdir()
    (stage.home / "optimised" / "isnet.onnx").write_text("graph")
    journal(stage, "fetched", "refused", "expired")
    assert uninstall(stage).left == []
    assert stage.snapshot() == before


@pytest.mark.parametrize("state", ["intent", "submitted", "unknown", "completed", "of a later version"])
def test_a_paid_job_that_is_not_fetched_stays_and_is_named(stage, state):
    stage.install()
    journal(stage, "fetched", state)
    kept = sorted((stage.home / "journal").iterdir())
    assert uninstall(stage).left == [stage.home / "journal"]
    assert sorted((stage.home / "journal").iterdir()) == kept


def test_the_journals_words_are_the_cores():
    from cutaway.cloud import journal as core

    assert set(ENDED) == set(core.ENDED) and open_jobs(Path("nowhere")) == []


def journal(stage, *states):
    folder = stage.home / "journal"
    folder.mkdir()
    (folder / "results").mkdir()
    (folder / "results" / "a.png").write_text("mask")
    for number, state in enumerate(states):
        lines = [json.dumps({"state": "intent"}), json.dumps({"state": state}), '{"state": "cut of']
        (folder / f"{number}.jsonl").write_text("\n".join(lines))


def test_the_worker_is_stopped_first(stage):
    stage.install()
    stage.runner.calls.clear()
    uninstall(stage)
    assert stage.runner.calls == ["worker-stop"]
    assert stage.runner.environs[-1]["CUTAWAY_HOME"] == str(stage.home)


def test_a_changed_file_is_left_and_named(with_gimp):
    with_gimp.install()
    path = with_gimp.profile / "plug-ins" / "cutaway" / "gimp3_host.py"
    path.write_text("host = 'mine'\n")
    assert uninstall(with_gimp).left == [path]
    assert path.read_text() == "host = 'mine'\n"
    assert not path.with_name("cutaway.py").exists()


@pytest.mark.parametrize("name", ["models/isnet.onnx", "settings.json", "demo/mine.png"])
def test_what_was_not_installed_is_left_and_named(stage, name):
    stage.install()
    path = stage.home / name
    path.write_text("mine")
    assert uninstall(stage).left == [path]
    assert path.read_text() == "mine"


def test_a_link_that_points_elsewhere_now_is_left(stage):
    stage.install()
    link = stage.user / ".local" / "bin" / "cutaway"
    link.unlink()
    link.symlink_to("/opt/another")
    assert uninstall(stage).left == [link]


def test_a_file_replaced_by_a_link_is_left_with_its_target(stage):
    stage.install()
    target = stage.root / "kept"
    target.write_bytes(stage.layout.command.read_bytes())
    stage.layout.command.unlink()
    stage.layout.command.symlink_to(target)
    assert uninstall(stage).left == [stage.layout.command]
    assert target.exists()


def test_folders_of_the_users_own_stay(tmp_path):
    stage = Stage(tmp_path)
    (stage.user / ".local" / "bin").mkdir(parents=True)
    stage.home.mkdir()
    before = stage.snapshot()
    stage.install()
    uninstall(stage)
    assert stage.snapshot() == before


def test_a_run_folder_of_the_users_own_is_never_taken(stage):
    """CUTAWAY_HOME may be a folder that is used for other things as well."""
    path = stage.home / "run" / "mine.txt"
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    stage.install()
    uninstall(stage)
    assert path.read_text() == "mine"


def test_other_programs_in_a_folder_that_was_made_for_the_link_are_not_named(stage):
    stage.install()
    other = stage.user / ".local" / "bin" / "other"
    other.write_text("")
    assert uninstall(stage).left == []
    assert other.exists()


def test_not_installed(stage):
    with pytest.raises(InstallError, match="not installed"):
        uninstall(stage)


def test_twice(stage):
    stage.install()
    uninstall(stage)
    with pytest.raises(InstallError, match="not installed"):
        uninstall(stage)


def test_what_cannot_be_removed_keeps_the_record(stage, monkeypatch):
    stage.install()
    real = type(stage.home).unlink

    def refuse(self, missing_ok=False):
        if self == stage.layout.command:
            raise PermissionError(13, "Permission denied", str(self))
        real(self, missing_ok=missing_ok)

    monkeypatch.setattr(type(stage.home), "unlink", refuse)
    with pytest.raises(InstallError, match="Permission denied"):
        uninstall(stage)
    assert stage.layout.record.exists()
    monkeypatch.undo()
    uninstall(stage)
    assert not stage.home.exists()


def test_after_a_first_run_that_was_killed(with_gimp, monkeypatch):
    from installers.steps import WriteAdapter

    from .test_apply import kill_in
    before = with_gimp.snapshot()
    kill_in(monkeypatch, with_gimp, WriteAdapter)
    left = uninstall(with_gimp).left
    # The model's name and content are known only once it is there, so that a killed run cannot say it is ours.
    assert left == [with_gimp.layout.models / "u2netp.onnx"]
    assert set(with_gimp.snapshot()) - set(before) == {with_gimp.home, with_gimp.layout.models, *left}


def test_the_list_beforehand(with_gimp):
    with_gimp.install()
    said = Uninstall(with_gimp.layout, apply.earlier_record(with_gimp.layout), with_gimp.runner, {}, print).describe()
    assert str(with_gimp.layout.command) in said
    assert str(with_gimp.layout.environment) in said


@pytest.mark.parametrize("tree", ["/", "{home}", "{home}/../user", "{home}/env/../../user", "/etc"])
def test_a_record_that_names_a_tree_outside_is_refused(stage, tree):
    stage.install()
    said = json.loads(stage.layout.record.read_text())
    said["trees"] = [tree.format(home=stage.home)]
    stage.layout.record.write_text(json.dumps(said))
    with pytest.raises(InstallError, match="outside"):
        uninstall(stage)
    assert stage.user.exists()


def test_a_home_that_was_moved_is_refused(stage):
    stage.install()
    moved = Stage(stage.root, home=stage.root / "moved")
    stage.home.rename(moved.home)
    with pytest.raises(InstallError, match="after a move"):
        uninstall(moved)
    assert moved.layout.record.exists()
