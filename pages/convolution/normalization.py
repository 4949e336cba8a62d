"""Normalisation layers: which numbers share a mean, and at which learning rates a network with each norm learns."""

import streamlit as st

from core.concepts.convolution import normalization
from core.concepts.convolution.normalization import Result, figures
from core.concepts.convolution.normalization.averaged import Numbers, averaged
from core.concepts.convolution.normalization.cube import cube
from core.concepts.convolution.normalization.findings import described
from pages import ui


def block(page: ui.Page, numbers: Numbers) -> None:
    """Which numbers share a mean."""
    page.picture("cube", cube(numbers, page.dark), 480, norm=page.view.norm, pictures=page.view.pictures)
    page.caption("cube", channel=page.view.channel)


def closely(page: ui.Page, settings: normalization.Settings, numbers: Numbers) -> None:
    """Mean, variance, scale and shift of the numbers in the cube."""
    st.header(page.text("titles.closely"), anchor=False)
    st.markdown(" ".join(page.say(f) for f in described(settings, page.view, numbers)), width=ui.TEXT_WIDTH)
    before, after = figures.before_and_after(numbers, page.dark)
    left, right = st.columns(2)
    with left:
        page.picture("before", before, 560, page.text("titles.before"))
    with right:
        page.picture("after", after, 560, page.text("titles.after"))
    page.caption("maps")


def preview(page: ui.Page) -> None:
    numbers = averaged(page.settings, page.view)
    block(page, numbers)
    closely(page, page.settings, numbers)


def draw(page: ui.Page, result: Result) -> None:
    settings = page.settings or result.settings
    numbers, seeds = averaged(settings, page.view), result.settings.seeds
    left, right = st.columns(2)
    with left:
        # A click would redraw the run in progress alone, not the menus, so the table takes clicks when it has ended.
        show, more = (page.chart, {}) if page.live else (page.selectable, {"chosen": figures.choice})
        show("survival", figures.survival(result, page.view), height=330, **more)
        page.caption("survival", seeds=seeds)
    with right:
        block(page, numbers)
    left, right = st.columns(2)
    with left:
        page.chart("loss", page.overlaid(result, lambda run: figures.loss(run, page.view)), 340)
    with right:
        if result.right is not None:
            page.chart("gains", page.overlaid(result, figures.gains, lambda pin: pin.right is not None), 340)
    page.caption("training", seeds=seeds)
    closely(page, settings, numbers)
    if result.modes is not None:
        st.header(page.text("titles.modes"), anchor=False)
        left, right = st.columns(2)
        with left:
            page.chart("sizes", figures.sizes(result), 340)
        with right:
            page.chart("lag", figures.lag(result), 340)
        page.caption("modes", **figures.compared(result))


ui.Page(normalization).show(draw, preview)
