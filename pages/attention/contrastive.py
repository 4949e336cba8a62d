"""Contrastive learning: the circle as it forms, pairs of views, and what features without labels are worth."""

from functools import partial

import streamlit as st

from core.concepts.attention import contrastive
from core.concepts.attention.contrastive import Result, figures
from core.concepts.attention.contrastive.settings import CIRCLE, WAYS
from pages import ui


def draw(page: ui.Page, result: Result) -> None:
    circle = result.settings.experiment == CIRCLE
    left, right = st.columns(2)
    with left:
        if circle:
            page.chart("circle", figures.circle(result, page.view, shown(page, "circle", result)), 345)
            page.caption("circle")
        elif result.complete:
            title, names = page.text("titles.accuracy"), words(page, *WAYS)
            page.chart("accuracy", page.overlaid(result, lambda run: figures.accuracy(run, title, names), done), 345)
            page.caption("accuracy", seeds=result.settings.seeds)
        else:
            curve(page, result, "alignment", 300)
    with right:
        if circle:
            curve(page, result, "purity", 175)
            histogram(page, result, 175)
            page.caption("purity", seeds=result.settings.seeds)
        elif result.complete:
            title, axes = page.text("titles.gains"), (page.text("titles.points"), page.text("titles.zero"))
            page.chart("gains", figures.gains(result, title, words(page, *WAYS), axes), 345)
            page.caption("gains")
        else:
            curve(page, result, "uniformity", 300)
    below(page, result, circle)


def below(page: ui.Page, result: Result, circle: bool) -> None:
    left, right = st.columns(2)
    with left:
        page.picture("pairs", figures.pairs(result, page.view), 330, shown(page, "pairs", result))
        page.caption("pairs")
    with right:
        for metric in ("alignment", "uniformity") if circle or result.complete else ("purity",):
            curve(page, result, metric, 175)
        page.caption("sphere")
    if circle:
        page.chart("circles", figures.circles(result, page.text("titles.circles")), figures.circles_height(result))


def histogram(page: ui.Page, result: Result, height: int) -> None:
    title, axes = shown(page, "histogram", result), (page.text("titles.distance"), page.text("titles.share"))
    page.chart("histogram", figures.alignment(result, page.view, title, words(page, "untrained", "trained"), axes), height)


def curve(page: ui.Page, result: Result, metric: str, height: int) -> None:
    title, names = page.words(f"titles.{metric}"), list(words(page, "trained", "best").values())
    spec = page.overlaid(result, partial(figures.learning, metric=metric, title=title, names=names))
    page.chart(metric, spec, height)


def shown(page: ui.Page, name: str, result: Result) -> str:
    return page.words(f"titles.{name}", seed=result.settings.seed + figures.shown(result, page.view))


def words(page: ui.Page, *names: str) -> dict[str, str]:
    return {name: page.words(f"titles.{name}") for name in names}


def done(result: Result) -> bool:
    return bool(result.accuracy)


ui.Page(contrastive).show(draw, every=1.5)
