"""Servers that are cut off, slow, wrong or endless: a bounded time, one line, nothing half there.

What :mod:`tests.workflows.data.materials_project.test_fetch` shows is not repeated: statuses,
silence, half an answer, no server, a database that changes, the key.
"""

from __future__ import annotations

import contextlib
import functools
import gzip
import hashlib
import itertools
import json
import socket
import struct
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

pytest.importorskip("mp_api")
pytest.importorskip("pyarrow")
pytest.importorskip("pooch")

from interfaces.errors import InputError
from tests.fake_mp_api import KEY, FakeServer, made_up, quick_fields, send
from workflows.data import matbench
from workflows.data.materials_project import RetryPolicy, fetch
from workflows.data.materials_project import session as session_module
from workflows.data.snapshots import verify

SYSTEM = ("Li", "Co", "O", "S")
WHOLE = 0.4  #: s that one answer may take here
ATTEMPTS = 2
MOST = 30.0  #: s for a fetch whose every answer is wrong, also where others work on this machine
DRIP = 0.05  #: s between two bytes
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.fixture(autouse=True, scope="module")
def _quick_mp_api():
    """Imported beforehand, too."""
    with quick_fields():
        yield


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch, tmp_path):
    monkeypatch.setenv("MP_API_KEY", KEY)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()


def retries(**changes):
    options = {"attempts": ATTEMPTS, "first": 0.01, "timeout": 0.5, "whole": WHOLE,
               "sleep": lambda seconds: None}  # fmt: skip
    return RetryPolicy(**options | changes)


def drip(http, body=b'{"data": ['):
    """A byte now and then, for ever: never silent, never done."""
    for item in itertools.chain(body, itertools.repeat(ord(" "))):
        http.wfile.write(bytes([item]))
        http.wfile.flush()
        time.sleep(DRIP)


def drip_header(http):
    drip(http, HEAD + b"X-Filler: ")


def drip_body(http):
    http.wfile.write(HEAD + b"Content-Length: 1000000\r\n\r\n")
    drip(http)


def drip_without_length(http):
    http.wfile.write(HEAD + b"Connection: close\r\n\r\n")
    drip(http)


def reset(http):
    """Half an answer, then RST in place of FIN."""
    http.wfile.write(HEAD + b'Content-Length: 5000\r\n\r\n{"data": [')
    http.wfile.flush()
    http.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    http.connection.close()


def cut_in_a_chunk(http):
    http.wfile.write(HEAD + b'Transfer-Encoding: chunked\r\n\r\n400\r\n{"data": [')
    http.close_connection = True


def bad_chunk(http):
    http.wfile.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzzzz\r\nabc\r\n")


def gzip_garbage(http):
    http.wfile.write(HEAD + b"Content-Encoding: gzip\r\nContent-Length: 6\r\n\r\ngarbag")


def gzip_cut(http):
    packed = gzip.compress(b'{"data": [' + b" " * 9999)[:-12]
    length = str(len(packed)).encode()
    http.wfile.write(HEAD + b"Content-Encoding: gzip\r\nContent-Length: " + length + b"\r\n\r\n")
    http.wfile.write(packed)


def html(http):
    body = b"<html><body>Welcome to the Hotel Wi-Fi</body></html>"
    length = str(len(body)).encode()
    http.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: " + length)
    http.wfile.write(b"\r\n\r\n" + body)


def empty(http):
    http.wfile.write(HEAD + b"Content-Length: 0\r\n\r\n")


def no_http(http):
    http.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    http.close_connection = True


def redirect_loop(http):
    http.wfile.write(b"HTTP/1.1 302 Found\r\nLocation: " + http.path.encode())
    http.wfile.write(b"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")


def many_headers(http):
    http.wfile.write(HEAD + b"".join(b"X-%d: y\r\n" % k for k in range(300)) + b"\r\n{}")
    http.close_connection = True


def endless(http):
    """A page of 1 GB, or as much as is taken of it."""
    http.wfile.write(HEAD + b"Content-Length: 1073741824\r\n\r\n")
    for _ in range(1024):
        http.wfile.write(b" " * 2**20)


@functools.cache
def packed_gigabyte():
    return gzip.compress(b" " * 2**24, 1) * 64


def bomb(http):
    """The same in some MB."""
    packed = packed_gigabyte()
    length = str(len(packed)).encode()
    http.wfile.write(HEAD + b"Content-Encoding: gzip\r\nContent-Length: " + length + b"\r\n\r\n")
    http.wfile.write(packed)


