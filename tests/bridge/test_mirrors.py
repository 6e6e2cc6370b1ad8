"""What the bridge repeats of the core, since it may not import it: held equal here."""

from __future__ import annotations

import json
import os
from pathlib import Path

import platformdirs.macos
import platformdirs.unix
import pytest

from cutaway import errors as core_errors
from cutaway import settings as core_settings
from cutaway.home import Home
from cutaway.worker import address as core_address
from cutaway.worker import process as core_process
from cutaway.worker import protocol as core_protocol
from cutaway_bridge import address, errors, installation, protocol, settings_spec, starter

BRIDGE_OWN_CODES = {"not_installed"}


def constants(module: object) -> dict[str, object]:
    return {name: value for name, value in vars(module).items() if name.isupper()}


def test_protocol() -> None:
    assert constants(protocol) == constants(core_protocol)


def test_error_codes() -> None:
    codes = set(constants(errors).values())
    assert codes - set(core_errors.tree()) == BRIDGE_OWN_CODES


def test_exit_status() -> None:
    assert starter.ALREADY_RUNNING == core_process.ALREADY_RUNNING


@pytest.mark.parametrize("length", [10, 60, 85, 95, 200])
def test_the_sockets_path(tmp_path: Path, length: int) -> None:
    run = Path("/") / ("r" * length) / "run"
    assert address.socket_path(str(run)) == str(core_address.socket_path(run))
    assert (address.SOCKET, address.TCP, address.LOOPBACK, address.LONGEST) == (
        core_address.SOCKET, core_address.TCP, core_address.LOOPBACK, core_address.LONGEST)


@pytest.mark.parametrize("data_home", ["", "/data", "relative"])
@pytest.mark.parametrize(("platform", "dirs"), [
    ("linux", platformdirs.unix.Unix), ("darwin", platformdirs.macos.MacOS)])
def test_the_default_home(
    platform: str, dirs: type[platformdirs.unix.Unix], data_home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", data_home)
    expected = dirs("cutaway", appauthor=False).user_data_dir
    assert installation.default_home(platform, os.environ) == expected


@pytest.mark.parametrize("said", ["", "/somewhere/else", "~/cut away"])
def test_the_home_found(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUTAWAY_HOME", said)
    assert installation.find_home() == str(Home.find().path)
    found = installation.Installation(installation.find_home(), "", "", 1)
    assert (found.run, found.home + "/installed.json") == (str(Home.find().run), str(Home.find().record))


def test_on_windows_it_is_in_local_app_data() -> None:
    assert installation.default_home("win32", {"LOCALAPPDATA": "L"}) == os.path.join("L", "cutaway")
    assert installation.default_home("win32", {}).endswith(os.path.join("AppData", "Local", "cutaway"))


def test_the_defaults_are_the_cores() -> None:
    assert settings_spec.defaults() == core_settings.RemoveSettings().to_dict()


VALUES: list[object] = [
    None, True, False, 0, 1, -1, 0.5, 100, 101, -250.0, 250.0, 250.5, float("nan"), float("inf"), 2000, 2001, "",
    "auto", "local", "layer", "mask", "nonsense", [], {}]


@pytest.mark.parametrize("name", [row["name"] for row in settings_spec.load()])
def test_both_ends_allow_the_same_values_and_say_the_same(name: str) -> None:
    for value in VALUES:
        try:
            core_settings.RemoveSettings.from_dict({name: value})
            core = None
        except core_errors.SettingsInvalid as error:
            core = error.hint
        try:
            settings_spec.check({name: value})
            bridge = None
        except errors.BridgeError as error:
            assert error.code == core_errors.SettingsInvalid.code
            bridge = error.hint
        assert core == bridge, f"{name} = {value!r}"


def test_unknown_settings_are_refused_by_both() -> None:
    with pytest.raises(errors.BridgeError) as caught:
        settings_spec.check({"hat": 1})
    assert caught.value.code == "settings_invalid" and "hat" in caught.value.message
    with pytest.raises(core_errors.SettingsInvalid):
        core_settings.RemoveSettings.from_dict({"hat": 1})


def test_checking_fills_up_and_keeps() -> None:
    full = settings_spec.check({"feather": 3})
    assert full == {**settings_spec.defaults(), "feather": 3}
    assert json.loads(json.dumps(full)) == full
    assert settings_spec.check(full) == full
