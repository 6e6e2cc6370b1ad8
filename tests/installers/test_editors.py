"""Editors are found where they keep their plug-ins, and nowhere else."""

from pathlib import Path

import pytest

from installers.adapters import adapter
from installers.editors import Computer, bases, find


def computer(tmp_path, platform="linux", environ=None, versions=None):
    said = versions or {}
    return Computer(platform, environ or {}, tmp_path, lambda program: said.get(program.name, ""))


def program(folder, name):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("")
    return folder / name


def names(found):
    return [editor.name for editor in found]


def test_none(tmp_path):
    assert find(computer(tmp_path)) == []


def test_every_profile_of_gimp_3_and_no_other(tmp_path):
    for name in ("3.0", "3.2", "2.8", "2.99", "3.x", "backup-3.0"):
        (tmp_path / ".config" / "GIMP" / name).mkdir(parents=True)
    (tmp_path / ".config" / "GIMP" / "3.4").write_text("a file")
    found = find(computer(tmp_path))
    assert names(found) == ["GIMP 3.0", "GIMP 3.2"]
    assert found[0].folder == tmp_path / ".config" / "GIMP" / "3.0" / "plug-ins" / "cutaway"
    assert {editor.kind for editor in found} == {"gimp3"}
    assert {editor.starter for editor in found} == {None}


def test_the_snaps_own_home(tmp_path):
    (tmp_path / "snap" / "gimp" / "current" / ".config" / "GIMP" / "3.0").mkdir(parents=True)
    assert names(find(computer(tmp_path))) == ["GIMP 3.0 (Snap)"]


def test_a_moved_configuration_folder_and_the_usual_one_count_both(tmp_path):
    (tmp_path / "conf" / "GIMP" / "3.0").mkdir(parents=True)
    (tmp_path / ".config" / "GIMP" / "3.0").mkdir(parents=True)
    found = find(computer(tmp_path, environ={"XDG_CONFIG_HOME": str(tmp_path / "conf")}))
    assert [editor.profile.parents[1].name for editor in found] == ["conf", ".config"]


@pytest.mark.parametrize("said", ["{tmp}/own profile", "own profile"])
def test_gimps_variable_replaces_all(tmp_path, said):
    (tmp_path / ".config" / "GIMP" / "3.0").mkdir(parents=True)
    found = find(computer(tmp_path, environ={"GIMP3_DIRECTORY": said.format(tmp=tmp_path)}))
    assert [editor.profile for editor in found] == [tmp_path / "own profile"]


@pytest.mark.parametrize(("platform", "environ", "expected"), [
    ("darwin", {}, ["Library/Application Support/GIMP"]),
    ("win32", {}, ["AppData/Roaming/GIMP"]),
    ("linux", {"XDG_CONFIG_HOME": "relative"}, [".config/GIMP", "snap/gimp/current/.config/GIMP"]),
])
def test_where_each_system_has_them(tmp_path, platform, environ, expected):
    assert bases(computer(tmp_path, platform, environ)) == [tmp_path / each for each in expected]


def test_windows_roaming_folder(tmp_path):
    (tmp_path / "Roam" / "GIMP" / "3.2").mkdir(parents=True)
    found = find(computer(tmp_path, "win32", {"APPDATA": str(tmp_path / "Roam")}))
    assert [editor.profile for editor in found] == [tmp_path / "Roam" / "GIMP" / "3.2"]


def test_a_gimp_that_was_never_started(tmp_path):
    console = program(tmp_path / "bin", "gimp-console-3.0")
    program(tmp_path / "bin", "gimp")
    said = "GNU Image Manipulation Program version 3.0.4"
    found = find(computer(tmp_path, environ={"PATH": str(tmp_path / "bin")},
                          versions={"gimp": said, "gimp-console-3.0": said}))
    assert [(editor.profile, editor.starter) for editor in found] == [
        (tmp_path / ".config" / "GIMP" / "3.0", console)]


def test_a_gimp_with_a_profile_is_not_started(tmp_path):
    (tmp_path / ".config" / "GIMP" / "3.0").mkdir(parents=True)
    program(tmp_path / "bin", "gimp-console-3.0")
    found = find(computer(tmp_path, environ={"PATH": str(tmp_path / "bin")},
                          versions={"gimp-console-3.0": "version 3.0.4"}))
    assert [editor.starter for editor in found] == [None]


@pytest.mark.parametrize("said", [
    "GNU Image Manipulation Program version 2.8.22", "GNU Image Manipulation Program version 2.100.0",
    "GNU Image Manipulation Program version 12.10.1", "", "command not found"])
def test_another_gimp_is_none(tmp_path, said):
    program(tmp_path / "bin", "gimp")
    assert find(computer(tmp_path, environ={"PATH": str(tmp_path / "bin")}, versions={"gimp": said})) == []


