"""Vision transformer: attention rollout over a digit, the comparison with a CNN, and the test of the map by deleting patches."""

import streamlit as st

from core.concepts.attention import vision_transformer
from core.concepts.attention.vision_transformer import Result, figures
from core.concepts.attention.vision_transformer.settings import DELETED, MANY, ORDERS
from pages import ui

WIDTH = 300  # of a digit


def draw(page: ui.Page, result: Result) -> None:
    view, seed = page.view, figures.seed_of(result, page.view)
    left, middle, right = st.columns([4, 3, 5])
    with left:
        if result.maps is None:
            page.picture("patches", figures.patches(result, view), WIDTH, page.text("titles.patches"))
        else:
            title = page.text("titles.rollout", seed=result.settings.seed + seed)
            page.picture("rollout", figures.rollout(result, view), WIDTH, title)
            page.caption("rollout")
    with middle:
        page.picture("shuffled", figures.shuffled(result, view), WIDTH, page.text("titles.shuffled"))
        page.caption("shuffled")
    with right:
        if result.complete:
            names = titles(page, result, "few", "many", "shuffled")
            title = page.text("titles.accuracy")
            page.chart("accuracy", page.overlaid(result, lambda run: figures.accuracy(run, title, names)), 300)
            page.caption("accuracy", vit=result.parameters[0], cnn=result.parameters[1])
        else:
            learning(page, result)
    if result.complete:
        deletion(page, result, seed)
        left, right = st.columns([3, 2])
        with left:
            learning(page, result)
        if result.alike is not None:
            with right:
                page.picture("similarity", figures.similarity(result), 340, page.text("titles.similarity"))
                page.caption("similarity", seeds=result.settings.seeds)


def titles(page: ui.Page, result: Result, *conditions: str) -> list[str]:
    keys = [f"titles.{network}_{condition}" for condition in conditions for network in ("vit", "cnn")]
    return [page.text(key, few=result.settings.few, many=MANY) for key in keys]


def learning(page: ui.Page, result: Result) -> None:
    title, names = page.text("titles.learning"), titles(page, result, "few", "many")
    page.chart("learning", figures.learning(result, title, names), 320)
    page.caption("learning", seeds=result.settings.seeds, recent=figures.RECENT)


def deletion(page: ui.Page, result: Result, seed: int) -> None:
    left, right = st.columns([3, 2])
    with left:
        names = [page.words.option("order", name) for name in ORDERS]
        page.chart("deletion", figures.deletion(result, page.text("titles.deletion"), names), 400)
        page.caption("deletion", digits=len(result.digits))
    with right:
        order = page.segment("order", ORDERS, ORDERS[0])
        count = page.slider("deleted", 0, DELETED, 4)
        title, picture = page.text("titles.without"), figures.without(result, page.view, order, count)
        page.picture("without", picture, WIDTH, title, count=count)
        st.markdown(page.say(vision_transformer.shown(result, seed, page.view.digit - 1, order, count)))


ui.Page(vision_transformer).show(draw)
