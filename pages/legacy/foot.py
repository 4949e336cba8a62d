"""What stands below the figures of every page: findings, what can be done with a run, and the tabs."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pandas as pd
import streamlit as st

from pages.legacy.compare import comparison
from pages.legacy.controls import Controls
from pages.legacy.page import sources
from pages.legacy.panels import findings
from pages.legacy.questions import try_this
from pages.legacy.share import link
from pages.ui.session import session

PYTORCH = "Plain PyTorch, nothing of this lab in it. It prints the scores of every seed, as above."
SKLEARN = "Plain scikit-learn, nothing of this lab in it. It prints the scores of every seed, as above."


def foot(
    page: str,
    controls: Controls,
    concept: ModuleType,
    result: Any | None,
    code: str | None,
    words: str = PYTORCH,
    frame: Callable[[], pd.DataFrame] | None = None,
    downloads: Callable[[], None] | None = None,
    note: str = "",
) -> None:
    """Findings, buttons and tabs from the concept's `findings`, `QUESTIONS`, `score`, `difference` and `SOURCES`; its
    `sealed(result)`, where it has one, says the test score in a sentence.

    result: of the finished run; None before. code: the script of these settings, below `words`. frame: what "Download"
    gives as CSV. downloads: draws further downloads. note: what the link does not hold."""
    with st.container():  # always there, so that the tabs below keep their place, and the open one stays open
        if result is not None:
            findings(concept.findings(result))
            with st.container(horizontal=True, vertical_alignment="center"):
                _pin(page, result)
                link(controls, note)
                _download(controls.slug, frame, downloads)
                _seal(page, concept, result)
    tabs = st.tabs(["Try this", "Compare", "Code", "Sources"])
    with tabs[0]:
        try_this(page, controls, concept.QUESTIONS, result)
    with tabs[1]:
        comparison(page, controls, result, concept.score, concept.difference)
    with tabs[2]:
        _script(controls.slug, code, words)
    with tabs[3]:
        sources(concept.SOURCES)


def _pin(page: str, result: Any) -> None:
    help = "Keep it to compare the next with"
    if st.button("Pin this run", icon=":material/push_pin:", key=f"{page}-pin", help=help):
        session().pin(page, result)
        st.rerun()


def _download(slug: str, frame: Callable[[], pd.DataFrame] | None, more: Callable[[], None] | None) -> None:
    if frame is None:
        return
    csv, name, icon = lambda: frame().to_csv(index=False), f"{slug}.csv", ":material/download:"
    if more is None:
        st.download_button("Numbers (CSV)", csv, name, "text/csv", icon=icon)
        return
    with st.popover("Download", icon=icon):
        st.download_button("Numbers (CSV)", csv, name, "text/csv")
        more()


def _seal(page: str, concept: ModuleType, result: Any) -> None:
    """The test score, shut until it is asked for, and how often it was asked for. A run that was stopped has none."""
    if not hasattr(concept, "sealed") or result.fraction < 1:
        return
    opened, key = session().opened, (page, result.settings)
    if st.button("Open the test score", icon=":material/lock_open:", key=f"{page}-test"):
        opened[key] = opened.get(key, 0) + 1
        opened[page] = opened.get(page, 0) + 1
    if key in opened:
        st.markdown(f"**{concept.sealed(result)}**", width="content")
    if opened.get(page):
        st.caption(f"Opened {opened[page]}×. Each look you act on makes the test less of a test.", width="content")


def _script(slug: str, text: str | None, words: str) -> None:
    if text is None:
        none = "There is no script for these settings: they are not valid, or the data set must be downloaded first."
        st.caption(none)
        return
    st.caption(words)
    st.download_button("Download script", text, f"{slug}.py", "text/x-python", icon=":material/download:")
    st.code(text, language="python", height=420)
