"""Precision and recall: real scores, a threshold to move, and the curves over all thresholds."""

from functools import partial

import streamlit as st

from core.concepts.losses import precision_recall
from core.concepts.losses.precision_recall import Result, figures
from core.concepts.losses.precision_recall.result import WHOLE
from core.measures import AT_THRESHOLD
from core.stats import Interval
from pages import ui


def draw(page: ui.Page, result: Result) -> None:
    s = result.settings
    overlaid = partial(page.overlaid, result, only=(figures.BOLD,))
    (tn, fp), (fn, tp) = result.confusion()
    left, right = st.columns(2)
    with left:
        page.chart("precision_recall", overlaid(figures.precision_recall), 440)
    with right:
        page.chart("scores", figures.separation(result), 212)
        page.chart("matrix", figures.matrix(result), 212, tn=tn, fp=fp, fn=fn, tp=tp)
    if tp + fp > 0:
        shares = {"precision": tp / (tp + fp), "recall": tp / (tp + fn)}
        page.caption("counts", seed=s.seed, seeds=s.seeds, tp=tp, fp=fp, fn=fn, **shares)
    else:
        page.caption("counts_none", seed=s.seed, seeds=s.seeds)
    page.caption("planes", seeds=s.seeds - 1)
    left, right = st.columns(2)
    with left:
        page.chart("roc", overlaid(figures.roc), 380)
    with right:
        page.chart("sweep", figures.sweep(result), 380)
    page.caption("sweep", seeds=s.seeds)
    measures(page, result)


def measures(page: ui.Page, result: Result) -> None:
    """Every measure, with its change where the share of positives was changed."""
    st.markdown(page.text("captions.measures", seeds=result.settings.seeds), width=820)
    rows = []
    for name in (*AT_THRESHOLD, *WHOLE):
        mean = result.mean(name)
        row = {page.text("table.measure"): page.words.raw(f"measures.{name}")}
        row[page.text("table.mean")] = shown(page, mean, "value")
        if result.settings.share > 0:
            row[page.text("table.change")] = shown(page, result.change(name), "points") if name in WHOLE else ""
        rows.append(row)
    st.table(rows, width=820)


def shown(page: ui.Page, value: Interval, kind: str) -> str:
    """An interval as a cell of the table."""
    key = f"table.{kind}" if value.n else "table.undefined"
    return str(page.text(key, value=value))


ui.Page(precision_recall).show_at_once(draw)
