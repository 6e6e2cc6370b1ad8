"""A proxy, a certificate authority of one's own, and the computer's own addresses, on real connections."""

import json
import os
import socket
import ssl

import httpx
import pytest

from cutaway import errors
from cutaway.topaz import Client, Limits
from cutaway.topaz.connect import Connector
from tests.topaz.fakes import BALANCE, KEY, FakeClock, png
from tests.topaz.servers import FakeProxy, serving, web

NAME = "topaz.test"
ANSWER = json.dumps(BALANCE).encode()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    pytest.importorskip("cryptography")
    from tests.topaz.authority import FakeAuthority

    return FakeAuthority(tmp_path_factory.mktemp("ca"))


def balance(handler):
    assert handler.headers["X-API-Key"] == KEY
    return 200, ANSWER


def test_an_own_certificate_authority(authority, monkeypatch):
    with web(balance, authority.context()) as port:
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
        assert Client(KEY, base_url=f"https://localhost:{port}/image/v1").balance().available == 90


def test_a_folder_of_certificates(authority, monkeypatch, tmp_path):
    context = ssl.create_default_context(cafile=str(authority.file))
    (tmp_path / "extra.pem").write_bytes(authority.file.read_bytes())
    with web(balance, authority.context()) as port:
        monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
        topaz = Client(KEY, base_url=f"https://localhost:{port}/image/v1", clock=FakeClock())
        with pytest.raises(errors.CloudUnreachable):  # without the hashed names OpenSSL finds nothing in it
            topaz.balance()
        name = hashed_name(authority)
        (tmp_path / name).write_bytes(authority.file.read_bytes())
        assert Client(KEY, base_url=f"https://localhost:{port}/image/v1").balance().available == 90
    assert context.cert_store_stats()["x509_ca"] == 1


def hashed_name(authority) -> str:
    """OpenSSL's name for a certificate in a folder: the hash of its subject in canonical form."""
    import hashlib

    # One attribute, the common name, as UTF8String in lower case: RFC 5280's SET OF SEQUENCE without the outer one.
    text = b"test ca"
    value = b"\x0c" + bytes([len(text)]) + text
    inner = b"\x06\x03\x55\x04\x03" + value
    sequence = b"\x30" + bytes([len(inner)]) + inner
    canonical = b"\x31" + bytes([len(sequence)]) + sequence
    return hashlib.sha1(canonical).digest()[:4][::-1].hex() + ".0"


@pytest.mark.parametrize("call", ["balance", "submit"])
def test_a_certificate_that_nobody_vouches_for(authority, call):
    clock, heard = FakeClock(), []
    with web(lambda handler: heard.append(handler) or (200, ANSWER), authority.context()) as port:
        topaz = Client(KEY, base_url=f"https://localhost:{port}", clock=clock)
        with pytest.raises(errors.CloudUnreachable) as refused:
            topaz.balance() if call == "balance" else topaz.submit(png(), filename="a.png")
    assert "certificate" in str(refused.value) and "SSL_CERT_FILE" in refused.value.hint
    assert heard == [] and clock.waits == []  # trying again would change nothing


def test_a_proxy_is_used_and_sees_no_key(authority, monkeypatch):
    proxy = FakeProxy()
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with web(balance, authority.context()) as port, serving(proxy) as door:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{door.port}")
        assert Client(KEY, base_url=f"https://{NAME}:{port}/image/v1").balance().available == 90
    assert proxy.asked == [f"{NAME}:{port}"]
    assert KEY.encode() not in b"".join(proxy.heads)


def test_results_come_through_the_proxy_too(authority, monkeypatch):
    proxy = FakeProxy()
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))

    def answer(handler):
        if handler.path.startswith("/image"):
            return 200, json.dumps({"download_url": f"https://{NAME}:{ports[0]}/r?s=1"}).encode()
        assert "X-API-Key" not in handler.headers
        return 200, b"result"

    ports = []
    with web(answer, authority.context()) as port, serving(proxy) as door:
        ports.append(port)
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{door.port}")
        assert Client(KEY, base_url=f"https://{NAME}:{port}").fetch("p") == b"result"
    assert len(proxy.asked) == 2


