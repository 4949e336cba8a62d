"""Attention: the trained map with one weight to edit, every matrix behind it, and what scaling and length do."""

import streamlit as st

from core.concepts.attention import attention
from core.concepts.attention.attention import Result, figures
from core.concepts.attention.attention.matrices import Edit
from pages import ui

WIDTH = 190  # of a matrix: four beside each other


def titles(page: ui.Page, *names: str, **numbers: object) -> list[str]:
    keys = [f"titles.{name}" for name in names]
    return [page.text(key, **numbers) for key in keys]


def draw(page: ui.Page, result: Result) -> None:
    s, (seed, head) = result.settings, figures.shown(result, page.view)
    left, right = st.columns(2)
    with left:
        place = st.container()
        edit = chosen(page, result, head) if result.complete else None
        (title,) = titles(page, f"map_{page.view.way}", head=head + 1, seed=s.seed + seed)
        with place:
            spec = figures.attention_map(result, page.view, edit, title)
            page.selectable("map", spec, lambda i: {"row": i // s.length + 1, "key": i % s.length + 1}, 345)
            page.caption("map")
    with right:
        title, *names = titles(page, "learning", "with", s.without)
        page.chart("learning", page.overlaid(result, lambda run: figures.learning(run, title, names)), 270)
        page.caption("learning", seeds=s.seeds)
        if edit is None:
            return
        title, *names = titles(page, f"answer_{s.answers}", "trained", "edited", place=edit.row + 1)
        page.chart("answer", figures.answer_bars(result, page.view, edit, title, names), 200)
        if s.heads > 1:
            page.chart("heads", figures.heads(result, page.text("titles.head_table")), figures.heads_height(result))
            page.caption("heads")
    matrices(page, result)
    for column, (name, *keys) in zip(st.columns(2), figures.AROUND, strict=True):
        with column:
            title, *names = titles(page, name, *keys)
            page.chart(name, getattr(figures, name)(result, title, names), 330)
            page.caption(name)


def chosen(page: ui.Page, result: Result, head: int) -> Edit:
    """The weight that is set by hand, and what the answers become."""
    with st.container(horizontal=True):
        row, key = (page.slider(name, 1, result.settings.length, first) - 1 for name, first in (("row", 1), ("key", 4)))
    edit = Edit(head, row, key, page.slider("weight", 0, 100, 100) / 100)
    before, after = (figures.matrices(result, page.view, e) for e in (None, edit))
    for answer in range(result.settings.answers):
        st.markdown(page.say(attention.describe(before, after, row, answer)))
    return edit


def matrices(page: ui.Page, result: Result) -> None:
    """Every matrix of the shown sequence, in the order in which they are computed."""
    st.markdown(f"**{page.text('titles.matrices')}**")
    values = figures.matrices(result, page.view)
    with st.container(horizontal=True, gap="small"):
        for name, title in zip(figures.MATRICES, titles(page, *figures.MATRICES), strict=True):
            with st.container(width=WIDTH):
                page.chart(name, figures.matrix(result, page.view, values, name, title), 220)
    page.caption("matrices", d=values.q.shape[-1])


ui.Page(attention).show(draw)
