"""The names inside the home folder, and the command that stands for the installation."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

UNIX_COMMAND = """\
#!/bin/sh
# Made by Cutaway's installer: runs the command line of the installation in this folder.
CUTAWAY_HOME={home}
export CUTAWAY_HOME
exec "$CUTAWAY_HOME/env/bin/python" -I -m cutaway_cli "$@"
"""

# The path is taken from where the file lies: cmd reads a batch file in the console's code page, so that a folder with
# letters beyond ASCII could not be written into it.
WINDOWS_COMMAND = """\
@rem Made by Cutaway's installer: runs the command line of the installation in this folder.
@setlocal
@for %%I in ("%~dp0..") do @set "CUTAWAY_HOME=%%~fI"
@"%CUTAWAY_HOME%\\env\\Scripts\\python.exe" -I -m cutaway_cli %*
"""


@dataclass(frozen=True)
class Layout:
    """One installation's paths. ``windows``: whether the names are those of Windows."""

    home: Path
    windows: bool = False

    @property
    def environment(self) -> Path:
        return self.home / "env"

    @property
    def staging(self) -> Path:
        """Where a new environment is built, beside the one in use."""
        return self.home / "env.new"

    @property
    def retired(self) -> Path:
        """The environment that was in use, until the installation has succeeded."""
        return self.home / "env.old"

    @property
    def python(self) -> Path:
        return self.python_in(self.environment)

    def python_in(self, environment: Path) -> Path:
        return environment / "Scripts" / "python.exe" if self.windows else environment / "bin" / "python"

    @property
    def command(self) -> Path:
        return self.home / "bin" / ("cutaway.cmd" if self.windows else "cutaway")

    def command_text(self) -> bytes:
        if self.windows:
            return WINDOWS_COMMAND.replace("\n", "\r\n").encode("ascii")
        return UNIX_COMMAND.format(home=shlex.quote(str(self.home))).encode("utf-8", "surrogateescape")

    @property
    def models(self) -> Path:
        return self.home / "models"

    @property
    def demo(self) -> Path:
        return self.home / "demo"

    @property
    def run(self) -> Path:
        """Where a running worker keeps its lock, log and job folders."""
        return self.home / "run"

    @property
    def record(self) -> Path:
        return self.home / "installed.json"

    @property
    def journal(self) -> Path:
        """What a run is about to write; there only while it runs, or after it was killed."""
        return self.home / "installing.json"

    @property
    def lock(self) -> Path:
        return self.home / "install.lock"

    @property
    def made_by_use(self) -> tuple[Path, ...]:
        """What Cutaway itself keeps beside what was installed: measurements, prepared models, the consent and the key.

        The names are those of core/cutaway/models (timings, optimised) and core/cutaway/cloud (consent, key).
        """
        return tuple(self.home / name for name in ("timings.json", "optimised", "consent.json", "topaz.key"))

    @property
    def paid_jobs(self) -> Path:
        """The journal of what was paid for in the cloud: see core/cutaway/cloud/journal.py."""
        return self.home / "journal"

    @property
    def trees(self) -> tuple[Path, ...]:
        """Folders that belong to the installation whole, whatever lies in them."""
        return (self.environment, self.staging, self.retired, self.run)
