"""The real server as an attacker meets it: what it answers beside the pages, uploads, addresses, sockets, and the line.

Everything is asked over HTTP or the WebSocket of a server that `streamlit run app.py` started."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import psutil
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.browser.conftest import serving
from tests.protocol import Visitor, visitor

ROOT = Path(__file__).resolve().parent.parent
MB = 1_000_000
FILE = b"x" * (5 * MB)


class Answer(NamedTuple):
    status: int
    type: str
    body: bytes
    cookie: str = ""


class Server(NamedTuple):
    address: str
    pid: int

    def ask(self, method: str, path: str, body: bytes | Iterator[bytes] | None = None, **headers: str) -> Answer:
        """One request on a connection of its own; the path is sent as it is, with whatever dots are in it."""
        connection = http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=30)
        with contextlib.closing(connection):
            connection.putrequest(method, path)
            for name, value in headers.items():
                connection.putheader(name.replace("_", "-"), value)
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it may refuse before it has read all
                connection.endheaders(body, encode_chunked=headers.get("Transfer_Encoding") == "chunked")
            answer = connection.getresponse()
            cookie = (answer.getheader("set-cookie") or "").split(";")[0]
            return Answer(answer.status, answer.getheader("content-type") or "", answer.read(), cookie)

    def cookie(self, before: str = "") -> str:
        """The cookie of a new browser, or of the one that has `before`, as its next tab is given it."""
        return self.ask("GET", "/_stcore/health", Cookie=before).cookie

    def put(self, session: str, data: bytes, cookie: str, file: str = "f", name: str = "a.csv") -> Answer:
        """An upload as a browser makes it."""
        head = (
            f'--b\r\nContent-Disposition: form-data; name="{file}"; filename="{name}"\r\nContent-Type: text/csv\r\n\r\n'
        )
        body = head.encode() + data + b"\r\n--b--\r\n"
        return self.ask("PUT", f"/_stcore/upload_file/{session}/{file}", body, **form(cookie, str(len(body))))

    def memory(self, peak: bool = False) -> int:
        """Bytes the server holds now, or held at most since the last reset()."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        name = "VmHWM:" if peak else "VmRSS:"
        return next(1024 * int(line.split()[1]) for line in lines if line.startswith(name))

    def reset(self) -> int:
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")
        return self.memory()


def form(cookie: str, length: str = "") -> dict[str, str]:
    headers = {"Cookie": cookie, "X_Xsrftoken": cookie.partition("=")[2]}
    how = {"Content_Length": length} if length else {"Transfer_Encoding": "chunked"}
    return {"Content_Type": "multipart/form-data; boundary=b", **headers, **how}


@pytest.fixture(scope="module")
def outside() -> Iterator[socket.socket]:
    """A proxy that never answers, through which the server would have to ask anything of the world outside."""
    with socket.create_server(("127.0.0.1", 0)) as proxy, pytest.MonkeyPatch.context() as patch:
        proxy.setblocking(False)
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
            patch.setenv(name, f"http://127.0.0.1:{proxy.getsockname()[1]}")
        for name in ("NO_PROXY", "no_proxy"):
            patch.setenv(name, "localhost,127.0.0.1")
        yield proxy


@pytest.fixture(scope="module")
def server(outside: socket.socket) -> Iterator[Server]:
    with serving() as (address, process):
        one = Server(address, process.pid)
        asyncio.run(first_runs(one))
        yield one


async def first_runs(server: Server) -> None:
    """What the server does once only, so that it is not taken for what an attack costs."""
    async with tab(server) as (v, cookie):
        await v.run(page="training")
        for i in range(4):
            await asyncio.to_thread(server.put, v.session, FILE, cookie, str(i))


@contextlib.asynccontextmanager
async def tab(server: Server, cookie: str = "") -> AsyncIterator[tuple[Visitor, str]]:
    """A tab on Home, and its browser's cookie."""
    cookie = server.cookie(cookie)
    async with visitor(server.address, Cookie=cookie) as v:
        await v.run()
        yield v, cookie


async def looks(server: Server) -> float:
    """Seconds until a new visitor has the glossary."""
    begun = time.perf_counter()
    async with visitor(server.address) as v:
        await v.run(page="glossary")
        assert v.says("Every term of the lab")
    return time.perf_counter() - begun


# --- what there is ----------------------------------------------------------------------------------------------------

INDEX = (200, "text/html", b"<title>Streamlit</title>")  # the empty page, which then connects; also for unknown paths
GONE = (404, "text/plain", b"")

