"""Fine-tuning: layers learnt on one task, copied to another; and how many pictures a photograph's class takes."""

from functools import partial
from typing import Any

import streamlit as st

from core.concepts.vision import fine_tuning
from core.concepts.vision.fine_tuning import Result, figures
from core.concepts.vision.fine_tuning.settings import CAMERA, GIVEN
from pages import ui


def draw(page: ui.Page, result: Result, own: tuple[Any, ...]) -> None:
    if not result.accuracy:
        learning_the_source(page, result)
        return
    left, right = st.columns(2)
    with left:
        page.chart("accuracy", page.overlaid(result, figures.accuracy, lambda pin: bool(pin.accuracy)), 340)
        page.caption("accuracy", seeds=result.settings.seeds)
    with right:
        if not result.complete:
            page.chart("learning", figures.learning(result), 340)
            return
        page.chart("gains", page.overlaid(result, figures.gains, lambda pin: pin.complete), 340)
        page.caption("gains", seeds=result.settings.seeds)
    layers(page, result)
    pictures(page, result, own)


def learning_the_source(page: ui.Page, result: Result) -> None:
    digits(page, result)
    if len(result.source):
        page.chart("source", figures.source(result), 300)


def digits(page: ui.Page, result: Result) -> None:
    with st.container(horizontal=True):
        for name, picture in zip(("source", "target"), figures.digits(result), strict=True):
            page.picture("digits", picture, 350, page.text(f"titles.{name}"), suffix=name, task=name)


def layers(page: ui.Page, result: Result) -> None:
    st.header(page.text("titles.layers"), anchor=False)
    digits(page, result)
    st.dataframe(figures.table(result), hide_index=True, width=ui.TEXT_WIDTH)
    with st.container(horizontal=True):
        for network in result.kernels:
            title = page.text(f"titles.{network}")
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


page = ui.Page(fine_tuning)
own = []
with st.sidebar:
    for field in ("first", "second", "third"):
        name = getattr(page.view, field)
        if name in GIVEN:
            st.markdown(f"**{page.words.label(field)}**")
            own.append(ui.own_picture(f"fine_tuning-{field}", name == CAMERA))
page.show(partial(draw, own=tuple(picture for picture in own if picture is not None)))
