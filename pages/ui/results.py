"""What can be done with the run on show: pin it, link to it, download it, open its test score."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from core.settings import Hidden, declared, to_query
from core.text import Text
from pages.ui.controls import Controls
from pages.ui.session import session


def results_section(
    path: str,
    words: Text,
    concept: ModuleType,
    result: Any,
    controls: Controls,
    downloads: Callable[[Any], None] | None,
) -> None:
    """The buttons below the findings. All of them belong to `result`, wherever the sliders stand by now."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(words("ui.pin"), icon=":material/push_pin:", key=f"{path}-pin", help=words("ui.pin_help")):
            session().pin(path, result)
            st.toast(words("ui.pinned"), icon=":material/push_pin:")
            st.rerun()
        _link(words, result, controls)
        _download(path.split("/")[1], words, result, downloads)
        _test_score(path, words, concept, result)


def address(settings: Any, controls: Controls) -> str:
    """The whole address of a run: every setting, the seed included, and what is chosen of the view and within the figures."""
    mine = [key for key in st.query_params if key.startswith(f"{controls.slug}-") and key in st.session_state]
    query: dict[str, Any] = {key: st.query_params.get_all(key) for key in mine}
    for part in (settings, controls.view):
        if part is not None:
            names = [name for name, spec in declared(type(part)).items() if not isinstance(spec, Hidden)]
            query |= to_query({name: getattr(part, name) for name in names}, type(part), controls.slug)
    base = (st.context.url or "").split("?")[0]
    embed = {"embed": "true"} if st.context.is_embedded else {}
    return f"{base}?{urlencode({**query, 'run': '1', **embed}, True)}"


def _link(words: Text, result: Any, controls: Controls) -> None:
    with st.popover(words("ui.link"), icon=":material/link:", help=words("ui.link_help")):
        st.code(address(result.settings, controls), language=None, wrap_lines=True)
        st.caption(words("ui.link_caption"))
        own = [n for n, spec in declared(type(result.settings)).items() if isinstance(spec, Hidden)]
        if any(getattr(result.settings, name) for name in own):
            st.caption(words("ui.not_in_link"))


def _download(slug: str, words: Text, result: Any, more: Callable[[Any], None] | None) -> None:
    with st.popover(words("ui.download"), icon=":material/download:"):
        csv = lambda: result.frame().to_csv(index=False)  # noqa: E731
        st.download_button(words("ui.download_csv"), csv, f"{slug}.csv", "text/csv")
        if more is not None:
            more(result)


def _test_score(path: str, words: Text, concept: ModuleType, result: Any) -> None:
    """The test score, shut until it is asked for, and how often it was asked for. A run that was stopped has none."""
    if not hasattr(concept, "sealed") or result.fraction < 1:
        return
    opened, key = session().opened, (path, result.settings)
    if st.button(words("ui.open_test"), icon=":material/lock_open:", key=f"{path}-test"):
        opened[key] = opened.get(key, 0) + 1
        opened[path] = opened.get(path, 0) + 1
    if key in opened:
        st.markdown(f"**{words.say(concept.sealed(result))}**", width="content")
    if opened.get(path):
        st.caption(words("ui.opened", times=opened[path]), width="content")
