"""``python -m tests.emulator``: the emulator by hand, in real time, with the project's own cut-outs."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence

import numpy as np

from tests.emulator.emulator import KEY, Emulator
from tests.emulator.faults import KINDS, Fault
from tests.emulator.profiles import PROFILES
from tests.emulator.results import CUTTERS, LAYOUTS, Cutter, Pixels, ellipse


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.emulator", description=__doc__)
    parser.add_argument("--profile", choices=PROFILES, default="documented")
    parser.add_argument("--seed", type=int, default=0, help="for the profile hostile")
    parser.add_argument("--port", type=int, default=8321, help="0 takes a free one; the storage takes a free one too")
    parser.add_argument("--key", default=KEY, help="the API key that is good")
    parser.add_argument("--credits", type=int, default=100)
    parser.add_argument("--pending", type=float, default=1.0, metavar="SECONDS")
    parser.add_argument("--processing", type=float, default=3.0, metavar="SECONDS")
    parser.add_argument("--cutter", choices=("local", *CUTTERS), default="local")
    parser.add_argument("--layout", choices=tuple(LAYOUTS), default="L", help="of the mask in its PNG")
    parser.add_argument("--fault", action="append", default=[], metavar="NAME[@OPERATION][=TIMES]", type=fault,
                        help=f"may be given more than once; TIMES is a number or 'always'; names: {', '.join(KINDS)}")
    return parser.parse_args(given)


def fault(text: str) -> Fault:
    """``rate_limit@status=3``, ``fails=always``."""
    left, _, times = text.partition("=")
    name, _, on = left.partition("@")
    try:
        return Fault.make(name, on or None, times=None if times == "always" else int(times or 1))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def local() -> Cutter:
    """The project's own engine. Where it cannot (no model on this computer), an ellipse, and a line that says so."""
    from cutaway import remove_background
    from cutaway.errors import CutawayError

    lock = threading.Lock()

    def cut(rgb: Pixels) -> Pixels:
        try:
            with lock:
                made: Pixels = remove_background(rgb, engine="local", clean=0).mask
        except CutawayError as error:
            print(f"  no cut-out, an ellipse instead: {error}", file=sys.stderr, flush=True)
            return ellipse(rgb)
        return made

    cut(np.zeros((8, 8, 3), np.uint8))  # loads the model, or says now that there is none
    return cut


def main(given: Sequence[str] | None = None, end: threading.Event | None = None) -> int:
    said = arguments(given)
    cutter: Cutter | str = local() if said.cutter == "local" else said.cutter
    try:
        emulator = Emulator(said.profile, seed=said.seed, credits=said.credits, cutter=cutter, layout=said.layout,
                            pending=said.pending, processing=said.processing, keys=(said.key,), port=said.port,
                            strict=False, eager=True)
    except OSError as error:
        print(f"Port {said.port} cannot be used: {error.strerror}.", file=sys.stderr)
        return 1
    end = end or threading.Event()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: end.set())
    for written in said.fault:
        emulator.control.script(written)
    with emulator as e:
        print(f"The emulator runs (profile {said.profile}, {said.credits} credits). Ctrl+C ends it.\n\n"
              f"  export CUTAWAY_TOPAZ_URL={e.base_url}\n  export CUTAWAY_TOPAZ_API_KEY={e.key}\n\n"
              f"  account {e.account_url}\n  storage {e.storage_url}\n  control {e.root_url}/_emulator/faults",
              flush=True)
        end.wait()
    held = emulator.ledger
    print(f"{len(emulator.jobs)} jobs, {held.charged} credits charged, {held.reserved} reserved, "
          f"{held.available} left.")
    for leak in emulator.leaks:
        print(f"THE KEY WAS SEEN: {leak.where} of {leak.request} on the {leak.port} port", file=sys.stderr)
    return 1 if emulator.leaks else 0


if __name__ == "__main__":
    sys.exit(main())
