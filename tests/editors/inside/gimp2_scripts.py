#!/usr/bin/env python3
"""A plug-in of its own on the adapter's Python-Fu module: runs a test's script. Python 2.7 and 3."""

from __future__ import absolute_import, print_function

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
CUTAWAY = os.path.join(os.path.dirname(HERE), "cutaway")
sys.path[:0] = [os.path.join(CUTAWAY, "pythonfu"), CUTAWAY]

import gimpfu  # noqa: E402


def run(path):
    sys.path.insert(0, os.path.dirname(path))
    with open(path) as stream:
        code = compile(stream.read(), path, "exec")
    exec(code, {"__name__": "__main__"})


def last_words(image, drawable, whole, number, yes, words, choice):
    """What came, as text."""
    return "%s|%s|%s|%.2f|%s|%s|%s" % (image.name, drawable.name, whole, number, bool(yes), words, choice)


if __name__ == "__main__":
    gimpfu.register(
        "cutaway_tests", "Runs a script", "For tests", "Cutaway", "Cutaway", "2026", "", "",
        [(gimpfu.PF_STRING, "path", "The script", "")], [], run)
    gimpfu.register(
        "python-fu-cutaway-echo", "Says what it was given", "For tests", "Cutaway", "Cutaway", "2026", "_Echo...", "*",
        [(gimpfu.PF_IMAGE, "image", "Image", None), (gimpfu.PF_DRAWABLE, "drawable", "Drawable", None),
         (gimpfu.PF_INT32, "whole", "_Whole", 3), (gimpfu.PF_SLIDER, "number", "_Number", 0.5, (0, 10, 0.25)),
         (gimpfu.PF_BOOL, "yes", "_Yes", True), (gimpfu.PF_STRING, "words", "W_ords", u"gr\u00fcn"),
         (gimpfu.PF_OPTION, "choice", "_Choice", 1, ("one", "two"))],
        [(gimpfu.PF_STRING, "said", "What came")], last_words)
    gimpfu.main()
