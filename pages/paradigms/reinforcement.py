"""Reinforcement learning: a grid to paint, two methods that learn it, and how far they come."""

from functools import partial

import streamlit as st

from core.concepts.paradigms import reinforcement
from core.concepts.paradigms.reinforcement import Result, figures
from pages import ui


def preview(page: ui.Page) -> None:
    """The map, before anything is learnt."""
    board(page, page.settings.map, None)


def draw(page: ui.Page, result: Result) -> None:
    settings = result.settings
    left, right = st.columns([3, 2])
    with left:
        board(page, figures.map_text(page.controls.values, settings.map), result)
    with right:
        page.chart("returns", page.overlaid(result, figures.returns), 376, rival=settings.rival)
        page.caption("returns", seeds=settings.seeds, window=figures.window(result))
    left, right = st.columns(2)
    with left:
        page.chart("greedy", page.overlaid(result, figures.greedy), 320, rival=settings.rival)
        page.caption("greedy", seeds=settings.seeds)
    with right:
        page.chart("errors", page.overlaid(result, figures.errors), 320, rival=settings.rival)
        page.caption("errors", rival=settings.rival, epsilon=settings.last_epsilon)


def board(page: ui.Page, text: str, result: Result | None) -> None:
    """The map to paint, with what was learnt on it if it is still the same."""
    known = result if result is not None and text == result.settings.map else None
    if page.live and known is not None:
        page.chart("map", figures.boards(known, timeline=False), figures.height(text))
        page.caption("board")
        return
    place = st.container()
    with st.container(horizontal=True, gap="medium"):
        brush = page.segment("brush", figures.BRUSHES, "wall")
        truth = known is not None and page.segment("shown", ("learnt", "truth"), "learnt") == "truth"
    with place:
        spec = figures.bare(text) if known is None else figures.boards(known, truth)
        tall = figures.height(text, 1 if known is None else 2)
        drawn = figures.fingerprint(text, brush)
        page.selectable("map", spec, partial(figures.paint, text, brush=brush), tall, suffix=drawn)
    page.caption("bare" if known is None else "board")


ui.Page(reinforcement).show(draw, preview)
