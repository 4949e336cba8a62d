"""Segmentation: two networks that give every pixel a class, and a pixel classifier that learns from strokes."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.concepts.vision import segmentation
from core.concepts.vision.segmentation import Result, figures
from core.concepts.vision.segmentation.settings import CAMERA, OWN
from pages import ui

WIDTH = 155  # of four pictures beside each other; two on a phone


def paper(values: Mapping[str, Any]) -> Any:
    """The photograph to draw strokes on; the learner's own is asked for here."""
    if values["picture"] not in (OWN, CAMERA):
        return segmentation.paper(values["picture"])
    own = ui.own_picture("segmentation", values["picture"] == CAMERA)
    return None if own is None else segmentation.paper("", own)


def preview(page: ui.Page) -> None:
    """Some scenes, while there is no result."""
    with st.container(horizontal=True, gap="small"):
        for name, image in zip(("scenes", "truth"), figures.examples(page.settings), strict=True):
            key = f"titles.{name}"
            page.picture(name, image, 2 * WIDTH, page.text(key))
    page.caption("preview")


def draw(page: ui.Page, result: Result) -> None:
    seeds = result.settings.seeds
    with st.container(horizontal=True, gap="small"):
        for name, way, image in figures.scene_row(result):
            key = f"titles.{name}"
            page.picture(name, image, WIDTH, page.text(key, way=way), suffix=way[:2], way=way)
    page.caption("scenes", step=result.step, steps=result.settings.steps)
    left, right = st.columns(2)
    with left:
        page.chart("learning", page.overlaid(result, figures.learning), 300)
        page.caption("learning", seeds=seeds)
    if not result.complete:
        return
    with right:
        page.chart("distance", figures.by_distance(result), 300)
        page.caption("distance", seeds=seeds)
    with left:
        page.chart("gains", page.overlaid(result, figures.gains, lambda pin: pin.complete), 300)
        page.caption("gains", seeds=seeds)
    with right:
        st.markdown(f"**{page.text('titles.kernels')}**")
        with st.container(horizontal=True, gap="small"):
            for name, image in figures.kernels(result).items():
                key = f"titles.{name}"
                when = page.text(key)
                page.picture("kernel", image, WIDTH, caption=when, suffix=f"-{name}", when=when)
        page.caption("kernels", size=2 * result.settings.stride)


def strokes(page: ui.Page, result: Result) -> None:
    """The second experiment: a classifier of single pixels, trained at every stroke."""
    st.markdown(f"**{page.text('titles.strokes')}**")
    view = page.view
    picture = page.drawn_on["strokes"] if "strokes" in page.drawn_on else segmentation.paper(view.picture)
    if picture is None:
        st.info(page.text("captions.give"), icon=":material/photo_camera:")
        return
    about = view, ui.digest(picture.tobytes())
    shown = page.kept("strokes", about, lambda: segmentation.segment(view, picture), needs_torch=False)
    with st.container(horizontal=True, gap="small"):
        for name in ("strokes", "cut_out", "confidence"):
            key = f"titles.{name}_picture"
            page.picture(name, getattr(figures, name)(shown), 260, page.text(key))
    page.caption("strokes")
    st.markdown("\n".join(f"- {page.say(finding)}" for finding in segmentation.describe(shown)))


ui.Page(segmentation, backgrounds={"strokes": paper}).show(draw, preview, after=strokes)
