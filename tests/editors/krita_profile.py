"""A profile of Krita for tests: a home folder that Krita has filled once, with the adapter and a test driver put in."""

from __future__ import annotations

import fcntl
import shutil
import uuid
from pathlib import Path

from installers import adapters

from . import roots, sandbox
from .roots import Editor
from .sandbox import CHECKOUT

INSIDE = Path(__file__).parent / "inside"
DRIVER = "krita_driver"
FIRST_START_S = 240.0

# pasteBehaviour: a 16-bit PNG without a profile is otherwise asked about in a dialog that nobody answers.
KRITARC = "pasteBehaviour=1\nshowRootLayer=false\n\n[python]\nenable_cutaway=true\nenable_krita_driver=true\n"
DESKTOP = """[Desktop Entry]
Type=Service
ServiceTypes=Krita/PythonPlugin
X-KDE-Library={name}
X-Python-2-Compatible=false
Name={name}
Comment=Runs a test's script inside Krita
"""
QUIET = {"LIBGL_ALWAYS_SOFTWARE": "1", "QT_QPA_PLATFORM": "xcb", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}


def variables(profile: Path) -> dict[str, str]:
    """What tells Krita to keep everything inside ``profile``."""
    return {
        "HOME": str(profile), "XDG_CONFIG_HOME": str(profile / ".config"), "XDG_CACHE_HOME": str(profile / ".cache"),
        "XDG_DATA_HOME": str(profile / ".local/share"), "XDG_RUNTIME_DIR": str(profile / "run"), **QUIET,
    }


def resources(profile: Path) -> Path:
    """Krita's resource folder."""
    return profile / ".local/share/krita"


def make(editor: Editor, profile: Path, home: Path, display: str) -> Path:
    """A profile of its own, with the adapter (which looks for Cutaway in ``home``) and the driver in it."""
    shutil.copytree(_started_once(editor, display), profile, symlinks=True)
    (profile / "run").mkdir(mode=0o700, exist_ok=True)
    target = resources(profile)
    for part in adapters.adapter("krita", CHECKOUT, home):
        path = target / part.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(part.content)
    shutil.copy2(INSIDE / f"{DRIVER}.py", target / "pykrita" / f"{DRIVER}.py")
    (target / "pykrita" / f"{DRIVER}.desktop").write_text(DESKTOP.format(name=DRIVER), encoding="utf-8")
    (profile / ".config/kritarc").write_text(KRITARC, encoding="utf-8")
    return profile


def _started_once(editor: Editor, display: str) -> Path:
    """A home folder that this Krita has filled at a first start (35 to 75 s), kept beside the editors."""
    version = editor.versions().get("krita", f"installed-{editor.version}").replace(":", "_")
    kept = roots.base() / f"krita-profile-{version}"
    kept.parent.mkdir(parents=True, exist_ok=True)
    with (roots.base() / ".krita-profile.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.is_dir():
            fresh = Path("/tmp") / f"cutaway-krita-{uuid.uuid4().hex[:8]}"
            try:
                _first_start(editor, fresh, display)
                shutil.copytree(fresh, kept, symlinks=True)
            finally:
                shutil.rmtree(fresh, ignore_errors=True)
    return kept


def _first_start(editor: Editor, profile: Path, display: str) -> None:
    (profile / "run").mkdir(parents=True, mode=0o700)
    target = resources(profile) / "pykrita"
    target.mkdir(parents=True)
    (profile / ".config").mkdir()
    (profile / ".config/kritarc").write_text(KRITARC, encoding="utf-8")
    shutil.copy2(INSIDE / f"{DRIVER}.py", target)
    (target / f"{DRIVER}.desktop").write_text(DESKTOP.format(name=DRIVER), encoding="utf-8")
    line, environment = sandbox.command(
        editor, ["dbus-run-session", "--", editor.window, "--nosplash"], profile,
        {**variables(profile), "DISPLAY": display, "CUTAWAY_SCRIPT": str(INSIDE / "krita_first.py"),
         "CUTAWAY_OUT": str(profile), "CUTAWAY_GIVEN": "null"},
        readable=[CHECKOUT])
    done = sandbox.run(line, environment, profile.with_suffix(".log"), FIRST_START_S)
    profile.with_suffix(".log").unlink()
    if not (profile / "krita_first.json").is_file():
        raise RuntimeError(f"Krita's first start ended with {done.code}:\n{done.output[-3000:]}")
    (profile / "krita_first.json").unlink()
    shutil.rmtree(profile / "run")
