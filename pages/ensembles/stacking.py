"""Stacking: base learners, the predictions that the meta-learner is trained on, and whether that pays."""

import streamlit as st

from core.concepts.ensembles import stacking
from core.concepts.ensembles.stacking import Result, figures
from pages import ui


def draw(page: ui.Page, result: Result) -> None:
    if page.live or not len(result.all_wrong):
        spec, height = figures.table_of(result, leak=False)
        page.chart("table", spec, height)
        page.caption("table")
        return
    left, right = st.columns(2)
    with left:
        page.chart("saved", page.overlaid(result, figures.errors_saved), 400)
    with right:
        page.chart("weights", figures.weights(result), 400)
    page.caption("saved", seeds=len(result.all_wrong))
    st.fragment(predictions)(page, result)
    with st.expander(page.text("captions.more"), icon=":material/query_stats:"):
        everything(page, result)


def predictions(page: ui.Page, result: Result) -> None:
    """What the meta-learner is trained on, fold by fold. A fragment: fold and leak redraw this alone."""
    left, right = st.columns([1, 2], vertical_alignment="center")
    with left:
        leak = page.toggle("leak")
    with right:
        fold = page.slider("fold", 1, result.settings.folds, 1)
    spec, height = figures.table_of(result, leak, None if leak else fold - 1)
    page.chart("table", spec, height)
    page.caption("table")
    if result.fold_fields is not None:
        page.caption("leak" if leak else "fold", **({} if leak else {"fold": fold}))
        for_fold(page, result, leak, fold)


def for_fold(page: ui.Page, result: Result, leak: bool, fold: int) -> None:
    fields, points, captions = figures.fields_of_fold(result, leak, fold)
    page.field_row("field", fields, result.axes, points, captions)


def everything(page: ui.Page, result: Result) -> None:
    """Fields of all models, errors in common, and weights for each class."""
    if result.axes is not None:
        page.field_row("field", result.fields, result.axes, result.table.train, figures.error_captions(result))
        page.caption("fields", seeds=len(result.all_wrong))
    page.chart("shared", figures.shared_errors(result, page.dark), 400)
    if len(result.table.classes) > 2:
        page.chart("classes", figures.weights_by_class(result, page.dark), 400)


ui.Page(stacking).show(draw)