def test_only_gimps_own_programs_are_asked(tmp_path):
    for name in ("gimptool-3.0", "gimp-script-fu-interpreter", "gimp-test-clipboard", "gimp-2.8"):
        program(tmp_path / "bin", name)
    asked = []
    find(Computer("linux", {"PATH": f"{tmp_path}/bin:relative:{tmp_path}/missing"}, tmp_path,
                  lambda program: asked.append(program.name) or ""))
    assert asked == []


def test_one_program_under_two_names_is_asked_once(tmp_path):
    real = program(tmp_path / "bin", "gimp-console-3.0")
    (tmp_path / "bin" / "gimp-console").symlink_to(real)
    asked = []
    find(Computer("linux", {"PATH": f"{tmp_path}/bin"}, tmp_path, lambda program: asked.append(program.name) or ""))
    assert len(asked) == 1


def test_windows_program_folders(tmp_path):
    program(tmp_path / "Programs" / "GIMP 3" / "bin", "gimp-console-3.0.exe")
    found = find(computer(tmp_path, "win32", {"ProgramFiles": str(tmp_path / "Programs")},
                          {"gimp-console-3.0.exe": "version 3.0.2"}))
    assert names(found) == ["GIMP 3.0"]


def test_mac_program_folder(tmp_path):
    program(tmp_path / "Applications" / "GIMP.app" / "Contents" / "MacOS", "gimp-console")
    found = find(computer(tmp_path, "darwin", {}, {"gimp-console": "version 3.2.0"}))
    assert [editor.profile for editor in found] == [
        tmp_path / "Library" / "Application Support" / "GIMP" / "3.2"]


def test_gimp_2_beside_gimp_3(tmp_path):
    for name in ("2.10", "3.0"):
        (tmp_path / ".config" / "GIMP" / name).mkdir(parents=True)
    found = find(computer(tmp_path))
    assert [(editor.kind, editor.name) for editor in found] == [("gimp3", "GIMP 3.0"), ("gimp2", "GIMP 2.10")]
    assert found[1].folder == tmp_path / ".config" / "GIMP" / "2.10" / "plug-ins" / "cutaway"


@pytest.mark.parametrize(("place", "name"), [
    (".var/app/org.gimp.GIMP/config/GIMP/2.10", "GIMP 2.10 (Flatpak)"),
    ("snap/gimp/current/.config/GIMP/2.10", "GIMP 2.10 (Snap)")])
def test_gimp_2_in_a_sandbox(tmp_path, place, name):
    (tmp_path / place).mkdir(parents=True)
    assert [(editor.name, editor.profile) for editor in find(computer(tmp_path))] == [(name, tmp_path / place)]


def test_gimps_variable_replaces_all_of_its_generation(tmp_path):
    for name in ("2.10", "3.0"):
        (tmp_path / ".config" / "GIMP" / name).mkdir(parents=True)
    found = find(computer(tmp_path, environ={"GIMP2_DIRECTORY": "own"}))
    assert [editor.profile for editor in found] == [tmp_path / ".config" / "GIMP" / "3.0", tmp_path / "own"]


def test_a_gimp_2_that_was_never_started(tmp_path):
    console = program(tmp_path / "bin", "gimp-console-2.10")
    found = find(computer(tmp_path, environ={"PATH": str(tmp_path / "bin")},
                          versions={"gimp-console-2.10": "GNU Image Manipulation Program version 2.10.34"}))
    assert [(editor.kind, editor.profile, editor.starter) for editor in found] == [
        ("gimp2", tmp_path / ".config" / "GIMP" / "2.10", console)]


@pytest.mark.parametrize(("platform", "folder", "name"), [
    ("win32", "Programs/GIMP 2/bin", "gimp-console-2.10.exe"),
    ("darwin", "Applications/GIMP-2.10.app/Contents/MacOS", "gimp-console-2.10")])
def test_gimp_2_on_other_systems(tmp_path, platform, folder, name):
    program(tmp_path / folder, name)
    found = find(computer(tmp_path, platform, {"ProgramFiles": str(tmp_path / "Programs")}, {name: "version 2.10.36"}))
    assert names(found) == ["GIMP 2.10"]


def test_the_adapter_for_gimp_2_has_its_python_fu_in_a_folder_of_its_own(tmp_path):
    checkout = Path(__file__).parents[2]
    parts = {part.name: part for part in adapter("gimp2", checkout, tmp_path)}
    expected = {"cutaway.py", "gimp2_host.py", "pythonfu/gimpfu.py", "cutaway_bridge/flow.py", "cutaway-home.json"}
    assert expected <= set(parts)
    assert [name for name, part in parts.items() if part.mode & 0o111] == ["cutaway.py"]
    # Beside cutaway.py it would hide GIMP's own.
    assert "gimpfu.py" not in parts
