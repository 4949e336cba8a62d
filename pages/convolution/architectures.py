"""Architectures: six networks layer by layer, and plain, residual and dense networks as they grow deeper."""

import streamlit as st

from core.concepts.convolution import architectures
from core.concepts.convolution.architectures import Result, figures
from core.concepts.convolution.architectures.diagrams import HEIGHT, connections, diagram
from core.concepts.convolution.architectures.result import LAST, Costs
from pages import ui


def asked_for(page: ui.Page, result: Result) -> Costs:
    """The layers of the network in the menu: without times where the run has measured another one, or another size. A run in
    progress shows its own, as it would be given up while the server loads PyTorch."""
    s = page.settings
    if page.live or s is None or (result.settings.network, result.settings.input) == (s.network, s.input):
        return result.costs
    costs: Costs = page.kept("costs", (s.network, s.input), lambda: architectures.costs_of(s.network, s.input[1]))
    return costs


def anatomy(page: ui.Page, costs: Costs) -> None:
    title = page.text("titles.anatomy", network=costs.network, size=costs.layers[0].inputs[1])
    page.chart("anatomy", figures.anatomy(costs, title), figures.height(costs), network=costs.network)
    page.caption("anatomy" if costs.complete else "not_measured")


def closely(page: ui.Page, costs: Costs) -> None:
    """What the network brought, what its kinds of layers cost, and every layer."""
    st.header(page.text("titles.cost", network=costs.network), anchor=False)
    left, right = st.columns(2)
    with left:
        title = page.text("titles.diagram", network=costs.network)
        page.chart("diagram", diagram(costs, title), HEIGHT, network=costs.network)
        page.caption("diagram")
    with right:
        page.chart("kinds", figures.kinds(costs), 340)
    with st.expander(page.text("titles.table"), icon=":material/table:"):
        st.dataframe(figures.table(costs), hide_index=True)


def preview(page: ui.Page) -> None:
    """The networks that are going to be trained; the layers of the one in the menu come with the run."""
    page.chart("connections", connections(page.text("titles.connections")), HEIGHT)
    page.caption("connections")


def draw(page: ui.Page, result: Result) -> None:
    costs = asked_for(page, result)
    left, right = st.columns([3, 2])
    with left:
        anatomy(page, costs)
    with right:
        page.chart("depth", page.overlaid(result, figures.by_depth))
        page.caption("depth", last=LAST, seeds=result.settings.seeds)
    closely(page, costs)
    if result.right is not None:
        st.header(page.text("titles.deeper"), anchor=False)
        left, right = st.columns(2)
        with left:
            page.chart("accuracy", page.overlaid(result, figures.accuracy, lambda pin: pin.right is not None), HEIGHT)
        with right:
            page.chart("connections", connections(page.text("titles.connections")), HEIGHT)
        page.caption("deeper", seeds=result.settings.seeds, rows=result.right.shape[-1])


ui.Page(architectures).show(draw, preview)
