"""Which version of an editor the tests run on, and what is said of one that the mirror does not have."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from . import __main__ as program
from . import conftest, roots


@pytest.fixture
def editors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for editors, and a PATH with nothing but the tools on it."""
    monkeypatch.setenv("CUTAWAY_EDITORS", str(tmp_path / "editors"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("CUTAWAY_DEBIAN_MIRROR", "http://said.example.org/debian")
    monkeypatch.delenv(roots.CHOICE, raising=False)
    (tmp_path / "bin").mkdir()
    for name in roots.TOOLS:
        executable(tmp_path / "bin" / name)
    return tmp_path / "editors"


def executable(path: Path, text: str = "") -> None:
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)


def put(editors: Path, name: str, version: str) -> None:
    """A folder that looks like that editor's."""
    (editors / name).mkdir(parents=True)
    stamp = {"suite": "s", "packages": {roots.RECIPES[name].package: version}}
    (editors / name / roots.STAMP).write_text(json.dumps(stamp))


@pytest.mark.parametrize(("name", "kind"), [
    ("gimp-2.10", "gimp2"), ("gimp-3.0", "gimp3"), ("gimp-3.2", "gimp3"), ("krita-5.1", "krita"),
    ("krita-6.0", "krita"), ("python-2.7", "python2")])
def test_the_kind_is_the_tests_marker(name: str, kind: str) -> None:
    assert roots.kind(name) == kind


def test_every_recipe_is_of_a_kind_that_has_a_default() -> None:
    assert {roots.kind(name) for name in roots.RECIPES} == set(roots.DEFAULTS)
    assert all(roots.kind(name) == kind for kind, name in roots.DEFAULTS.items())


def test_nothing_said_is_the_default(editors: Path) -> None:
    assert [roots.chosen(kind) for kind in ("gimp2", "gimp3", "krita")] == ["gimp-2.10", "gimp-3.0", "krita-5.1"]


def test_what_is_said_counts_and_the_rest_stays(editors: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(roots.CHOICE, "krita-5.3, gimp-3.2,")
    assert [roots.chosen(kind) for kind in ("gimp2", "gimp3", "krita")] == ["gimp-2.10", "gimp-3.2", "krita-5.3"]


@pytest.mark.parametrize(("said", "match"), [
    ("gimp-4.0", "names gimp-4.0; there are gimp-2.10"), ("krita-5.3,krita-6.0", "krita-5.3 and krita-6.0: one run")])
def test_a_choice_that_is_not_clear_is_refused(monkeypatch: pytest.MonkeyPatch, said: str, match: str) -> None:
    monkeypatch.setenv(roots.CHOICE, said)
    with pytest.raises(ValueError, match=match):
        roots.chosen("krita")


def test_the_fixtures_take_the_chosen_one(editors: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(editors, "krita-5.1", "1:5.1.5+dfsg-2+deb12u1")
    put(editors, "krita-6.0", "1:6.0.4.1+dfsg-1+b1")
    assert conftest.editor_of("krita").name == "krita-5.1"
    monkeypatch.setenv(roots.CHOICE, "krita-6.0")
    assert conftest.editor_of("krita").name == "krita-6.0"
    monkeypatch.setenv(roots.CHOICE, "krita-5.2")
    monkeypatch.delenv("CUTAWAY_REQUIRE_EDITORS", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"tests\.editors install krita-5\.2"):
        conftest.editor_of("krita")


@pytest.mark.parametrize(("debian", "own"), [
    ("1:5.2.9+dfsg-1+deb13u1", "5.2.9"), ("3.2.6-1", "3.2.6"), ("1:6.0.4.1+dfsg-1+b1", "6.0.4.1"), ("3.0~rc1-2", "3.0"),
    ("unknown", "")])
def test_the_editors_own_version_out_of_debians(debian: str, own: str) -> None:
    assert roots.upstream(debian) == own


@pytest.mark.parametrize(("name", "version", "same"), [
    ("krita-5.3", "5.3.4.1", True), ("krita-5.3", "6.0.4.1", False), ("gimp-3.0", "3.2.6", False),
    ("gimp-2.10", "2.10.34", True), ("gimp-2.10", "2.1.0", False), ("gimp-3.2", "", False)])
def test_a_version_is_of_its_series(name: str, version: str, same: bool) -> None:
    assert roots.is_of(name, version) is same


@pytest.mark.parametrize(("version", "least"), [
    ("3.0.4", False), ("3.2", True), ("3.2.6", True), ("3.10.0", True), ("2.10.34", False), ("", False)])
def test_at_least(version: str, least: bool) -> None:
    assert roots.Editor("gimp-3.0", None, "w", "c", version).at_least(3, 2) is least


def test_one_on_the_path_counts_only_for_its_own_series(editors: Path) -> None:
    for name in ("gimp-3", "gimp-console-3"):
        executable(editors.parent / "bin" / name, "echo 'GNU Image Manipulation Program version 3.2.6'\n")
    assert roots.find("gimp-3.0") is None
    found = roots.find("gimp-3.2")
    assert found is not None and (found.root, found.version) == (None, "3.2.6")


class FakeBootstrap:
    """In place of the program that fills a folder: ``version`` of the package comes, or it ends with ``said``."""

    def __init__(self, version: str = "", said: str = "") -> None:
        self.version, self.said, self.commands = version, said, []

    def __call__(self, command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        self.commands.append(command)
        if self.said:
            return subprocess.CompletedProcess(command, 25, "", self.said)
        target = Path(next(word for word in command if word.endswith(".new")))
        (target / "var/lib/dpkg").mkdir(parents=True)
        (target / "var/lib/dpkg/status").write_text(
            f"Package: krita\nStatus: install ok installed\nVersion: {self.version}\n\n")
        return subprocess.CompletedProcess(command, 0, "", "")


def test_a_suite_that_has_moved_on_is_said_by_name(editors: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roots.subprocess, "run", FakeBootstrap("1:6.1.0+dfsg-1"))
    with pytest.raises(roots.GoneError, match=r"no krita-5\.3 any more: its krita is 6\.1\.0"):
        roots.install("krita-5.3")
    assert [path.name for path in editors.iterdir()] == [".krita-5.3.lock"], "nothing of it is left"


@pytest.mark.parametrize("said", [
    "E: The repository 'http://said.example.org/debian forky Release' does not have a Release file.",
    "E: Unable to locate package krita", "E: Package 'krita' has no installation candidate",
    "E: Release 'experimental' for 'krita' was not found"])
def test_a_suite_or_package_that_is_gone_is_said_by_name(
    editors: Path, monkeypatch: pytest.MonkeyPatch, said: str,
) -> None:
    monkeypatch.setattr(roots.subprocess, "run", FakeBootstrap(said=said))
    with pytest.raises(roots.GoneError, match=r"The mirror has no krita-6\.0: .*\(sid, experimental\)"):
        roots.install("krita-6.0")


def test_another_failure_is_not_taken_for_a_missing_version(editors: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roots.subprocess, "run", FakeBootstrap(said="E: Could not connect"))
    with pytest.raises(RuntimeError, match="Could not connect") as caught:
        roots.install("krita-6.0")
    assert not isinstance(caught.value, roots.GoneError)


def test_a_package_out_of_a_second_suite(editors: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeBootstrap("1:6.0.4.1+dfsg-1+b1")
    monkeypatch.setattr(roots.subprocess, "run", fake)
    assert roots.install("krita-6.0").version == "6.0.4.1"
    (words,) = fake.commands
    assert words[-2:] == ["deb http://said.example.org/debian sid main",
                          "deb http://said.example.org/debian experimental main"]
    assert any(word.startswith("--include=krita/experimental,") for word in words)


def test_two_suites_need_mmdebstrap(editors: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("mmdebstrap", "bwrap"):
        (editors.parent / "bin" / name).unlink()
    executable(editors.parent / "bin" / "debootstrap")
    monkeypatch.setattr(roots, "_install_tools", lambda: None)
    with pytest.raises(RuntimeError, match="mmdebstrap is missing"):
        roots.install("krita-6.0")


def test_find_prints_versions_of_all_and_fails_for_those_of_this_run(
    editors: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:
    for name, version in (("gimp-2.10", "2.10.34-1"), ("gimp-3.0", "3.0.4-3"), ("krita-5.1", "1:5.1.5+dfsg-2"),
                          ("python-2.7", "2.7.18-8+deb11u1")):
        put(editors, name, version)
    assert program.main(["find"]) == 0
    said = capsys.readouterr().out
    assert f"krita-5.1: 5.1.5, {editors / 'krita-5.1'}\n" in said
    assert "gimp-3.2: not here. Make it with: python -m tests.editors install gimp-3.2" in said
    monkeypatch.setenv(roots.CHOICE, "gimp-3.2")
    assert program.main(["find"]) == 1
    assert program.main(["find", "gimp-3.0", "krita-5.1"]) == 0
    assert program.main(["find", "gimp-3.0", "krita-5.3"]) == 1


def test_install_makes_those_of_this_run_or_those_that_are_named(
    editors: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:
    asked = []

    def fake_install(name: str) -> roots.Editor:
        asked.append(name)
        if name == "krita-5.2":
            raise roots.GoneError("The mirror has no krita-5.2.")
        return roots.Editor(name, editors / name, "w", "c", "1.2.3")

    monkeypatch.setattr(roots, "install", fake_install)
    monkeypatch.setenv(roots.CHOICE, "gimp-3.2")
    assert program.main(["install"]) == 0
    assert asked == ["gimp-2.10", "gimp-3.2", "krita-5.1", "python-2.7"]
    assert program.main(["install", "krita-5.2", "krita-6.0"]) == 1
    assert asked[4:] == ["krita-5.2", "krita-6.0"], "the others are made nevertheless"
    said = capsys.readouterr()
    assert "The mirror has no krita-5.2." in said.err and "krita-6.0: 1.2.3" in said.out
    with pytest.raises(SystemExit):
        program.main(["install", "krita-7"])
