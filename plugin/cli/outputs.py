"""Which output belongs to which input, and every reason to refuse that can be seen before any work is done."""

from __future__ import annotations

import dataclasses
import os
import stat
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cutaway_bridge.errors import BridgeError

SUFFIXES = {"cutout": "_cutout.png", "mask": "_mask.png"}

ENDINGS = {
    "cutout": (".png", ".tif", ".tiff", ".webp"),
    "mask": (".png", ".tif", ".tiff", ".webp", ".jpg", ".jpeg"),
}
"""What the core can write, said here again so that a wrong name costs no run; a test holds the two equal."""


class Refused(Exception):
    """The whole call makes no sense: nothing is run. ``str()`` is for the user."""


@dataclass(frozen=True)
class Piece:
    """One picture of the call. ``said`` and ``result`` are the paths of input and output in the words that the user
    used; ``trouble`` is why it cannot be run, or None.
    """

    said: str
    result: str
    source: Path
    target: Path
    trouble: BridgeError | None = None


def plan(inputs: Sequence[str], output: str | None, form: str, *, overwrite: bool) -> list[Piece]:
    """The pieces in the order of ``inputs``. Looks at the disk, changes nothing.

    ``output``: a file (for one input), a folder (that exists, or whose name ends with a separator), or None for
    "next to the input". ``form``: "cutout" or "mask". Raises Refused where two results would go to one file, where a
    result would replace an input, or where several inputs are sent to one file name.
    """
    folder = _folder(inputs, output)
    pieces = []
    for said in inputs:
        result = Path(said).parent if output is None else Path(output)
        if output is None or folder is not None:
            result /= Path(said).stem + SUFFIXES[form]
        # Not resolved: the output goes beside a link, not beside what the link names.
        pieces.append(Piece(said, str(result), Path(said).absolute(), result.absolute()))
    _refuse_same_outputs(pieces)
    _refuse_inputs_as_outputs(pieces)
    made = folder if folder is not None and _kind(folder) == "nothing" else None

    def trouble(piece: Piece) -> BridgeError | None:
        return (_trouble_with_input(piece.source) or _trouble_with_ending(piece.target, form)
                or _trouble_with_output(piece.target, overwrite, made))

    return [dataclasses.replace(piece, trouble=trouble(piece)) for piece in pieces]


def _folder(inputs: Sequence[str], output: str | None) -> Path | None:
    """The folder that ``output`` names, or None where it is a file's name or not given."""
    if output is None:
        return None
    if not output:
        raise Refused("The name after -o is empty. Give a file or a folder.")
    if output.endswith(("/", os.sep)) or _kind(Path(output)) == "folder":
        folder = Path(output).absolute()
        if _kind(folder) not in ("folder", "nothing"):
            raise Refused(f"{output} is not a folder. For a file's name, leave out the slash at its end.")
        return folder
    if len(inputs) > 1:
        raise Refused(
            f"{len(inputs)} pictures cannot go into the one file {output}. "
            f"Give a folder: -o {output}/ (the slash makes it one).")
    return None


def _same(path: Path) -> set[object]:
    """What tells whether two paths are one file: the place without links, and the file itself where there is one.

    Upper and lower case, and the two ways to write an accent, count as the same everywhere: many disks do not tell them
    apart, and whether this one does cannot be asked without writing to it.
    """
    found: set[object] = {unicodedata.normalize("NFC", os.path.realpath(path)).casefold()}
    try:
        there = path.stat()
    except OSError:
        return found
    return {*found, (there.st_dev, there.st_ino)}


def _refuse_same_outputs(pieces: Sequence[Piece]) -> None:
    seen: dict[object, Piece] = {}
    for piece in pieces:
        for key in _same(piece.target):
            first = seen.setdefault(key, piece)
            if first is piece:
                continue
            if first.source == piece.source:
                raise Refused(f"{piece.said} is given twice. Name each picture once.")
            where = piece.result
            if first.target != piece.target:
                where = f"one file, {first.result} or {piece.result}"
            raise Refused(
                f"{first.said} and {piece.said} would both be written to {where}. "
                "Give them in two calls, each with a -o of its own.")


