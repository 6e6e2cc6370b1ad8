"""``cutaway worker``: the background process that keeps the model loaded. Neither command starts one."""

from __future__ import annotations

from typing import Any

from cutaway_bridge import errors, installation
from cutaway_bridge.client import Client
from cutaway_bridge.errors import BridgeError

from .terminal import Terminal

NOT_RUNNING = 3
"""The exit code of ``status`` where no worker runs, as service scripts have it."""

DOING = {
    None: "nothing", "job.run": "removing a background", "picture.read": "reading a picture",
    "matte.read": "reading a mask",
    "picture.write": "writing a picture", "models.get": "getting a model", "models.import": "importing a model",
    "models.remove": "removing a model", "models.verify": "checking the models",
    "key.test": "asking Topaz", "cloud.price": "asking Topaz", "cloud.resume": "fetching from Topaz"}


def status(terminal: Terminal) -> int:
    with Client(installation.find(), "cli") as client:
        if not client.reach():
            terminal.record({"running": False})
            if not terminal.as_json:
                terminal.answer("The worker is not running. It starts by itself when it is needed.")
            return NOT_RUNNING
        said = client.call("status")
    if terminal.as_json:
        terminal.record({"running": True, "status": said})
        return 0
    for line in _told(said):
        terminal.answer(line)
    return 0


def _told(said: dict[str, Any]) -> list[str]:
    models = ", ".join(f"{one['name']} ({one['provider']})" for one in said["models"]) or "none"
    memory = said["memory_mb"]
    return [
        f"The worker is running: process {said['pid']}, version {said['version']}, for {_span(said['uptime_s'])}.",
        f"  does     {DOING.get(said['running'], said['running'])}, {said['waiting']} waiting",
        f"  models   {models}",
        f"  memory   {'unknown' if memory is None else f'{memory:.0f} MB'}",
        f"  ends     after {_span(said['idle_exit_s'])} without work",
        f"  log      {said['log']}",
    ]


def _span(seconds: float) -> str:
    whole = round(seconds)
    if whole < 120:
        return f"{whole} s"
    if whole < 7200:
        return f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def stop(terminal: Terminal, when_idle: bool) -> int:
    """0 also where none runs: what was asked for is so."""
    with Client(installation.find(), "cli") as client:
        if when_idle:
            ran = _asked_to_leave(client)
            said = "The worker ends after its last job."
        else:
            ran = client.stop("now")
            said = "The worker has ended."
    terminal.record({"ran": ran})
    terminal.line(said if ran else "The worker was not running.")
    return 0


def _asked_to_leave(client: Client) -> bool:
    if not client.reach():
        return False
    try:
        client.call("stop", {"when": "idle"})
    except BridgeError as error:
        if error.code != errors.WORKER_LOST:  # an idle worker may be gone before it can answer
            raise
    return True
