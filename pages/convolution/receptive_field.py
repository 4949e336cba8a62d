"""Receptive field: layers stacked by hand, every pixel poked, gradients, and shifted digits."""

import streamlit as st

from core.concepts.convolution import receptive_field
from core.concepts.convolution.receptive_field import Result, figures
from pages import ui


def boxes(page: ui.Page, settings: receptive_field.Settings | None = None) -> None:
    """What a unit of each layer sees, by arithmetic alone."""
    settings = settings or page.settings
    page.chart("pyramid", figures.pyramid(settings), 90 + 40 * len(settings.layers), field=settings.rows[-1].field)
    st.dataframe(figures.table(settings), hide_index=True)
    page.caption("boxes")


def draw(page: ui.Page, result: Result) -> None:
    if result.change is None:
        boxes(page, result.settings)
        return
    left, right = st.columns(2)
    with left:
        if page.live:
            page.chart("pokes", figures.pokes(result, page.dark), 370)
        else:
            st.fragment(poking)(page, result)
    with right:
        boxes(page, result.settings)
    left, right = st.columns(2)
    with left:
        if result.accuracy:
            page.chart("shifts", page.overlaid(result, figures.shifts), 380)
            page.caption("shifts", seeds=result.settings.seeds, step=result.step)
    with right:
        if len(result.spread) > 1:
            page.chart("growth", figures.growth(result), 380)
            page.caption("growth")
    if result.maps:
        trained(page, result)


def poking(page: ui.Page, result: Result) -> None:
    """The pokes, and the pixel that is clicked on."""
    chosen = lambda place: {"x": place % 32, "y": place // 32}  # noqa: E731
    page.selectable("pokes", figures.pokes(result, page.dark), chosen, 370)
    x, y = figures.default_pixel(result)
    with st.container(horizontal=True):
        x, y = page.slider("x", 0, 31, x), page.slider("y", 0, 31, y)
    st.markdown(page.say(receptive_field.told(result, x, y)))
    page.caption("pokes")


def trained(page: ui.Page, result: Result) -> None:
    """Gradients before and after training, and other canvases."""
    left, middle, right = st.columns([1, 1, 2])
    before, after = (float(std.mean()) for std in result.stds)
    with left:
        page.picture("untrained", figures.seen(result, 0), 280, page.text("titles.untrained", std=before))
    with middle:
        page.picture("trained", figures.seen(result, 1), 280, page.text("titles.trained", std=after))
    with right:
        st.markdown(f"**{page.text('titles.sizes')}**")
        st.dataframe(figures.sizes(result), hide_index=True)
        page.caption("sizes")
    page.caption("maps")


ui.Page(receptive_field).show(draw, boxes)
