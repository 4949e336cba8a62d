"""Convolution arithmetic: cells that belong together, the cost of a layer, a stack, and error messages read."""

import streamlit as st

from core.concepts.convolution import arithmetic
from core.concepts.convolution.arithmetic import Result, figures
from pages import ui


def draw(page: ui.Page, result: Result) -> None:
    left, right = st.columns(2, vertical_alignment="center")
    with left:
        st.code(result.line, language=None, wrap_lines=True)
    with right:
        st.markdown(f"${figures.formulas(result)}$" if result.shape else page.text("captions.no_output"))
    left, right = st.columns([5, 2])
    with right:
        side = page.segment("side", ("output", "input") if result.shape else ("input",), "output")
        rows, columns = figures.reach(result, side)
        row = page.slider("row", 1, rows, 1 + rows // 2)
        column = page.slider("column", 1, columns, 1 + columns // 2)
    with left:
        board = figures.cells(result, side, row, column, page.dark)
        page.selectable("cells", board, lambda number: figures.pick(result, number), figures.HEIGHT)
    page.caption("cells")
    errors(page)
    left, right = st.columns([3, 2])
    with left:
        if result.kinds:
            page.chart("kinds", page.overlaid(result, figures.kinds, lambda pin: bool(pin.kinds)), 420)
            page.caption("kinds")
    with right:
        if result.shape:
            st.dataframe(figures.numbers(result), hide_index=True)
            page.caption("numbers")
    st.header(page.text("titles.stack"), anchor=False)
    st.dataframe(figures.stack(result), hide_index=True)
    page.caption("stack", channels=result.settings.stack_channels, size=result.settings.stack_size)


def errors(page: ui.Page) -> None:
    """A pasted message: what it says, and the controls set to its layer."""
    text = page.line("message", arithmetic.MOST_TEXT, lambda typed: arithmetic.read(typed).change)
    if text.strip():
        reading = arithmetic.read(text)
        st.info("\n\n".join(page.say(finding) for finding in reading.advice), icon=":material/build:")
        page.caption("moved" if reading.change else "not_moved")


ui.Page(arithmetic).show_at_once(draw)