def _refuse_inputs_as_outputs(pieces: Sequence[Piece]) -> None:
    inputs = {key: piece for piece in pieces for key in _same(piece.source)}
    for piece in pieces:
        for key in _same(piece.target) & set(inputs):
            if inputs[key] is piece:
                raise Refused(f"The output of {piece.said} would replace it. Inputs are never overwritten: "
                              "give another -o.")
            raise Refused(
                f"The output of {piece.said} would replace {inputs[key].said}, which is an input too. "
                "Leave that input out, or give another -o.")


def _kind(path: Path) -> str:
    """"file", "folder", "other", "nothing", "dead link", or the system's words for why it cannot be looked at."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return "dead link" if path.is_symlink() else "nothing"
    except NotADirectoryError:
        return "nothing"
    except OSError as fault:
        return fault.strerror or str(fault)
    return "folder" if stat.S_ISDIR(mode) else "file" if stat.S_ISREG(mode) else "other"


def _trouble_with_input(source: Path) -> BridgeError | None:
    kind = _kind(source)
    if kind == "file":
        if os.access(source, os.R_OK):
            return None
        message, hint = "You may not read this file.", "Change its permissions, or copy it."
    elif kind == "folder":
        message, hint = "This is a folder, not a picture.", f"Give the files in it: {source / '*.jpg'}"
    elif kind == "nothing":
        message, hint = "There is no such file.", "Check the name and the folder."
    elif kind == "dead link":
        message, hint = "This is a link to a file that is not there.", "Give the picture itself."
    elif kind == "other":
        message, hint = "This is not an ordinary file.", "Save the picture as a file first."
    else:
        message, hint = f"This file cannot be opened: {kind}.", "Check the name and the folder's permissions."
    return BridgeError("picture_unreadable", message, hint)


def _trouble_with_ending(target: Path, form: str) -> BridgeError | None:
    ending = target.suffix.lower()
    if ending in ENDINGS[form]:
        return None
    if ending in ENDINGS["mask"]:
        message = f"{target.name} cannot hold a cut-out: JPEG has no transparency."
    else:
        message = f"{target.name} has no ending that says a format."
    return BridgeError("target_not_writable", message, f"Use one of {', '.join(ENDINGS[form])}.")


def _trouble_with_output(target: Path, overwrite: bool, made: Path | None) -> BridgeError | None:
    """``made``: a folder that does not exist yet and will be made for the outputs."""
    kind = _kind(target)
    if kind == "nothing":
        if made is None:
            return _trouble_with_folder(target.parent)
        # The nearest folder that is there must let the new one be made in it.
        return _trouble_with_folder(next((parent for parent in made.parents if os.path.lexists(parent)), made))
    if kind == "folder":
        return BridgeError("target_not_writable", f"{target} is a folder.", "Give the name of a file with -o.")
    if kind not in ("file", "dead link"):
        return BridgeError("target_not_writable", f"{target} cannot be written.", "Give another -o.")
    if not overwrite:
        return BridgeError(
            "target_exists", f"{target} exists already.", "Add --overwrite to replace it, or give another -o.")
    return _trouble_with_folder(target.parent)


def _trouble_with_folder(folder: Path) -> BridgeError | None:
    kind = _kind(folder)
    if kind == "folder" and os.access(folder, os.W_OK | os.X_OK):
        return None
    if kind == "nothing":
        message, hint = f"The folder {folder} does not exist.", "Make it first, or give another -o."
    elif kind == "folder":
        message, hint = f"You may not write into the folder {folder}.", "Give another place with -o."
    else:
        message, hint = f"{folder} is not a folder that can be written to.", "Give another place with -o."
    return BridgeError("target_not_writable", message, hint)
