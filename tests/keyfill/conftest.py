"""A real Chromium for the tests of the preview page, spoken to through its own pipe: opened, looked at, clicked."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
)
WAIT_S = 60.0


class Browser:
    """One window. Speaks the DevTools protocol, JSON messages that end in a zero byte, on file descriptors 3 and 4."""

    def __init__(self, profile: Path, *more: str):
        found = [shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")]
        binary = next(filter(None, found), None)
        assert binary, "this test needs Chromium: run `sh tools/system-packages` as root"
        # Above 4, so that one does not take the other's place in the child.
        theirs_in, self._out = _pipe()
        self._in, theirs_out = _pipe()
        self._process = subprocess.Popen(
            [binary, *FLAGS, *more, f"--user-data-dir={profile}", "about:blank"],
            preexec_fn=lambda: (os.dup2(theirs_in, 3), os.dup2(theirs_out, 4)),
            pass_fds=(3, 4),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._number, self._rest, self._session = 0, b"", ""
        self.messages: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """A command and its result; what the page's console says on the way is kept in `messages`."""
        self._number += 1
        asked = {"id": self._number, "method": method, "params": params}
        os.write(
            self._out, json.dumps(asked | ({"sessionId": self._session} if self._session else {})).encode() + b"\0"
        )
        while True:
            told = self._read()
            if told.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded"):
                self.messages.append(json.dumps(told["params"]))
            if told.get("id") == self._number:
                assert "error" not in told, told
                return told["result"]

    def open(self, uri: str, width: int, height: int = 900) -> None:
        """A page in a window of that size, once its scripts have run."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.messages.clear()
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=uri)
        self.until("document.readyState === 'complete'")

    def run(self, script: str) -> Any:
        """The value of an expression, or of the promise that it gives."""
        told = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def until(self, condition: str) -> None:
        """Waits until an expression is true."""
        look = (
            f"new Promise(done => {{ const look = () => ({condition}) ? done(true) : setTimeout(look, 20); look(); }})"
        )
        assert self.run(f"Promise.race([{look}, new Promise(done => setTimeout(done, {1000 * WAIT_S / 2}))])"), (
            condition
        )

    def picture(self, selector: str = "") -> np.ndarray:
        """What is seen, `(H, W, 3)` uint8 RGB: the window, or the first element that fits, scrolled to."""
        box = [0, 0, None, None]
        if selector:
            box = self.run(
                "(e => { e.scrollIntoView({ block: 'center' }); const b = e.getBoundingClientRect();"
                " return [b.left, b.top, b.right, b.bottom].map(Math.round); })"
                f"(document.querySelector({json.dumps(selector)}))"
            )
        data = self.call("Page.captureScreenshot")["data"]
        seen = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
        return seen[box[1] : box[3], box[0] : box[2]]

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(30)
        os.close(self._in)
        os.close(self._out)

    def _read(self) -> dict[str, Any]:
        end = time.monotonic() + WAIT_S
        while b"\0" not in self._rest:
            assert select.select([self._in], [], [], max(0, end - time.monotonic()))[0], "the browser says nothing"
            got = os.read(self._in, 1 << 20)
            assert got, "the browser has ended"
            self._rest += got
        first, self._rest = self._rest.split(b"\0", 1)
        return json.loads(first)


def _pipe() -> tuple[int, int]:
    ends = os.pipe()
    high = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends)
    for end in ends:
        os.close(end)
    return high[0], high[1]


@pytest.fixture
def browser_with(tmp_path: Path) -> Iterator[Callable[..., Browser]]:
    """A browser of one test's own, started with more flags."""
    opened: list[Browser] = []

    def start(*more: str) -> Browser:
        opened.append(Browser(tmp_path / f"browser-{len(opened)}", *more))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser for the tests of a file."""
    opened = Browser(tmp_path_factory.mktemp("browser"))
    yield opened
    opened.close()
