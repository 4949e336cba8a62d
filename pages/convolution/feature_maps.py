"""Feature maps: a kernel on a picture, pooling, upsampling, and first layers of several random starts."""

from functools import partial
from typing import Any

import streamlit as st

from core.concepts.convolution import feature_maps
from core.concepts.convolution.feature_maps import Look, Result, figures
from core.concepts.convolution.feature_maps.findings import describe
from core.concepts.convolution.feature_maps.settings import GIVEN, MINE, MOST, TAKEN, kernel_text
from pages import ui


def draw(page: ui.Page, result: Result | None, own: Any) -> None:
    key = page.view, None if own is None else ui.digest(own.tobytes())
    look = page.kept("look", key, lambda: feature_maps.look_at(page.view, own))
    first, second, third = st.columns([3, 3, 4])
    with st.container(horizontal=True):
        row = page.slider("row", 1, len(look.map), 21) - 1
        column = page.slider("column", 1, len(look.map), 29) - 1
    with first:
        page.chart(
            "mixed", figures.cells(look, "mixed", page.text("titles.mixed"), row, column, page.dark), figures.HEIGHT
        )
    with second:
        board = figures.cells(look, "map", page.text("titles.map"), row, column, page.dark)
        page.selectable("map", board, lambda number: figures.place(look, number), figures.HEIGHT)
    with third:
        learned(page, result)
    page.caption("cells")
    if page.view.kernel == MINE and not look.trouble:
        page.grid("cell", look.kernel, MOST, lambda kernel: {"numbers": kernel_text(kernel)})
    st.markdown("\n".join(f"- {page.say(finding)}" for finding in describe(look, row, column)))
    page.chart("products", figures.products(look, row, column, page.dark), 215)
    below(page, look)
    if result is not None and not page.live:
        page.chart("similarity", page.overlaid(result, figures.similarity), 240)
        page.caption("similarity", pairs=len(result.trained))


def learned(page: ui.Page, result: Result | None) -> None:
    if result is None:
        st.skeleton(height=240)
        return
    seeds, kernels = result.settings.seeds, result.settings.kernels
    page.picture("kernels", figures.kernels(result), 480, page.text("titles.kernels"), seeds=seeds, kernels=kernels)
    page.caption("kernels")


def below(page: ui.Page, look: Look) -> None:
    """Activation, pooling and upsampling."""
    st.header(page.text("titles.pooling"), anchor=False)
    with st.container(horizontal=True, gap="small"):
        for name, title, picture in figures.gallery(look, page.words):
            page.picture("gallery", picture, 140, title, suffix=name, what=title)
    page.chart("pooling", figures.pooling(look, page.dark), 240)
    page.caption("pooling")
    st.header(page.text("titles.doubling"), anchor=False)
    with st.container(horizontal=True, gap="small"):
        for name, share, picture in figures.doubled(look):
            page.picture("doubled", picture, 150, name, page.text("captions.lattice", share=share), name, way=name)
    page.chart("doubling", figures.doubling(look), 320)
    page.caption("doubling")


page = ui.Page(feature_maps)
own = None
if page.view.picture in GIVEN:
    with st.sidebar:
        own = ui.own_picture("feature_maps", page.view.picture == TAKEN)
page.show(partial(draw, own=own), preview=partial(draw, result=None, own=own))
