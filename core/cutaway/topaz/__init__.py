"""A client for Topaz's background removal endpoint, usable on its own.

    from cutaway.topaz import Client

    with Client(key) as client:
        print(client.balance().available)
        sent = client.submit(png, filename="7f3a.png")           # paid: keep sent.process_id
        done = client.wait(sent.process_id)                      # Completed, or an error of cutaway.errors
        mask = client.result(sent.process_id, width, height)     # (H, W) uint8 or uint16, resampled to the picture

Built from Topaz's documentation and OpenAPI file and tested against an emulator of them, not against the live service.
"""

from __future__ import annotations

from cutaway.topaz.answers import Balance, Estimate, JobPage, JobStatus, Links, Submitted
from cutaway.topaz.client import Client
from cutaway.topaz.clock import Clock
from cutaway.topaz.limits import Limits
from cutaway.topaz.mask import decode_mask
from cutaway.topaz.price import price
from cutaway.topaz.secret import Secret

__all__ = ["Balance", "Client", "Clock", "Estimate", "JobPage", "JobStatus", "Limits", "Links", "Secret", "Submitted",
           "decode_mask", "price"]
