"""An HTTP session that tries once, waits no longer than told, and keeps the key to one host."""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

TOTAL = re.compile(rb'"total_doc"\s*:\s*(\d+)')


class RefusedError(Exception):
    """An answer other than 200; no RequestException, which mp-api would turn into prose."""

    def __init__(self, status: int, retry_after: float) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.retry_after = retry_after


class Seen(threading.local):
    """How many documents the server counted in its last answer to this thread."""

    total: int | None = None


def new_session(timeout: float, seen: Seen) -> Any:
    """A ``requests.Session`` for mp-api to use instead of its own."""
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
        if response.is_redirect:
            return
        if response.status_code != 200:
            response.close()
            raise RefusedError(response.status_code, _seconds(response.headers.get("Retry-After")))
        counted = TOTAL.search(response.content)
        seen.total = int(counted[1]) if counted else None

    session = Session()
    session.hooks["response"].append(check)
    session.headers["user-agent"] = "interface-stability (mp-api)"
    return session


def _seconds(text: str | None) -> float:
    """Seconds of a Retry-After, which is a number or a date; 0 where it says nothing."""
    if not text:
        return 0.0
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())
