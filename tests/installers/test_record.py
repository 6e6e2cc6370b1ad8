"""installed.json is written whole, read back as it was, and refused where it makes no sense."""

import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installers import record
from installers.errors import InstallError
from installers.record import Record

WORDS = st.text(string.printable + "äß日\udce4", max_size=12)


@given(
    st.dictionaries(WORDS, WORDS, max_size=4), st.lists(WORDS, max_size=3), st.dictionaries(WORDS, WORDS, max_size=2))
def test_what_is_written_is_read_back(tmp_path_factory, files, folders, links):
    path = tmp_path_factory.mktemp("home") / "installed.json"
    said = Record("0.1.0", 1, "python", str(path.parent), "source", files, folders, [str(path.parent / "env")], links,
                  [{"name": "GIMP 3.0", "profile": "p", "folder": "f"}])
    record.write(said, path)
    assert record.read(path) == said
    assert not path.with_name("installed.json.part").exists()


def test_the_form_that_others_rely_on(tmp_path):
    path = tmp_path / "installed.json"
    record.write(Record("0.1.0", 1, "/p", str(tmp_path), files={"/a": "aa"}, links={"/l": "/t"}), path)
    said = json.loads(path.read_text())
    assert set(said) == {
        "version", "protocol", "python", "home", "source", "files", "folders", "trees", "links", "editors",
        "switches"}
    assert said["files"] == [{"path": "/a", "sha256": "aa"}]
    assert said["links"] == [{"path": "/l", "target": "/t"}]


def test_no_record_is_an_empty_one(tmp_path):
    assert not record.read(tmp_path / "installed.json")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"version": 1}', '{"files": [1]}', "\x00"])
def test_a_damaged_record_says_what_to_do(tmp_path, text):
    path = tmp_path / "installed.json"
    path.write_text(text)
    with pytest.raises(InstallError, match="is damaged") as caught:
        record.read(path)
    assert str(tmp_path) in caught.value.hint


def test_a_record_that_cannot_be_read(tmp_path):
    path = tmp_path / "installed.json"
    path.mkdir()
    with pytest.raises(InstallError, match="cannot be read"):
        record.read(path)


def test_a_write_that_fails_leaves_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / "installed.json"
    record.write(Record("1", home=str(tmp_path)), path)

    def refuse(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(path), "replace", refuse)
    with pytest.raises(OSError, match="No space"):
        record.write(Record("2", home=str(tmp_path)), path)
    assert record.read(path).version == "1"
    assert list(tmp_path.iterdir()) == [path]


def test_owning_means_the_same_content(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"ours")
    said = Record(files={str(path): record.sha256(b"ours")})
    assert said.owns(path)
    path.write_bytes(b"theirs")
    assert not said.owns(path)
    path.unlink()
    assert not said.owns(path)
    assert not Record().owns(path)


def test_a_killed_runs_files_count_as_well(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"new")
    old = Record(home="h", files={str(path): record.sha256(b"old")}, folders=["a"], trees=["t"])
    journal = Record(home="h", files={str(path): record.sha256(b"new")}, folders=["a", "b"], trees=["u"])
    both = old.with_pending(journal)
    assert both.owns(path)
    assert (both.folders, both.trees) == (["a", "b"], ["t", "u"])
    assert old.with_pending(Record()) is old
