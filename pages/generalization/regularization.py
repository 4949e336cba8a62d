"""Methods against overfitting, side by side."""

import streamlit as st

from core.concepts.generalization import regularization
from core.concepts.generalization.regularization import Result, figures
from pages import ui


def preview(page: ui.Page) -> None:
    """The few points to learn from, while there is no result."""
    if page.settings.pictures:
        st.skeleton()
    else:
        page.picture("points", figures.training_points(page.settings), 300, page.text("titles.data"))
        page.caption("data", n=page.settings.n)


def draw(page: ui.Page, result: Result) -> None:
    if result.axes is not None:
        decision_fields(page, result)
    left, right = st.columns(2)
    with left:
        if page.live:
            overfitting(page, result)
        else:
            st.fragment(overfitting)(page, result)
    if result.complete:
        with right:
            page.chart("gains", page.overlaid(result, figures.gains, fits=lambda pin: pin.complete), 400)
            page.caption("gains", seeds=result.settings.seeds, n=result.settings.n)
        inside(page, result)


def decision_fields(page: ui.Page, result: Result) -> None:
    """What the networks of each variant predict."""
    captions = {
        name: page.text("captions.field", name=name, score=result.shown_accuracy(name)) for name in result.grids
    }
    page.field_row("field", result.grids, result.axes, (result.x, result.y), captions, 150)
    caption = "fields_done" if result.complete else "fields"
    page.caption(caption, n=result.settings.n, seeds=result.settings.seeds)


def overfitting(page: ui.Page, result: Result) -> None:
    variant = page.segment("shown", figures.others(result), "L2")
    page.chart("loss", page.overlaid(result, lambda run: figures.loss(run, variant)), 340, method=variant)
    page.caption("loss", seeds=result.settings.seeds, rows=result.validation_rows)


def inside(page: ui.Page, result: Result) -> None:
    """What only some want to see: the weights, and every number."""
    with st.expander(page.text("captions.inside"), icon=":material/monitoring:"):
        left, right = st.columns(2)
        with left:
            page.chart("weights", figures.weights(result), 320)
        with right:
            number = st.column_config.NumberColumn(format="%.1f")
            table = figures.table(result)
            st.dataframe(table, hide_index=True, column_config=dict.fromkeys(table.columns[1:], number))
        page.caption("weights")


ui.Page(regularization).show(draw, preview)
