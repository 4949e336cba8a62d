"""Automatic differentiation: graph, gradients, parameters and decision field, played together."""

import streamlit as st

from core.concepts.foundations import autograd
from core.concepts.foundations.autograd import Result, figures
from pages import ui


def draw(page: ui.Page, result: Result) -> None:
    st.fragment(play)(page, result)
    page.caption(result.settings.example)


def play(page: ui.Page, result: Result) -> None:
    """The board, and the node that is clicked on."""
    above = st.container()
    played = figures.moments(result)
    moment = played[page.slider("moment", 1, len(played), len(played)) - 1]
    with above:
        board = figures.board(result, page.dark, played.index(moment), page.text("titles.click"))
        page.selectable("board", board, lambda place: {"node": place + 1}, figures.HEIGHT)
    left, right = st.columns(2)
    with left:
        node = page.slider("node", 1, len(result.nodes), 1 + result.default_node) - 1
        for sentence in figures.explain(result, node, moment.update):
            st.markdown(page.say(sentence))
        number = st.column_config.NumberColumn(format="%.6g")
        table = figures.numbers(result, node, moment.update)
        st.dataframe(table, hide_index=True, column_config=dict.fromkeys(table.columns[1:], number))
        page.caption("node", update=moment.update + 1, point=result.settings.point)
    with right:
        page.chart("history", figures.history(result, node), 240, node=result.nodes[node].name)
        page.chart("losses", page.overlaid(result, figures.losses, lambda pin: not pin.error), 260)
        seeds = len(result.race.clean)
        page.caption("losses" if seeds > 1 else "one_loss", seeds=seeds)


ui.Page(autograd).show_at_once(draw)
