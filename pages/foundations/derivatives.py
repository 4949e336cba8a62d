"""Derivatives of a typed function, its Taylor polynomials, and limits by L'Hopital's rule."""

import streamlit as st

from core.concepts.foundations import derivatives
from core.concepts.foundations.derivatives import Result, figures
from core.concepts.foundations.derivatives.findings import steps
from pages import ui


def draw(page: ui.Page, result: Result) -> None:
    s = result.settings
    left, right = st.columns(2)
    with left:
        page.chart("function", page.overlaid(result, figures.function), 340, order=s.order)
    with right:
        page.chart("slopes", figures.slopes(result), 340)
    f, first, second = result.latex
    page.caption("formulas", f=f, first=first, second=second)
    left, right = st.columns([2, 3])
    with left:
        st.markdown(f"**{page.text('titles.ladder')}**")
        for step in steps(result):
            st.markdown(page.say(step))
    with right:
        page.chart("ladder", figures.ladder(result), 340)
    page.caption("ladder")
    left, right = st.columns([3, 2])
    with left:
        page.chart("errors", figures.errors(result), 320)
    with right:
        st.markdown(f"**{page.text('titles.polynomial', order=s.order)}**")
        st.markdown(f"${figures.polynomial(result).strip()}$")
        page.caption("errors", at=s.at, orders=result.by_sympy)


ui.Page(derivatives).show_at_once(draw)
