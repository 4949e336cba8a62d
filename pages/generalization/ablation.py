"""Ablation: a recipe taken apart, one component at a time."""

import streamlit as st

from core.concepts.generalization import ablation
from core.concepts.generalization.ablation import Result, figures
from pages import ui


def preview(page: ui.Page) -> None:
    """What will be trained, while there is no result."""
    page.chart("plan", figures.plan(page.settings), 400)
    page.caption("plan")


def draw(page: ui.Page, result: Result) -> None:
    left, right = st.columns(2)
    with left:
        page.chart("within", page.overlaid(result, figures.within_recipe), 370)
    with right:
        page.chart("alone", page.overlaid(result, figures.alone), 370)
    tested = "effects_pictures" if result.right else "effects_points"
    page.caption(tested, seeds=result.settings.seeds, rows=result.rows)
    if not page.live:
        with st.expander(page.text("captions.more"), icon=":material/query_stats:"):
            st.fragment(more)(page, result)


def more(page: ui.Page, result: Result) -> None:
    """Interactions, learning curves, the plan and its cost. A fragment: the choice redraws this alone."""
    left, right = st.columns(2)
    with left:
        page.chart("interactions", figures.interactions(result), 400)
    with right:
        component = page.segment("component", result.settings.parts, result.settings.parts[0])
        page.chart("curves", figures.learning(result, component), 320)
        page.caption("curves")
    left, right = st.columns(2)
    with left:
        page.chart("plan", figures.plan(result.settings), 400)
        page.caption("plan")
    if result.ms:
        with right:
            page.chart("cost", figures.step_costs(result), 360)
            sizes = {"bare": result.parameters[0], "extra": result.parameters[1] - result.parameters[0]}
            page.caption("cost", flops=result.flops, **sizes, full=result.slower("full recipe").mean)


ui.Page(ablation).show(draw, preview)
