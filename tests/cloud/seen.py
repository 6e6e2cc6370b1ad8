"""What a test looks at after a run."""

from __future__ import annotations

from cutaway.cloud.ask import Cloud
from cutaway.cloud.resume import resume
from cutaway.job import Job
from cutaway.settings import RemoveSettings

TOPAZ = RemoveSettings(engine="topaz")


def fetched(cloud: Cloud) -> str:
    """The state of the one open job once it was resumed. Raises what hindered it."""
    ((entry, error),) = resume(cloud, cloud.journal.open(), Job())
    if error is not None:
        raise error
    return entry.state


def state_of(cloud: Cloud) -> list[str]:
    return [entry.state for entry in cloud.journal.entries()]
