"""The game: a learner opens instruments and names suspects until the bug is found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

OPEN, GUESS, GIVE_UP = "open", "guess", "give up"
INSTRUMENTS = (
    "gradients",
    "change",
    "outputs",
    "examples",
    "twice",
    "shapes",
    "inputs",
    "normalised",
    "modes",
    "optimiser",
)
RIGHT, WRONG = "right", "wrong"
SQUARES = {OPEN: "🟨", WRONG: "🟥", RIGHT: "🟩", GIVE_UP: "⬛"}  # to be copied
# On the page, where a browser without such pictures shows them too, and the form says what the colour says.
ICONS = {
    OPEN: ":orange[:material/search:]",
    WRONG: ":red[:material/close:]",
    RIGHT: ":green[:material/check:]",
    GIVE_UP: ":gray[:material/flag:]",
}

Move = tuple[str, str]  # what is done, and with which instrument or suspect


@dataclass(frozen=True)
class State:
    """Where a game stands."""

    opened: tuple[str, ...] = ()  # instruments, in the order in which they were opened
    wrong: tuple[str, ...] = ()  # suspects that are cleared
    marks: tuple[str, ...] = ()  # how each move went: a key of SQUARES
    over: bool = False  # whether it has been named or shown

    @property
    def found(self) -> bool:
        """Whether the bug has been named."""
        return RIGHT in self.marks

    @property
    def closed(self) -> tuple[str, ...]:
        return tuple(name for name in INSTRUMENTS if name not in self.opened)

    @property
    def shown(self) -> tuple[str, ...]:
        """Instruments to draw: the newest first, and all of them at the end."""
        return INSTRUMENTS if self.over else self.opened[::-1]


ALL_OPEN = State(over=True)


def play(moves: Sequence[Move], bug: str) -> State:
    """The state after these moves. A wrong guess opens the first instrument that is still closed. After the end, and for what
    is open or cleared already, a move does not count."""
    state = State()
    for kind, what in moves:
        if state.over or what in (*state.opened, *state.wrong):
            continue
        opened, wrong, mark = state.opened, state.wrong, kind
        if kind == OPEN:
            opened = (*opened, what)
        elif kind == GUESS and what != bug:
            wrong, mark, opened = (*wrong, what), WRONG, (*opened, *state.closed[:1])
        elif kind == GUESS:
            mark = RIGHT
        state = State(opened, wrong, (*state.marks, mark), mark in (RIGHT, GIVE_UP))
    return state
