"""One look for every chart: colours that colour-blind people can tell apart, and how a series is named."""

from __future__ import annotations

import html

# Okabe and Ito, "Color Universal Design" (2008), without black; yellow last, as it is weak on white.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442")


GREY = "#7A8793"  # what is beside the point: marks, expectations, references


def literal(text: str) -> str:
    """Somebody else's words as Plotly shows them letter for letter: it would take <b> and links for HTML, dollars for
    formulas, and %{...} in a hover text for a place to fill in."""
    return html.escape(text, quote=False).replace("%", "&#37;").replace("$", "&#36;")


def color(i: int) -> str:
    return COLORS[i % len(COLORS)]


def rgb(i: int) -> tuple[int, int, int]:
    c = color(i)
    return int(c[1:3], 16), int(c[3:5], 16), int(c[5:7], 16)


def faint(i: int, alpha: float) -> str:
    return f"rgba({', '.join(map(str, rgb(i)))}, {alpha})"
