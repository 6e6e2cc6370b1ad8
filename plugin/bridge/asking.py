"""What is asked of the worker while a dialog is open, which has it warm once that is answered. Python 2.7 and 3."""

from __future__ import absolute_import

from . import errors
from .wire import answer_of


def steps(worker, offer, asked):
    """Generator without an end: one step at every tick of the dialog's timer.

    ``worker``: a client that nobody else uses meanwhile; to be closed by the caller. ``offer`` is called once with the
    models that are installed, a list of (name, title). ``asked``: the cloud.Cloud on the same worker, whose steps
    follow.
    """
    try:
        for _ in _listing(worker, offer):
            yield
    except errors.BridgeError:
        pass  # the run itself meets the same and says it
    for _ in asked.steps():
        yield


def _listing(worker, offer):
    for _ in worker.connecting():
        yield
    request = worker.request("models.list")
    while True:
        for message in worker.poll():
            if message.get("id") == request:
                models = answer_of(message).get("models") or ()
                offer([(model["name"], model.get("title") or model["name"])
                       for model in models if model.get("installed")])
                return
        yield
