"""What each request's parameters may be, checked before anything is done with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from cutaway.errors import ProtocolError

Types = tuple[type, ...]

TEXT: Final[Types] = (str,)
TEXT_OR_NONE: Final[Types] = (str, type(None))
LONGEST_TEXT: Final = 8192

REQUIRED: Final[dict[str, dict[str, Types]]] = {
    "hello": {"protocol": (int,), "version": TEXT, "client": TEXT},
    "status": {},
    "stop": {},
    "cancel": {"id": (int, str)},
    "job.open": {},
    "job.close": {"job": TEXT},
    "job.run": {"job": TEXT, "picture": (dict,), "settings": (dict,)},
    "picture.read": {"job": TEXT, "path": TEXT},
    "picture.write": {"job": TEXT, "path": TEXT},
    "models.list": {},
    "models.get": {"name": TEXT},
    "models.import": {"path": TEXT},
    "models.remove": {"name": TEXT},
    "models.verify": {},
    "matte.read": {"job": TEXT, "path": TEXT},
    "key.status": {},
    "key.set": {"key": TEXT},
    "key.use": {},
    "key.forget": {},
    "key.test": {},
    "cloud.price": {"pictures": (list,)},
    "cloud.jobs": {},
    "cloud.resume": {},
    "cloud.forget": {"id": TEXT},
    "picture": {"file": TEXT},
    "priced": {},
}

OPTIONAL: Final[dict[str, dict[str, tuple[Types, Any]]]] = {
    "hello": {"token": (TEXT, "")},
    "stop": {"when": (TEXT, "now")},
    "job.run": {
        "selection": (TEXT_OR_NONE, None), "mask": (TEXT_OR_NONE, None), "given": (TEXT_OR_NONE, None),
        "results": ((list,), ["mask", "foreground", "matte"]),
    },
    "picture.write": {"form": (TEXT, "cutout"), "overwrite": ((bool,), False)},
    "models.import": {"name": (TEXT_OR_NONE, None)},
    "models.verify": {"name": (TEXT_OR_NONE, None)},
    "key.use": {"key": (TEXT_OR_NONE, None), "url": (TEXT_OR_NONE, None)},
    "key.test": {"with_one_credit": ((bool,), False)},
    "cloud.resume": {"id": (TEXT_OR_NONE, None), "path": (TEXT_OR_NONE, None), "overwrite": ((bool,), False)},
    "priced": {"path": (TEXT_OR_NONE, None), "width": ((int,), 0), "height": ((int,), 0)},
    "picture": {"transfer": (TEXT, "nonlinear"), "icc": (TEXT_OR_NONE, None)},
}


def checked(what: str, params: Any) -> dict[str, Any]:
    """``params`` of the method ``what``, filled up with defaults. Raises ProtocolError."""
    if not isinstance(params, dict):
        raise ProtocolError(f"The parameters of {what} are not an object.", "See the list of requests.")
    required, optional = REQUIRED[what], OPTIONAL.get(what, {})
    for name in params:
        if name not in required and name not in optional:
            raise ProtocolError(f"{what} has no parameter {str(name)[:40]!r}.", "See the list of requests.")
    full = {name: default for name, (_, default) in optional.items()} | params
    types = required | {name: kinds for name, (kinds, _) in optional.items()}
    for name, kinds in types.items():
        if name not in full:
            raise ProtocolError(f"{what} needs the parameter {name!r}.", "See the list of requests.")
        value = full[name]
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise ProtocolError(f"The parameter {name!r} of {what} is of a wrong type.", "See the list of requests.")
        if isinstance(value, str) and len(value) > LONGEST_TEXT:
            raise ProtocolError(f"The parameter {name!r} of {what} is too long.", "Use a shorter one.")
    return full


def one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    """``value`` where it is allowed. Raises ProtocolError."""
    if value not in allowed:
        raise ProtocolError(f"{name} cannot be {value[:40]!r}.", "It is one of " + ", ".join(allowed) + ".")
    return value


def absolute(path: str) -> Path:
    """``path`` where it is absolute. Raises ProtocolError."""
    if "\0" in path or not Path(path).is_absolute():
        raise ProtocolError("A path in a message is not absolute.", "The worker has another working folder.")
    return Path(path)