# All that answers beside the app. README.md (Hosting) says what of it a proxy need not let through.
EXPOSED: dict[str, tuple[int, str, bytes]] = {
    "/": INDEX,
    "/training": INDEX,
    "/_stcore/health": (200, "text/plain", b"ok"),
    "/_stcore/host-config": (200, "application/json", b"allowedOrigins"),
    "/manifest.json": (200, "application/json", b"static/"),
    "/favicon.png": (200, "image/png", b"PNG"),
    "/app/static/training.webp": (200, "image/webp", b"WEBP"),
    "/app/static/a": GONE,
    "/app/static/../home.py": (400, "", b""),
    "/app/static/%2e%2e/home.py": (400, "", b""),
    # shut by app.py
    "/_stcore/metrics": GONE,
    "/_stcore/metrics/": GONE,
    "/_stcore/metrics?families=session_events": GONE,
    "/_stcore/%6detrics": GONE,
    "/training/_stcore/metrics": GONE,
    "/_stcore/agent": GONE,
    "/_stcore/agent/openapi.json": GONE,
    "/_stcore/agent/interact": GONE,
    "/_stcore/agent/mcp": GONE,
    "/_stcore/agent/mcp/": GONE,
    "/training/_stcore/agent/openapi.json": GONE,
    # off, or with nothing in it
    "/_stcore/script-health-check": INDEX,
    "/docs": INDEX,
    "/openapi.json": INDEX,
    "/_stcore/upload_file/a/b": INDEX,
    "/media/a": GONE,
    "/component/a/b": GONE,
    "/_stcore/bidi-components/a/b": GONE,
    "/auth/login": (302, "", b""),
    "/auth/logout": (302, "", b""),
    "/oauth2callback": (302, "", b""),
}
ROUTES = {
    "/app/static/{path:path}",
    "/_stcore/agent/interact", "/_stcore/agent/mcp", "/_stcore/agent/openapi.json", "/_stcore/bidi-components/{path:path}",
    "/_stcore/health", "/_stcore/host-config", "/_stcore/metrics", "/_stcore/stream",
    "/_stcore/upload_file/{session_id}/{file_id}", "/auth/login", "/auth/logout", "/component/{path:path}",
    "/media/{file_id:path}", "/oauth2callback", "",
}  # fmt: skip


@pytest.mark.parametrize("path", EXPOSED)
def test_what_is_exposed_is_known(server: Server, path: str) -> None:
    status, kind, words = EXPOSED[path]
    answer = server.ask("GET", path)
    assert (answer.status, answer.type.partition(";")[0]) == (status, kind) and words in answer.body
    if answer.status == 302:
        assert not answer.body


