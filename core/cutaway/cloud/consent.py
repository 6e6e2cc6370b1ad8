"""Whether the user lets pictures be sent to the service."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Final

from cutaway.cloud.files import write_private
from cutaway.errors import CloudError, CloudNotAllowed
from cutaway.home import Home

FILE: Final = "consent.json"


class Consent:
    """The decision that was remembered. Without one: no."""

    def __init__(self, home: Home) -> None:
        self._path: Path = home.path / FILE

    def refusal(self, upload: str) -> CloudNotAllowed | None:
        """Applies RemoveSettings.upload: "always" and "never" are remembered, "once" is not.

        Why the picture must not be sent, or None where it may. Raises CloudError where a decision cannot be kept.
        """
        if upload in ("always", "never"):
            self.remember(upload == "always")
        if upload == "never" or (upload == "remembered" and not self.given):
            return CloudNotAllowed(
                "Nothing was sent to Topaz: you have not allowed it.",
                "Allow it in the dialog, or with  --upload once  or  --upload always.")
        return None

    @property
    def given(self) -> bool:
        try:
            said = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return False
        return isinstance(said, dict) and said.get("topaz") is True

    def remember(self, allowed: bool) -> None:
        """Raises CloudError where it cannot be written down."""
        if allowed == self.given:
            return
        try:
            write_private(self._path, json.dumps({"topaz": allowed, "since": int(time.time())}).encode())
        except OSError as error:
            raise CloudError(
                f"Your decision about Topaz cannot be kept: {error.strerror}.",
                "Free some space on the disk of Cutaway's folder, or allow it with  --upload once.") from error
