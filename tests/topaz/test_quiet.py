"""httpx's and httpcore's own logs know nothing of our requests; those of others go on."""

import json
import logging

import httpx
import pytest

from cutaway.topaz import Client
from tests.topaz.fakes import KEY, FakeClock, FakeTopaz, client, png
from tests.topaz.servers import web


def answers(port: list[int]):
    def answer(handler):
        if "/download/" in handler.path:
            return 200, json.dumps({"download_url": f"http://127.0.0.1:{port[0]}/r?sig=5igned"}).encode()
        return 200, b"{}" if handler.path.startswith("/image") else png()
    return answer


def test_no_link_and_no_key_is_logged_on_a_real_connection(caplog):
    caplog.set_level(logging.NOTSET)
    ports: list[int] = []
    with web(answers(ports)) as port:
        ports.append(port)
        topaz = Client(KEY, base_url=f"http://127.0.0.1:{port}")
        topaz.fetch("p")
        topaz.fetch("p")
    ours = [record for record in caplog.records if record.name.split(".")[0] in ("httpx", "httpcore", "h11")]
    assert ours == []
    assert "5igned" not in caplog.text and KEY not in caplog.text


def test_others_are_logged_as_before(caplog):
    caplog.set_level(logging.NOTSET)
    ports: list[int] = []
    with web(answers(ports)) as port:
        ports.append(port)
        Client(KEY, base_url=f"http://127.0.0.1:{port}").fetch("p")
        with httpx.Client(trust_env=False) as other:
            other.get(f"http://127.0.0.1:{port}/other")
    names = {record.name for record in caplog.records}
    assert "httpx" in names and "httpcore.http11" in names
    assert "/other" in caplog.text and "5igned" not in caplog.text


@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO])
def test_nor_with_a_transport_that_is_given(caplog, level):
    caplog.set_level(level)
    topaz = client(FakeTopaz(), FakeClock())
    topaz.submit(png(), filename="a.png")
    topaz.result("job-1", 40, 30)
    assert "5igned" not in caplog.text and KEY not in caplog.text
    assert [record for record in caplog.records if record.name.startswith("http")] == []
