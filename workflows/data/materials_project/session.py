"""HTTP session with a single try, a time limit, and the key sent to one host only."""

from __future__ import annotations

import re
import socket
import threading
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

LARGEST = 2**28  #: bytes of one answer, unpacked; a page has some 20 MB
CHUNK = 2**20
REDIRECTS = 5  #: that one question may take
TOTAL = re.compile(rb'"total_doc"\s*:\s*(\d+)')


class RefusedError(Exception):
    """HTTP status other than 200; not a RequestException, whose status mp-api would hide."""

    def __init__(self, status: int, retry_after: float) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.retry_after = retry_after


class TooLongError(Exception):
    """Answer of more than ``LARGEST`` bytes; not a RequestException either."""


class DocumentCount(threading.local):
    """Number of documents that the server counted in its last answer to this thread."""

    total: int | None = None


def new_session(timeout: float, seen: DocumentCount, whole: float = 300.0) -> Any:
    """Make a ``requests.Session`` for mp-api to use instead of its own.

    Parameters
    ----------
    timeout : longest silence of the server [s].
    seen : receives the number of documents that the server counts.
    whole : longest time [s] for one answer, since a byte a second is not silence.

    Raises
    ------
    RefusedError, TooLongError
        From its requests.
    """
    import requests

    class Session(requests.Session):
        def request(self, method: Any, url: Any, *args: Any, **options: Any) -> Any:
            options["timeout"] = timeout  # mp-api has its own, and none for a heartbeat
            return super().request(method, url, *args, **options)

        def rebuild_auth(self, prepared_request: Any, response: Any) -> None:
            super().rebuild_auth(prepared_request, response)
            if self.should_strip_auth(response.request.url, prepared_request.url):
                prepared_request.headers.pop("x-api-key", None)

    def check(response: Any, *args: Any, **options: Any) -> None:
        headers = response.headers
        _read_body(response)
        if response.is_redirect:
            return
        if response.status_code != 200:
            response.close()
            wait = _retry_after(headers.get("Retry-After"), headers.get("Date"))
            raise RefusedError(response.status_code, wait)
        counted = TOTAL.search(response.content)
        seen.total = int(counted[1]) if counted else None

    session = Session()
    session.max_redirects = REDIRECTS
    for scheme in ("http://", "https://"):
        session.mount(scheme, _adapter(whole))
    session.hooks["response"].append(check)
    session.headers["user-agent"] = "interface-stability (mp-api)"
    return session


def _read_body(response: Any) -> None:
    """Read an answer, as long as it is not too long, and let its watch end."""
    pieces, size = [], 0
    try:
        for piece in response.iter_content(CHUNK):
            pieces.append(piece)
            size += len(piece)
            if size > LARGEST:
                response.close()
                raise TooLongError
    finally:
        response.raw.watch.cancel()
    response._content = b"".join(pieces)


def _adapter(whole: float) -> Any:
    """What connects, and hangs up on an answer that takes longer than ``whole`` seconds."""
    from requests.adapters import HTTPAdapter
    from urllib3 import HTTPConnectionPool, HTTPSConnectionPool

    def watched(pool: Any) -> Any:
        class Connection(pool.ConnectionCls):  # type: ignore[misc]
            def getresponse(self) -> Any:
                watch = threading.Timer(whole, _shut_down, [self.sock])
                watch.daemon = True
                watch.start()
                try:
                    response: Any = super().getresponse()
                except BaseException:
                    watch.cancel()
                    raise
                response.watch = watch
                return response

        return type(pool.__name__, (pool,), {"ConnectionCls": Connection})

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **options: Any) -> None:
            super().init_poolmanager(*args, **options)
            self.poolmanager.pool_classes_by_scheme = {
                "http": watched(HTTPConnectionPool),
                "https": watched(HTTPSConnectionPool),
            }

    return Adapter()


def _shut_down(connection: Any) -> None:
    with suppress(OSError):  # it is gone already
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


def _retry_after(text: str | None, now: str | None = None) -> float:
    """Seconds of a Retry-After, which is a number or a date; 0 where it says nothing.

    A date counts from the server's own ``now``: the clock of this machine may be a day off.
    """
    with suppress(ValueError):
        return max(0.0, float(text or 0.0))
    until, since = _http_date(text), _http_date(now) or datetime.now(UTC)
    return max(0.0, (until - since).total_seconds()) if until else 0.0


def _http_date(text: str | None) -> datetime | None:
    """A date of HTTP, in UTC where it names no zone; None where there is none."""
    try:
        moment = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
