"""Depth or width: what a deep network can represent, and what training finds."""

import streamlit as st

from core.concepts.generalization import depth_vs_width
from core.concepts.generalization.depth_vs_width import Result, ViewSettings, figures
from core.concepts.generalization.depth_vs_width.targets import TARGETS
from pages import ui


def represent(page: ui.Page) -> None:
    """The folding network, from exact numbers."""
    view: ViewSettings = page.view
    st.header(page.text("titles.represent"), anchor=False)
    left, right = st.columns([3, 2])
    with left:
        page.chart("fold", figures.fold(view), 315, layers=view.layers)
    with right:
        page.chart("growth", figures.growth(view), 315)
    page.caption("fold")
    for finding in depth_vs_width.described(view):
        st.markdown(page.say(finding), width=ui.TEXT_WIDTH)
    with st.expander(page.text("titles.inside", layers=view.layers), icon=":material/search:"):
        page.chart("two_neurons", figures.neurons(view), 300, layers=view.layers)


def draw(page: ui.Page, result: Result) -> None:
    represent(page)
    st.header(page.text("titles.train"), anchor=False)
    left, right = st.columns(2)
    with left:
        page.chart("who_finds", page.overlaid(result, figures.who_finds, lambda pin: pin.fraction == result.fraction))
    with right:
        page.chart("errors", page.overlaid(result, figures.errors, lambda pin: pin.fraction == result.fraction))
    s = result.settings
    page.caption("who_finds", seeds=s.seeds, budget=s.budget, parameters=6 * s.folds + 1)
    st.fragment(closely)(page, result)
    if not page.live:
        course(page, result)


def closely(page: ui.Page, result: Result) -> None:
    """What one seed has learnt, and the pieces. A fragment: its controls redraw nothing else."""
    left, right = st.columns(2)
    with left:
        target = page.segment("target", TARGETS, TARGETS[0])
        number = page.slider("which", 0, result.settings.seeds - 1, 0)
        page.chart("fits", figures.fits(result, TARGETS.index(target), number), target=target)
    if result.fraction == 1:
        with right:
            page.chart("pieces", figures.pieces(result), 470)
        page.caption("pieces", seeds=result.settings.seeds)


def course(page: ui.Page, result: Result) -> None:
    """What only some want to see."""
    with st.expander(page.text("titles.course"), icon=":material/monitoring:"):
        left, right = st.columns(2)
        with left:
            page.chart("learning_regular", figures.learning(result, 0))
        with right:
            page.chart("learning_irregular", figures.learning(result, 1))
        page.chart("compared", figures.compared(result), 300)
        page.caption("course")
        st.dataframe(figures.table(result), hide_index=True)


ui.Page(depth_vs_width).show(draw, preview=represent)
