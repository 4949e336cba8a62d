"""End-to-end learning: features made by hand with a linear classifier, against a CNN that learns its features."""

import streamlit as st

from core.concepts.paradigms import end_to_end
from core.concepts.paradigms.end_to_end import Result, figures
from pages import ui


def draw(page: ui.Page, result: Result) -> None:
    digit = page.view.digit
    pictures = page.kept("seen", (result.settings, digit, result.complete), lambda: figures.seen(result, digit), False)
    left, right = st.columns(2)
    with left:
        page.chart("accuracy", page.overlaid(result, figures.accuracy, lambda pin: bool(pin.accuracy)), 350)
        page.caption("accuracy", seeds=result.settings.seeds)
    with right:
        with st.container(horizontal=True, gap="small"):
            for name in ("pixels", "sobel", "canny", "hog"):
                title = page.words(f"titles.{name}")
                page.picture("seen", pictures[name], 156, title, suffix=name, how=title, digit=digit)
        page.caption("seen")
    if result.complete:
        left, right = st.columns(2)
        with left:
            page.chart("gains", page.overlaid(result, figures.gains, lambda pin: pin.complete), 300)
            page.caption("gains", seeds=result.settings.seeds)
        with right:
            page.picture("maps", pictures["cnn"], 420, page.text("titles.maps"), digit=digit)
            page.caption("maps")


ui.Page(end_to_end).show(draw)
