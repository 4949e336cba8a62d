"""Model complexity: training error and error on new data, from the simplest model to far more weights than rows."""

import streamlit as st

from core.concepts.generalization import model_complexity
from core.concepts.generalization.model_complexity import Result, figures
from core.concepts.generalization.model_complexity.tasks import FEATURES, NETWORK_TEN, ONE_INPUT
from pages import ui

LINES = ("training error", "error on new data")  # of a pinned run, to be drawn over the run on show


def draw(page: ui.Page, result: Result) -> None:
    if page.live:
        family(page, result)
    else:
        st.fragment(family)(page, result)
    st.markdown(f"**{page.text('titles.ten')}**")
    left, right = st.columns(2)
    with left:
        if FEATURES in result.families:
            page.chart("features", figures.error(result, FEATURES), 360)
    with right:
        if NETWORK_TEN in result.families:
            page.chart("trained", figures.error(result, NETWORK_TEN), 360)
    page.caption("ten", rows=result.settings.rows)


def family(page: ui.Page, result: Result) -> None:
    """One family with one input. A fragment: its controls redraw nothing else."""
    name = page.segment("family", ONE_INPUT, ONE_INPUT[0])
    if name not in result.families:
        page.caption("later")
        return
    left, right = st.columns(2)
    page.caption("error", sets=result.settings.resamples, networks=result.settings.networks)
    i = model_shown(page, result, name)
    with left:
        has = lambda pin: name in pin.families  # noqa: E731
        page.chart("error", page.overlaid(result, lambda run: figures.error(run, name, i), has, LINES), 360)
    with right:
        page.chart("three", figures.three(result, name), 360)
    fits, curves = st.columns(2)
    with fits:
        page.chart("fits", figures.fits(result, name, i, 10 if page.live else 30), 340)
    with curves:
        if result.learning:
            page.chart("learning", figures.learning_curves(result), 340)
    page.caption("fits")


def model_shown(page: ui.Page, result: Result, name: str) -> int:
    """The number of the size that is drawn; while the run goes on, the best one so far."""
    sweep = result.families[name]
    if page.live:
        return sweep.best
    if name.startswith("polynomial"):
        return int(page.slider("degree", 0, sweep.sizes[-1], sweep.sizes[sweep.best]))
    sizes = [str(size) for size in sweep.sizes]
    control = {"k-NN": "k", "network": "width"}.get(name, "tree_depth")
    return sizes.index(page.segment(control, sizes, sizes[sweep.best]))


def preview(page: ui.Page) -> None:
    page.chart("three", figures.start(page.settings), 360)
    page.caption("start")


ui.Page(model_complexity).show(draw, preview)
