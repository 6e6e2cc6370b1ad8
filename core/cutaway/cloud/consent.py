"""Whether the user lets pictures be sent to the service."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Final

from cutaway.cloud.files import write_private
from cutaway.errors import CloudNotAllowed
from cutaway.home import Home

FILE: Final = "consent.json"


class Consent:
    """The decision that was remembered. Without one: no."""

    def __init__(self, home: Home) -> None:
        self._path: Path = home.path / FILE

    def check(self, upload: str) -> None:
        """Applies RemoveSettings.upload: "always" and "never" are remembered, "once" is not.

        Raises CloudNotAllowed where the picture must not be sent.
        """
        if upload in ("always", "never"):
            self.remember(upload == "always")
        if upload == "never" or (upload == "remembered" and not self.given):
            raise CloudNotAllowed(
                "Nothing was sent to Topaz: you have not allowed it.",
                "Allow it in the dialog, or with  --upload once  or  --upload always.")

    @property
    def given(self) -> bool:
        try:
            said = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return False
        return isinstance(said, dict) and said.get("topaz") is True

    def remember(self, allowed: bool) -> None:
        if allowed != self.given:
            write_private(self._path, json.dumps({"topaz": allowed, "since": int(time.time())}).encode())
