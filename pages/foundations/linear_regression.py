"""Linear regression: closed form, gradient descent and SGD on one problem, and the paths of two penalties."""

from functools import partial

import streamlit as st

from core.concepts.foundations import linear_regression
from core.concepts.foundations.linear_regression import Result, figures
from pages import ui


def draw(page: ui.Page, result: Result) -> None:
    line = figures.has_line(result)
    page.controls.note("lr", limit=result.limit)
    left, right = st.columns(2)
    with left:
        page.chart("surface", figures.surface(result), 380, weights=len(result.exact))
    with right:
        if line:
            page.selectable("scatter", figures.scatter(result), partial(figures.outlier_at, result), 380)
        else:
            errors(page, result)
    words = "plane" if not line else "own_line" if result.settings.data == "own" else "line"
    page.caption(words, seeds=result.settings.seeds)
    left, right = st.columns(2)
    with left:
        page.selectable("rates", figures.rates(result), partial(figures.rate_at, result), 340)
        page.caption("rates", steps=figures.TRIAL)
    with right:
        if line:
            errors(page, result)
        else:
            gradients(page, result)
    left, right = st.columns(2)
    for place, name in ((left, "ridge"), (right, "lasso")):
        with place:
            page.chart(name, figures.penalty(result, name), 400)
    page.caption("penalties")
    if line:
        gradients(page, result)


def errors(page: ui.Page, result: Result) -> None:
    page.chart("errors", page.overlaid(result, figures.errors), 340)
    page.caption("errors", seeds=result.settings.seeds)


def gradients(page: ui.Page, result: Result) -> None:
    """The matrix derivative, checked."""
    with st.expander(page.text("captions.gradients"), not figures.has_line(result), icon=":material/function:"):
        number = st.column_config.NumberColumn(format="%.8f")
        table = figures.gradients(result)
        st.dataframe(table, hide_index=True, column_config=dict.fromkeys(table.columns[1:], number))
        page.caption("gradient_table")


ui.Page(linear_regression, uploads={"": ui.own_numbers}).show_at_once(draw)
