"""``python -m installers.krita_zip [FOLDER]``: the zip for Krita's *Tools > Scripts > Import Python Plugin from File*.

For those who have Cutaway's environment already and want the plug-in in a further Krita: the plug-in finds it in its
usual folder, or where CUTAWAY_HOME says. Krita asks whether to switch the plug-in on.
The module for kritarunner is not in it: the installer brings that.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

from installers import adapters

NAME = "cutaway-krita.zip"
FOLDER = "cutaway/"
# The importer takes nothing from outside the folder but the two files about it, and this one lies beside the folder.
BATCH = f"pykrita/{adapters.KRITA_BATCH}"
STAMP = (1980, 1, 1, 0, 0, 0)


def write(checkout: Path, folder: Path) -> Path:
    """Writes the zip into ``folder``, which is made. The same files always make the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / NAME
    files = {_name(part.name): part.content for part in adapters.krita(checkout) if part.name != BATCH}
    # Krita's importer takes a plug-in only where its folder has an entry of its own.
    folders = [FOLDER, *sorted({name[:name.rindex("/") + 1] for name in files if "/" in name} - {FOLDER})]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as pack:
        for name in folders:
            pack.writestr(zipfile.ZipInfo(name, STAMP), b"")
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            pack.writestr(entry, content)
    return path


def _name(installed: str) -> str:
    return installed.removeprefix("pykrita/").removeprefix("actions/")


def main(words: list[str]) -> int:
    if len(words) > 1 or any(word.startswith("-") for word in words):
        print(__doc__)
        return 0 if words in (["-h"], ["--help"]) else 2
    print(write(Path(__file__).resolve().parents[1], Path(words[0]) if words else Path.cwd()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
