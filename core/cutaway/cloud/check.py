"""The one-picture check: the whole way to the service and back, with a picture that is nobody's."""

from __future__ import annotations

import secrets
import time
from typing import Any, Final

import numpy as np

from cutaway.cloud.ask import Cloud
from cutaway.job import Job
from cutaway.picture.model import Picture, full_scale
from cutaway.settings import RemoveSettings

SIZE: Final = (480, 640)


def made_up() -> Picture:
    """A shaded ball before a slanted gradient; no two are alike, so that no earlier answer is used."""
    height, width = SIZE
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    back = (x + 0.5 * y) / (width + 0.5 * height)
    radius = np.hypot(x - 0.5 * width, y - 0.55 * height) / (0.32 * height)
    light = np.clip(1.2 - np.hypot(x - 0.42 * width, y - 0.42 * height) / (0.5 * height), 0.15, 1.0)
    ball = np.stack([0.9 * light, 0.35 * light, 0.2 * light], axis=-1)
    behind = np.stack([0.3 + 0.4 * back, 0.5 + 0.3 * back, 0.6 + 0.2 * back], axis=-1)
    cover = np.clip((1.0 - radius) * 40.0, 0.0, 1.0)[..., np.newaxis]
    pixels = np.rint(255.0 * (ball * cover + behind * (1.0 - cover))).astype(np.uint8)
    pixels[0, :8] = np.frombuffer(secrets.token_bytes(24), np.uint8).reshape(8, 3)
    return Picture(pixels)


def check(cloud: Cloud, job: Job) -> dict[str, Any]:
    """Sends the picture. {"credits": what it cost, "seconds", "kept": the share of the picture that the mask keeps}.

    The user's wish to spend a credit is the consent for this one. Raises what :meth:`Cloud.matte` raises.
    """
    began = time.perf_counter()
    matte = cloud.matte(made_up(), RemoveSettings(engine="topaz", upload="once", credits=1), job)
    kept = float(np.mean(matte.values)) / full_scale(matte.values.dtype)
    return {"credits": matte.credits, "seconds": round(time.perf_counter() - began, 1), "kept": round(kept, 3)}
