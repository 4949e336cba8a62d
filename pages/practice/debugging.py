"""Debugging a training."""

from core.concepts.practice import debugging
from core.concepts.practice.debugging import Result, figures
from pages import ui


def draw(page: ui.Page, result: Result) -> None:
    page.chart("means", page.overlaid(result, figures.means))
    page.caption("means", seeds=len(result.means))


ui.Page(debugging).show(draw)
