"""Tensors and broadcasting: two shapes, a sum, norms, and a loss that broadcasts by mistake."""

import streamlit as st

from core.concepts.foundations import tensors
from core.concepts.foundations.tensors import Result, figures
from pages import ui


def draw(page: ui.Page, result: Result) -> None:
    high = figures.height(result.stretched("a"), result.stretched("b"))
    first, second, third = st.columns(3)
    with first:
        page.chart("operand_a", figures.operand(result, "a", page.dark), high)
    with second:
        page.chart("operand_b", figures.operand(result, "b", page.dark), high)
    if result.c is None:
        with third:
            st.dataframe(figures.alignment(result), hide_index=True)
        page.caption("misfit")
    else:
        with third:
            page.chart("outcome", figures.outcome(result, page.dark), high)
        page.caption("fits")
        summing(page, result)
    left, right = st.columns(2)
    with left:
        page.chart("trap", page.overlaid(result, figures.trap), 340)
        page.caption("trap", seeds=result.settings.seeds, points=result.settings.points)
    with right:
        page.chart("balls", figures.balls(result), 340)
        page.caption("balls")


def summing(page: ui.Page, result: Result) -> None:
    """Both shapes one above the other, and the sum."""
    left, right = st.columns(2)
    with left:
        st.dataframe(figures.alignment(result), hide_index=True)
        page.caption("alignment")
    with right:
        if result.total is None:
            page.caption("no_axis")
        else:
            page.chart("total", figures.total(result, page.dark), figures.height(result.total))
            page.caption("total")


ui.Page(tensors).show_at_once(draw)
