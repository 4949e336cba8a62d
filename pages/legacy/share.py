"""The link to what is on screen."""

from urllib.parse import urlencode

import streamlit as st

from pages.legacy.controls import Controls


def link(controls: Controls, note: str = "") -> None:
    """A popover with the whole address, every control and the seed included, that also starts the run. note: what it does
    not hold."""
    with st.popover("Copy link", icon=":material/link:", help="A link that reproduces this experiment exactly"):
        address = (st.context.url or "").split("?")[0]
        st.code(
            f"{address}?{urlencode({**controls.query(whole=True), 'run': '1'}, True)}", language=None, wrap_lines=True
        )
        st.caption(f"Whoever opens it sees these settings and gets this run. {note}".strip())
