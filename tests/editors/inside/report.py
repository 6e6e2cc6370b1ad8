"""For scripts that run inside GIMP: what the test gave, and how to answer it."""

import json
import os


def given():
    """What the test passed to Gimp.script."""
    return json.loads(os.environ["CUTAWAY_GIVEN"])


def path(name):
    """A file of the test's folder."""
    return os.path.join(os.environ["CUTAWAY_OUT"], name)


def say(name, value):
    """The script's answer: what Gimp.script returns."""
    with open(path(name + ".json"), "w") as stream:
        json.dump(value, stream)
