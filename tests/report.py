"""A pytest plugin that writes down how the tests in real editors ended: ``python3 -m tests`` names each of them."""

import json
import os
from pathlib import Path

VARIABLE = "CUTAWAY_TEST_REPORT"
MARKERS = ("gimp2", "gimp3", "gui", "krita")


class EditorTests:
    """``ended``: (name, outcome, reason) of every test that has one of the markers."""

    def __init__(self, path):
        self.path = Path(path)
        self.names = set()
        self.ended = []

    def pytest_collection_finish(self, session):
        # By the marker: a test's keywords also hold the names of the folders that it lies in.
        self.names = {item.nodeid for item in session.items if any(map(item.get_closest_marker, MARKERS))}

    def pytest_runtest_logreport(self, report):
        if report.nodeid not in self.names:
            return
        decided = report.when == "call" or report.outcome != "passed"
        if decided:
            reason = report.longrepr[2] if report.skipped and isinstance(report.longrepr, tuple) else ""
            self.ended.append((report.nodeid, report.outcome, reason.removeprefix("Skipped: ")))

    def pytest_sessionfinish(self):
        self.path.write_text(json.dumps(self.ended), encoding="utf-8")


def pytest_configure(config):
    path = os.environ.get(VARIABLE)
    if path:
        config.pluginmanager.register(EditorTests(path), "cutaway-editor-tests")
