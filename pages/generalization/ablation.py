"""Ablation: a recipe taken apart, one component at a time."""

import streamlit as st

from core.concepts.generalization import ablation
from core.concepts.generalization.ablation import Result, figures
from pages import ui


def draw(page: ui.Page, result: Result) -> None:
    left, right = st.columns(2)
    with left:
        page.chart("within", page.overlaid(result, figures.within_recipe), 380)
    with right:
        page.chart("alone", page.overlaid(result, figures.alone), 380)
    page.caption("effects", seeds=result.settings.seeds)
    if not page.live:
        with st.expander(page.text("captions.more"), icon=":material/query_stats:"):
            st.fragment(more)(page, result)


def more(page: ui.Page, result: Result) -> None:
    """Interactions, learning curves and cost. A fragment: the choice redraws this alone."""
    page.chart("interactions", figures.interactions(result), 380)
    component = page.segment("component", result.settings.parts, result.settings.parts[0])
    page.chart("curves", figures.learning(result, component))
    page.caption("curves")
    if result.ms:
        page.chart("cost", figures.step_costs(result))
        page.caption("cost")


ui.Page(ablation).show(draw)
