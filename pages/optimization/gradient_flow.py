"""Gradient flow: how gradients fare on their way back through every kind of deep network, and which networks learn."""

import streamlit as st

from core.concepts.optimization import gradient_flow
from core.concepts.optimization.gradient_flow import Result, figures
from core.concepts.optimization.gradient_flow.findings import name, network
from pages import ui

HEIGHT = 380  # of a map of twelve rows
MAP_CAPTIONS = {"gradient": "gradient", "activations": "activations", "gradient of the weights": "weights"}


def preview(page: ui.Page) -> None:
    page.chart("theory", figures.expected(page.settings, page.view))
    page.caption("theory")


def draw(page: ui.Page, result: Result) -> None:
    # A click would redraw the run in progress alone, not the menus, so maps take clicks when it has ended.
    show = page.chart if page.live else page.selectable
    more = {} if page.live else {"chosen": figures.choice}
    left, right = st.columns(2)
    with left:
        show("start_map", figures.start_map(result, page.view), height=HEIGHT, **more)
    with right:
        if result.learnt is not None:
            show("learnt_map", figures.learnt_map(result, page.view), height=HEIGHT, **more)
    page.caption(MAP_CAPTIONS[page.view.measure])
    page.caption("accuracy", seeds=result.settings.seeds)
    closely(page, result)
    if result.validation is not None:
        overall(page, result)


def closely(page: ui.Page, result: Result) -> None:
    """The network on show, layer by layer and in training."""
    view, seeds = page.view, result.settings.seeds
    title = page.text("titles.closely", name=name(view.index, result.settings.scale))
    st.header(title, anchor=False)
    st.markdown(" ".join(page.say(finding) for finding in network(result, view)))
    left, right = st.columns(2)
    with left:
        page.chart("gradient_by_layer", figures.layers(result, view, "gradient"), 320)
    with right:
        page.chart("activations_by_layer", figures.layers(result, view, "activations"), 320)
    page.caption("layers", seeds=seeds)
    if result.loss is None:
        return
    left, right = st.columns(2)
    with left:
        loss = page.overlaid(result, lambda run: figures.loss(run, view), lambda pin: pin.loss is not None)
        page.chart("loss", loss, 320)
    with right:
        st.fragment(norms)(page, result)
    page.caption("training", seeds=seeds)


def norms(page: ui.Page, result: Result) -> None:
    """A fragment: the choice redraws this alone."""
    place = st.container()
    clipping = page.segment("clipping", figures.CLIPPED, figures.CLIPPED[0])
    with place:
        page.chart("norms", figures.norms(result, page.view, clipping), 270)


def overall(page: ui.Page, result: Result) -> None:
    """All networks at once."""
    with st.expander(page.text("titles.overall"), icon=":material/scatter_plot:"):
        left, right = st.columns(2)
        with left:
            page.chart("start_and_end", figures.start_and_end(result), 360)
        with right:
            if (changes := figures.changes(result)) is not None:
                page.chart("changes", changes, 360)
        page.caption("overall", networks=figures.NETWORKS)


ui.Page(gradient_flow).show(draw, preview)
