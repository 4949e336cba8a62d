"""The head and the foot of every page."""

from collections.abc import Iterable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.catalogue import CONCEPTS


def head(path: str, idea: str, formula: str) -> None:
    """Title, terms, the idea in a few sentences and its formula (LaTeX)."""
    concept = CONCEPTS[path]
    st.title(concept.title, anchor=False)
    st.caption(concept.zh)
    st.markdown(f"{idea}\n\n$${formula}$$")


def layout() -> tuple[DeltaGenerator, DeltaGenerator, DeltaGenerator]:
    """Places for the buttons, the controls and the figures. On a phone they follow as buttons, figures, controls, so that
    who presses Train sees what happens."""
    bar = st.container(horizontal=True)
    figures, controls = st.columns([2.8, 1], gap="medium")
    return bar, controls, figures


def sources(rows: Iterable[str]) -> None:
    st.markdown("\n".join(f"- {row}" for row in rows))
