"""A bare caller of the endpoint for the emulator's own tests: plain HTTP, no manners, and no code of the product."""

from __future__ import annotations

import io
from typing import Any

import httpx
import numpy as np
from PIL import Image

from tests.emulator import Emulator
from tests.emulator.png import encode


def pixels(width: int = 60, height: int = 40, seed: int = 0) -> Any:
    """Bright in the middle, darker outwards, with some noise: (H, W, 3) uint8."""
    rows, columns = np.ogrid[:height, :width]
    light = np.clip(330 - 600 * np.hypot((rows - height / 2) / height, (columns - width / 2) / width), 0, 230)
    noise = np.random.default_rng(seed).integers(0, 25, (height, width, 3))
    return (light[..., None] + noise).astype(np.uint8)


def picture(width: int = 60, height: int = 40, seed: int = 0) -> bytes:
    return encode(pixels(width, height, seed))


def opened(data: bytes) -> Any:
    """The array that Pillow reads: a decoder that is not the emulator's."""
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return np.asarray(image)


class Caller:
    """``http``: with the key; ``bare``: without, for the storage."""

    def __init__(self, emulator: Emulator, key: str | None = None) -> None:
        self.emulator = emulator
        headers = {"X-API-Key": emulator.key if key is None else key}
        # Without TLS there is nothing to verify, and no certificates to load for every test.
        self.http = httpx.Client(base_url=emulator.base_url, headers=headers, trust_env=False, verify=False, timeout=5)
        self.bare = httpx.Client(trust_env=False, verify=False, timeout=5)

    def __enter__(self) -> Caller:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()
        self.bare.close()

    def submit(self, data: bytes | None = None, name: str = "a.png", **fields: str) -> httpx.Response:
        form = {"model": "Object", "mode": "alpha", **fields}
        return self.http.post("/matting/async", data=form, files={"image": (name, data or picture(), "image/png")})

    def job(self, data: bytes | None = None, **fields: str) -> str:
        """Submits; the process id."""
        answer = self.submit(data, **fields)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["process_id"])

    def status(self, job: str) -> httpx.Response:
        return self.http.get(f"/status/{job}")

    def state(self, job: str) -> str:
        return str(self.status(job).json()["status"])

    def link(self, job: str) -> str:
        return str(self.http.get(f"/download/{job}").json()["download_url"])

    def balance(self) -> tuple[int, int, int]:
        """Available, reserved, total."""
        row = self.http.get(f"{self.emulator.account_url}/credits/balance").json()
        return row["available_credits"], row["reserved_credits"], row["total_credits"]

    def done(self, data: bytes | None = None, **fields: str) -> str:
        """A job that is completed already."""
        job = self.job(data, **fields)
        self.emulator.clock.advance(60)
        return job

    def result(self, data: bytes | None = None, **fields: str) -> bytes:
        """The file of a new job."""
        answer = self.bare.get(self.link(self.done(data, **fields)))
        assert answer.status_code == 200, answer.text
        return answer.content
