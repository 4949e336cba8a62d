"""Validation: folds, the spread of an estimate, and choosing the best of many."""

import streamlit as st

from core.concepts.generalization import validation
from core.concepts.generalization.validation import Result, figures
from pages import ui


def draw(page: ui.Page, result: Result) -> None:
    s, spread = result.settings, result.spread
    st.header(page.text("titles.folds"), anchor=False)
    st.fragment(folds)(page, result)
    st.header(page.text("titles.estimates", sets=len(spread.truth), rows=s.rows), anchor=False)
    page.chart("estimates", figures.estimates(result), 80 + 34 * len(spread.estimates))
    hold_out, *_ = spread.estimates
    page.caption("estimates", k=s.k, hold_out=100 * spread.assignment_sd(hold_out), folds=100 * result.assignment_sd)
    st.header(page.text("titles.choosing"), anchor=False)
    choosing(page, result)


def folds(page: ui.Page, result: Result) -> None:
    """The folds one by one. A fragment: the slider redraws nothing else."""
    k = result.folds.k
    left, right = st.columns([5, 3])
    with left:
        chart, below = st.container(), st.container()
        with below:
            shown = page.slider("fold", 1, k, k)
        with chart:
            page.chart("folds", figures.fold_table(result, shown), 235, k=k, rows=len(result.folds.y))
    with right:
        title = page.text("titles.field", fold=shown)
        page.picture("field", figures.fold_field(result, shown), 300, title, **result.folds.counts(shown))
    page.caption("folds", **result.folds.counts(shown))


def choosing(page: ui.Page, result: Result) -> None:
    """How much too good the best of many candidates looks."""
    if result.compared:
        page.chart("scores", page.overlaid(result, figures.scores_of_the_chosen), 220)
        page.caption("scores", sets=len(result.draws), rows=result.settings.rows)
    left, right = st.columns(2)
    with left:
        page.chart("by_candidates", page.overlaid(result, figures.by_candidates), 320)
    with right:
        page.chart("by_rows", page.overlaid(result, figures.by_rows), 320)
    page.caption("optimism", sets=len(result.draws))


ui.Page(validation).show(draw)
