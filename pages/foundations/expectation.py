"""Expectation and intervals: thousands of samples at once, and what their intervals hold."""

import streamlit as st

from core.concepts.foundations import expectation
from core.concepts.foundations.expectation import Result, figures
from pages import ui


def draw(page: ui.Page, result: Result) -> None:
    s = result.settings
    left, right = st.columns(2)
    with left:
        page.chart("intervals", figures.intervals(result), 420)
    with right:
        page.chart("population", figures.population(result), 210)
        page.chart("means", figures.means(result), 210)
    page.caption("samples", n=s.n, samples=len(result.means))
    st.header(page.text("titles.sizes"), anchor=False)
    one, two, three = st.columns(3)
    with one:
        page.chart("running", figures.running(result), 280)
    with two:
        page.chart("errors", figures.errors(result), 280)
    with three:
        page.chart("coverage", page.overlaid(result, figures.coverage, only=("counted",)), 280)
    page.caption("sizes")
    st.header(page.text("titles.comparing"), anchor=False)
    left, right = st.columns(2)
    with left:
        page.chart("pairs", figures.pairs(result), 250)
        page.caption("pairs", n=s.n, correlation=s.correlation)
    with right:
        page.chart("alarms", figures.alarms(result), 300)
        page.caption("alarms", n=s.n, experiments=result.experiments)


ui.Page(expectation).show_at_once(draw)
