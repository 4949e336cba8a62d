"""Boosting: AdaBoost and gradient boosting, round by round."""

import streamlit as st

from core.concepts.ensembles import boosting
from core.concepts.ensembles.boosting import METHODS, Result, figures
from pages import ui

TILE = 400  # width of a picture or chart: two stand side by side at 1280 px, three at 1920


def draw(page: ui.Page, result: Result) -> None:
    if page.live:
        rounds(page, result)
    else:
        st.fragment(rounds)(page, result)
    zero, one = result.table.classes
    if result.reduced:
        page.caption("classes", zero=zero, one=one)
    page.caption("curves", seeds=len(result.error))
    with st.container(horizontal=True, gap="small"):
        chart(page, "rates", figures.rates(result))
        chart(page, "attention", figures.attention(result))
    with st.expander(page.text("captions.weights"), icon=":material/bar_chart:"):
        page.chart("weights", figures.learner_weights(result), 300)


def rounds(page: ui.Page, result: Result) -> None:
    """The figures at one round of one method. A fragment: its controls redraw nothing else."""
    a, b = st.columns([1, 1.6], vertical_alignment="bottom")
    with a:
        method = 0 if page.live else METHODS.index(page.segment("view", METHODS[:2], METHODS[0]))
    last = len(result.rounds[method])
    with b:
        t = last if page.live else page.slider(f"round{method}", 1, last, min(3, last))
    with st.container(horizontal=True, gap="small"):
        if last:
            one_round(page, result, method, t)
        chart(page, "learning", figures.learning(result, method, t))
        chart(page, "race", page.overlaid(result, lambda run: figures.race(run, t)))
    zero, one = result.table.classes
    points = "no_rounds" if not last else ("ada", "gradient")[method]
    page.caption(points if result.axes is not None else "tables", zero=zero, one=one)
    if result.mislabelled.any():
        page.caption("rings")


def one_round(page: ui.Page, result: Result, method: int, t: int) -> None:
    """One tree, and the sum of all up to it, on the first seed; of a table, its heaviest rows and its features."""
    if result.axes is None:
        chart(page, "rows", figures.heaviest_rows(result, method, t), round=t)
        chart(page, "importances", figures.importances(result, method, page.dark))
        return
    title = page.text("titles.gradient", round=t)
    if method == 0:
        title = page.text("titles.ada", round=t, error=result.tree_errors[t - 1], weight=result.learner_weights[t - 1])
    page.picture("alone", figures.round_field(result, method, t), TILE, title, round=t)
    error = float(result.validation(method)[0, t - 1])
    title = page.text("titles.first" if t == 1 else "titles.sum", round=t, error=error)
    page.picture("together", figures.sum_field(result, method, t), TILE, title, round=t)


def chart(page: ui.Page, name: str, spec: figures.Chart, **numbers: int) -> None:
    """A chart as wide as a picture."""
    with st.container(width=TILE):
        page.chart(name, spec, TILE, **numbers)


ui.Page(boosting).show(draw)
