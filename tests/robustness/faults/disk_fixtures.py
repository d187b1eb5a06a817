"""One warm command line for all tests of a session, with what it fetches from."""

from __future__ import annotations

import functools
import shutil
import sys
import threading
from contextlib import ExitStack, contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.fake_mp_api import KEY, FakeServer, made_up
from tests.robustness.faults.disk import Server, clean
from tests.robustness.faults.disk_verbs import write_files

NEEDS = [
    pytest.mark.skipif(sys.platform != "linux", reason="LD_PRELOAD is of Linux"),
    pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc to compile the shim with"),
]
_RUNNING = pytest.StashKey[Server]()


@contextmanager
def _served(folder):
    """A folder over HTTP."""

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    with ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Handler, directory=str(folder))
    ) as http:
        threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()


@pytest.fixture(scope="session")
def server(request, tmp_path_factory):
    """The same one for every module that imports this."""
    if _RUNNING not in request.config.stash:
        stack = ExitStack()
        request.config.add_cleanup(stack.close)
        folder = tmp_path_factory.mktemp("disk")
        files = folder / "files"
        files.mkdir()
        write_files(files)
        source = stack.enter_context(FakeServer(made_up(("Li", "Co", "O")), key=KEY))
        url = stack.enter_context(_served(files))
        environment = {
            "MP_API_KEY": KEY, "MP_API_ENDPOINT": source.endpoint, "NO_PROXY": "127.0.0.1",
            "HOME": str(folder), "NUMBA_DISABLE_JIT": "1",
            "MATBENCH_URL": f"{url}/matbench.json.gz",
            "MATBENCH_SHA256": (files / "matbench.sha256").read_text(),
        }  # fmt: skip
        request.config.stash[_RUNNING] = stack.enter_context(Server(folder, environment))
    return request.config.stash[_RUNNING]


@pytest.fixture(scope="session")
def healthy(server):
    """A verb on a healthy disk, run once."""
    return lambda verb: _clean(server, verb)


_clean = functools.cache(clean)
