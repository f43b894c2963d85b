"""A real Chromium, driven through its own WebDriver: only what the report's tests need."""

import base64
import json
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
CHROMEDRIVER = shutil.which("chromedriver")
START_SECONDS = 30.0


class Browser:
    """One window."""

    def __init__(self, address: str) -> None:
        self._address = address
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        wanted = {
            "browserName": "chrome",
            "goog:chromeOptions": {"binary": CHROMIUM, "args": flags},
            "goog:loggingPrefs": {"browser": "ALL"},
        }
        made = self._post("/session", {"capabilities": {"alwaysMatch": wanted}})
        self._session = f"/session/{made['sessionId']}"

    def open(self, page: Path) -> None:
        """Load a page, and wait until its own script says that it is ready."""
        self._post(f"{self._session}/url", {"url": page.resolve().as_uri()})
        deadline = time.monotonic() + START_SECONDS
        while not self.run("return document.documentElement.dataset.ready === 'true'"):
            assert time.monotonic() < deadline, self.run("return document.body.innerText")[:2000]
            time.sleep(0.02)

    def run(self, script: str, *arguments: object) -> Any:  # noqa: ANN401 - JSON
        """Run a script in the page and return its result."""
        body = {"script": script, "args": list(arguments)}
        return self._post(f"{self._session}/execute/sync", body)

    def protocol(self, command: str, **parameters: object) -> Any:  # noqa: ANN401 - JSON
        """Run a command of the browser's debugging protocol."""
        body = {"cmd": command, "params": parameters}
        return self._post(f"{self._session}/goog/cdp/execute", body)

    def shape(self, width: int, height: int, *, dark: bool = False, phone: bool = False) -> None:
        """Set size and colours of the window."""
        self.protocol(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=phone,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.protocol("Emulation.setEmulatedMedia", features=[scheme])

    def keys(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            for kind in ("keyDown", "keyUp"):
                text = {"text": key} if len(key) == 1 and kind == "keyDown" else {}
                self.protocol("Input.dispatchKeyEvent", type=kind, key=key, code=key, **text)

    def click(self, x: float, y: float) -> None:
        """Click at a place of the window."""
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.protocol(
                "Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1
            )

    def problems(self) -> list[str]:
        """Return what the page has complained about since this was last asked."""
        found = self._post(f"{self._session}/se/log", {"type": "browser"})
        return [entry["message"] for entry in found]

    def screenshot(self, path: Path) -> None:
        """Keep a picture of the window."""
        with urllib.request.urlopen(f"{self._address}{self._session}/screenshot") as answer:
            path.write_bytes(base64.b64decode(json.load(answer)["value"]))

    def close(self) -> None:
        """End the browser."""
        request = urllib.request.Request(f"{self._address}{self._session}", method="DELETE")
        urllib.request.urlopen(request).close()

    def _post(self, path: str, body: object) -> Any:  # noqa: ANN401 - JSON
        data = json.dumps(body).encode()
        request = urllib.request.Request(f"{self._address}{path}", data=data, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()[:2000]) from error


@contextmanager
def browser() -> Iterator[Browser]:
    """Start a browser, and end it and its driver."""
    assert CHROMEDRIVER is not None
    with subprocess.Popen(
        [CHROMEDRIVER, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            assert process.stdout is not None
            said = ""
            for line in process.stdout:
                said += line
                if "started successfully on port" in line:
                    break
            port = said.rstrip().rstrip(".").rpartition(" ")[2]
            window = Browser(f"http://127.0.0.1:{port}")
            try:
                yield window
            finally:
                window.close()
        finally:
            process.terminate()
