"""A server of one's own, a real browser, and visitors who notice every error the browser reports."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
SHOTS = ROOT / "artifacts"
ARGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --use-fake-device-for-media-stream --use-fake-ui-for-media-stream"
)
PATIENCE = 20  # s to wait for anything; a busy machine with a neighbour's run in the line may need it

# Streamlit's own: on a deep link the client does not know yet which part of the address is the page, first asks
# /<page>/_stcore/health and /<page>/_stcore/host-config, and is answered 404. The same below the root would be a fault.
PROBE = re.compile(r"^http://(localhost|127\.0\.0\.1):\d+/(?!_stcore/)[^?]+/_stcore/(health|host-config)$")

expect.set_options(timeout=1000 * PATIENCE)


class Visitor:
    """One person at a browser of their own. `errors` is what the browser's console and page reported."""

    def __init__(self, browser: Browser, address: str, **looks: Any) -> None:
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **looks})
        self.address = address
        self.errors: list[str] = []
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(1000 * PATIENCE)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.errors.append(f"page error: {error}"))
        self.main: Locator = self.page.get_by_test_id("stMain")
        self.sidebar: Locator = self.page.get_by_test_id("stSidebar")
        self.progress: Locator = self.page.get_by_test_id("stProgress")
        self.run: Locator = self.page.get_by_role("button", name="Run", exact=True)
        self.halt: Locator = self.page.get_by_role("button", name="Stop", exact=True)
        self.findings: Locator = self.page.locator("[class*=st-key-][class*=-verdict]")

    def _heard(self, message: ConsoleMessage) -> None:
        where = message.location["url"]
        probe = PROBE.match(where) and "status of 404" in message.text
        if message.type == "error" and not probe:
            self.errors.append(f"console: {message.text} ({where})")

    def open(self, path: str, heading: str = "Training a network") -> None:
        self.page.goto(path if path.startswith("http") else self.address + path)
        self.page.get_by_role("heading", name=heading, level=1).wait_for()
        self.settle()

    def settle(self) -> None:
        """Until the page shows nothing of an earlier run of its script. Wait for the new content before."""
        expect(self.page.locator("[data-stale=true], [data-testid=stSkeleton]")).to_have_count(0)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def slider(self, label: str) -> Locator:
        return self.page.get_by_role("group", name=label, exact=True).get_by_role("slider")

    def nudge(self, label: str, key: str, shown: str, times: int = 1, left_out: bool = False) -> None:
        """Move a slider so many steps by keyboard, to `shown`, and wait until the address has it; left_out: until it has it
        no more, as of a default."""
        self.slider(label).focus()
        for _ in range(times):
            self.page.keyboard.press(key)
        expect(self.slider(label)).to_have_attribute("aria-valuetext", shown)
        if not left_out:
            self.page.wait_for_url(re.compile(rf"[=]{re.escape(shown)}(&|$)"))
        self.settle()

    def start(self) -> None:
        """Run what the controls show, unless it runs already: a page that is opened on an idle server starts by itself."""
        self.settle()
        if not self.halt.is_enabled():
            self.run.click()

    def finished(self) -> None:
        """Until the run on display is over and said to be."""
        expect(self.findings).to_be_visible()
        expect(self.progress).to_have_text(re.compile("Done|Stopped"))
        expect(self.run).to_be_enabled()
        self.settle()

    def percent(self, text: str | None = None) -> int:
        """How far the run is, by its progress line or by `text`."""
        found = re.search(r"(\d+) %", self.progress.inner_text() if text is None else text)
        return int(found[1]) if found else 0

    def under_way(self, beyond: int = 0) -> int:
        """Until the run on display has come further than `beyond` percent; how far it then is."""
        beyond_it = re.compile("|".join(rf"\b{n} %" for n in range(beyond + 1, 100)))
        expect(self.progress).to_have_text(beyond_it)
        return self.percent()

    def stop(self) -> None:
        self.halt.click()
        expect(self.main.get_by_text("The results so far are kept")).to_be_visible()
        self.settle()

    def sound(self) -> None:
        """No error box, and no trace of an exception."""
        expect(self.page.get_by_test_id("stException")).to_have_count(0)
        expect(self.page.get_by_test_id("stAlertContentError")).to_have_count(0)

    def shot(self, name: str, whole: bool = False) -> None:
        """A picture into artifacts/; whole: as tall as the page, which scrolls inside the window."""
        SHOTS.mkdir(exist_ok=True)
        before = self.page.viewport_size
        if whole and before:
            height = self.main.evaluate("e => e.scrollHeight")
            self.page.set_viewport_size({"width": before["width"], "height": min(height, 3000)})
        self.page.screenshot(path=SHOTS / f"{name}.png", animations="disabled")
        if whole and before:
            self.page.set_viewport_size(before)


@contextlib.contextmanager
def serving(port: int = 0) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """`streamlit run app.py` from the root of the repository, on a free port unless told: its address, once it answers,
    and its process, which leads a group of its own. Nobody has asked it yet."""
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("localhost", port))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "CONCEPT_LAB_ENGINE": ""},  # as a visitor meets it: with workers
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            address, deadline = f"http://localhost:{port}", time.monotonic() + 60
            while True:
                with contextlib.suppress(OSError), urlopen(f"{address}/_stcore/health", timeout=5) as answer:
                    if answer.status == 200:
                        break
                assert process.poll() is None, "the server ended before it answered"
                assert time.monotonic() < deadline, "the server did not answer within 60 s"
                time.sleep(0.1)
            yield address, process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with serving() as (address, _):
        yield address


@pytest.fixture
def new_server() -> Iterator[str]:
    """One that no browser has asked anything yet."""
    with serving() as (address, _):
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGS.split())
        yield browser
        browser.close()


@pytest.fixture
def visitors(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """Makes a visitor: visitors(address, **looks of the browser). At the end their browsers must have no complaint."""
    made: list[Visitor] = []

    def make(address: str, **looks: Any) -> Visitor:
        made.append(Visitor(browser, address, **looks))
        return made[-1]

    yield make
    failed = getattr(request.node, "failed", False)
    for i, visitor in enumerate(made):
        if failed and not visitor.page.is_closed():
            visitor.shot(f"failed-{request.node.name}-{i}")
        with contextlib.suppress(Exception):  # a run left behind would keep the next test waiting
            if visitor.halt.is_enabled(timeout=200):
                visitor.halt.click(timeout=1000)
                visitor.run.and_(visitor.page.locator(":enabled")).wait_for(timeout=2000)
        visitor.context.close()
    errors = [error for visitor in made for error in visitor.errors]
    assert not errors, "the browser reported:\n" + "\n".join(errors)


@pytest.fixture
def visitor(server: str, visitors: Callable[..., Visitor]) -> Visitor:
    return visitors(server)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if report.when == "call":
        item.failed = report.failed
    return report
