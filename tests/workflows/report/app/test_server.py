"""The local page in a real Chromium."""

from __future__ import annotations

import socket
import statistics
import threading
import time

import pytest

from tests.workflows.report.chromium import Browser, NoChromiumError

pytest.importorskip("dash")
READY = (
    "document.querySelectorAll('.js-plotly-plot .main-svg').length >= 4 "
    "&& document.getElementById('commands').textContent !== ''"
)


@pytest.fixture(scope="module")
def address():
    """A server on a free port of the loopback address, in a thread."""
    from werkzeug.serving import make_server

    from workflows.report.app.server import HOST, make_app

    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    server = make_server(HOST, port, make_app().server, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://{HOST}:{port}/"
    server.shutdown()
    thread.join(5)
    server.server_close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    try:
        one = Browser(tmp_path_factory.mktemp("profile"))
    except NoChromiumError as reason:
        pytest.skip(str(reason))
    yield one
    one.close()


@pytest.fixture
def visit(browser, address):
    """Open the page of a link; every page is closed afterwards."""
    pages = []

    def go(query="", ready=READY, **how):
        page = browser.page(**how)
        pages.append(page)
        page.send("Page.navigate", url=address + query)
        page.until(ready)
        return page

    browser.events.clear()
    yield go
    for page in pages:
        page.close()


def drawn(page, name):
    return page.run(f"document.querySelector('#figure-{name} .js-plotly-plot').data")


def test_the_page_answers_a_link_and_asks_nothing_elsewhere(visit, address):
    from workflows.report.app.answers import answer
    from workflows.report.app.view import View

    page = visit("?first=LCO&second=LPSCl&voltage=4.1&content=0.5")
    page.until("document.getElementById('commands').textContent.includes('4.1')")
    assert "interfaces curve LCO@0.5 LPSCl --open Li --voltage 4.1" in page.text("#commands")
    curve = answer(View(first="LCO", second="LPSCl", voltage=4.1, content=0.5)).curve
    page.until("document.querySelector('#figure-curve .js-plotly-plot').data.length === 2")
    total = drawn(page, "curve")[0]["y"]
    assert total == pytest.approx([kink.total_per_nonopen_atom for kink in curve.kinks])
    assert page.run("document.getElementById('link').search").startswith("?first=LCO")
    assert page.complaints() == []
    outside = [u for u in page.requests() if not u.startswith((address, "data:", "blob:"))]
    assert outside == []


def test_the_slider_follows_the_keys_and_each_answer_is_quick(visit):
    page = visit()
    assert "--voltage" not in page.text("#commands")  # moving it switches it on
    page.focus("#voltage")
    before = page.text("#reaction")
    page.press("ArrowLeft", 8)
    page.until("document.getElementById('commands').textContent.includes('3.9')")
    assert page.text("#reaction") != before
    from workflows.report.app.answers import answer
    from workflows.report.app.view import View

    answer(View(voltage=1.0))
    times = []
    for step in range(9):
        start = time.thread_time()
        answer(View(voltage=1.1 + step / 10))
        times.append(time.thread_time() - start)
    assert statistics.median(times) < 0.1


def test_bad_input_is_said_in_a_line_and_the_page_goes_on(visit):
    for query, words in (("?first=LCO&second=Xx9", "Xx9"), ("?voltage=much", "number")):
        said = f"document.getElementById('message')?.textContent.includes('{words}')"
        page = visit(query, ready=said)
        assert page.complaints() == []


def test_a_phone_does_not_scroll_sideways(visit):
    page = visit(width=360, height=740)
    assert page.run("document.documentElement.scrollWidth") <= 360


def test_two_users_do_not_see_each_other(visit):
    first, second = visit("?first=LCO&voltage=4.2"), visit("?first=NCM811&second=LIC")
    first.until("document.getElementById('commands').textContent.includes('LCO')")
    second.until("document.getElementById('commands').textContent.includes('LIC')")
    first.focus("#voltage")
    first.press("ArrowRight", 2)
    first.until("document.getElementById('commands').textContent.includes('4.3')")
    assert "4.3" not in second.text("#commands")
    assert "NCM811 LIC" in second.text("#commands")


def test_files_are_taken_away(visit, tmp_path):
    page = visit("?first=LCO")
    page.until("document.getElementById('commands').textContent.includes('LCO')")
    page.downloads_to(tmp_path)
    page.click("#csv")
    rows = page.downloaded(tmp_path / "curve.csv").decode().splitlines()
    assert rows[0].startswith("mixing_fraction,")
    page.browser.events.clear()
    page.click("#curve-svg")
    assert b"<svg" in page.downloaded(tmp_path / "curve.svg")
