"""Importing a model from a file, without network."""

import hashlib

import pytest

from cutaway.errors import ModelError, ModelUnknown
from cutaway.models import stream

from .fakes import LARGE, LARGE_TOO, SMALL, files_in, store_with, tarball, wheel


@pytest.mark.parametrize("content, name, weights", [(SMALL, "small", "one"), (LARGE, "large", "a"),
                                                    (LARGE_TOO, "large", "b")])
@pytest.mark.parametrize("say", [True, False])
def test_a_file_is_imported_by_what_it_holds(home, tmp_path, content, name, weights, say):
    given = tmp_path / "whatever.bin"
    given.write_bytes(content)
    store, fake = store_with(home)
    assert store.import_file(given, name if say else None) == {
        "name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest(), "own": False}
    assert store.find(name).weights.id == weights and store.path(name).read_bytes() == content
    assert fake.commands == [] and given.exists()
    assert files_in(home.models) == [f"{name}.LICENSE.txt", f"{name}.json", f"{name}.onnx"]


@pytest.mark.parametrize("file, content, name", [("x.whl", wheel(SMALL), "small"), ("y.tgz", tarball(LARGE), "large")])
def test_a_package_is_imported_too(home, tmp_path, file, content, name):
    given = tmp_path / file
    given.write_bytes(content)
    store, fake = store_with(home)
    assert store.import_file(given)["name"] == name
    assert store.verify(name)[0]["state"] == "good" and fake.commands == []


@pytest.mark.parametrize("file, content, name, error, says", [
    ("x.onnx", b"something else", None, ModelError, "x.onnx is not a model that Cutaway knows"),
    ("x.whl", b"no wheel", None, ModelError, "x.whl is not a model"),
    ("x.tgz", b"no tarball", None, ModelError, "x.tgz is not a model"),
    ("x.onnx", SMALL, "large", ModelError, "is the model small, not large"),
    ("x.onnx", SMALL, "nosuch", ModelUnknown, "nosuch"),
    (None, b"", None, ModelError, "cannot be read"),
])
def test_what_cannot_be_imported_is_refused_with_a_reason(home, tmp_path, file, content, name, error, says):
    given = tmp_path / (file or "absent")
    if file:
        given.write_bytes(content)
    store, _ = store_with(home)
    with pytest.raises(error, match=says) as caught:
        store.import_file(given, name)
    assert caught.value.hint and store.installed() == ()
    assert not home.models.exists() or files_in(home.models) == []


def test_a_folder_cannot_be_imported(home, tmp_path):
    with pytest.raises(ModelError, match="cannot be read"):
        store_with(home)[0].import_file(tmp_path)


@pytest.mark.parametrize("then", [SMALL[:-1] + b"?", SMALL[:-1], SMALL + b"?"])
def test_a_file_that_changes_after_it_was_recognised_is_refused(home, tmp_path, monkeypatch, then):
    given = tmp_path / "x.onnx"
    given.write_bytes(SMALL)
    real = stream.sha256

    def hashed(path, job):
        found = real(path, job)
        if path == given:
            given.write_bytes(then)
        return found

    monkeypatch.setattr(stream, "sha256", hashed)
    store, _ = store_with(home)
    with pytest.raises(ModelError, match="changed while it was read"):
        store.import_file(given)
    assert store.installed() == () and not list(home.models.glob("*.onnx"))
