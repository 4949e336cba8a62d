"""Architectures."""

from core.concepts.convolution import architectures
from core.concepts.convolution.architectures import Result, figures
from pages import ui


def draw(page: ui.Page, result: Result) -> None:
    page.chart("means", page.overlaid(result, figures.means))
    page.caption("means", seeds=len(result.means))


ui.Page(architectures).show(draw)
