"""The commands ``key`` and ``jobs`` with their arguments; each imports its own part when it runs."""

from __future__ import annotations

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Answers in JSON, for scripts.")]
JobId = Annotated[str, typer.Argument(help="Its ID in the list, or the beginning of it.")]


def key_status(as_json: AsJson = False) -> int:
    from . import key, terminal

    return key.status(terminal.Terminal(as_json=as_json))


def key_set(as_json: AsJson = False) -> int:
    from . import key, terminal

    return key.set_(terminal.Terminal(as_json=as_json))


def key_test(
    with_one_credit: Annotated[bool, typer.Option(
        "--with-one-credit", help="Sends a small made-up picture and fetches its mask: costs one credit.")] = False,
    as_json: AsJson = False,
) -> int:
    from . import key, terminal

    return key.test(with_one_credit, terminal.Terminal(as_json=as_json))


def key_forget(as_json: AsJson = False) -> int:
    from . import key, terminal

    return key.forget(terminal.Terminal(as_json=as_json))


def jobs_listed(as_json: AsJson = False) -> int:
    from . import jobs, terminal

    return jobs.listed(terminal.Terminal(as_json=as_json))


def jobs_resumed(
    id: Annotated[str | None, typer.Argument(help="Its ID in the list, or the beginning of it; all if left out.")]
    = None,
    output: Annotated[str | None, typer.Option("--output", "-o", metavar="FILE", help="Where its mask goes.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replaces a file that exists already.")] = False,
    as_json: AsJson = False,
) -> int:
    from . import jobs, terminal

    if output is not None and id is None:
        raise typer.BadParameter("A file is for one job: name it.")
    return jobs.resumed(id, output, overwrite, terminal.Terminal(as_json=as_json))


def jobs_forgotten(id: JobId, as_json: AsJson = False) -> int:
    from . import jobs, terminal

    return jobs.forgotten(id, terminal.Terminal(as_json=as_json))
