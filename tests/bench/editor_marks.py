"""For the bench only: laid beside the bridge in an editor's profile, it writes down when a run says what.

One JSON line each: {"at", "text"} at every change of what the progress says, {"seconds"} of the worker's own stages.
Python 2.7 and 3.
"""

import json
import os
import time

LAST_LINES = "\nfrom . import editor_marks\neditor_marks.watch(globals())\n"


def watch(globals_of_flow):
    """Wraps the flow's meter and its Result."""
    meter, result = globals_of_flow["_Meter"], globals_of_flow["Result"]
    show, last = meter.show, []

    def shown(self, fraction, text):
        if last[-1:] != [text]:
            last.append(text)
            note(text=text)
        show(self, fraction, text)

    def made(mask, foreground, origins, tile, matte, settings, provenance, notes):
        note(seconds=provenance.get("seconds", {}), tiles=len(origins))
        return result(mask, foreground, origins, tile, matte, settings, provenance, notes)

    meter.show = shown
    globals_of_flow["Result"] = made


def note(**said):
    """Appends one line."""
    with open(os.path.join(os.environ["CUTAWAY_OUT"], "marks.jsonl"), "a") as stream:
        stream.write(json.dumps(dict(said, at=time.time())) + "\n")
