"""Krita: where its plug-in goes, and the one line in Krita's settings that is changed and put back."""

import json
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installers import adapters, apply, krita, krita_zip
from installers.editors import Computer
from installers.errors import InstallError
from installers.uninstall import Uninstall

KRITA_FILES = {
    "__init__.py": "", "extension.py": "extension = 1\n", "cutaway_batch.py": "",
    "cutaway.desktop": "[Desktop Entry]\n", "cutaway.action": "<ActionCollection/>\n", "manual.html": "<p>\n"}


@pytest.fixture
def with_krita(stage):
    for name, text in KRITA_FILES.items():
        path = stage.checkout / "plugin" / "krita" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    resources(stage).mkdir(parents=True)
    return stage


def resources(stage):
    return stage.user / ".local" / "share" / "krita"


def settings(stage):
    return stage.user / ".config" / "kritarc"


def uninstall(stage):
    work = Uninstall(stage.layout, apply.earlier_record(stage.layout), stage.runner, stage.environ, stage.said.append)
    work.run()
    work.finish()
    return work


def computer(tmp_path, platform="linux", **environ):
    return Computer(platform, environ, tmp_path, lambda program: "")


@pytest.mark.parametrize(("platform", "environ", "folder", "settings"), [
    ("linux", {}, ".local/share/krita", ".config/kritarc"),
    ("linux", {"XDG_DATA_HOME": "/{}/data", "XDG_CONFIG_HOME": "/{}/conf"}, "data/krita", "conf/kritarc"),
    ("linux", {"XDG_DATA_HOME": "relative"}, ".local/share/krita", ".config/kritarc"),
    ("win32", {}, "AppData/Roaming/krita", "AppData/Local/kritarc"),
    ("darwin", {}, "Library/Application Support/krita", "Library/Preferences/kritarc"),
])
def test_where_krita_keeps_its_files(tmp_path, platform, environ, folder, settings):
    environ = {name: value.format(str(tmp_path)[1:]) for name, value in environ.items()}
    assert list(krita.find(computer(tmp_path, platform, **environ))) == []
    (tmp_path / folder).mkdir(parents=True)
    (found,) = krita.find(computer(tmp_path, platform, **environ))
    assert (found.kind, found.profile, found.settings) == ("krita", tmp_path / folder, tmp_path / settings)
    assert found.base == tmp_path / folder and found.folder == tmp_path / folder / "pykrita" / "cutaway"


def test_a_krita_that_was_never_started_is_found_by_its_program(tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "krita").write_text("")
    assert [each.name for each in krita.find(computer(tmp_path, PATH=f"/none:{tmp_path}/bin"))] == ["Krita"]


@pytest.mark.parametrize(("before", "after"), [
    (b"", b"[python]\nenable_cutaway=true\n"),
    (b"a=1", b"a=1\n\n[python]\nenable_cutaway=true\n"),
    (b"a=1\n", b"a=1\n\n[python]\nenable_cutaway=true\n"),
    (b"[python]", b"[python]\nenable_cutaway=true\n"),
    (b"[python]\nenable_x=true\n[z]\nb=2\n", b"[python]\nenable_cutaway=true\nenable_x=true\n[z]\nb=2\n"),
    (b"[python]\nenable_x=true\nenable_cutaway=false\n", b"[python]\nenable_x=true\nenable_cutaway=true\n"),
    (b"[python]\r\nx=1\r\n", b"[python]\r\nenable_cutaway=true\r\nx=1\r\n"),
    (b"[z]\nenable_cutaway=false\n[python]\n", b"[z]\nenable_cutaway=false\n[python]\nenable_cutaway=true\n"),
    (b"\xff\xfe[python]\n", b"\xff\xfe[python]\n\n[python]\nenable_cutaway=true\n"),
])
def test_the_line_goes_where_it_belongs(before, after):
    assert krita.switched_on(before)[0] == after
    assert krita.switched_on(after) == (after, krita.LINE), "once is enough"


LINES = st.sampled_from([b"[python]", b"[other]", b"enable_cutaway=false", b"enable_x=true", b"name=[python]", b""])


@given(st.lists(LINES, max_size=8), st.sampled_from([b"\n", b"\r\n"]))
def test_taking_back_leaves_what_was_there(lines, end):
    text = b"".join(line + end for line in lines)
    new, before = krita.switched_on(text)
    back = krita.switched_back(new, before)
    if b"[python]" in lines:
        assert back == text
    else:
        assert back.rstrip().removesuffix(krita.GROUP).rstrip() == text.rstrip(), "an empty group may stay"
    assert krita.switched_back(text, before) == text, "a line that is not ours any more is left"


