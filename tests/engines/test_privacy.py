"""The local engine sends nothing and leaves nothing in the user's folders."""

import os
import subprocess
import sys

from tests.engines.networks import mean

RUN = """
import sys
from pathlib import Path
import numpy as np
from cutaway.engines._runtime import library
onnxruntime = library()
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
shown = session.get_inputs()[0]
session.run(None, {shown.name: np.zeros([1 if isinstance(n, str) else n for n in shown.shape], np.float32)})
"""


def test_a_run_writes_no_device_number_and_no_queue_of_reports(tmp_path):
    network, user = tmp_path / "network.onnx", tmp_path / "user"
    network.write_bytes(mean())
    user.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "ORT_"))}
    subprocess.run(
        [sys.executable, "-c", RUN, str(network)], check=True, timeout=60, cwd=tmp_path,
        env={**environment, "HOME": str(user), "USERPROFILE": str(user), "LOCALAPPDATA": str(user)})
    assert [str(path) for path in user.rglob("*")] == []