NOT_ANSWERED = "did not answer"
TOO_MUCH = "answered with more than"
REDIRECTS = "redirects"
FAULTS = {
    drip_header: NOT_ANSWERED, drip_body: NOT_ANSWERED, drip_without_length: NOT_ANSWERED,
    reset: NOT_ANSWERED, cut_in_a_chunk: NOT_ANSWERED, bad_chunk: NOT_ANSWERED,
    gzip_garbage: NOT_ANSWERED, gzip_cut: NOT_ANSWERED, html: NOT_ANSWERED, empty: NOT_ANSWERED,
    no_http: NOT_ANSWERED, redirect_loop: REDIRECTS, many_headers: NOT_ANSWERED,
    endless: TOO_MUCH, bomb: TOO_MUCH,
}  # fmt: skip


FEW = (drip_header, drip_body, reset, gzip_garbage, redirect_loop, endless)


@dataclass
class Hurt(FakeServer):
    """Answers with a fault: each question to a route, or also how the server is."""

    how: object = None
    times: int = 10**9
    everywhere: bool = False

    def answer(self, http):
        if self.times > 0 and (self.everywhere or "materials" in http.path):
            self.times -= 1
            with contextlib.suppress(OSError):
                self.how(http)
            http.close_connection = True
            return None
        return super().answer(http)


def refused(tmp_path, said, **options):
    """A fetch that ends in one line, soon, and leaves nothing half there."""
    began = time.monotonic()
    with pytest.raises(InputError) as caught:
        fetch(SYSTEM, tmp_path / "snap", progress=False, parallel=1, **options)
    assert time.monotonic() - began < MOST
    assert "\n" not in str(caught.value)
    assert KEY not in str(caught.value)
    assert said in str(caught.value)
    assert not (tmp_path / "snap").exists()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.fixture
def small_pages(monkeypatch):
    """So that what is too much comes soon."""
    monkeypatch.setattr(session_module, "LARGEST", 2**24)


@pytest.mark.parametrize("everywhere", [False, True], ids=["entries", "heartbeat"])
@pytest.mark.parametrize("how", FAULTS, ids=lambda item: item.__name__)
def test_what_stays_wrong_ends_in_one_line(how, everywhere, tmp_path, full, small_pages):
    if not full and how not in ((drip_header,) if everywhere else FEW):
        pytest.skip("with --full")
    with Hurt(made_up(SYSTEM), how=how, everywhere=everywhere) as server:
        more = {} if FAULTS[how] != TOO_MUCH else {"whole": 60.0, "timeout": 30.0}
        refused(tmp_path, FAULTS[how], endpoint=server.endpoint, retries=retries(**more))
        assert len(server.requests) < 10


@pytest.mark.parametrize(
    "how", [item for item, said in FAULTS.items() if said == NOT_ANSWERED], ids=lambda o: o.__name__
)
def test_what_is_wrong_once_is_asked_again(how, tmp_path, full):
    if not full and how is not reset:
        pytest.skip("with --full")
    with Hurt(made_up(SYSTEM), how=how, times=1) as server:
        fetch(SYSTEM, tmp_path / "snap", endpoint=server.endpoint, progress=False, parallel=1,
              retries=retries(attempts=3, whole=2.0))  # fmt: skip
    assert verify(tmp_path / "snap").entries == 14


