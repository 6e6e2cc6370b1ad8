import pytest

from .fakes import Stage


@pytest.fixture
def stage(tmp_path):
    """A pretended computer without an editor."""
    return Stage(tmp_path)


@pytest.fixture
def with_gimp(stage):
    """The same with a profile of GIMP 3.0."""
    stage.profile.mkdir(parents=True)
    return stage
