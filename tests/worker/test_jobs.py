"""The jobs' folders: whose they are and when they go."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cutaway.errors import ProtocolError, WorkerError
from cutaway.worker.jobs import MOST, Jobs


@pytest.fixture
def jobs(tmp_path: Path) -> Jobs:
    jobs = Jobs(tmp_path)
    jobs.prepare()
    return jobs


def test_a_job_has_a_folder_that_only_the_user_can_enter(jobs: Jobs) -> None:
    job = jobs.open(1)
    assert job.folder.is_dir() and job.folder.stat().st_mode & 0o777 == 0o700
    assert len(jobs) == 1
    (job.folder / "picture.npy").write_bytes(b"x")
    jobs.close(job.id, 1)
    assert not job.folder.exists() and len(jobs) == 0


def test_another_connection_does_not_reach_it(jobs: Jobs) -> None:
    job = jobs.open(1)
    for use in (jobs.use, jobs.close):
        with pytest.raises(ProtocolError):
            use(job.id, 2)
    assert job.folder.is_dir()


def test_a_job_in_use_is_deleted_when_it_is_left(jobs: Jobs) -> None:
    job = jobs.use(jobs.open(1).id, 1)
    jobs.close(job.id, 1)
    assert job.folder.is_dir()
    with pytest.raises(ProtocolError):
        jobs.use(job.id, 1)
    jobs.leave(job)
    assert not job.folder.exists() and len(jobs) == 0


def test_all_of_one_connection_or_all(jobs: Jobs) -> None:
    mine, also, other = jobs.open(1), jobs.open(1), jobs.open(2)
    jobs.close_all(1)
    assert [job.folder.exists() for job in (mine, also, other)] == [False, False, True]
    jobs.close_all()
    assert not other.folder.exists()


def test_at_the_end_nothing_is_left_not_even_of_a_job_in_use(jobs: Jobs) -> None:
    job = jobs.use(jobs.open(1).id, 1)
    jobs.open(2)
    jobs.end()
    assert not job.folder.exists() and list(job.folder.parent.iterdir()) == []
    jobs.leave(job)
    assert len(jobs) == 0


def test_what_a_dead_worker_left_is_deleted(tmp_path: Path) -> None:
    left = tmp_path / "jobs" / "dead"
    left.mkdir(parents=True)
    (left / "picture.npy").write_bytes(b"x")
    (tmp_path / "jobs").chmod(0o700)
    Jobs(tmp_path).prepare()
    assert list((tmp_path / "jobs").iterdir()) == []


def test_a_link_in_the_folders_place_is_refused(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_bytes(b"x")
    os.symlink(precious, tmp_path / "jobs")
    with pytest.raises(WorkerError):
        Jobs(tmp_path).prepare()
    assert (precious / "file").exists()


def test_there_is_an_end_to_opening(jobs: Jobs) -> None:
    for _ in range(MOST):
        jobs.open(1)
    with pytest.raises(WorkerError):
        jobs.open(1)
    jobs.close_all()
    jobs.open(1)
