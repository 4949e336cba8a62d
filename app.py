"""The server: `streamlit run app.py`. The pages begin in pages/navigation.py; README.md says why it is not this file."""

import os

# Before torch is imported anywhere: on busy cores two threads make a small step many times slower than one.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import asyncio
import contextlib
import logging
import math
import re
import socket
from collections import Counter
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import streamlit as st
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from core.catalogue import CONCEPTS
from pages.ui.warm import shut_down, warm_up

SLUGS = {concept.slug for concept in CONCEPTS.values() if concept.built} | {"glossary"}
MAX_TABS = int(os.environ.get("CONCEPT_LAB_VISITORS", "300"))  # open at once; Streamlit itself knows no limit
MAX_FILES = 4  # uploads kept for a tab, the newest; no page asks for more than one
MAX_UPLOADS_AT_ONCE = 2  # uploads of a tab at once
UPLOAD_TIMEOUT = 30  # s for an upload to arrive
MAX_TRACES_A_MINUTE = 10
MAX_BYTES_HELD = 300_000_000  # bytes of uploads kept for all tabs together
MAX_UPLOAD_BYTES = (
    6_000_000  # bytes an upload under way may come to: 5 MB (.streamlit/config.toml) and what is sent around it
)

# Behind any prefix that a proxy or a page may put before it.
CLOSED_PATHS = re.compile(
    r"/_stcore/(metrics|agent)(/|$)"
)  # counters of the server, and a way to drive it without a browser
PAGE_PATH = re.compile(r"/([A-Za-z_-]+)(/[A-Za-z0-9_-]*)?")  # of a browser that asks for a page, perhaps misspelt
UPLOAD_PATH = re.compile(r"/_stcore/upload_file/([^/]+)/([^/]+)$")


class ConnectionLimits:
    """What Streamlit leaves open without bound: a further tab is turned away while `tabs` are open, so that those who are
    here are served well (the page says that it is connecting and tries again by itself); uploads are few and small, as
    Streamlit keeps every one in memory; and what only the server's keeper needs answers 404."""

    def __init__(
        self, app: ASGIApp, tabs: int = MAX_TABS, held: int = MAX_BYTES_HELD, timeout: float = UPLOAD_TIMEOUT
    ) -> None:
        self.app = app
        self.tabs = tabs
        self.held = held
        self.timeout = timeout
        self.open = 0
        self.under_way: Counter[str] = Counter()  # uploads by session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("websocket", "http") and is_foreign(scope):
            await self._refuse(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._tab(scope, receive, send)
        elif scope["type"] == "http" and CLOSED_PATHS.search(scope["path"]):
            await PlainTextResponse("Not Found", 404)(scope, receive, send)
        elif scope["type"] == "http" and scope["method"] == "GET" and (page := intended_page(scope["path"])):
            query = scope.get("query_string", b"").decode("latin-1")
            await RedirectResponse(f"/{page}?{query}" if query else f"/{page}")(scope, receive, send)
        elif scope["type"] == "http" and scope["method"] == "PUT" and (found := UPLOAD_PATH.search(scope["path"])):
            await self._upload(found[1], found[2], scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Turn another site's page away. Streamlit would do so too, but first ask an outside address for its own IP."""
        if scope["type"] == "http":
            await PlainTextResponse("Forbidden", 403)(scope, receive, send)
            return
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": "another site's page"})

    async def _tab(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.open >= self.tabs:
            await receive()
            await send({"type": "websocket.close", "code": 1013, "reason": "too many visitors, try again later"})
            return
        self.open += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.open -= 1

    async def _upload(self, session: str, file: str, scope: Scope, receive: Receive, send: Send) -> None:
        runtime = st.runtime.get_instance()
        kept = runtime.uploaded_file_mgr
        held = sum(stat.byte_length for family in kept.get_stats().values() for stat in family)
        full = held + MAX_UPLOAD_BYTES * (self.under_way.total() + 1) > self.held
        if full or self.under_way[session] >= MAX_UPLOADS_AT_ONCE:
            await PlainTextResponse("Too many uploads. Try again later.", 429)(scope, receive, send)
            return
        self.under_way[session] += 1
        try:
            async with asyncio.timeout(self.timeout):
                await self.app(scope, receive, send)
        except TimeoutError:
            await PlainTextResponse("The upload took too long.", 408, {"connection": "close"})(scope, receive, send)
        finally:
            self.under_way[session] -= 1
            self.under_way += Counter()  # forgets those at zero
            # A browser takes back a file that is replaced, but not one whose page is left: the oldest make way. Which
            # files a session has, only this attribute of Streamlit's manager tells (tests/test_server.py would notice).
            files = list(kept.file_storage.get(session, ()))
            gone = not runtime.is_active_session(session)  # left while uploading: nobody else would take the file away
            for old in [file] if gone else files[:-MAX_FILES]:
                kept.remove_file(session, old)


def is_foreign(scope: Scope) -> bool:
    """Whether a request comes from a page of another site: its Origin is not the host that it asks, nor this machine, nor
    among `server.corsAllowedOrigins`."""
    headers = dict(scope["headers"])
    origin = headers.get(b"origin", b"").decode("latin-1")
    if not origin or not st.get_option("server.enableCORS"):
        return False
    try:
        asked = urlsplit(origin)
        local = asked.hostname in ("localhost", "127.0.0.1", "0.0.0.0")
    except ValueError:
        return True
    same = asked.netloc == headers.get(b"host", b"").decode("latin-1")
    return not (same or local or origin in st.get_option("server.corsAllowedOrigins"))


def intended_page(path: str) -> str | None:
    """The page that a nearly right address means: /Training, /precision-recall, /training/foo. None when it is exactly right
    or means none. Streamlit itself shows an empty page for the last kind, for ever."""
    found = PAGE_PATH.fullmatch(path)
    if found is None:
        return None
    slug = found[1].lower().replace("-", "_")
    return slug if slug in SLUGS and path != f"/{slug}" else None


def disable_nagle() -> None:
    """Streamlit makes its listening socket in a way that keeps asyncio from turning off Nagle's algorithm, so the second
    small message of a rerun waits until the browser has confirmed the first: 40 ms on Linux. Connections inherit what their
    listening socket has (RFC 896; tcp(7), TCP_NODELAY)."""
    folder = "/dev/fd"
    for name in os.listdir(folder) if os.path.isdir(folder) else ():
        with contextlib.suppress(OSError):  # what is no socket, or closed by now
            found = socket.socket(fileno=int(name))
            try:
                if found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                    found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            finally:
                found.detach()


class FewTraces(logging.Filter):
    """Lets a few traces a minute into the log and counts the rest. What a browser sends for a control, and Streamlit cannot
    read, raises in Streamlit itself: a visitor who does so on purpose could fill the disk."""

    def __init__(self, most: int = MAX_TRACES_A_MINUTE) -> None:
        super().__init__()
        self.most = most
        self.begun = -math.inf
        self.count = 0

    def filter(self, record: logging.LogRecord) -> bool:
        if record.created >= self.begun + 60:
            if self.count > self.most:
                record.msg = f"{record.msg} (and {self.count - self.most:,} traces more in the last minute)"
            self.begun, self.count = record.created, 0
        self.count += 1
        return self.count <= self.most


@contextlib.asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    disable_nagle()
    logging.getLogger("streamlit.error_util").addFilter(FewTraces())
    warm_up()
    yield
    shut_down()


app = st.App("pages/navigation.py", lifespan=lifespan, middleware=[Middleware(ConnectionLimits)])
