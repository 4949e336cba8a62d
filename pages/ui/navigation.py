"""What the navigation leads to, made from the catalogue."""

from __future__ import annotations

import copy
from functools import lru_cache
from typing import Any

import streamlit as st

from core.catalogue import SECTIONS


@lru_cache
def _made() -> dict[str, list[Any]]:
    """Made once for all tabs: each page looks for its file, which is most of a light page's rerun."""
    pages = {"": [st.Page("home.py", title="Home", icon=":material/home:", default=True)]}
    for section in SECTIONS:
        pages[section.title] = [
            st.Page(f"{c.path}.py", title=c.title, icon=section.icon, url_path=c.slug)
            for c in section.concepts
            if c.built
        ]
    pages["Reference"] = [st.Page("glossary.py", title="Glossary", icon=":material/translate:")]
    return {title: entries for title, entries in pages.items() if entries}


def navigation_pages() -> dict[str, list[Any]]:
    """The pages by section, for one run of one tab: a page notes whether it has run, and runs overlap."""
    return {title: [copy.copy(page) for page in entries] for title, entries in _made().items()}
