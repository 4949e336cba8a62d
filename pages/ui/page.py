"""The head and the foot of every page."""

from collections.abc import Iterable

import streamlit as st

from core.catalogue import CONCEPTS


def head(path: str, idea: str, formula: str) -> None:
    """Title, terms, the idea in a few sentences and its formula (LaTeX)."""
    concept = CONCEPTS[path]
    st.title(concept.title, anchor=False)
    st.caption(concept.terms)
    st.markdown(f"{idea} ${formula}$")


def sources(rows: Iterable[str]) -> None:
    st.markdown("\n".join(f"- {row}" for row in rows))