def test_an_answer_that_is_slow_but_comes_is_waited_for(tmp_path):
    """Its watch is over with it: the same connection answers later questions."""

    def slow(http):
        status, text = server.found(http.path.partition("?")[0].strip("/"), asked(http))
        assert status == 200
        http.wfile.write(HEAD + f"Content-Length: {len(text)}\r\n\r\n".encode())
        for k in range(0, len(text), 1 + len(text) // 5):
            http.wfile.write(text[k : k + 1 + len(text) // 5].encode())
            http.wfile.flush()
            time.sleep(DRIP)

    with Hurt(made_up(SYSTEM), how=slow) as server:
        fetch(SYSTEM, tmp_path / "snap", endpoint=server.endpoint, progress=False,
              retries=retries(whole=5.0))  # fmt: skip
    assert verify(tmp_path / "snap").entries == 14
    watches = [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]
    for item in watches:
        item.join(5)
    assert not [entry for entry in watches if entry.is_alive()]


def asked(http):
    from urllib.parse import parse_qs, urlsplit

    return {name: values[0] for name, values in parse_qs(urlsplit(http.path).query).items()}


# ---------------------------------------------------------------------- no server to speak of


@contextlib.contextmanager
def listening(answer=None):
    """A port that takes connections, and says this, or never a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held = []

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    item, _ = server.accept()
                    held.append(item)
                    if answer is not None:
                        item.sendall(answer)
                        item.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            server.close()
            thread.join(5)
            for entry in held:
                entry.close()


@pytest.mark.parametrize(
    ("scheme", "answer"),
    [("http", None), ("https", None), ("https", b"HTTP/1.1 400 Bad Request\r\n\r\n"),
     ("https", bytes(range(256)) * 4)],
    ids=["silent", "TLS silent", "TLS answered in HTTP", "TLS garbage"],
)  # fmt: skip
def test_what_is_no_server_ends_in_one_line(scheme, answer, tmp_path):
    with listening(answer) as port:
        refused(tmp_path, NOT_ANSWERED, endpoint=f"{scheme}://127.0.0.1:{port}/",
                retries=retries())  # fmt: skip


def test_a_name_that_nobody_knows_ends_in_one_line(tmp_path, monkeypatch):
    def unknown(*arguments, **options):
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    refused(tmp_path, NOT_ANSWERED, endpoint="http://materials.invalid/", retries=retries())


# ---------------------------------------------------------------------- the table of 2019


@pytest.fixture
def table():
    """The data set in miniature, its SHA-256, and a server that may be hurt."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if how[0] is None:
                send(self, 200, data)
            else:
                with contextlib.suppress(OSError):
                    how[0](self)
                self.close_connection = True

        def log_message(self, *arguments):
            pass

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, request, client_address):
            pass

    site = {"species": [{"element": "Li", "occu": 1}]}
    data = json.dumps({"data": [[{"lattice": {"volume": 27.0}, "sites": [site]}, 0.0]]})
    how = [None]
    http = Quiet(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield (f"http://127.0.0.1:{http.server_port}/x.json", hashlib.sha256(data.encode()).hexdigest(),
           how)  # fmt: skip
    http.shutdown()
    http.server_close()


@pytest.mark.parametrize("how", FAULTS, ids=lambda item: item.__name__)
def test_a_download_that_goes_wrong_ends_in_one_line_and_can_be_tried_again(
    how, table, tmp_path, monkeypatch, full
):
    if not full and how not in (drip_body, reset):
        pytest.skip("with --full")
    monkeypatch.setattr(matbench, "SILENT", 0.5)
    monkeypatch.setattr(matbench, "WINDOW", WHOLE)
    monkeypatch.setattr(matbench, "LARGEST", 2**24)
    url, sha256, faults = table
    faults[0] = how
    options = {"url": url, "sha256": sha256, "cache": tmp_path / "cache", "progress": False}
    began = time.monotonic()
    with pytest.raises(InputError, match=r"cannot download|is not the pinned file") as caught:
        matbench.fetch_matbench(tmp_path / "snap", **options)
    assert time.monotonic() - began < MOST
    assert "\n" not in str(caught.value)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    faults[0] = None
    assert verify(matbench.fetch_matbench(tmp_path / "snap", **options)).entries == 1


# ---------------------------------------------------------------------- what waiting cannot mend


def never(seconds):
    raise AssertionError(f"waited {seconds} s for what cannot come")


@pytest.mark.parametrize(
    "address",
    ["nonsense", "file:///etc/passwd", "ftp://127.0.0.1/", "http://", "https:///", "http://[::1",
     "http://127.0.0.1:port/", "http://127.0.0.1:99999/", "http://a b/", "http://a\nb/", "//host"],
)  # fmt: skip
def test_what_is_no_address_ends_at_once(address, tmp_path):
    refused(tmp_path, "address", endpoint=address, retries=RetryPolicy(sleep=never))


def test_an_address_with_a_password_is_not_shown(tmp_path):
    with pytest.raises(InputError) as caught:
        fetch(SYSTEM, tmp_path / "s", endpoint="ftp://me:hidden@host/", retries=RetryPolicy())
    assert "hidden" not in str(caught.value)


def redirect_to_a_file(http):
    http.wfile.write(
        b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nConnection: close\r\n"
        b"Content-Length: 0\r\n\r\n"
    )


@pytest.mark.parametrize("everywhere", [False, True], ids=["entries", "heartbeat"])
@pytest.mark.parametrize("how", [redirect_loop, redirect_to_a_file], ids=lambda item: item.__name__)
def test_a_redirect_that_leads_nowhere_ends_at_once(how, everywhere, tmp_path):
    with Hurt(made_up(SYSTEM), how=how, everywhere=everywhere) as server:
        refused(tmp_path, "redirects", endpoint=server.endpoint, retries=RetryPolicy(sleep=never))


def test_a_dead_port_is_told_of_and_given_up(tmp_path, capsys):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    waited = []
    with pytest.raises(InputError, match="4 times"):
        fetch(SYSTEM, tmp_path / "snap", endpoint=f"http://127.0.0.1:{port}/",
              retries=RetryPolicy(sleep=waited.append))  # fmt: skip
    assert len(waited) == 3
    assert sum(waited) < 15
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert all("asked again in" in line for line in lines)


def test_a_server_that_answered_before_is_waited_for(tmp_path):
    """It is there, and may only be restarting."""
    with Hurt(made_up(SYSTEM), how=reset) as server:
        waited = []
        refused(tmp_path, NOT_ANSWERED, endpoint=server.endpoint,
                retries=RetryPolicy(attempts=6, sleep=waited.append))  # fmt: skip
    assert len(waited) == 5
