"""The plan says what will be done, and making it changes nothing."""

from pathlib import Path

import pytest

from installers import adapters
from installers.errors import InstallError
from installers.plan import NEEDED_BYTES
from installers.program_steps import BuildEnvironment, Demonstrate, FetchModel, KeepEnvironment, MakeProfile, StopWorker
from installers.steps import KeepRecord, MakeLink, RemoveObsolete, WriteAdapter

from .fakes import Stage


def kinds(plan):
    return [type(step).__name__ for step in plan.steps]


def test_a_first_installation(with_gimp):
    plan = with_gimp.plan()
    assert kinds(plan) == [
        "BuildEnvironment", "FetchModel", "SwapEnvironment", "WriteFile", "MakeLink", "WriteAdapter", "KeepRecord",
        "Demonstrate", "KeepRecord"]
    assert plan.version == "0.1.0"


def test_every_step_says_what_it_does_with_paths(with_gimp):
    said = [step.describe() for step in with_gimp.plan().steps]
    assert all(line[0].isupper() and "\n" not in line for line in said)
    assert any(str(with_gimp.profile) in line for line in said)
    assert len("".join(said)) < 3000, "file contents do not belong in a description"


def test_making_a_plan_changes_nothing(with_gimp):
    before = with_gimp.snapshot()
    with_gimp.plan()
    assert with_gimp.snapshot() == before
    assert with_gimp.runner.calls == []


@pytest.mark.parametrize(("choices", "missing"), [
    ({"editors": False}, WriteAdapter), ({"link": False}, MakeLink), ({"demo": False}, Demonstrate)])
def test_what_the_user_leaves_out(with_gimp, choices, missing):
    assert not any(isinstance(step, missing) for step in with_gimp.plan(**choices).steps)


def test_no_editor_is_fine_and_said(stage):
    plan = stage.plan()
    assert not plan.adapters()
    assert any("No supported editor" in note for note in plan.notes)


def test_the_record_comes_after_all_that_it_names(with_gimp):
    plan = with_gimp.plan(demo=False)
    assert isinstance(plan.steps[-1], KeepRecord)


def test_a_second_run_keeps_the_environment(with_gimp):
    with_gimp.install()
    plan = with_gimp.plan()
    assert isinstance(plan.steps[0], KeepEnvironment)
    assert not any(isinstance(step, BuildEnvironment | StopWorker) for step in plan.steps)


@pytest.mark.parametrize("name", ["core/cutaway/__init__.py", "plugin/bridge/flow.py", "pyproject.toml"])
def test_a_changed_source_means_a_new_environment(stage, name):
    stage.install()
    with (stage.checkout / name).open("a") as stream:
        stream.write("\n# changed\n")
    plan = stage.plan()
    assert kinds(plan)[:4] == ["BuildEnvironment", "FetchModel", "StopWorker", "SwapEnvironment"]


@pytest.mark.parametrize("name", ["core/cutaway/__pycache__/left.cpython-311.pyc", "tests/pictures/astronaut.jpg"])
def test_what_is_not_part_of_the_program_means_nothing(stage, name):
    stage.install()
    (stage.checkout / name).write_text("other")
    assert isinstance(stage.plan().steps[0], KeepEnvironment)


def test_an_environment_that_does_not_work_is_made_anew(stage):
    stage.install()
    stage.runner.failing = {"probe"}
    plan = stage.plan()
    assert isinstance(plan.steps[0], BuildEnvironment)
    assert any("does not work" in note for note in plan.notes)


def test_a_fresh_one_is_made_when_asked_for(stage):
    stage.install()
    assert isinstance(stage.plan(fresh=True).steps[0], BuildEnvironment)


def test_the_model_is_fetched_before_the_old_environment_is_touched(stage):
    stage.install()
    plan = stage.plan(fresh=True)
    fetch = next(step for step in plan.steps if isinstance(step, FetchModel))
    assert fetch.python == stage.layout.python_in(stage.layout.staging)


def test_too_little_room(stage):
    stage.free = NEEDED_BYTES - 1
    with pytest.raises(InstallError, match="too little room") as caught:
        stage.plan()
    assert "CUTAWAY_HOME" in caught.value.hint


def test_not_a_checkout(stage):
    (stage.checkout / "pyproject.toml").unlink()
    with pytest.raises(InstallError, match="not a whole checkout"):
        stage.plan()


