"""What the page tests share: an app that is stepped by hand, and no memory of the test before."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported, as in app.py
os.environ.setdefault(
    "CONCEPT_LAB_ENGINE", "threads"
)  # of the pages that AppTest runs; servers under test take away what is theirs

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "tests" / "pages"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright's synchronous interface leaves an event loop running in the main thread, under which
    neither asyncio.run nor, in CPython 3.11, a deep ast.parse works any more. Those marked `full` only under `FULL=1`."""
    items.sort(key=lambda item: "browser" in item.path.parts)
    if "FULL" not in os.environ:
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("full")])
        items[:] = [item for item in items if not item.get_closest_marker("full")]


def forget_visitor() -> None:
    """Whoever opens the app next is somebody else: AppTest gives every app the same session, so it has to be emptied."""
    from streamlit.runtime.caching import cache_resource_api

    cache_resource_api.clear_session_cache("test session id")
    if "pages.ui.session" in sys.modules:
        sys.modules["pages.ui.session"]._left.clear()


@pytest.fixture(autouse=True)
def fresh_server(request: pytest.FixtureRequest) -> Iterator[None]:
    """A page test starts no run but those it asks for. After it: end the runs in the queue, and empty the caches that
    AppTest leaves behind."""
    if PAGES not in request.path.parents:
        yield
        return
    import pages.ui.running

    before = pages.ui.running.RUN_WHEN_OPENED
    pages.ui.running.RUN_WHEN_OPENED = bool(request.node.get_closest_marker("alive"))
    yield
    pages.ui.running.RUN_WHEN_OPENED = before
    import streamlit as st

    if "core.cluster.queues" in sys.modules:
        sys.modules["core.cluster.queues"].the_queue().close(5.0)
        sys.modules["core.cluster.queues"].the_queue.cache_clear()
    forget_visitor()
    st.cache_resource.clear()


@pytest.fixture
def new_visitor() -> Callable[[], None]:
    return forget_visitor
