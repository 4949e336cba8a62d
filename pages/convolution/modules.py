"""Modules: what each call moves, what is registered, and a state to take home and bring back."""

from functools import partial

import streamlit as st

from core.concepts.convolution import modules
from core.concepts.convolution.modules import Result, figures
from pages import ui


def draw(page: ui.Page, result: Result) -> None:
    left, right = st.columns([3, 2])
    with left:
        st.fragment(calls)(page, result)
    with right:
        st.fragment(anatomy)(page, result)
        with st.expander(page.text("captions.printed"), icon=":material/code:"):
            st.code(result.printed, language=None)
    left, right = st.columns(2)
    with left:
        page.chart("loss", page.overlaid(result, figures.loss), 320)
    with right:
        page.chart("accuracy", page.overlaid(result, figures.accuracy), 320)
    page.caption("race", seeds=result.settings.seeds, rows=len(result.race.right["ModuleList"]))


def calls(page: ui.Page, result: Result) -> None:
    """The board, and the tensor and call that are clicked on."""
    if not result.settings.calls:
        page.caption("no_calls")
        return
    board = figures.board(result, page.dark)
    page.selectable("board", board, partial(figures.chosen, result), figures.height(result))
    page.caption("board")
    row, call = figures.default_place(result)
    row = page.slider("row", 1, len(result.rows), row) - 1
    call = page.slider("call", 1, len(result.settings.calls), call) - 1
    name, called = result.rows[row].name, result.settings.calls[call]
    page.chart("numbers", figures.numbers(result, row, call), 260, tensor=name, call=called)
    page.caption("numbers", tensor=name, call=called)


def anatomy(page: ui.Page, result: Result) -> None:
    """The tree, and the state as files."""
    lit = page.segment("gives", figures.GIVES, "children()")
    page.chart("tree", figures.tree(result, lit, page.dark), figures.tree_height(result), method=lit)
    page.caption("tree", method=lit, n=len(figures.given_by(result.tree, lit)), numbers=result.counts["numbers"])
    with st.container(horizontal=True):
        ui.state(result.state)


ui.Page(modules, uploads={"file": ui.own_state}).show_at_once(draw)
