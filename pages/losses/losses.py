"""Loss functions: curves and their gradients, and what each does to a fit."""

from collections.abc import Sequence
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.concepts.losses import losses
from core.concepts.losses.losses import Result, figures
from pages import ui


def draw(page: ui.Page, result: Result) -> None:
    kind = result.settings.family
    overlaid = partial(page.overlaid, result, fits=lambda pin: pin.settings.family == kind)
    left, right = st.columns(2)
    if result.scores is None:
        with left:
            page.chart("value", overlaid(figures.values), 380)
        with right:
            page.chart("gradient", overlaid(figures.gradients), 380)
        page.caption("curves")
        about(page, result, st.columns(2))
        return
    with right:
        page.chart("value", overlaid(figures.values), 230)
        page.chart("gradient", overlaid(figures.gradients), 230)
    with left:
        if kind == "regression":
            page.selectable("fits", overlaid(figures.fits), partial(figures.outliers_at, result), 476)
        else:
            page.chart("changes", overlaid(figures.changes), 230)
            page.chart("accuracies", overlaid(figures.accuracies), 230)
    page.caption(kind, seeds=result.settings.seeds)
    left, right = st.columns(2)
    if kind == "regression":
        with left:
            page.chart("slopes", overlaid(figures.slope_errors), 340)
            page.caption("slopes", seeds=result.settings.seeds)
        about(page, result, [right])
    else:
        about(page, result, [left, right])


def about(page: ui.Page, result: Result, columns: Sequence[DeltaGenerator]) -> None:
    """Formula and meaning of every loss on view."""
    for i, name in enumerate(result.settings.chosen):
        formula, means = (page.words.raw(f"losses.{name}.{part}") for part in ("formula", "means"))
        columns[i % len(columns)].markdown(f"**{name}** &ensp; $\\displaystyle {formula}$  \n{means}")


ui.Page(losses).show_at_once(draw)
