"""Calls an example for Python-Fu in the tests' folder: {"error"}, empty where it went well. Python 2.7 and 3."""

import os
import sys

import report

said = report.given()
os.chdir(report.path(""))
sys.path.insert(0, os.path.join(os.environ["GIMP2_DIRECTORY"], "plug-ins", "cutaway", "examples"))
import cutaway_examples  # noqa: E402

try:
    getattr(cutaway_examples, said["name"])(*said["given"], **said["settings"])
    error = ""
except RuntimeError as raised:
    error = str(raised)
report.say("gimp2_examples", {"error": error, "python": list(sys.version_info[:2])})