@pytest.mark.parametrize("path", ["/_stcore/agent/interact", "/_stcore/agent/mcp", "/_stcore/metrics"])
def test_no_method_opens_what_is_shut(server: Server, path: str) -> None:
    for method in ("POST", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH"):
        assert server.ask(method, path, b"{}", Content_Length="2").status == 404


def test_streamlit_has_no_route_that_is_not_known() -> None:
    """In a process of its own, for there is one runtime a process."""
    code = (
        "from app import app; from streamlit.web.server.starlette.starlette_app import create_streamlit_routes as routes\n"
        "for route in routes(app._create_runtime()): print(route.path)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert set(done.stdout.split("\n")) == ROUTES, done.stderr[-1000:]


TRAVERSALS = [
    f"{before}{up}{file}"
    for before in ("/", "/app/static/", "/static/", "/media/", "/component/a/", "/_stcore/bidi-components/a/")
    for up, file in (
        ("../../", "app.py"), ("..%2f..%2f", "app.py"), ("%2e%2e/%2e%2e/", "app.py"), ("..%252f..%252f", "app.py"),
        ("..\\..\\", "app.py"), ("..%5c..%5c", "app.py"), ("....//....//", "app.py"), ("", "app.py"), ("", ".git/config"),
        ("../" * 12, "etc/passwd"), ("%2e%2e%2f" * 12, "etc/passwd"), ("/", "etc/passwd"), ("%00/../", "app.py"),
        ("", ".streamlit/config.toml"), (f"{ROOT}/", "app.py"), ("file:///", "etc/passwd"), ("..%c0%af", "app.py"),
    )
]  # fmt: skip


def test_no_address_leads_out_of_what_is_served(server: Server) -> None:
    for path in TRAVERSALS:
        answer = server.ask("GET", path)
        assert answer.status in (301, 400, 404) or b"<title>Streamlit</title>" in answer.body, path
        assert not any(
            words in answer.body for words in (b"class ConnectionLimits", b"root:x:", b"[server]", b"[core]")
        ), path


# --- uploads ----------------------------------------------------------------------------------------------------------


def scenario(test: Callable[[Server], Awaitable[None]]) -> Callable[[Server], None]:
    """A test that is a coroutine."""

    def run(server: Server) -> None:
        asyncio.run(test(server))

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


@pytest.mark.parametrize("length", [str(100 * MB), ""], ids=["with its length", "in chunks"])
def test_a_hundred_megabytes_are_refused_and_not_held(server: Server, length: str) -> None:
    async def send() -> None:
        async with tab(server) as (v, cookie):
            before = server.reset()
            path, pieces = f"/_stcore/upload_file/{v.session}/f", (bytes(MB) for _ in range(100))
            head = b'--b\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\n'
            whole = (head + piece if i == 0 else piece for i, piece in enumerate(pieces))
            answer = await asyncio.to_thread(server.ask, "PUT", path, whole, **form(cookie, length))
            assert answer.status == 413
            assert server.memory(peak=True) - before < 20 * MB
            assert server.put(v.session, b"fine", cookie).status == 204

    asyncio.run(send())


@scenario
async def test_whose_upload_it_is_must_be_clear(server: Server) -> None:
    async with tab(server) as (v, cookie):
        stranger = server.cookie()
        assert server.put(v.session, b"", cookie).status == 204  # of no bytes: the page says that it is empty
        assert server.put("nobody", b"a", cookie).status == 400
        assert server.put("..%2f..%2fetc", b"a", cookie).status == 400
        for headers in ({}, {"Cookie": cookie}, {"X_Xsrftoken": cookie.partition("=")[2]}):
            head = {**headers, "Content_Type": "multipart/form-data; boundary=b", "Content_Length": "9"}
            assert server.ask("PUT", f"/_stcore/upload_file/{v.session}/f", b"--b--\r\n\r\n", **head).status == 403
        crossed = {**form(cookie, "9"), "X_Xsrftoken": stranger.partition("=")[2]}
        assert server.ask("PUT", f"/_stcore/upload_file/{v.session}/f", b"--b--\r\n\r\n", **crossed).status == 403
        assert server.ask("DELETE", f"/_stcore/upload_file/{v.session}/f").status == 403


@scenario
async def test_a_file_name_is_no_path_and_no_markup(server: Server) -> None:
    mark = "escaped-from-an-upload"
    names = (
        f"../../{mark}.csv",
        f"..\\{mark}",
        f"/tmp/{mark}",
        f"<img src=x onerror=alert(1)>{mark}.csv",
        f"{mark}\0",
        mark * 500,
    )
    async with tab(server) as (v, cookie):
        for i, name in enumerate(names):
            assert server.put(v.session, FILE, cookie, str(i), name).status in (204, 400)
        await v.run(page="training", query="training-data=my+own+CSV")
        assert v.says("CSV file: two columns of numbers")
        assert not v.says(mark) and not v.says("<img")
    tops = (ROOT, ROOT.parent, ROOT.parent.parent, Path(tempfile.gettempdir()), Path.home())
    assert [p for top in tops for p in top.iterdir() if mark in p.name] == []


@scenario
async def test_many_uploads_of_one_tab_are_few(server: Server) -> None:
    async with tab(server) as (v, cookie):
        before = server.reset()
        with ThreadPoolExecutor(50) as threads:
            asked = [threads.submit(server.put, v.session, FILE, cookie, f"f{i}") for i in range(50)]
            assert await looks(server) < 5
            statuses = [each.result().status for each in asked]
        assert set(statuses) == {204, 429} and statuses.count(204) >= 2
        for i in range(12):  # one after the other, each is taken, and the oldest make way
            assert server.put(v.session, FILE, cookie, f"g{i}").status == 204
        assert server.memory(peak=True) - before < 80 * MB
        assert await looks(server) < 2


@scenario
async def test_many_uploads_of_many_tabs_have_a_bound(server: Server) -> None:
    async with contextlib.AsyncExitStack() as stack:
        tabs = [await stack.enter_async_context(tab(server)) for _ in range(17)]
        before = server.reset()
        with ThreadPoolExecutor(4) as threads:
            asked = [threads.submit(server.put, v.session, FILE, c, f"f{i}") for v, c in tabs for i in range(4)]
            assert await looks(server) < 5
            statuses = [each.result().status for each in asked]
        # 68 files are 340 MB; of the 300 that may be held, what other tests' tabs have left is missing.
        assert set(statuses) == {204, 429} and 30 < statuses.count(204) < 60
        assert server.memory(peak=True) - before < 350 * MB
        told = {server.put(v.session, FILE, c, "more").body for v, c in 2 * tabs}
        assert b"Too many uploads. Try again later." in told
        assert await looks(server) < 2


# --- sockets and the line ---------------------------------------------------------------------------------------------


@scenario
async def test_tabs_that_come_and_go_leave_nothing_behind(server: Server) -> None:
    process = psutil.Process(server.pid)

    async def come_and_go(times: int) -> None:
        for _ in range(times):
            async with visitor(server.address) as tab:
                await tab.run()

    async def held() -> tuple[int, int, int]:
        await asyncio.sleep(2)  # what the last ones leave is cleared away
        return process.num_threads(), process.num_fds(), process.memory_info().rss

    await come_and_go(140)  # Streamlit keeps the last 128, should they come back
    threads, files, memory = await held()
    await come_and_go(300 if "FULL" in os.environ else 30)
    threads_after, files_after, memory_after = await held()
    assert threads_after <= threads + 2 and files_after <= files + 4
    assert memory_after - memory < 20 * MB


def test_the_workers_end_with_the_server() -> None:
    async def train(address: str) -> None:
        async with visitor(address) as v:
            await v.run("run=1&training-epochs=500&training-n=2000&training-batch=8", page="training")
            await asyncio.sleep(5)  # until the workers are there and the run is under way

    with serving() as (address, process):
        asyncio.run(train(address))
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        assert len(family) > 1
        process.terminate()
        begun = time.monotonic()
        _, alive = psutil.wait_procs(family, timeout=10)
        assert not alive
        assert time.monotonic() - begun < 5


def test_another_sites_page_cannot_connect_and_nobody_outside_is_asked(server: Server, outside: socket.socket) -> None:
    async def connect(origin: str) -> None:
        async with visitor(server.address, Origin=origin) as v:
            await v.run()

    begun = time.monotonic()
    for origin in ("https://example.org", "http://localhost.example.org", "null", "http://[", "file://"):
        with pytest.raises(InvalidStatus, match="403"):
            asyncio.run(connect(origin))
        assert server.ask("GET", "/_stcore/health", Origin=origin).status == 403
    assert time.monotonic() - begun < 2
    asyncio.run(connect(server.address))
    with pytest.raises(BlockingIOError):
        outside.accept()


@pytest.mark.parametrize(
    "message", [bytes(30 * MB), bytes(2 * MB), b"\xff" * 99, "text"], ids=["30 MB", "2 MB", "garbage", "text"]
)
def test_a_message_that_no_page_sends_ends_its_tab_and_nobody_elses(server: Server, message: bytes | str) -> None:
    async def send() -> None:
        async with tab(server) as (other, _):
            before = server.reset()
            async with visitor(server.address) as v:
                with pytest.raises(ConnectionClosed):
                    await v.socket.send(message)
                    async with asyncio.timeout(10):
                        while True:
                            await v.socket.recv()
            assert server.memory(peak=True) - before < 20 * MB
            await other.run(page="glossary")
            assert other.says("Every term of the lab")

    asyncio.run(send())


@scenario
async def test_the_tabs_of_a_browser_share_one_share_of_the_queue(server: Server) -> None:
    def asked(seed: int) -> str:
        return f"run=1&training-seed={seed}&training-epochs=500&training-n=2000"

    refused = "You already have 3 runs in the queue"
    async with contextlib.AsyncExitStack() as stack:
        first, cookie = await stack.enter_async_context(tab(server))
        same = [await stack.enter_async_context(tab(server, cookie)) for _ in range(4)]
        assert len({cookie, *(c for _, c in same)}) == 5  # Streamlit masks the token anew for each
        tabs = [first, *(v for v, _ in same)]
        for i, v in enumerate(tabs):
            await v.run(asked(9000 + i), page="training")
        assert [v.says(refused) for v in tabs] == [False, False, False, True, True]
        other, _ = await stack.enter_async_context(tab(server))
        await other.run(asked(9010), page="training")
        assert other.says("Queued: position") and not other.says(refused)
