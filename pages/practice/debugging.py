"""Debugging: a real training with one wrong line, instruments to open, and suspects to name."""

from datetime import UTC, datetime

import streamlit as st

from core.catalogue import CONCEPTS
from core.concepts.practice import debugging
from core.concepts.practice.debugging import Result, figures
from core.concepts.practice.debugging.findings import outcome
from core.concepts.practice.debugging.game import ALL_OPEN, GIVE_UP, GUESS, OPEN, State, play
from core.concepts.practice.debugging.settings import BUGS, SUSPECTS, other_cases
from pages import ui


def game(page: ui.Page, result: Result) -> None:
    moves = page.kept(f"moves {result.settings}", 0, list, needs_torch=False)
    state = ALL_OPEN if result.settings.known else play(moves, result.bug)  # nothing to guess in a bug that was chosen
    with st.container(horizontal=True):
        for name, change in other_cases(result.settings, datetime.now(UTC).date()).items():
            query = {**page.controls.query(change), "run": "1"}
            st.page_link(f"{page.path}.py", label=page.words(f"game.{name}", case=change["case"]), query_params=query)
    curves(page, result, state.over and result.bug in BUGS)
    if not state.over:
        desk(page, result, state, moves)
    elif result.bug in BUGS:
        reveal(page, result, state)
    page.caption("curves", seeds=result.settings.seeds)
    for i, place in enumerate(st.columns(2)):
        for name in state.shown[i::2]:
            with place.container(border=True):
                instrument(page, result, name)


def curves(page: ui.Page, result: Result, twin: bool = False) -> None:
    for name, place in zip(("loss", "score"), st.columns(2), strict=True):
        with place:
            chart = page.overlaid(result, lambda run: figures.curve(run, name, twin and run is result))  # noqa: B023
            page.chart(name, chart, 220)


def desk(page: ui.Page, result: Result, state: State, moves: list[tuple[str, str]]) -> None:
    left, right = (place.container(border=True, height="stretch") for place in st.columns(2))
    left.markdown(page.text("game.instruments"))
    with left.container(horizontal=True, gap="small"):
        for tool in state.closed:
            label, help = (page.words(f"instruments.{tool}.{part}") for part in ("label", "help"))
            st.button(label, f"debugging-open-{tool}", help, on_click=moves.append, args=((OPEN, tool),))
    with right:
        names = {bug: page.words.option("planted", bug) for bug in SUSPECTS[result.settings.data]}
        suspects = [bug for bug in names if bug not in state.wrong]
        key, help = f"debugging-{result.settings.case}-{state.wrong}", page.text("game.help")
        bug = st.pills(page.text("game.suspects"), suspects, key=key, format_func=names.__getitem__, help=help)
        with st.container(horizontal=True):
            label, guess = ui.on_primary(page.text("game.accuse")), (GUESS, bug or "")
            st.button(label, "debugging-accuse", type="primary", disabled=not bug, on_click=moves.append, args=(guess,))
            st.button(page.text("game.give_up"), "debugging-give-up", on_click=moves.append, args=((GIVE_UP, ""),))
        st.markdown(page.text("game.moves", moves=figures.icons(state) or page.text("game.none")))
        if state.wrong:
            st.caption(page.text("game.cleared", names=[names[bug] for bug in state.wrong]))


def reveal(page: ui.Page, result: Result, state: State) -> None:
    with st.container(border=True):
        st.markdown("  \n".join(page.say(finding) for finding in outcome(result, state)))
        st.code(figures.lines_that_differ(result, page.text("game.missing")), language="diff")
        path, label = BUGS[result.bug].page, page.text("game.explained", title=CONCEPTS[BUGS[result.bug].page].title)
        st.page_link(f"{path}.py", label=label, icon=":material/menu_book:")
        if state.marks:
            with st.popover(page.text("game.share"), icon=":material/share:"):
                st.code(figures.share(result, state), language=None)
                page.caption("squares")


def instrument(page: ui.Page, result: Result, name: str) -> None:
    if chart := figures.chart(result, name):
        page.chart(name, chart, 280)
    else:
        st.markdown(f"**{page.words(f'instruments.{name}.label')}**")
    if name in figures.TABLES:
        st.table(figures.TABLES[name](result))
    elif not chart:
        page.picture(name, figures.digits(result), 480)
    st.caption(page.words(f"instruments.{name}.caption_{result.settings.data}", **figures.numbers(result)))


ui.Page(debugging).show(lambda page, result: (st.fragment(game) if result.complete else curves)(page, result))
