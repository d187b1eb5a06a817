"""The local page in a real Chromium."""

from __future__ import annotations

import socket
import statistics
import threading
import time

import pytest

from tests.workflows.report.chromium import COLOUR_FUNCTIONS, Browser, NoChromiumError

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
        chromium = Browser(tmp_path_factory.mktemp("profile"))
    except NoChromiumError as reason:
        pytest.skip(str(reason))
    yield chromium
    chromium.close()


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
    assert page.run("new URLSearchParams(location.search).get('voltage')") == "3.9"
    from workflows.report.app.answers import answer
    from workflows.report.app.view import View

    for moved in ("voltage", "content", "temperature"):
        places = {"voltage": 0.5, "content": 0.1, "temperature": 400.0}
        answer(View(**{moved: places[moved]}))
        times = []
        for step in range(1, 8):
            value = (
                places[moved] + step * {"voltage": 0.1, "content": 0.1, "temperature": 50}[moved]
            )
            start = time.thread_time()
            answer(View(**{moved: value}))
            times.append(time.thread_time() - start)
        assert statistics.median(times) < (0.1 if moved != "temperature" else 0.2), moved


def test_every_control_has_a_name_and_is_reached_with_tab(visit):
    page = visit()
    names = []
    for _ in range(60):
        page.press("Tab")
        names.append(page.run("document.activeElement.id"))
    wanted = ("first", "second", "voltage", "content", "temperature", "gas", "energy_first")
    assert set(wanted) <= set(names)
    unnamed = [
        node["role"]["value"]
        for node in page.send("Accessibility.getFullAXTree")["nodes"]
        if node["role"]["value"] in ("textbox", "combobox", "slider", "button", "checkbox", "link")
        and not node["name"]["value"].strip()
    ]
    assert unnamed == []


def test_bad_input_is_said_in_a_line_and_the_page_goes_on(visit):
    for query, words in (
        ("?first=LCO&second=Xx9", "Xx9"),
        ("?voltage=much", "number"),
        ("?second=Li2.9YCl6", "no entry for Li2.9YCl6"),
        ("?gas=steam", "gas"),
        ("?first=LPS&second=Li3PS4", "compositions"),
    ):
        said = f"document.getElementById('message')?.textContent.includes('{words}')"
        page = visit(query, ready=said)
        assert page.complaints() == []
        assert "--" not in page.text("#message")
    page.run(
        "(() => { const field = document.getElementById('second'); "
        "Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call("
        "field, 'LPSCl'); field.dispatchEvent(new Event('input', {bubbles: true})); })()"
    )
    page.until("document.getElementById('commands').textContent.includes('LPSCl')")
    assert page.text("#message") == ""


@pytest.mark.parametrize("dark", [False, True])
def test_a_phone_does_not_scroll_sideways_and_text_is_read(visit, dark):
    page = visit(width=360, height=740, dark=dark)
    assert page.run("document.documentElement.scrollWidth") <= 360
    contrast = page.run(CONTRAST)
    assert len(contrast) > 20
    assert [each for each in contrast if each[0] < 4.5] == []


#: Contrast of every text on the page and of the value of every field, outside the figures.
CONTRAST = (
    "(() => {"
    + COLOUR_FUNCTIONS
    + """
  const behind = (node) => { for (; node; node = node.parentElement) {
    const c = rgb(getComputedStyle(node).backgroundColor); if (c[3] === 255) return c; }
    return [255, 255, 255]; };
  const ratio = (node) => { const [x, y] = [light(rgb(getComputedStyle(node).color)),
    light(behind(node))].sort((p, q) => q - p); return (x + .05) / (y + .05); };
  const texts = [...document.querySelectorAll('main *')].filter((node) =>
    [...node.childNodes].some((each) => each.nodeType === 3 && each.data.trim()) ||
    (node.tagName === 'INPUT' && node.type === 'text'));
  return texts.filter((node) => !node.closest('.js-plotly-plot, style, datalist') &&
    node.getClientRects().length).map((node) => [ratio(node), node.tagName, node.id]);
})()"""
)


def test_a_request_under_another_name_is_refused(address):
    """A page elsewhere whose name is made to lead here gets nothing."""
    import http.client
    from urllib.parse import urlsplit

    port = urlsplit(address).port
    for host, status in (("elsewhere.example", 403), (f"127.0.0.1:{port}", 200)):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("GET", "/", headers={"Host": host})
        assert connection.getresponse().status == status
        connection.close()


def test_a_used_port_is_an_error_in_one_line():
    from tests.workflows.cli.runner import interfaces, refused

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = interfaces("app", "--port", taken.getsockname()[1])
    refused(done, "--port")


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
    from workflows.analyses.curve import compute_curve
    from workflows.tables.curve_tables import curve_csv

    page = visit("?first=LCO")
    page.until("document.getElementById('commands').textContent.includes('LCO')")
    page.downloads_to(tmp_path)
    heads = {"curve": "mixing_fraction,", "window": "", "map": "", "products": "product,"}
    for name, head in heads.items():
        page.browser.events.clear()
        page.click(f"#{name}-csv")
        text = page.downloaded(tmp_path / f"{name}.csv").decode()
        assert text.startswith(head)
        assert text.count("\n") > 2
    curve = compute_curve("LCO", "LPSCl", band=False)
    assert (tmp_path / "curve.csv").read_bytes().decode() == curve_csv(curve)
    for form, mark in (("svg", b"<svg"), ("png", b"PNG")):
        page.browser.events.clear()
        page.click(f"#curve-{form}")
        assert mark in page.downloaded(tmp_path / f"curve.{form}")


def test_an_uploaded_cif_becomes_a_material(visit, tmp_path):
    from tests.workflows.report.app.test_view import CIF

    file = tmp_path / "salt.cif"
    file.write_text(CIF)
    page = visit("?first=LCO")
    page.until("document.getElementById('commands').textContent.includes('LCO')")
    root = page.send("DOM.getDocument", depth=-1)["root"]["nodeId"]
    node = page.send("DOM.querySelector", nodeId=root, selector="#cif-second input[type=file]")
    page.send("DOM.setFileInputFiles", files=[str(file)], nodeId=node["nodeId"])
    page.until("document.getElementById('commands').textContent.includes('LiCl')")
    assert "the entry" in page.text("#materials li:nth-child(2)")


def test_the_verb_serves_until_it_is_interrupted(tmp_path):
    import signal
    import subprocess
    import sys
    import urllib.request

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = subprocess.Popen(
        [sys.executable, "-m", "workflows.cli", "app", "--port", str(port)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        line = running.stdout.readline()
        assert line.startswith(f"http://127.0.0.1:{port}/")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answered:
            assert answered.status == 200
    finally:
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)
    assert "Traceback" not in said
