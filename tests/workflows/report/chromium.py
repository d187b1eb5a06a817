"""A real headless Chromium for tests, spoken to in its own DevTools protocol over a pipe.

It is installed with apt-get where it is missing and that is possible. No driver, no port and no
package of Python's is needed: messages are JSON that ends in a zero byte, on descriptors 3 and 4.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests import apt

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
PATIENCE = 60.0  #: seconds until something that was asked for has come
KEYS = {"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Home": 36, "End": 35,
        "Enter": 13, "Tab": 9, " ": 32}  # fmt: skip
#: JavaScript: ``rgb`` of a colour as drawn, and ``light``, its relative luminance (WCAG).
COLOUR_FUNCTIONS = """
  const pen = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgb = (text) => { pen.clearRect(0, 0, 1, 1); pen.fillStyle = text; pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data]; };
  const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255;
    return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
    return .2126 * r + .7152 * g + .0722 * b; };
"""


class NoChromiumError(Exception):
    """Chromium cannot be had here, with the reason."""


def install() -> str:
    """Path of a Chromium, by apt-get if need be."""
    if not any(map(shutil.which, NAMES)):
        try:
            apt.install(["chromium"], ["chromium"])
        except apt.NotInstalledError as error:
            raise NoChromiumError(str(error)) from None
    return next(filter(None, map(shutil.which, NAMES)))


class Browser:
    """A Chromium with a profile of its own folder; a page at a time."""

    def __init__(self, folder: Path) -> None:
        program = install()
        to_them, from_us = os.pipe()
        from_them, to_us = os.pipe()

        def wire() -> None:
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        # above 4, so that neither is overwritten before it is copied
        high = [os.dup(to_them), os.dup(to_us)]
        while min(high) <= 4:
            high = [os.dup(vector) for vector in high]
        command = [
            program, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-dev-shm-usage", "--remote-debugging-pipe", f"--user-data-dir={folder}",
            "--disable-background-networking", "--disable-component-update", "about:blank",
        ]  # fmt: skip
        self.process = subprocess.Popen(
            command, preexec_fn=wire, pass_fds=(3, 4, *high), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for item in (to_them, to_us, *high):
            os.close(item)
        self.writing, self.reading = from_us, from_them
        self.buffer = b""
        self.number = 0
        self.answers: dict[int, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        self.folder = folder

    def send(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Ask for something and wait for the answer."""
        self.number += 1
        number = self.number
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.writing, json.dumps(message).encode() + b"\0")
        self.wait(lambda: number in self.answers, method)
        answer = self.answers.pop(number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Read messages until something has come true."""
        end = time.monotonic() + PATIENCE
        while not condition():
            if not self.read(end - time.monotonic()):
                raise TimeoutError(f"{what}: nothing within {PATIENCE:g} s")

    def read(self, seconds: float) -> bool:
        """Take in what has come, waiting for it if need be; False if nothing does."""
        if not select.select([self.reading], [], [], max(0.0, seconds))[0]:
            return False
        data = os.read(self.reading, 1 << 20)
        if not data:
            raise NoChromiumError("Chromium ended")
        *whole, self.buffer = (self.buffer + data).split(b"\0")
        for fragment in whole:
            message = json.loads(fragment)
            if "id" in message:
                self.answers[message["id"]] = message
            else:
                self.events.append(message)
        return True

    def page(self, **how: Any) -> Page:
        """A new, empty page."""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, target, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.send(f"{domain}.enable")
        page.look(**how)
        return page

    def close(self) -> None:
        """End this Chromium."""
        with suppress(Exception):
            self.send("Browser.close")
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for item in (self.writing, self.reading):
            os.close(item)


@dataclass
class Page:
    """One tab, moved with real keys and a real pointer."""

    browser: Browser
    target: str
    session: str
    size: tuple[int, int] = field(default=(1280, 900))

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Ask the tab."""
        return self.browser.send(method, self.session, **parameters)

    def look(
        self, width: int = 1280, height: int = 900, *, dark: bool = False, still: bool = True,
        media: str = "",
    ) -> None:  # fmt: skip
        """Width, colours, motion and medium of the screen."""
        self.size = (width, height)
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
            mobile=width < 600,
        )  # fmt: skip
        features = [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce" if still else "no-preference"},
        ]
        self.send("Emulation.setEmulatedMedia", media=media, features=features)

    def open(self, path: Path) -> None:
        """Load a file and wait until its script has drawn everything."""
        self.send("Page.navigate", url=path.resolve().as_uri())
        self.until("document.documentElement?.dataset.ready === 'true'")

    def run(self, script: str) -> Any:
        """The value of an expression on the page."""
        done = self.send(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in done:
            raise RuntimeError(done["exceptionDetails"]["exception"].get("description", script))
        return done["result"].get("value")

    def until(self, script: str) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + PATIENCE
        while not self.run(script):
            if time.monotonic() > end:
                raise TimeoutError(f"not within {PATIENCE:g} s: {script}")
            time.sleep(0.02)

    def text(self, selector: str) -> str:
        """What an element says, its blanks made one."""
        return " ".join(self.run(f"document.querySelector({selector!r}).textContent").split())

    def place(self, selector: str) -> tuple[float, float, float, float]:
        """Left, top, width and height of an element, scrolled into view."""
        box = self.run(
            f"(() => {{ const one = document.querySelector({selector!r}); "
            "one.scrollIntoView({block: 'center', behavior: 'instant'}); "
            "const b = one.getBoundingClientRect(); return [b.x, b.y, b.width, b.height]; })()"
        )
        return tuple(box)

    def point(self, x: float, y: float) -> None:
        """Move the pointer."""
        self.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def click(self, selector: str) -> None:
        """Press and release the button of the pointer in the middle of an element."""
        x, y, width, height = self.place(selector)
        at = {"x": x + width / 2, "y": y + height / 2, "button": "left", "clickCount": 1}
        self.point(at["x"], at["y"])
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, **at)

    def press(self, key: str, times: int = 1) -> None:
        """Press a key where the focus is."""
        code = KEYS.get(key, ord(key.upper()[0]))
        named = {"key": key, "windowsVirtualKeyCode": code, "code": key}
        typed = {" ": " ", "Enter": "\r"}.get(key, key if len(key) == 1 else "")
        for _ in range(times):
            down = {"type": "keyDown", "text": typed} if typed else {"type": "rawKeyDown"}
            self.send("Input.dispatchKeyEvent", **down, **named)
            self.send("Input.dispatchKeyEvent", type="keyUp", **named)

    def focus(self, selector: str) -> None:
        """Put the focus on an element."""
        self.run(f"document.querySelector({selector!r}).focus()")

    def events(self, method: str) -> list[Mapping[str, Any]]:
        """What the tab has told of one kind so far."""
        return [
            event["params"]
            for event in self.browser.events
            if event["method"] == method and event.get("sessionId") == self.session
        ]

    def complaints(self) -> list[str]:
        """Errors, warnings and refusals that the page caused."""
        self.run("new Promise(done => setTimeout(done, 30))")
        thrown = [
            event["exceptionDetails"]["text"] for event in self.events("Runtime.exceptionThrown")
        ]
        said = [
            str(item["args"]) for item in self.events("Runtime.consoleAPICalled")
            if item["type"] in ("error", "warning", "assert")
        ]  # fmt: skip
        logged = [entry["entry"]["text"] for entry in self.events("Log.entryAdded")]
        return [*thrown, *said, *logged]

    def requests(self) -> list[str]:
        """Addresses that the page asked for."""
        return [event["request"]["url"] for event in self.events("Network.requestWillBeSent")]

    def downloads_to(self, folder: Path) -> None:
        """Put downloads there."""
        self.browser.send(
            "Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder),
            eventsEnabled=True,
        )  # fmt: skip

    def downloaded(self, path: Path) -> bytes:
        """A download once it is whole."""

        def whole() -> bool:
            return (
                any(
                    event["method"] == "Browser.downloadProgress"
                    and event["params"]["state"] == "completed"
                    for event in self.browser.events
                )
                and path.is_file()
            )

        end = time.monotonic() + PATIENCE
        while not whole():
            if time.monotonic() > end:
                raise TimeoutError(f"{path.name} was not downloaded")
            self.browser.read(0.05)
        return path.read_bytes()

    def picture(self, path: Path, *, whole: bool = True) -> None:
        """A screenshot, of the whole page or of what is on the screen."""
        done = self.send("Page.captureScreenshot", captureBeyondViewport=whole, **(
            {"clip": {"x": 0, "y": 0, "width": self.size[0], "scale": 1,
                      "height": self.run("document.documentElement.scrollHeight")}}
            if whole else {}
        ))  # fmt: skip
        path.write_bytes(base64.b64decode(done["data"]))

    def pdf(self) -> bytes:
        """The page as it is printed."""
        return base64.b64decode(self.send("Page.printToPDF", preferCSSPageSize=True)["data"])

    def close(self) -> None:
        """Close the tab."""
        self.browser.send("Target.closeTarget", targetId=self.target)
