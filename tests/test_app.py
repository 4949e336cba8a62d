"""The limits of the server: how many tabs, how many uploads, and what is shut. tests/test_server.py tries them for real."""

import asyncio
import logging
import socket

import pytest
import streamlit as st
from starlette.types import Message
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from app import (
    MAX_FILES,
    MAX_UPLOAD_BYTES,
    MAX_UPLOADS_AT_ONCE,
    ConnectionLimits,
    FewTraces,
    disable_nagle,
    intended_page,
    is_foreign,
)


class Behind:
    """What lies behind the limits: each request waits for `hold`, then is served; an upload is kept."""

    def __init__(self) -> None:
        self.hold, self.served, self.sent = asyncio.Event(), [], []
        self.uploaded_file_mgr = MemoryUploadedFileManager("/upload")
        self.here = True

    def is_active_session(self, session: str) -> bool:
        return self.here

    async def __call__(self, scope, receive, send) -> None:
        self.served.append(scope["path"])
        await self.hold.wait()
        if scope["type"] == "http" and scope["method"] == "PUT":
            *_, session, file = scope["path"].split("/")
            self.keep(session, file)

    def keep(self, session: str, file: str, size: int = 5) -> None:
        self.uploaded_file_mgr.add_file(session, UploadedFileRec(file, "name", "type", bytes(size)))

    def files(self, session: str) -> list[str]:
        return list(self.uploaded_file_mgr.file_storage.get(session, ()))

    async def receive(self) -> Message:
        return {"type": "websocket.connect"}

    async def send(self, message: Message) -> None:
        self.sent.append(message.get("status") or message.get("code"))

    def ask(self, limits: ConnectionLimits, path: str, kind: str = "http", method: str = "GET") -> asyncio.Task:
        scope = {"type": kind, "path": path, "method": method, "headers": []}
        return asyncio.create_task(limits(scope, self.receive, self.send))

    def upload(self, limits: ConnectionLimits, session: str, file: str) -> asyncio.Task:
        return self.ask(limits, f"/_stcore/upload_file/{session}/{file}", method="PUT")

    def statuses(self) -> list[int]:
        return [s for s in self.sent if s is not None]


@pytest.fixture
def behind(monkeypatch: pytest.MonkeyPatch) -> Behind:
    made = Behind()
    monkeypatch.setattr(st.runtime, "get_instance", lambda: made)
    return made


def test_one_tab_too_many_is_closed_and_a_freed_place_serves_the_next(behind: Behind) -> None:
    async def scenario() -> None:
        limits = ConnectionLimits(behind, tabs=2)
        tabs = [behind.ask(limits, str(i), "websocket") for i in range(3)]
        await asyncio.sleep(0.01)
        assert behind.served == ["0", "1"] and behind.statuses() == [1013]
        page = behind.ask(limits, "page")
        await asyncio.sleep(0.01)
        assert behind.served == ["0", "1", "page"]
        behind.hold.set()
        await asyncio.gather(*tabs, page)
        await behind.ask(limits, "later", "websocket")
        assert behind.served[-1] == "later"

    asyncio.run(scenario())


def test_the_log_takes_few_traces_a_minute_and_says_how_many_it_left_out() -> None:
    few = FewTraces(most=3)

    def log(at: float) -> str | None:
        record = logging.makeLogRecord({"msg": "Uncaught app execution", "created": at})
        return record.getMessage() if few.filter(record) else None

    assert [log(1000 + i) for i in range(5)] == ["Uncaught app execution"] * 3 + [None] * 2
    assert log(1059.9) is None
    assert log(1060) == "Uncaught app execution (and 3 traces more in the last minute)"
    assert log(1061) == "Uncaught app execution"


@pytest.mark.parametrize(
    ("origin", "host", "foreign"),
    [
        (None, "lab.org", False),
        ("https://lab.org", "lab.org", False),
        ("http://lab.org:8501", "lab.org:8501", False),
        ("http://localhost:8501", "lab.org", False),
        ("http://lab.org", "lab.org:8501", True),
        ("https://other.org", "lab.org", True),
        ("https://lab.org.other.org", "lab.org", True),
        ("null", "lab.org", True),
        ("http://[", "lab.org", True),
    ],
)
def test_a_page_of_another_site_is_foreign(origin: str | None, host: str, foreign: bool) -> None:
    headers = [(b"host", host.encode())] + ([(b"origin", origin.encode())] if origin else [])
    assert is_foreign({"type": "http", "headers": headers}) == foreign


