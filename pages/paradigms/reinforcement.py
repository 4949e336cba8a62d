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
        page.chart("returns", page.overlaid(result, figures.returns), 420, name=settings.rival)
        page.caption("returns", seeds=settings.seeds, window=figures.window(result))
    left, right = st.columns(2)
    with left:
        page.chart("greedy", page.overlaid(result, figures.greedy), 320, name=settings.rival)
        page.caption("greedy", seeds=settings.seeds)
    with right:
        page.chart("errors", page.overlaid(result, figures.errors), 320, name=settings.rival)
        page.caption("errors", name=settings.rival, epsilon=settings.last_epsilon)


def board(page: ui.Page, text: str, result: Result | None) -> None:
    """The map to paint, with what was learnt on it if it is still the same."""
    learnt = result is not None and text == result.settings.map
    if page.live and learnt:
        page.chart("map", figures.boards(result, timeline=False), figures.height(text))
        page.caption("board")
        return
    place = st.container()
    with st.container(horizontal=True, gap="medium"):
        brush = page.segment("brush", figures.BRUSHES, "wall")
        truth = learnt and page.segment("shown", ("learnt", "truth"), "learnt") == "truth"
    with place:
        spec = figures.boards(result, truth) if learnt else figures.bare(text)
        page.selectable(
            "map", spec, partial(figures.paint, text, brush=brush), figures.height(text, 2 if learnt else 1)
        )
    page.caption("board" if learnt else "bare")


ui.Page(reinforcement).show(draw, preview)
