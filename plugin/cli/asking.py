"""One request of the worker without a job: progress on the bar, Ctrl+C cancels it."""

from __future__ import annotations

from typing import Any

from cutaway_bridge import flow, installation
from cutaway_bridge.client import POLL_S, Client, answer_of, id_of, progress_of

from .interrupts import Interrupts
from .terminal import Bar, Terminal


def ask(client: Client, method: str, params: dict[str, Any], bar: Bar) -> Any:
    """The request's result. Raises its error, or cancelled after Ctrl+C, as BridgeError."""
    with Interrupts() as interrupts:
        for _ in client.connecting():
            if interrupts.asked:
                raise flow.cancelled()
        request = client.request(method, params)
        while not interrupts.asked:
            for message in client.poll(POLL_S):
                if message.get("id") == request:
                    return answer_of(message)
                if id_of(message) == request:
                    _show(message, bar)
        client.cancel(request)
    raise flow.cancelled()


def introduce(client: Client) -> None:
    """Connects, and hands the worker the API key of this program's own environment, if it has one."""
    client.connect()
    for _ in client.saying_key():
        pass


def ask_alone(method: str, params: dict[str, Any], terminal: Terminal, label: str) -> Any:
    """The same on a connection of its own, which knows the key."""
    with Client(installation.find(), "cli") as client, terminal.bar(label) as bar:
        introduce(client)
        return ask(client, method, params, bar)


def _show(message: dict[str, Any], bar: Bar) -> None:
    if message.get("method") == "progress":
        bar.show(*progress_of(message))
    elif message.get("method") == "queued" and message["params"].get("place"):
        bar.show(0.0, f"Waiting: {message['params']['place']} before this one")
