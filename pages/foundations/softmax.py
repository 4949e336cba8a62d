"""Softmax and cross-entropy: a row of logits step by step, a batch, the limits of the arithmetic, and softmax twice."""

import streamlit as st

from core.concepts.foundations import softmax
from core.concepts.foundations.softmax import Result, figures
from core.concepts.foundations.softmax.findings import formula
from pages import ui

STEPS = ("logits", "exponentials", "probabilities", "gradient")
BATCH = {"batch_logits": "logits", "batch_exponentials": "exponentials", "batch_p": "p"}


def draw(page: ui.Page, result: Result) -> None:
    s = result.settings
    for name, column in zip(STEPS, st.columns(4), strict=True):
        with column:
            page.chart(name, getattr(figures, name)(result), 210)
    page.caption("steps", label=s.label, precision=s.precision, method=formula(result))
    st.header(page.text("titles.batch"), anchor=False)
    for (name, part), column in zip(BATCH.items(), st.columns([3.2, 4, 3.2]), strict=True):
        with column:
            page.chart(name, figures.matrix(result, part), 190)
    left, right = st.columns(2)
    with left:
        page.chart("limits", figures.limits(result), 230)
    with right:
        page.caption("batch", shift=s.shift, precision=s.precision, method=formula(result))
        page.caption("limits", precision=s.precision)
    st.header(page.text("titles.twice"), anchor=False)
    left, right = st.columns(2)
    with left:
        page.chart("accuracy", page.overlaid(result, lambda run: figures.learning(run, "accuracy")), 300)
    with right:
        page.chart("loss", page.overlaid(result, lambda run: figures.learning(run, "loss")), 300)
    page.caption("twice", seeds=s.seeds, rows=len(result.training.gained))


ui.Page(softmax).show_at_once(draw)
