"""Universal approximation: a curve built from pieces, and networks trained on it."""

import streamlit as st

from core.concepts.foundations import approximation
from core.concepts.foundations.approximation import Result, figures
from pages import ui


def preview(page: ui.Page) -> None:
    """What can be built of the curve, before anything is trained."""
    drawing(page)
    page.chart("fit", figures.fit(page.settings, page.view, None), 380, kind=page.view.kind, n=page.view.neurons)
    page.caption("fit")


def draw(page: ui.Page, result: Result) -> None:
    drawing(page)
    left, right = st.columns(2)
    with left:
        page.chart("law", page.overlaid(result, figures.law), 380)
        page.caption("law", seeds=result.settings.seeds)
    with right:
        chart = figures.fit(result.settings, page.view, result)
        page.chart("fit", chart, 380, kind=page.view.kind, n=page.view.neurons)
        page.caption("fit")
    page.chart("polynomials", figures.polynomials(result), 340)
    page.caption("polynomials")


def drawing(page: ui.Page) -> None:
    """Where a curve is drawn by clicking."""
    if page.settings is not None and page.settings.target == "drawn":
        page.selectable("drawing", figures.drawing(page.settings), figures.height_at, 260)
        page.caption("drawing")


ui.Page(approximation).show(draw, preview)
