"""Data augmentation: what a pipeline makes of a picture, and what it does to the accuracy."""

from functools import partial
from typing import Any

import streamlit as st

from core.concepts.images import augmentation
from core.concepts.images.augmentation import Preview, Result, figures
from core.concepts.images.augmentation.settings import CAMERA, GIVEN
from pages import ui

WIDTH = 120  # of a picture: twelve make even rows on a phone (2), beside the charts (3 or 4) and alone (6)


def preview(page: ui.Page, own: Any, width: Any = ui.TEXT_WIDTH) -> None:
    """The original beside the draws, computed anew whenever a slider moves."""
    if page.settings is None:
        return
    if page.view.picture in GIVEN and own is None:
        st.info(page.text("captions.give"), icon=":material/photo_camera:")
        return
    key = page.settings.plan, page.view, None if own is None else ui.digest(own.tobytes())
    shown = page.kept("draws", key, lambda: augmentation.look_at(page.settings, page.view, own))
    with st.container(width=width):
        draws(page, shown)


def draws(page: ui.Page, shown: Preview) -> None:
    steps = " → ".join(name for name, *_ in shown.plan)
    st.markdown(f"**{page.text('titles.draws' if steps else 'titles.unchanged', steps=steps, n=len(shown.draws))}**")
    with st.container(horizontal=True, gap="small"):
        caption = page.text("captions.original", label=shown.label)
        page.picture("original", figures.original(shown), WIDTH, caption=caption, label=shown.label)
        for i, picture in enumerate(figures.drawn(shown)):
            caption = ui.escape_markdown(figures.caption(shown, i))
            page.picture("draw", picture, WIDTH, caption=caption, suffix=f"-{i}", said=figures.said(shown, i))
    page.caption("draws")
    st.markdown("\n".join(f"- {page.say(finding)}" for finding in augmentation.describe(shown)))
    with st.expander(page.text("captions.code"), icon=":material/code:"):
        st.code(shown.code, language="python")


def draw(page: ui.Page, result: Result, own: Any) -> None:
    smallest = result.settings.sizes[-1]
    left, right = st.columns(2)
    with left:
        preview(page, own, "stretch")
    with right:
        page.chart("accuracy", figures.accuracy(result, page.pinned(result)))
        if page.live:
            page.chart("learning", figures.learning(result, smallest))
        else:
            page.chart("gains", page.overlaid(result, figures.gains))
        page.caption("accuracy", seeds=result.settings.seeds)
    if not page.live:
        with st.expander(page.text("captions.more"), icon=":material/query_stats:"):
            page.chart("classes", page.overlaid(result, figures.class_gains), 420)
            page.chart("learning", figures.learning(result, smallest))


page = ui.Page(augmentation)
own = None
if page.view.picture in GIVEN:
    with st.sidebar:  # where it keeps its place before, during and after a run
        own = ui.own_picture("augmentation", page.view.picture == CAMERA)
page.show(partial(draw, own=own), preview=partial(preview, own=own))
