"""Each change of the disk by itself: refused where something foreign is there, and taken back exactly."""

import os
import stat

import pytest

from installers.errors import InstallError, InTheWay
from installers.record import Record, sha256
from installers.site import remove_tree, replace
from installers.steps import MakeLink, RemoveObsolete, WriteFile


def undone(stage, site, change):
    """Does the change and undoes it; True where all is as before."""
    before = stage.snapshot()
    change()
    assert stage.snapshot() != before, "the change did nothing"
    site.undo.close()
    return stage.snapshot() == before


def test_folders_are_made_recorded_and_taken_back(stage):
    site = stage.bare_site()
    deep = stage.root / "a" / "b" / "c"
    assert undone(stage, site, lambda: site.make_folder(deep))
    assert site.record.folders == [str(deep.parents[1]), str(deep.parent), str(deep)]


def test_a_folder_that_was_there_is_not_recorded(stage):
    site = stage.bare_site()
    site.make_folder(stage.user)
    assert site.record.folders == []


def test_a_folder_of_the_earlier_installation_stays_recorded(stage):
    site = stage.bare_site(Record(home=str(stage.home), folders=[str(stage.user)]))
    site.make_folder(stage.user)
    assert site.record.folders == [str(stage.user)]


def test_a_folder_with_something_new_in_it_is_not_taken_back(stage):
    site = stage.bare_site()
    site.make_folder(stage.root / "a" / "b")
    (stage.root / "a" / "mine").write_text("mine")
    site.undo.close()
    assert [path.name for path in (stage.root / "a").iterdir()] == ["mine"]


@pytest.mark.parametrize("mode", [0o755, 0o644])
def test_a_new_file(stage, mode):
    site = stage.bare_site()
    path = stage.root / "a" / "file"
    assert undone(stage, site, lambda: site.write(path, b"content", mode))
    site.write(path, b"content", mode)
    assert path.read_bytes() == b"content"
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert site.record.files == {str(path): sha256(b"content")}


def test_our_own_older_file_comes_back_with_content_and_mode(stage):
    path = stage.root / "file"
    path.write_bytes(b"old")
    path.chmod(0o750)
    site = stage.bare_site(Record(home="h", files={str(path): sha256(b"old")}))
    assert undone(stage, site, lambda: site.write(path, b"new", 0o644))


@pytest.mark.parametrize("content", [b"theirs", b""])
def test_a_foreign_file_is_refused(stage, content):
    path = stage.root / "file"
    path.write_bytes(content)
    site = stage.bare_site()
    with pytest.raises(InTheWay) as caught:
        site.write(path, b"ours", 0o644)
    assert str(path) in caught.value.message
    assert caught.value.hint
    assert path.read_bytes() == content


def test_a_link_that_leads_nowhere_is_foreign_too(stage):
    path = stage.root / "file"
    path.symlink_to("/nowhere/at/all")
    with pytest.raises(InTheWay):
        stage.bare_site().write(path, b"ours", 0o644)


def test_two_files_of_one_run_are_taken_back_in_turn(stage):
    site = stage.bare_site()
    path = stage.root / "file"

    def twice():
        site.write(path, b"one", 0o644)
        site.earlier = Record(home="h", files=dict(site.record.files))
        site.write(path, b"two", 0o755)

    assert undone(stage, site, twice)


def test_a_write_that_fails_leaves_no_part(stage, monkeypatch):
    stage.home.mkdir()

    def refuse(self, mode):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(stage.home), "chmod", refuse)
    with pytest.raises(OSError, match="No space"):
        replace(stage.home / "file", b"content", 0o644)
    assert list(stage.home.iterdir()) == []


def test_a_link_is_made_and_taken_back(stage):
    site = stage.bare_site()
    path = stage.user / "bin" / "cutaway"
    assert undone(stage, site, lambda: site.link(path, stage.layout.command))
    assert site.record.links == {str(path): str(stage.layout.command)}


def test_our_own_older_link_is_replaced_and_comes_back(stage):
    path = stage.user / "cutaway"
    path.symlink_to("/old/command")
    site = stage.bare_site(Record(home="h", links={str(path): "/old/command"}))
    assert undone(stage, site, lambda: site.link(path, stage.layout.command))


def test_a_foreign_link_is_refused(stage):
    path = stage.user / "cutaway"
    path.symlink_to("/another/command")
    with pytest.raises(InTheWay):
        stage.bare_site(Record(home="h", links={str(path): "/old/command"})).link(path, stage.layout.command)
    assert os.fspath(path.readlink()) == "/another/command"


def test_a_link_that_is_right_already_is_kept(stage):
    path = stage.user / "cutaway"
    path.symlink_to(stage.layout.command)
    before = path.lstat().st_ino
    site = stage.bare_site()
    site.link(path, stage.layout.command)
    assert path.lstat().st_ino == before
    assert site.record.links == {str(path): str(stage.layout.command)}


def test_obsolete_files_go_and_come_back(stage):
    path = stage.root / "old.py"
    path.write_bytes(b"old")
    site = stage.bare_site(Record(home="h", files={str(path): sha256(b"old")}))
    assert undone(stage, site, lambda: RemoveObsolete((path, stage.root / "gone already")).apply(site))


def test_an_obsolete_file_that_was_changed_is_left_and_said(stage):
    path = stage.root / "old.py"
    path.write_bytes(b"mine now")
    site = stage.bare_site(Record(home="h", files={str(path): sha256(b"old")}))
    RemoveObsolete((path,)).apply(site)
    assert path.read_bytes() == b"mine now"
    assert str(path) in stage.said[0]


def test_a_linked_tree_is_never_followed(stage):
    (stage.root / "link").symlink_to(stage.user)
    with pytest.raises(InTheWay):
        remove_tree(stage.root / "link")
    assert stage.user.is_dir()


def test_a_program_that_fails_brings_its_last_words(stage):
    stage.runner.failing = {"models"}
    with pytest.raises(InstallError, match=r"It failed \(exit code 1\)\.") as caught:
        stage.bare_site().call(["python", "-m", "cutaway.models", "get", "x"], "It failed", "Do this.", timeout=5.0)
    assert (caught.value.hint, caught.value.detail) == ("Do this.", "models went wrong")
    assert stage.runner.environs[-1]["CUTAWAY_HOME"] == str(stage.home)


def test_steps_are_data(stage):
    step = WriteFile(stage.root / "file", b"x" * 10_000)
    assert step == WriteFile(stage.root / "file", b"x" * 10_000)
    assert len(repr(step)) < 500
    assert str(stage.root / "file") in step.describe()
    assert MakeLink(stage.root, stage.user, True).obstacle(stage.bare_site()) == ""
