"""Fine-tuning: layers learnt on one task and copied to another, and how many pictures of each class are needed."""

from functools import partial
from typing import Any

import streamlit as st

from core.concepts.vision import fine_tuning
from core.concepts.vision.fine_tuning import Result, figures
from core.concepts.vision.fine_tuning.settings import CAMERA, CLASS_FIELDS, GIVEN
from pages import ui


def draw(page: ui.Page, result: Result, own: tuple[Any, ...]) -> None:
    if result.accuracy:
        left, right = st.columns(2)
        with left:
            page.chart("accuracy", page.overlaid(result, figures.accuracy, lambda pin: bool(pin.accuracy)), 340)
            page.caption("accuracy", seeds=result.settings.seeds)
        with right:
            if result.complete:
                page.chart("gains", page.overlaid(result, figures.gains, lambda pin: pin.complete), 340)
                page.caption("gains", seeds=result.settings.seeds)
            else:
                page.chart("learning", figures.learning(result), 340)
    layers(page, result)
    if result.complete:
        pictures(page, result, own)


def layers(page: ui.Page, result: Result) -> None:
    """The two tasks, and what happens to each layer."""
    with st.container(horizontal=True):
        for task, picture in zip(("source", "target"), figures.digits(result), strict=True):
            page.picture("digits", picture, 350, page.words(f"titles.{task}"), suffix=task, task=task)
    if len(result.source) and not result.accuracy:
        page.chart("source", figures.source(result), 300)
    if result.complete:
        st.header(page.text("titles.layers"), anchor=False)
        st.dataframe(figures.table(result), hide_index=True, width=ui.TEXT_WIDTH)
        with st.container(horizontal=True):
            for network in result.kernels:
                title = page.words(f"titles.{network}")
                page.picture("kernels", figures.kernels(result, network), 190, title, suffix=network, network=title)
        page.caption("kernels", n=result.settings.labels)
        with st.expander(page.text("captions.more"), icon=":material/query_stats:"):
            page.chart("learning", figures.learning(result), 300)
            page.chart("source", figures.source(result), 260)


def pictures(page: ui.Page, result: Result, own: tuple[Any, ...]) -> None:
    st.header(page.text("titles.need"), anchor=False)
    names = page.view.names
    if len(names) < 2 or len(own) < sum(name in GIVEN for name in names):
        st.info(page.text("captions.give"), icon=":material/photo_camera:")
        return
    key = result.settings, page.view, tuple(ui.digest(picture.tobytes()) for picture in own)
    look = page.kept("look", key, lambda: fine_tuning.look_at(result, page.view, own))
    st.markdown("\n".join(f"- {page.say(finding)}" for finding in fine_tuning.describe(look, page.view)))
    page.chart("need", figures.need(look, page.view.goal), 340)
    page.caption("need", classes=len(names))
    with st.container(horizontal=True):
        for i, name in enumerate(names):
            title = f"{i + 1}: {page.words.option('first', name)}"
            page.picture("squares", figures.squares(look, i), 250, title, suffix=str(i), photograph=title)
    page.caption("squares")


page, own = ui.Page(fine_tuning), []
with st.sidebar:
    for field in CLASS_FIELDS:
        if (name := getattr(page.view, field)) in GIVEN:
            st.markdown(f"**{page.words.label(field)}**")
            own.append(ui.own_picture(f"fine_tuning-{field}", name == CAMERA))
page.show(partial(draw, own=tuple(picture for picture in own if picture is not None)))
