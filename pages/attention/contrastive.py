"""Contrastive learning: the circle as it forms, pairs of views, and what features without labels are worth."""

from functools import partial

import streamlit as st

from core.concepts.attention import contrastive
from core.concepts.attention.contrastive import Result, figures
from core.concepts.attention.contrastive.settings import CIRCLE, WAYS
from pages import ui


def draw(page: ui.Page, result: Result) -> None:
    circle = result.settings.experiment == CIRCLE
    seed, seeds = result.settings.seed + figures.shown(result, page.view), result.settings.seeds
    left, right = st.columns(2)
    if circle:
        with left:
            page.chart("circle", figures.circle(result, page.view, page.text("titles.circle", seed=seed)), 345)
            page.caption("circle")
        with right:
            curve(page, result, "purity", 165)
            title, axes = page.text("titles.histogram", seed=seed), words(page, "distance", "share")
            spec = figures.alignment(result, page.view, title, words(page, "untrained", "trained"), axes)
            page.chart("histogram", spec, 180)
            page.caption("purity", seeds=seeds)
    elif result.complete:
        names = words(page, *WAYS)
        with left:
            draw_accuracy = partial(figures.accuracy, title=page.text("titles.accuracy"), names=names)
            page.chart("accuracy", page.overlaid(result, draw_accuracy, lambda pin: bool(pin.accuracy)), 345)
            page.caption("accuracy", seeds=seeds)
        with right:
            spec = figures.gains(result, page.text("titles.gains"), names, words(page, "points", "zero"))
            page.chart("gains", spec, 345)
            page.caption("gains")
    left, right = st.columns(2)
    with left:
        page.picture("pairs", figures.pairs(result, page.view), 330, page.text("titles.pairs", seed=seed))
        page.caption("pairs")
    with right:
        if circle:
            page.chart("circles", figures.circles(result, page.text("titles.circles")), figures.circles_height(result))
            page.caption("circles")
        else:
            curve(page, result, "purity", 330)
    for column, metric in zip(st.columns(2), ("alignment", "uniformity"), strict=True):
        with column:
            curve(page, result, metric, 230)
    page.caption("sphere")


def curve(page: ui.Page, result: Result, metric: str, height: int) -> None:
    title, names = page.words(f"titles.{metric}"), list(words(page, "trained", "best").values())
    spec = page.overlaid(result, partial(figures.learning, metric=metric, title=title, names=names))
    page.chart(metric, spec, height)


def words(page: ui.Page, *names: str) -> dict[str, str]:
    return {name: page.words(f"titles.{name}") for name in names}


ui.Page(contrastive).show(draw, every=1.5)
