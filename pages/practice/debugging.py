"""Debugging: a real training with one wrong line, instruments to open, and suspects to name."""

from datetime import UTC, datetime

import streamlit as st

from core.catalogue import CONCEPTS
from core.concepts.practice import debugging
from core.concepts.practice.debugging import Result, figures, of_the_day
from core.concepts.practice.debugging.findings import cost, outcome, signature
from core.concepts.practice.debugging.game import ALL_OPEN, GIVE_UP, GUESS, OPEN, State, play
from core.concepts.practice.debugging.settings import BUGS, SUSPECTS
from pages import ui


def draw(page: ui.Page, result: Result) -> None:
    if result.complete:
        st.fragment(game)(page, result)
    else:
        curves(page, result, False)


def game(page: ui.Page, result: Result) -> None:
    """Curves, instruments and suspects; at the end the healthy twin. There is nothing to guess in a bug that was chosen."""
    moves = page.kept(f"moves {result.settings}", 0, list, needs_torch=False)
    state = ALL_OPEN if result.known else play(moves, result.bug)
    curves(page, result, state.over and result.bug in BUGS)
    if not state.over:
        desk(page, result, state, moves)
    elif result.bug in BUGS:
        reveal(page, result, state)
    for i in range(0, len(state.shown), 2):
        for name, place in zip(state.shown[i : i + 2], st.columns(2), strict=False):
            with place.container(border=True, height="stretch"):
                instrument(page, result, name)


def curves(page: ui.Page, result: Result, twin: bool) -> None:
    left, right = st.columns(2)
    with left:
        page.chart("loss", page.overlaid(result, lambda run: figures.loss(run, twin and run is result)), 260)
    with right:
        page.chart("score", page.overlaid(result, lambda run: figures.score(run, twin and run is result)), 260)
    page.caption("curves", seeds=result.settings.seeds)


def desk(page: ui.Page, result: Result, state: State, moves: list[tuple[str, str]]) -> None:
    """What can be opened, who is left, and what has been tried."""
    name = lambda bug: page.words.option("planted", bug)  # noqa: E731
    left, right = st.columns(2)
    with left.container(border=True, height="stretch"), st.container(horizontal=True, gap="small"):
        st.markdown(page.text("game.instruments"))
        for tool in state.closed:
            label, help = (page.words(f"instruments.{tool}.{part}") for part in ("label", "help"))
            st.button(label, f"debugging-open-{tool}", help, on_click=moves.append, args=((OPEN, tool),))
    with right.container(border=True, height="stretch"):
        st.markdown(page.text("game.squares", squares=state.squares or page.text("game.none")))
        suspects = [bug for bug in SUSPECTS[result.settings.data] if bug not in state.wrong]
        key = f"debugging-suspect-{result.settings.case}-{len(state.wrong)}"
        bug = st.pills(page.text("game.suspects"), suspects, key=key, format_func=name, help=page.text("game.help"))
        with st.container(horizontal=True):
            label, guess = ui.on_primary(page.text("game.accuse")), (GUESS, bug or "")
            st.button(label, "debugging-accuse", type="primary", disabled=not bug, on_click=moves.append, args=(guess,))
            st.button(page.text("game.give_up"), "debugging-give-up", on_click=moves.append, args=((GIVE_UP, ""),))
        if state.wrong:
            st.caption(page.text("game.cleared", names=[name(bug) for bug in state.wrong]))


def reveal(page: ui.Page, result: Result, state: State) -> None:
    """The line that differs, what it cost, and the page that explains it."""
    left, right = st.columns([2, 1])
    with left.container(border=True):
        st.markdown(page.say(outcome(result, state)))
        st.code(figures.difference_of_lines(result), language="diff")
        st.markdown(f"{page.say(cost(result))} {page.say(signature(result))}")
        explained = BUGS[result.bug].page
        label = page.text("game.explained", title=CONCEPTS[explained].title)
        st.page_link(f"{explained}.py", label=label, icon=":material/menu_book:")
    with right:
        if state.squares:
            st.code(figures.share(result, state), language=None)
            page.caption("squares")
        links(page, result)


def instrument(page: ui.Page, result: Result, name: str) -> None:
    title, caption = (f"instruments.{name}.{part}" for part in ("label", f"caption_{result.settings.data}"))
    if name in figures.TABLES:
        st.markdown(f"**{page.text(title)}**")
        st.table(figures.TABLES[name](result))
    elif name == "examples" and result.classes:
        st.markdown(f"**{page.text(title)}**")
        with st.container(horizontal=True, gap="small"):
            for i, (picture, label) in enumerate(figures.examples(result)):
                page.picture("example", picture, 60, caption=label, suffix=f"-{i}", label=label)
    else:
        page.chart(name, figures.CHARTS[name](result), 280)
    st.caption(page.text(caption, **figures.numbers(result)))


def links(page: ui.Page, result: Result) -> None:
    """To the case of today, which is the same everywhere, and to the next one."""
    today, s = datetime.now(UTC).date(), result.settings
    cases = {"today": of_the_day(today), "another": {"case": s.case % 60 + 1, "data": s.data}}
    for key, change in cases.items():
        label = f"game.{key}"
        query = {**page.controls.query(change), "run": "1"}
        st.page_link(f"{page.path}.py", label=page.text(label, day=f"{today:%d %B %Y}"), query_params=query)


ui.Page(debugging).show(draw)
