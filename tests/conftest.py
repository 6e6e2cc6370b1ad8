"""For every test: nothing is sent from this computer."""

import os


def pytest_configure() -> None:
    # Some tests import onnxruntime without the engine, which would have told it (see core/cutaway/engines/_runtime.py).
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