def test_no_proxy_for_what_the_user_excludes(monkeypatch):
    called = []

    def connect(address, *_, **__):
        called.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    for excluded in ("other.test", NAME):
        monkeypatch.setenv("NO_PROXY", excluded)
        with pytest.raises(errors.CloudUnreachable):
            Client(KEY, base_url=f"https://{NAME}", clock=FakeClock(), limits=Limits(read_tries=1)).balance()
    assert called == [("127.0.0.1", 9), (NAME, 443)]


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"])
@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.0.1", "localhost"])
def test_no_proxy_for_this_computer(monkeypatch, variable, host):
    proxy = FakeProxy()
    with web(balance) as port, serving(proxy) as door:
        monkeypatch.setenv(variable, f"http://127.0.0.1:{door.port}")
        address = f"http://{host}:{port}/image/v1"
        with Connector().open(address) as there:
            assert not there._mounts, "no proxy of any kind"
        if host != "127.3.0.1":  # not every system listens on all of 127
            assert Client(KEY, base_url=address).balance().available == 90
    assert proxy.asked == []


def test_the_certificates_are_read_once_in_a_process_and_not_for_this_computer(authority, monkeypatch, tmp_path):
    read, made = httpx.create_ssl_context, []

    def counted(*args, **more):
        if more.get("verify", args[0] if args else True) is True:
            made.append(1)
        return read(*args, **more)

    monkeypatch.setattr(httpx, "create_ssl_context", counted)
    file = tmp_path / "ca.pem"
    file.write_bytes(authority.file.read_bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    Connector().open("http://127.0.0.1:1/").close()
    assert made == []
    for _ in range(3):
        Connector().open("https://api.topaz.test/").close()
    assert len(made) == 1
    os.utime(file, (5.0, 5.0))
    Connector().open("https://api.topaz.test/").close()
    assert len(made) == 2, "a new file is read anew"


@pytest.mark.parametrize("refusal", [b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
                                     b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"])
def test_a_proxy_that_refuses_has_let_nothing_through(monkeypatch, refusal):
    """So a submit's outcome is known: nothing was sent, and it may be tried again."""
    proxy, clock = FakeProxy(refusal), FakeClock()
    with serving(proxy) as door:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:pa55word@127.0.0.1:{door.port}")
        with pytest.raises(errors.CloudUnreachable) as refused:
            Client(KEY, base_url=f"https://{NAME}", clock=clock).submit(png(), filename="a.png")
    assert "proxy" in str(refused.value) and "HTTPS_PROXY" in refused.value.hint
    assert "pa55word" not in str(refused.value)
    assert len(proxy.asked) == len(clock.waits) + 1 > 1


def test_a_proxy_that_goes_away_in_mid_call_has_let_nothing_through(monkeypatch):
    clock = FakeClock()
    with serving(lambda link: link.recv(100)) as door:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{door.port}")
        with pytest.raises(errors.CloudUnreachable):
            Client(KEY, base_url=f"https://{NAME}", clock=clock).submit(png(), filename="a.png")
    assert len(clock.waits) > 0


@pytest.mark.parametrize(("variable", "value"), [
    ("SSL_CERT_FILE", "/nowhere/ca.pem"), ("HTTPS_PROXY", "gopher://127.0.0.1:1"),
    ("ALL_PROXY", "socks5://127.0.0.1:1"), ("HTTPS_PROXY", "http://[::1")])
def test_a_set_up_that_does_not_work(monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    clock = FakeClock()
    with pytest.raises(errors.CloudUnreachable) as refused:
        Client(KEY, base_url=f"https://{NAME}", clock=clock).submit(png(), filename="a.png")
    assert refused.value.hint
    assert clock.waits == [] or variable == "ALL_PROXY"
