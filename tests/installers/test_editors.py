"""Editors are found where they keep their plug-ins, and nowhere else."""

import pytest

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
    for name in ("3.0", "3.2", "2.10", "3.x", "backup-3.0"):
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


@pytest.mark.parametrize("said", ["GNU Image Manipulation Program version 2.10.34", "", "command not found"])
def test_another_gimp_is_none(tmp_path, said):
    program(tmp_path / "bin", "gimp")
    assert find(computer(tmp_path, environ={"PATH": str(tmp_path / "bin")}, versions={"gimp": said})) == []


def test_only_gimps_own_programs_are_asked(tmp_path):
    for name in ("gimptool-3.0", "gimp-script-fu-interpreter", "gimp-test-clipboard", "gimp-2.10"):
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
