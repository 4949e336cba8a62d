"""Training a network: the main page."""

import streamlit as st

from core.concepts.optimization import training
from core.concepts.optimization.training import Result, figures
from pages import ui


def draw(page: ui.Page, result: Result) -> None:
    left, right = st.columns(2)
    with left:
        if result.axes is not None:
            title = page.text("titles.field", seeds=result.settings.seeds)
            page.picture("field", figures.field(result), 400, title)
        elif result.confusion is not None:
            page.chart("confusion", figures.confusion(result, page.dark), 400)
    with right:
        page.chart("accuracy", page.overlaid(result, lambda run: figures.learning(run, "accuracy")), 215)
        page.chart("loss", page.overlaid(result, lambda run: figures.learning(run, "loss")), 215)
    if result.axes is not None:
        page.caption("field")
    page.caption("curves", seeds=result.settings.seeds, rows=result.held_out)
    if result.wrong:
        page.picture_row("wrong", [(x, truth, guess) for x, truth, guess in result.wrong], result.classes)
    if not page.live:
        inside(page, result)


def inside(page: ui.Page, result: Result) -> None:
    """What only some want to see: norms and cost."""
    with st.expander(page.text("captions.inside"), icon=":material/monitoring:"):
        page.chart("norms", page.overlaid(result, figures.norms), 300)
        cost = {"parameters": result.parameters, "flops": result.flops, "ms": result.ms_per_step}
        page.caption("costs", **cost, memory=result.memory / 1e6, device=result.device)


ui.Page(training, uploads={"data": ui.own_points}).show(draw, downloads=ui.weights)
