"""Activation functions: their curves, their dead units, and layers without any."""

import streamlit as st

from core.concepts.foundations import activations
from core.concepts.foundations.activations import Result, figures
from pages import ui


def functions(page: ui.Page) -> None:
    """The chosen functions, which need no run."""
    page.chart("values", figures.values(page.view), 165)
    page.chart("derivatives", figures.derivatives(page.view), 215)


def draw(page: ui.Page, result: Result) -> None:
    left, right = st.columns(2)
    with left:
        page.chart("dead", page.overlaid(result, figures.dead), 385)
    with right:
        functions(page)
    page.caption("dead", seeds=result.settings.seeds, width=result.settings.width)
    if not result.complete:
        return
    left, right = st.columns(2)
    with left:
        page.chart("rates", page.overlaid(result, figures.rates, lambda pin: pin.complete), 360)
        page.caption("rates", seeds=result.settings.seeds)
    with right:
        page.chart("costs", page.overlaid(result, figures.costs, lambda pin: pin.complete), 360)
        page.caption("costs", seeds=result.settings.seeds)
    left, right = st.columns(2)
    with left:
        st.fragment(units)(page, result)
    with right:
        layers(page, result)
    feature_maps(page)


def units(page: ui.Page, result: Result) -> None:
    """The hidden units of a fitted curve, one by one and summed."""
    count = page.slider("units", 1, len(figures.parts(result)), len(figures.parts(result)))
    page.chart("units", figures.units(result, count), 300)
    page.caption("units")


def layers(page: ui.Page, result: Result) -> None:
    """The same network without and with its activation."""
    with st.container(horizontal=True, gap="small"):
        page.picture("linear", figures.field(result, False), 190, page.text("titles.linear"))
        page.picture("bent", figures.field(result, True), 190, page.text("titles.bent"))
    page.caption("layers", layers=result.settings.depth + 1)


def feature_maps(page: ui.Page) -> None:
    """A photograph, its feature map, and what each of the functions on view leaves of it."""
    with st.expander(page.text("captions.pictures"), icon=":material/photo_filter:"):
        with st.container(horizontal=True, gap="small"):
            page.picture("photo", figures.grey(page.view), 150, page.text("titles.photo"))
            page.picture("map", figures.painted(figures.feature_map(page.view)), 150, page.text("titles.map"))
            for name in page.view.shown:
                image = figures.activated(page.view, name)
                page.picture("after", figures.painted(image), 150, name, suffix=name, function=name)
        page.caption("maps")


ui.Page(activations).show(draw, functions)