@pytest.mark.parametrize("before", ["", "/training", "/a/prefix"])
def test_what_only_the_keeper_needs_is_shut(behind: Behind, before: str) -> None:
    async def scenario() -> None:
        limits = ConnectionLimits(behind)
        behind.hold.set()
        shut = (
            "metrics",
            "metrics/",
            "agent",
            "agent/",
            "agent/openapi.json",
            "agent/interact",
            "agent/mcp",
            "agent/x/y",
        )
        for path in shut:
            for method in ("GET", "POST", "OPTIONS"):
                await behind.ask(limits, f"{before}/_stcore/{path}", method=method)
        assert behind.statuses() == [404] * 3 * len(shut) and not behind.served
        for path in ("/_stcore/health", "/_stcore/host-config", "/static/metrics", "/media/agent", "/_stcore/agents"):
            await behind.ask(limits, before + path)
        assert len(behind.served) == 5

    asyncio.run(scenario())


def test_a_tab_keeps_its_newest_uploads_and_sends_few_at_once(behind: Behind) -> None:
    async def scenario() -> None:
        limits = ConnectionLimits(behind)
        many = [behind.upload(limits, "one", f"f{i}") for i in range(10)]
        other = behind.upload(limits, "other", "f")
        await asyncio.sleep(0.01)
        assert behind.statuses() == [429] * (10 - MAX_UPLOADS_AT_ONCE) and len(behind.served) == MAX_UPLOADS_AT_ONCE + 1
        behind.hold.set()
        await asyncio.gather(*many, other)
        for i in range(20, 30):
            await behind.upload(limits, "one", f"f{i}")
        assert behind.files("one") == [f"f{i}" for i in range(30 - MAX_FILES, 30)] and behind.files("other") == ["f"]
        assert not limits.under_way

    asyncio.run(scenario())


def test_all_tabs_together_keep_no_more_than_there_is_room_for(behind: Behind) -> None:
    async def scenario() -> None:
        limits = ConnectionLimits(behind, held=3 * MAX_UPLOAD_BYTES)
        behind.hold.set()
        behind.keep("early", "f", MAX_UPLOAD_BYTES)
        behind.hold.clear()
        several = [behind.upload(limits, f"tab{i}", "f") for i in range(5)]
        await asyncio.sleep(0.01)
        assert behind.statuses() == [429] * 3  # one under way counts as a full one
        behind.hold.set()
        await asyncio.gather(*several)
        behind.keep("late", "f", 2 * MAX_UPLOAD_BYTES - 10)
        await behind.upload(limits, "tab9", "f")
        assert behind.statuses() == [429] * 4 and behind.files("tab9") == []
        behind.uploaded_file_mgr.remove_session_files("late")
        await behind.upload(limits, "tab9", "f")
        assert behind.files("tab9") == ["f"]

    asyncio.run(scenario())


def test_a_slow_upload_is_ended_and_its_place_is_free_again(behind: Behind) -> None:
    async def scenario() -> None:
        limits = ConnectionLimits(behind, timeout=0.02)
        await behind.upload(limits, "one", "f")
        assert behind.statuses() == [408] and behind.files("one") == [] and not limits.under_way

    asyncio.run(scenario())


def test_an_upload_whose_tab_has_gone_is_not_kept(behind: Behind) -> None:
    async def scenario() -> None:
        limits, behind.here = ConnectionLimits(behind), False
        behind.hold.set()
        await behind.upload(limits, "one", "f")
        assert behind.files("one") == []

    asyncio.run(scenario())


def test_small_messages_do_not_wait_for_each_other() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        assert not listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        disable_nagle()
        with socket.create_connection(listening.getsockname()), listening.accept()[0] as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/Training", "training"), ("/precision-recall", "precision_recall"), ("/training/foo", "training"),
        ("/training/", "training"), ("/GLOSSARY", "glossary"), ("/training", None), ("/", None), ("/nowhere", None),
        ("/training/_stcore/health", None), ("/_stcore/stream", None), ("/static/js/index.js", None), ("//evil.com/training", None),
    ],
)  # fmt: skip
def test_a_nearly_right_address_means_a_page(path: str, page: str | None) -> None:
    assert intended_page(path) == page
