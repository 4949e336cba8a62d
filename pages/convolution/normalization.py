"""Normalisation layers: which numbers share a mean, and at which learning rates a network with each norm learns."""

import streamlit as st

from core.concepts.convolution import normalization
from core.concepts.convolution.normalization import Result, figures
from core.concepts.convolution.normalization.averaged import averaged
from core.concepts.convolution.normalization.cube import cube
from core.concepts.convolution.normalization.findings import described
from core.concepts.convolution.normalization.settings import LOOKED_AT, PREDICTED, RATES
from pages import ui


def block(page: ui.Page) -> None:
    """Which numbers share a mean."""
    numbers = averaged(page.settings, page.view)
    page.picture("cube", cube(numbers, page.dark), 480, norm=page.view.norm, pictures=page.view.pictures)
    page.caption("cube", channel=page.view.channel)


def closely(page: ui.Page) -> None:
    """Mean, variance, scale and shift of the numbers in the cube."""
    st.header(page.text("titles.closely"), anchor=False)
    numbers = averaged(page.settings, page.view)
    st.markdown(" ".join(page.say(f) for f in described(page.settings, page.view, numbers)), width=ui.TEXT_WIDTH)
    before, after = figures.before_and_after(numbers, page.dark)
    left, right = st.columns(2)
    with left:
        page.picture("before", before, 560, page.text("titles.before"))
    with right:
        page.picture("after", after, 560, page.text("titles.after"))
    page.caption("maps")


def preview(page: ui.Page) -> None:
    left, right = st.columns(2)
    with left:
        block(page)
    with right:
        st.skeleton()
    closely(page)


def draw(page: ui.Page, result: Result) -> None:
    seeds = result.settings.seeds
    left, right = st.columns(2)
    with left:
        # A click would redraw the run in progress alone, not the menus, so the table takes clicks when it has ended.
        show, more = (page.chart, {}) if page.live else (page.selectable, {"chosen": figures.choice})
        show("survival", figures.survival(result, page.view), height=330, **more)
        page.caption("survival", seeds=seeds)
    with right:
        block(page)
    training(page, result)
    closely(page)
    if result.modes is not None:
        modes(page, result)


def modes(page: ui.Page, result: Result) -> None:
    """Batch norm in training and in evaluation mode."""
    st.header(page.text("titles.modes"), anchor=False)
    left, right = st.columns(2)
    with left:
        page.chart("sizes", figures.sizes(result), 340)
    with right:
        page.chart("lag", figures.lag(result), 340)
    rate, rates = RATES[result.best("batch")], [f"{RATES[r]:g}" for r in result.modes.rates]
    page.caption("modes", seeds=result.settings.seeds, rate=rate, rates=rates, rows=PREDICTED, looked=LOOKED_AT)


def training(page: ui.Page, result: Result) -> None:
    """The course of training at one learning rate, and what each norm gains."""
    left, right = st.columns(2)
    with left:
        page.chart("loss", page.overlaid(result, lambda run: figures.loss(run, page.view)), 340)
    with right:
        if result.right is not None:
            page.chart("gains", page.overlaid(result, figures.gains, lambda pin: pin.right is not None), 340)
    page.caption("training", seeds=result.settings.seeds)


ui.Page(normalization).show(draw, preview)
