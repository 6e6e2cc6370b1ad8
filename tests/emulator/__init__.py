"""An emulator of Topaz's endpoint for background removal: a real HTTP server on the loopback address.

See README.md beside this file. It was built from the documented contract and never compared with the live service.
"""

from tests.emulator.clock import FakeClock, RealClock
from tests.emulator.emulator import KEY, Emulator
from tests.emulator.faults import KINDS, Fault
from tests.emulator.record import KeyLeaked, Leak, Received
from tests.emulator.results import LAYOUTS, ellipse, luminance
from tests.emulator.world import Limits

__all__ = ["KEY", "KINDS", "LAYOUTS", "Emulator", "FakeClock", "Fault", "KeyLeaked", "Leak", "Limits", "RealClock",
           "Received", "ellipse", "luminance"]
