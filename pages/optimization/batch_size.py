"""Batch size: the noise of a gradient at fixed weights, and training at every batch size."""

import streamlit as st

from core.concepts.optimization import batch_size
from core.concepts.optimization.batch_size import Result, figures
from core.concepts.optimization.batch_size.settings import RULES
from pages import ui


def preview(page: ui.Page) -> None:
    page.chart("plan", figures.plan(page.settings))
    page.caption("plan")


def draw(page: ui.Page, result: Result) -> None:
    if not result.curves:
        preview(page)
    elif page.live:
        trained(page, result)
    else:
        st.fragment(trained)(page, result)
    if result.noise:
        st.header(page.text("titles.noise"), anchor=False)
        st.fragment(noise)(page, result)
    if not page.live and result.memory:
        costs(page, result)


def trained(page: ui.Page, result: Result) -> None:
    """What each batch size learns. A fragment: its choices redraw this alone."""
    left, right = st.columns(2)
    with st.container(horizontal=True):
        rule = page.segment("rule", RULES, "fixed")
        unit = page.segment("unit", figures.UNITS, "epochs")
    with left:
        page.chart("ends", page.overlaid(result, figures.ends))
    with right:
        page.chart("learning", figures.learning(result, rule, unit))
    missing = [f"B = {size}" for size in result.settings.sizes if size not in result.curves]
    to_come = page.text("captions.missing", sizes=missing) if missing else ""
    page.caption("training", seeds=result.settings.seeds, missing=to_come)
    page.chart("to_target", page.overlaid(result, lambda run: figures.to_target(run, unit)), 300)
    page.caption("target")
    page.caption("intervals", reference=result.settings.reference)


def noise(page: ui.Page, result: Result) -> None:
    """How far the gradient of a batch is off."""
    deviation = page.segment("deviation", figures.DEVIATIONS, "variance")
    left, right = st.columns(2)
    with left:
        page.chart("directions", figures.directions(result))
    with right:
        page.chart("distance", figures.DEVIATIONS[deviation](result))
    page.caption("directions", seed=result.settings.seed, n=result.settings.n)
    page.caption("noise", draws=figures.draws(result), reference=result.settings.reference)


def costs(page: ui.Page, result: Result) -> None:
    """Speed and memory."""
    with st.expander(page.text("titles.costs"), icon=":material/speed:"):
        left, right = st.columns(2)
        with left:
            page.chart("throughput", figures.throughput(result), 300)
        with right:
            page.chart("memory", figures.memory(result), 300)
        page.caption("costs", **figures.costs(result))


ui.Page(batch_size).show(draw, preview)
