"""Learning-rate schedules: drawn, then trained, each at three base rates."""

import streamlit as st

from core.concepts.optimization import schedules
from core.concepts.optimization.schedules import Result, figures
from core.concepts.optimization.schedules.findings import edges, plateau
from core.concepts.optimization.schedules.settings import PLATEAU
from pages import ui


def preview(page: ui.Page) -> None:
    if page.settings is not None:
        page.chart("planned", figures.planned(page.settings, 1, page.dark), 380)
        page.caption("plan", schedules=len(page.settings.compared), seeds=page.settings.seeds)


def draw(page: ui.Page, result: Result) -> None:
    if page.live:
        curves(page, result)
        return
    st.fragment(curves)(page, result)
    if result.fraction == 1 and len(result.names) > 1:
        evidence(page, result)


def curves(page: ui.Page, result: Result) -> None:
    """The learning rates, and what they do to the training, from one base rate."""
    left, right = st.columns(2)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        rates = [figures.rate(value) for value in result.settings.rates]
        at = rates.index(page.segment("at", rates, rates[1]))
        what = page.segment("what", figures.CURVES, figures.CURVES[0])
    with left:
        page.chart("planned", figures.planned(page.settings or result.settings, at, page.dark), 380)
    with right:
        spec = page.overlaid(result, lambda run: figures.learning(run, what, at, page.dark))
        page.chart("curves", spec, 380, what=what)
    page.caption("curves", seeds=result.settings.seeds)
    if PLATEAU in result.names:
        with st.expander(page.text("captions.plateau"), icon=":material/trending_down:"):
            left, right = st.columns(2)
            with left:
                page.chart("when", figures.lowered_when(result, at, page.dark), 300)
            with right:
                page.chart("to", figures.lowered_to(result, at, page.dark), 300)
            page.caption("seeds")
            st.caption(page.say(plateau(result)))


def evidence(page: ui.Page, result: Result) -> None:
    """The gains over a constant rate."""
    left, right = st.columns(2)
    with left:
        page.chart("gains", figures.gains(result), 400)
    with right:
        page.chart("tuned", figures.tuned(result), 400)
    page.caption("gains", seeds=result.settings.seeds, rows=result.held_out)
    if (beyond := edges(result)) is not None:
        st.caption(page.say(beyond))
    with st.expander(page.text("captions.table"), icon=":material/table:"):
        st.dataframe(figures.table(result), hide_index=True, key="schedules-table")


ui.Page(schedules).show(draw, preview)