def test_installed_files_and_the_line(with_krita):
    settings(with_krita).parent.mkdir()
    settings(with_krita).write_text("theme=dark\n\n[python]\nenable_other=true\n")
    settings(with_krita).chmod(0o600)
    site = with_krita.install()
    names = sorted(path.relative_to(resources(with_krita)).as_posix()
                   for path in resources(with_krita).rglob("*") if path.is_file())
    assert names == [
        "actions/cutaway.action", "pykrita/cutaway.desktop", "pykrita/cutaway/__init__.py",
        "pykrita/cutaway/cutaway-home.json", "pykrita/cutaway/cutaway_bridge/__init__.py",
        "pykrita/cutaway/cutaway_bridge/flow.py", "pykrita/cutaway/cutaway_bridge/settings.json",
        "pykrita/cutaway/extension.py", "pykrita/cutaway/manual.html", "pykrita/cutaway_batch.py"]
    said = json.loads((resources(with_krita) / "pykrita/cutaway/cutaway-home.json").read_text())
    assert said == {"home": str(with_krita.home)}
    assert settings(with_krita).read_text() == (
        "theme=dark\n\n[python]\nenable_cutaway=true\nenable_other=true\n")
    assert settings(with_krita).stat().st_mode & 0o777 == 0o600
    assert site.record.switches == [{"path": str(settings(with_krita)), "before": ""}]


@pytest.mark.parametrize("text", [None, "", "a=1\n[python]\nx=true\n", "[python]\nenable_cutaway=false\n"])
@pytest.mark.parametrize("runs", [1, 2])
def test_nothing_is_left(with_krita, text, runs):
    settings(with_krita).parent.mkdir()
    if text is not None:
        settings(with_krita).write_text(text)
    before = with_krita.snapshot()
    for _ in range(runs):
        with_krita.install()
    assert uninstall(with_krita).left == []
    after = with_krita.snapshot()
    if text == "":  # a file that was empty keeps the group's title
        assert settings(with_krita).read_text() == "[python]\n"
        settings(with_krita).write_text("")
        after[settings(with_krita)] = before[settings(with_krita)]
    assert after == before


def test_what_krita_and_the_user_wrote_since_stays(with_krita):
    with_krita.install()
    settings(with_krita).write_text("new=1\n[python]\nenable_cutaway=true\nenable_other=true\n")
    other = resources(with_krita) / "brushes" / "mine.kpp"
    other.parent.mkdir()
    other.write_text("brush")
    work = uninstall(with_krita)
    assert settings(with_krita).read_text() == "new=1\n[python]\nenable_other=true\n"
    assert other.exists() and work.left == []


def test_a_plugin_that_was_on_already_stays_on(with_krita):
    settings(with_krita).parent.mkdir()
    settings(with_krita).write_text("[python]\nenable_cutaway=true\n")
    site = with_krita.install()
    assert site.record.switches == []
    uninstall(with_krita)
    assert settings(with_krita).read_text() == "[python]\nenable_cutaway=true\n"


def test_a_failure_later_puts_the_line_back(with_krita):
    settings(with_krita).parent.mkdir()
    settings(with_krita).write_text("a=1\n")
    before = with_krita.snapshot()
    with_krita.runner.failing.add("remove")
    with pytest.raises(InstallError):
        with_krita.install()
    assert with_krita.snapshot() == before


def test_a_linked_settings_file_stays_a_link(with_krita):
    settings(with_krita).parent.mkdir()
    real = with_krita.user / "dotfiles-kritarc"
    real.write_text("a=1\n")
    settings(with_krita).symlink_to(real)
    with_krita.install()
    assert settings(with_krita).is_symlink() and b"enable_cutaway=true" in real.read_bytes()
    uninstall(with_krita)
    assert settings(with_krita).is_symlink() and real.read_text() == "a=1\n\n[python]\n"


def test_a_folder_in_its_place_is_in_the_way(with_krita):
    settings(with_krita).mkdir(parents=True)
    with pytest.raises(InstallError, match="kritarc is not a file"):
        with_krita.install()


def test_an_incomplete_checkout_is_told(stage):
    with pytest.raises(InstallError, match="is missing"):
        adapters.adapter("krita", stage.checkout, stage.home)


def test_the_zip_is_what_kritas_importer_wants(with_krita, tmp_path):
    path = krita_zip.write(with_krita.checkout, tmp_path / "out")
    with zipfile.ZipFile(path) as pack:
        names = pack.namelist()
    assert names[:1] == ["cutaway/"], "the importer looks for the folder's own entry"
    assert {"cutaway.desktop", "cutaway.action", "cutaway/__init__.py", "cutaway/cutaway_bridge/",
            "cutaway/cutaway_bridge/flow.py"} <= set(names)
    assert not any("batch" in name or "\\" in name or "home.json" in name or ".." in name for name in names)
    again = krita_zip.write(with_krita.checkout, tmp_path / "again")
    assert path.read_bytes() == again.read_bytes(), "the same files make the same zip"
