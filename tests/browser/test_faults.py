"""What can go wrong around a run: its tab is closed, the network goes away for a while, the server is killed."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor, serving

LONG = "/training?training-epochs=500&training-n=2000"  # a quarter of a minute
LONGER = LONG + "&training-batch=8"  # minutes: to be stopped
AWAY = 10 if "FULL" in os.environ else 4  # s without a network
SLOW = 120_000  # ms that a run of a quarter of a minute, or a server's start, may take beside others

# All that a browser may say while its server cannot be reached: that it cannot, and Streamlit's client the same.
LOST = re.compile(
    r"console: (Failed to load resource: net::ERR_"
    r"(CONNECTION_(REFUSED|RESET|CLOSED)|EMPTY_RESPONSE|SOCKET_NOT_CONNECTED|CONTENT_LENGTH_MISMATCH)"
    r"|WebSocket connection to '[^']*/_stcore/stream' failed"
    r"|Cannot send (rerun backMessage|message) when (disconnected from server|server is disconnected)"
    r"|Client Error: Download Button fetch error - Failed to fetch"  # the script, fetched while the network was going
    r"|Client Error in reaching server endpoint - No response received when attempting to reach /_stcore/"
    r"|Streamlit server is not responding\. Are you connected to the internet\?)"
)


class Wire:
    """The network between the browsers and a server: for each connection, two threads that hand bytes on."""

    def __init__(self, server: str) -> None:
        self.server = urlsplit(server).hostname, urlsplit(server).port
        self.port = 0
        self.ends: list[socket.socket] = []
        self.flowing = threading.Event()
        self.flowing.set()
        self.mend()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"  # at "localhost" Streamlit's sentence is for the server's owner

    def mend(self) -> None:
        """Take connections, on the port it had."""
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def cut(self) -> None:
        """Close what is open and refuse what comes."""
        for end in [self.listener, *self.ends]:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in it, as closing alone would not
            end.close()
        self.ends.clear()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                browser = listener.accept()[0]
                server = socket.create_connection(self.server)
                self.ends += [browser, server]
                for source, sink in ((browser, server), (server, browser)):
                    threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(2**16):
                self.flowing.wait()
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)


@pytest.fixture
def wire(server: str) -> Iterator[Wire]:
    wire = Wire(server)
    yield wire
    wire.flowing.set()
    wire.cut()


def only_the_lost_connection(visitor: Visitor) -> None:
    """The browser has complained of the server that could not be reached, and of nothing else."""
    assert visitor.errors
    assert not [error for error in visitor.errors if not LOST.match(error)]
    visitor.errors.clear()


def seconds(visitor: Visitor) -> float:
    """How long the finished run on display took."""
    expect(visitor.progress).to_contain_text("Done in")  # not yet where settings have only just been moved back
    found = re.search(r"Done in ([\d.]+) s", visitor.progress.inner_text())
    assert found
    return float(found[1])


@pytest.mark.full
def test_the_next_in_the_queue_starts_by_itself_when_a_tab_is_closed(server, visitors):
    first, second = visitors(server), visitors(server)
    first.open(LONGER + "&training-seed=2")
    second.open(LONGER + "&training-seed=3")
    first.start()
    first.under_way()
    second.start()
    expect(second.progress).to_have_text(re.compile(r"^Queued: position 1"))
    second.shot("faults-1-waiting")
    first.context.close()
    closed = time.monotonic()
    expect(second.progress).to_have_text(re.compile(r"Starting|\d %"), timeout=60_000)
    waited = time.monotonic() - closed
    print(f"the next in the queue started {waited:.1f} s after the tab was closed")
    assert waited < 25  # the heartbeat of 20 s and how often who waits asks
    second.sound()


def test_a_run_outlives_a_while_without_a_network(wire, visitors):
    visitor = visitors(wire.address)
    visitor.open(LONG + "&training-seed=4")
    visitor.start()
    at = visitor.under_way(1)
    visitor.nudge("Learning rate η", "ArrowRight", "0.03")  # the run can no longer be told from the address
    assert not visitor.errors
    wire.cut()
    cut = time.monotonic()
    expect(visitor.page.get_by_role("dialog")).to_have_text(
        re.compile("Connection error.*Streamlit server is not responding. Are you connected to the internet?")
    )
    expect(visitor.run).to_be_disabled()
    assert visitor.percent() >= at  # what there was stays on the page
    visitor.shot("faults-2-away")
    time.sleep(max(0.0, cut + AWAY - time.monotonic()))
    wire.mend()
    mended = time.monotonic()
    expect(visitor.page.get_by_role("dialog")).to_have_count(0)
    print(f"back {time.monotonic() - mended:.1f} s after the network was")
    visitor.shot("faults-2-back")
    expect(visitor.findings).to_be_visible(timeout=SLOW)
    since_mended = time.monotonic() - mended
    expect(visitor.progress).to_contain_text("You changed Learning rate η to 0.03")
    visitor.nudge("Learning rate η", "ArrowLeft", "0.01", left_out=True)
    assert seconds(visitor) > since_mended, "begun anew"
    expect(visitor.slider("Epochs")).to_have_attribute("aria-valuetext", "500")
    visitor.sound()
    visitor.shot("faults-2-after")
    only_the_lost_connection(visitor)


@pytest.mark.full
def test_a_run_outlives_a_while_in_which_nothing_comes_through(wire, visitors):
    visitor = visitors(wire.address)
    visitor.open(LONGER + "&training-seed=5")
    visitor.start()
    visitor.under_way()
    wire.flowing.clear()
    time.sleep(1)  # what had come through before is drawn
    shown = visitor.progress.inner_text()
    time.sleep(AWAY - 1)
    assert visitor.progress.inner_text() == shown, "something came through"
    wire.flowing.set()
    visitor.under_way(visitor.percent(shown))
    expect(visitor.page.get_by_role("dialog")).to_have_count(0)
    visitor.sound()
    visitor.stop()


@pytest.mark.full
def test_a_killed_server_leaves_no_process_and_a_tab_finds_the_next_one(visitors):
    with serving() as (address, process):
        visitor = visitors(address.replace("localhost", "127.0.0.1"))
        visitor.open(LONGER + "&training-seed=6")
        visitor.nudge("Learning rate η", "ArrowRight", "0.03")
        visitor.run.click()
        visitor.under_way()
        os.kill(process.pid, signal.SIGKILL)
        killed = time.monotonic()
        process.wait(5)
        while True:
            try:
                os.killpg(process.pid, 0)
            except ProcessLookupError:
                break
            assert time.monotonic() - killed < 5, "a process of the server is left"
            time.sleep(0.05)
        print(f"all gone {time.monotonic() - killed:.2f} s after the kill")
        port = urlsplit(address).port
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("localhost", port))
    expect(visitor.page.get_by_role("dialog")).to_contain_text("Connection error")
    visitor.shot("faults-3-killed")
    with serving(port):
        expect(visitor.page.get_by_role("dialog")).to_have_count(0)
        # The run itself is gone, for what runs is held in memory; the page starts the settings it shows.
        expect(visitor.halt).to_be_enabled(timeout=SLOW)
        expect(visitor.slider("Learning rate η")).to_have_attribute("aria-valuetext", "0.03")
        expect(visitor.slider("Batch size B")).to_have_attribute("aria-valuetext", "8")
        visitor.shot("faults-3-back")
        visitor.under_way()
        visitor.sound()
        visitor.stop()
        only_the_lost_connection(visitor)
        visitor.context.close()  # before its server ends
