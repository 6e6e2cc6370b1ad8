"""The engines: one file each, found by looking into this folder and imported only when chosen.

A file whose name begins with ``_`` is a part of an engine, and ``port.py`` is what every engine must be able to do.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Final

from cutaway.errors import SettingsInvalid

if TYPE_CHECKING:
    from cutaway.engines.port import Engine
    from cutaway.home import Home

FILES: Final = {"local": "local_onnx"}
"""The setting's name -> the file's, where the two differ."""


def available() -> list[str]:
    """The names that the setting ``engine`` may have, sorted."""
    names = {file: name for name, file in FILES.items()}
    found = [file for _, file, _ in pkgutil.iter_modules(__path__) if file != "port" and not file.startswith("_")]
    return sorted(names.get(file, file) for file in found)


def create(name: str, home: Home) -> Engine:
    """The engine of that name. Raises SettingsInvalid, which lists the known."""
    if name not in available():
        raise SettingsInvalid(f"There is no engine named {name!r}.", f"Known: {', '.join(available())}.")
    module = importlib.import_module(f"{__name__}.{FILES.get(name, name)}")
    engine: Engine = module.create(home)
    return engine
