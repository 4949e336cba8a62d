"""Bias and variance: what single learners, bagging, boosting and stacking err from, over many training sets."""

import streamlit as st

from core.concepts.ensembles import bias_variance
from core.concepts.ensembles.bias_variance import Result, figures
from pages import ui


def draw(page: ui.Page, result: Result) -> None:
    left, right = st.columns(2)
    with left:
        page.chart("plane", figures.plane(result, page.pinned(result)), 420)
    with right:
        page.chart("parts", figures.parts(result), 420)
    page.caption("squared" if result.settings.regression else "shares", sets=result.resamples)
    if result.resamples < 12:
        page.caption("few_sets")
    if not page.live:
        st.fragment(closer)(page, result)


def closer(page: ui.Page, result: Result) -> None:
    """A learner beside a single tree. A fragment: choosing another learner redraws this alone."""
    many = page.segment("learner", [n for n in result.names if not n.endswith(" tree")], "bagged deep")
    names = (figures.partner(many), many)
    if result.axes is not None:
        captions = {
            n: page.text("captions.disagree", name=n, share=result.terms[n].values["disagreement"]) for n in names
        }
        page.field_row(
            "field", {n: figures.field(result, n) for n in names}, result.axes, result.samples[0], captions, 400
        )
        page.caption("fields")
    else:
        near = figures.fits if result.settings.regression else figures.ballots
        for column, figure, name in zip(st.columns(2), ("single", "many"), names, strict=True):
            with column:
                page.chart(figure, near(result, name), 320, learner=name)
        page.caption("fits" if result.settings.regression else "ballots")
    if figures.staged(many):
        page.chart("growth", figures.growth(result, many), 320, learner=many)


def preview(page: ui.Page) -> None:
    if data := bias_variance.examples(page.settings):
        page.chart("task", figures.task(data), 400)


ui.Page(bias_variance).show(draw, preview)
