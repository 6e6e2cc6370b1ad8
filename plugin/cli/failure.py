"""What is said of a defect: one sentence, and where the rest is. The traceback goes to a file, not to the user."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
import traceback
from pathlib import Path

from cutaway_bridge import installation

NAME = "command-line-failure.txt"


def tell(fault: BaseException, arguments: list[str]) -> None:
    """Writes the traceback down and names the file on standard error. Never raises for want of a place."""
    text = "".join([
        f"{time.strftime('%Y-%m-%d %H:%M:%S')}  Python {platform.python_version()}  {platform.platform()}\n",
        f"arguments: {arguments!r}\n", *traceback.format_exception(fault)])
    where = _written(text)
    print(f"error: Something went wrong that should not have ({type(fault).__name__}). "
          + (f"Please report it with the file {where}" if where else "It could not be written down."), file=sys.stderr)


def _written(text: str) -> Path | None:
    run = Path(installation.find_home()) / "run"
    for folder in ([run] if run.is_dir() else []) + [Path(tempfile.gettempdir())]:
        try:
            if folder == run:
                descriptor = os.open(run / NAME, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                path = run / NAME
            else:  # others write here too: a name that nobody can have laid a link under
                descriptor, made = tempfile.mkstemp(prefix="cutaway-", suffix=".txt")
                path = Path(made)
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as stream:
                stream.write(text)
        except OSError:
            continue
        return path
    return None
