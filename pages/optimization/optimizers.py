"""Optimisers raced on a surface, from a start chosen by clicking on it."""

import streamlit as st

from core.concepts.optimization import optimizers
from core.concepts.optimization.optimizers import Result, figures
from core.concepts.optimization.optimizers.findings import share
from pages import ui


def draw(page: ui.Page, result: Result) -> None:
    left, right = st.columns([3, 2])
    with left:
        title = page.text("titles.map", surface=result.settings.surface)
        race = figures.race(result, title, page.text("titles.click"))
        page.selectable("map", race, figures.start_at, figures.HEIGHT)
    with right:
        same = lambda pin: pin.settings.surface == result.settings.surface  # noqa: E731
        page.chart("distance", page.overlaid(result, figures.distance, same), 218)
        page.chart("height", page.overlaid(result, figures.height, same), 218)
    page.caption(result.settings.surface)
    page.caption("map")
    starts(page, result)
    if (scale := figures.scale(result)) is not None:
        with st.expander(page.text("captions.inside"), icon=":material/monitoring:"):
            page.chart("scale", scale, 300)
            page.caption("scale")


def starts(page: ui.Page, result: Result) -> None:
    """The same race from a grid of starts."""
    st.markdown(f"**{page.text('titles.starts', starts=figures.GRID**2)}**")
    with st.container(horizontal=True, gap="small"):
        for name in result.paths:
            page.picture(name, figures.starts(result, name), 260, caption=page.say(share(result, name)))
    page.caption("starts", steps=result.settings.steps, near=figures.NEAR_MINIMUM)


ui.Page(optimizers).show_at_once(draw)
