"""What the server remembers of one visitor: the run on display on each page, finished results, pins. All bounded."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.web.server.starlette.starlette_app_utils import decode_xsrf_token_string

from core.cluster.queues import Run

MAX_RESULTS = 6  # finished results a visitor, trained models included
MAX_PINS = 3  # pinned runs a page
MAX_LEFT = 20  # visitors whose connection dropped that are remembered, should they come back


@dataclass
class Attempt:
    """A run a visitor asked for. job is None once its end has been seen; result is then what it left."""

    settings: Any
    job: Run | None
    result: Any = None
    state: str = "running"
    message: str = ""
    seconds: float = 0.0
    fraction: float = 1.0


@dataclass
class Session:
    owner: str
    attempts: dict[str, Attempt] = field(default_factory=dict)  # by page
    held: OrderedDict[Hashable, Any] = field(default_factory=OrderedDict)
    pins: dict[str, list[Any]] = field(default_factory=dict)
    quick: dict[str, Any] = field(
        default_factory=dict
    )  # the last result of pages that need no queue, and decoded uploads
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)  # what the controls of each page last showed
    page: str = ""  # the address of the page that was shown last
    arrived: bool = True  # whether the visitor has just come to it from another one
    to_restore: dict[str, dict[str, Any]] = field(default_factory=dict)  # controls to be set at the next run of a page
    link_notes: dict[tuple[str, str], tuple[Any, list[str]]] = field(
        default_factory=dict
    )  # settings a link gave, and what it could not
    seeded: dict[str, dict[str, Any]] = field(default_factory=dict)  # values that a link gave by names, by page
    opened: dict[Hashable, int] = field(default_factory=dict)  # how often the test score was opened, by page

    def hold(self, key: Hashable, result: Any) -> None:
        self.held[key] = result
        self.held.move_to_end(key)
        while len(self.held) > MAX_RESULTS:
            self.held.popitem(last=False)

    def pin(self, page: str, result: Any) -> None:
        pins = self.pins.setdefault(page, [])
        pins.append(result)
        del pins[:-MAX_PINS]


@st.cache_resource(show_spinner=False)
def defaults() -> dict[str, Any]:
    """The result of the default experiment of each page, once somebody's run has given it: kept for all visitors."""
    return {}


_left: OrderedDict[str, Session] = OrderedDict()


def _leave(session: Session) -> None:
    _left[session.owner] = session
    while len(_left) > MAX_LEFT:
        _left.popitem(last=False)


# A session's cache is emptied when its connection drops, if only for a moment. What was in it waits for the same tab to
# come back. A run in progress is not told: it ends when nobody has asked after it for a while.
@st.cache_resource(scope="session", max_entries=1, show_spinner=False, on_release=_leave)
def session() -> Session:
    context = get_script_run_ctx()
    assert context is not None
    return _left.pop(context.session_id, None) or Session(context.session_id)


def visitor() -> str:
    """Who has this tab open: the same for all tabs of a browser. Streamlit gives each browser a token against forged
    requests, and masks it anew every time it sends it; a browser that keeps no cookies is a visitor a tab."""
    token, _ = decode_xsrf_token_string(st.context.cookies.get("_streamlit_xsrf", ""))
    return session().owner if token is None else token.hex()
