"""Chromium, driven over its debugging pipe: pages are opened, keys are pressed, and what a page says is asked."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from time import monotonic, sleep

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((path for name in NAMES if (path := shutil.which(name))), None)

KEYS = {"ArrowRight": 39, "ArrowLeft": 37, "ArrowUp": 38, "ArrowDown": 40, "Home": 36, "End": 35, "Enter": 13}

AS_THREE_AND_FOUR = """
import fcntl, os, sys
commands, answers = (fcntl.fcntl(int(each), fcntl.F_DUPFD, 10) for each in sys.argv[1:3])
os.dup2(commands, 3)
os.dup2(answers, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""The browser reads commands from file 3 and answers to file 4."""


class Browser:
    """One window; `errors` is what its pages complained of."""

    def __init__(self, profile):
        reads, answers = os.pipe()
        commands, writes = os.pipe()
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--window-size=1400,900"]
        command = [CHROMIUM, *options, f"--user-data-dir={profile}"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", AS_THREE_AND_FOUR, str(commands), str(answers), *command],
            pass_fds=(commands, answers),
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        os.close(commands)
        os.close(answers)
        self._reads, self._writes = os.fdopen(reads, "rb"), os.fdopen(writes, "wb")
        self._count, self._rest, self._session, self.errors = 0, b"", None, []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.ask(f"{domain}.enable")

    def ask(self, method, **params):
        """Send a command, and wait for its answer."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        self._writes.write(json.dumps(message).encode() + b"\0")
        self._writes.flush()
        return self._until(lambda told: told.get("id") == self._count)["result"]

    def _until(self, wanted):
        while True:
            while b"\0" not in self._rest:
                self._rest += (more := os.read(self._reads.fileno(), 1 << 16))
                if not more:
                    raise EOFError("the browser went away")
            told, _, self._rest = self._rest.partition(b"\0")
            message = json.loads(told)
            if message.get("method") in {"Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled"}:
                self.errors.append(message["params"])
            if wanted(message):
                return message

    def open(self, path, fragment=""):
        """Show a file."""
        self.ask("Page.navigate", url=f"file://{path}{fragment}")
        self._until(lambda told: told.get("method") == "Page.loadEventFired")

    @contextmanager
    def within_frame(self, selector):
        """Ask the frame of the page that has what a selector finds, in place of the page."""
        outside = self._session
        deadline = monotonic() + 20
        while not self._enter_frame(outside, f"!!document.querySelector({json.dumps(selector)})"):
            assert monotonic() < deadline, f"no frame has {selector}"
            sleep(0.05)
        try:
            yield
        finally:
            self._session = outside

    def _enter_frame(self, outside, found):
        """Whether there is such a frame, which has a process of its own. Chromium may list empty ones beside it."""
        for target in self.ask("Target.getTargets")["targetInfos"]:
            if target["type"] == "iframe":
                attached = self.ask("Target.attachToTarget", targetId=target["targetId"], flatten=True)
                self._session = attached["sessionId"]
                if self.value(found):
                    return True
                self._session = outside
        return False

    def value(self, expression):
        """The value of an expression of JavaScript in the page."""
        return self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)["result"].get(
            "value"
        )

    def press(self, *keys):
        """Press keys, as a person would."""
        for key in keys:
            code = KEYS.get(key, ord(key[0]))
            text = {"text": key} if len(key) == 1 else {"text": "\r"} if key == "Enter" else {}
            self.ask("Input.dispatchKeyEvent", type="keyDown", key=key, windowsVirtualKeyCode=code, **text)
            self.ask("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def click(self, selector):
        """Click what a selector finds, where it is."""
        box = f"(() => {{ const b = document.querySelector({json.dumps(selector)}).getBoundingClientRect(); "
        x, y = self.value(box + "return [b.x + b.width / 2, b.y + b.height / 2]; })()")
        for kind in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def close(self):
        """End the browser, and wait for it."""
        self.ask("Browser.close")
        self._process.wait(timeout=30)
        self._reads.close()
        self._writes.close()


in_a_browser = pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed")


def text_of(browser, selector):
    """The text of what a selector finds."""
    return browser.value(f"document.querySelector({json.dumps(selector)}).textContent")