def test_an_adapter_without_its_program(with_gimp):
    (with_gimp.checkout / "plugin" / "gimp3" / "cutaway.py").unlink()
    with pytest.raises(InstallError, match=r"cutaway\.py is missing"):
        with_gimp.plan()


def test_an_editor_of_the_earlier_run_is_not_left_behind(with_gimp):
    with_gimp.environ["GIMP3_DIRECTORY"] = str(with_gimp.root / "moved")
    with_gimp.install()
    del with_gimp.environ["GIMP3_DIRECTORY"]
    assert {step.profile for step in with_gimp.plan().adapters()} == {with_gimp.profile, with_gimp.root / "moved"}


def test_files_that_an_adapter_no_longer_has(with_gimp):
    with_gimp.install()
    (with_gimp.checkout / "plugin" / "gimp3" / "gimp3_host.py").unlink()
    plan = with_gimp.plan()
    folder = with_gimp.profile / "plug-ins" / "cutaway"
    assert [step.paths for step in plan.steps if isinstance(step, RemoveObsolete)] == [(folder / "gimp3_host.py",)]


def test_a_gimp_never_started_makes_its_own_profile(stage):
    folder = stage.root / "bin"
    folder.mkdir()
    (folder / "gimp-console-3.0").write_text("")
    stage.environ["PATH"] = str(folder)
    stage.computer = lambda: type(Stage.computer(stage))(
        "linux", stage.environ, stage.user, lambda program: "version 3.0.4")
    assert kinds(stage.plan())[5:7] == ["MakeProfile", "WriteAdapter"]
    stage.install()
    assert "gimp" in stage.runner.calls
    assert (stage.profile / "plug-ins" / "cutaway" / "cutaway.py").exists()
    assert any(isinstance(step, MakeProfile) for step in stage.plan().steps) is False


def test_a_demonstration_beside_a_result_that_the_user_painted_on(stage):
    stage.install()
    (stage.layout.demo / "astronaut_cutout.png").write_bytes(b"painted on")
    result = next(step.result for step in stage.plan().steps if isinstance(step, Demonstrate))
    assert result == stage.layout.demo / "astronaut_cutout-2.png"


def test_windows_has_no_link_and_says_where_the_command_is(tmp_path):
    stage = Stage(tmp_path, windows=True)
    plan = stage.plan()
    assert not any(isinstance(step, MakeLink) for step in plan.steps)
    assert any("cutaway.cmd" in note for note in plan.notes)


def test_what_an_adapter_consists_of(with_gimp):
    parts = {part.name: part for part in adapters.adapter("gimp3", with_gimp.checkout, with_gimp.home)}
    assert set(parts) == {
        "cutaway.py", "gimp3_host.py", "cutaway-home.json", "cutaway_bridge/__init__.py", "cutaway_bridge/flow.py",
        "cutaway_bridge/settings.json"}
    assert parts["cutaway.py"].mode == 0o755
    assert {part.mode for name, part in parts.items() if name != "cutaway.py"} == {0o644}


def test_the_examples_are_part_of_it(with_gimp):
    examples = with_gimp.checkout / "plugin" / "gimp3" / "examples"
    examples.mkdir()
    for name in ("cutaway_examples.py", "cutaway-examples.scm", "README.md"):
        (examples / name).write_text("example\n")
    parts = {part.name: part for part in adapters.adapter("gimp3", with_gimp.checkout, with_gimp.home)}
    assert {name for name in parts if name.startswith("examples")} == {
        "examples/cutaway_examples.py", "examples/cutaway-examples.scm"}
    assert parts["examples/cutaway_examples.py"].mode == 0o644, "GIMP is not to start it"


@pytest.mark.parametrize("kind", ["gimp2", "gimp3"])
def test_the_checkouts_own_examples_are_found(with_gimp, kind):
    checkout = Path(__file__).parents[2]
    names = {part.name for part in adapters.adapter(kind, checkout, with_gimp.home)}
    assert {"examples/cutaway_examples.py", "examples/cutaway-examples.scm"} <= names


@pytest.mark.parametrize("name", ["../evil.py", "/etc/passwd", "a/../../b", "", ".", "..", "C:\\x.py", "a\\..\\b"])
def test_a_name_that_leaves_the_folder_is_refused(tmp_path, name):
    with pytest.raises(InstallError, match="leaves the folder"):
        adapters.inside(tmp_path, name)


def test_a_name_within_the_folder(tmp_path):
    assert adapters.inside(tmp_path, "cutaway_bridge/flow.py") == tmp_path / "cutaway_bridge" / "flow.py"
