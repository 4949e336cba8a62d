"""Sequences: how far ahead each method beats "same as now"."""

import streamlit as st

from core.concepts.paradigms import sequences
from core.concepts.paradigms.sequences import Result, figures
from pages import ui


def draw(page: ui.Page, result: Result) -> None:
    if not result.forecasts:
        st.skeleton()
        return
    s = result.settings
    page.chart("errors", page.overlaid(result, figures.errors, lambda pin: bool(pin.forecasts)), 380)
    page.caption("errors", origins=len(result.origins), seeds=s.seeds)
    if page.live:
        free_run(page, result)
    else:
        st.fragment(free_run)(page, result)
        with st.expander(page.text("captions.table"), icon=":material/table:"):
            st.dataframe(figures.table(result), hide_index=True)


def free_run(page: ui.Page, result: Result) -> None:
    """What each method predicts from one place of the held-out values."""
    number = 1 if page.live else page.slider("origin", 1, figures.SHOWN, 1)
    page.chart("free", figures.free(result, number), 380)
    page.caption("free", trained=result.trained)


ui.Page(sequences).show(draw)
