"""Feature scaling: the same descent raw and scaled, the law behind it, and what else scaling changes."""

import streamlit as st

from core.concepts.foundations import feature_scaling
from core.concepts.foundations.feature_scaling import Result, figures
from core.concepts.foundations.feature_scaling.findings import big
from pages import ui


def draw(page: ui.Page, result: Result) -> None:
    s = result.settings
    left, right = st.columns(2)
    with left:
        page.chart("raw", figures.valley(result, "raw"), 350)
    with right:
        page.chart("scaled", figures.valley(result, "scaled"), 350, scaling=s.scaling)
    page.caption("valley", steps=s.steps, a=result.names[0], b=result.names[1])
    st.header(page.text("titles.law"), anchor=False)
    left, right = st.columns(2)
    with left:
        page.chart("learning", page.overlaid(result, figures.learning), 330)
        page.caption("learning")
    with right:
        page.chart("pairs", figures.pairs(result), 330)
        page.caption("pairs")
    left, right = st.columns(2)
    with left:
        page.chart("stretched", figures.stretched(result), 330)
        page.caption("stretched", most=result.most)
    with right:
        page.chart("whole", figures.whole(result), 330)
        page.caption("whole")
    changes(page, result)
    st.header(page.text("titles.leak"), anchor=False)
    left, right = st.columns(2)
    with left:
        page.chart("accuracies", figures.accuracies(result), 260)
    with right:
        page.chart("gaps", figures.gaps(result), 260)
    page.caption("leak", rows=s.rows, tested=result.leak.tested, splits=len(result.leak.honest["raw"]))
    photo(page, result)


def changes(page: ui.Page, result: Result) -> None:
    """What scaling changes, and what a penalty changes."""
    st.header(page.text("titles.ridge"), anchor=False)
    rows = []
    for name, r in result.ridge.items():
        recipe = f"table.recipes.{name}"
        row = {page.text("table.recipe"): page.text(recipe, scaling=result.settings.scaling)}
        row[page.text("table.condition")] = page.say(big(r.condition))
        row[page.text("table.steps")] = page.say(big(r.steps))
        row[page.text("table.moved")] = page.text("table.move", moved=r.moved)
        rows.append(row)
    st.table(rows, width="content")
    page.caption("ridge", penalty=result.settings.penalty)


def photo(page: ui.Page, result: Result) -> None:
    """The channels of a photograph before and after."""
    with st.expander(page.text("titles.photo"), icon=":material/image:"):
        left, right = st.columns(2)
        with left:
            page.picture("before", result.photo.pixels, 220, page.text("titles.before"))
            page.chart("channels", figures.channels(result, "before"), 220)
        with right:
            page.picture("after", figures.shown(result), 220, page.text("titles.after"))
            page.chart("normalised", figures.channels(result, "after"), 220)
        page.caption("photo")


ui.Page(feature_scaling).show_at_once(draw)
