"""What is refused before a byte leaves."""

import struct
import zlib

import pytest

from cutaway.errors import CloudRefused, PictureUnreadable
from cutaway.topaz.limits import Limits
from cutaway.topaz.upload import ENVELOPE, check
from tests.topaz.fakes import client, png


def claiming(width: int, height: int) -> bytes:
    """A PNG's start with this size in it."""
    head = struct.pack(">4sIIBBBBB", b"IHDR", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))


@pytest.mark.parametrize("size", [(1, 1), (32_000, 1), (1, 32_000)])
def test_sizes_that_are_sent(size):
    check(claiming(*size), "a.png", Limits())


@pytest.mark.parametrize("content", [
    claiming(32_001, 10), claiming(10, 32_001), claiming(0, 5), claiming(5, 0), b"", b"\xff\xd8\xff\xe0", b"<html>"])
def test_what_is_refused(content, service):
    with pytest.raises(CloudRefused) as refused:
        client(service).submit(content, filename="a.png")
    assert refused.value.hint
    assert service.seen == []


def test_bytes_of_the_request(tmp_path, service):
    limits = Limits(request_bytes=len(png()) + ENVELOPE)
    check(png(), "a.png", limits)
    path = tmp_path / "a.png"
    path.write_bytes(png() + b"\0")
    for content in (png() + b"\0", path):
        with pytest.raises(CloudRefused):
            client(service, limits=limits).submit(content, filename="a.png")
    assert service.seen == []


@pytest.mark.parametrize("name", ["", "a" * 201, "ü.png", "a\n.png", "a\x00.png"])
def test_names_that_are_not_sent(name, service):
    with pytest.raises(CloudRefused):
        client(service).submit(png(), filename=name)
    assert service.seen == []


def test_a_file_that_is_not_there(tmp_path, service):
    with pytest.raises(PictureUnreadable):
        client(service).submit(tmp_path / "no.png", filename="a.png")
    assert service.seen == []
