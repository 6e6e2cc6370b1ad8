"""Runs an editor: in its root by bubblewrap or straight from the PATH, with a time limit, nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from .roots import Editor

USR = Path("/usr")
CHECKOUT = Path(__file__).resolve().parents[2]
_KEPT = ("DISPLAY", "LANG", "TERM", "CUTAWAY_TOPAZ_URL")


@dataclass(frozen=True)
class Finished:
    """A run that has ended. ``output``: what it printed, both streams."""

    code: int
    output: str
    seconds: float


def interpreter_folders() -> list[Path]:
    """What this test's own interpreter needs in a sandbox: the environment and what it was made from."""
    program = Path(os.path.realpath(sys.executable))
    folders = {Path(sys.prefix), Path(sys.base_prefix), program.parents[1]}
    if USR in folders:  # the editor's root has a /usr of its own: only Python's own parts of this one
        folders.remove(USR)
        folders |= {program, Path(sysconfig.get_path("stdlib")), Path(sysconfig.get_path("platstdlib"))}
    return sorted(folders)


def command(
    editor: Editor, words: Sequence[str], profile: Path, variables: Mapping[str, str] | None = None,
    writable: Sequence[Path] = (), readable: Sequence[Path] = (),
) -> tuple[list[str], dict[str, str]]:
    """Command line and environment. ``writable`` and ``readable`` folders keep their paths inside."""
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment.update({
        "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(profile), "LC_ALL": "C.UTF-8", "NO_AT_BRIDGE": "1",
        "GIMP3_DIRECTORY": str(profile), "XDG_RUNTIME_DIR": str(profile),
    })
    environment.update(variables or {})
    if editor.root is None:
        return list(words), environment
    line = ["bwrap", "--die-with-parent", "--unshare-pid", "--dev-bind", "/dev", "/dev", "--proc", "/proc",
            "--tmpfs", "/run", "--bind", "/tmp", "/tmp"]
    readable = [folder for folder in readable if not _root_has(editor.root, folder)]
    # bubblewrap makes the places to mount on, and cannot in a folder that is read-only.
    into_usr = any(USR in folder.parents for folder in readable)
    line += ["--bind" if into_usr else "--ro-bind", str(editor.root / "usr"), "/usr"]
    for name in ("etc", "var"):
        line += ["--ro-bind", str(editor.root / name), f"/{name}"]
    for name in ("bin", "sbin", "lib", "lib64"):
        line += ["--symlink", f"usr/{name}", f"/{name}"]
    for folder in readable:
        line += ["--ro-bind", str(folder), str(folder)]
    for folder in (profile, *writable):
        line += ["--bind", str(folder), str(folder)]
    return [*line, "--chdir", str(profile), *words], environment


def _root_has(root: Path, wanted: Path) -> bool:
    """Whether the root has that part of /usr itself; what bubblewrap made to mount on is empty."""
    own = root / wanted.relative_to("/")
    if USR not in wanted.parents or not own.exists():
        return False
    return any(own.iterdir()) if own.is_dir() else own.stat().st_size > 0


@contextmanager
def started(line: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a session of its own; whatever is left of it at the end of the block is killed."""
    with log.open("wb") as stream:
        process = subprocess.Popen(
            line, env=dict(environment), stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT,
            start_new_session=True)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def run(line: Sequence[str], environment: Mapping[str, str], log: Path, limit_s: float) -> Finished:
    """Runs to the end. Raises TimeoutError with the output's tail where that takes longer than ``limit_s``."""
    start = time.monotonic()
    with started(line, environment, log) as process:
        try:
            code = process.wait(limit_s)
        except subprocess.TimeoutExpired:
            tail = log.read_text(encoding="utf-8", errors="replace")[-3000:]
            raise TimeoutError(f"{line[-1]} did not end within {limit_s:.0f} s:\n{tail}") from None
    output = log.read_text(encoding="utf-8", errors="replace")
    return Finished(code, output, time.monotonic() - start)
