"""The grid that the agents walk on, read from its text, and what each action does in each of its cells."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

FREE, WALL, CLIFF, START, GOAL = SIGNS = ".wcSG"
MOST_ROWS, MOST_COLUMNS = 8, 12
MOST_TEXT = MOST_ROWS * (MOST_COLUMNS + 1) - 1
MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))  # (down, right) of the actions up, right, down, left
MAPS = {
    "cliff": "............/............/............/SccccccccccG",
    "bridge": "............/.cccccccccc./S..........G/.cccccccccc./............",
    "maze": "S...w......./.ww.w.wwww../.w..w.w..w../.w.ww.w.ww../.w......w.../...www.w..wG",
    "open": "............/............/S..........G/............/............",
}


class WorldError(ValueError):
    """Text that is no grid to walk on. key: among the `errors` of the texts; numbers: what its sentence names."""

    def __init__(self, key: str, **numbers: Any) -> None:
        super().__init__(key)
        self.key, self.numbers = key, numbers


@dataclass(frozen=True)
class World:
    """Cells are numbered along the rows, actions in the order of MOVES."""

    cells: str  # a sign for each
    rows: int
    columns: int
    start: int  # its number
    goal: int
    inside: np.ndarray = field(compare=False)  # (cells,) whether it can be reached from the start, the goal left out
    steps: np.ndarray = field(compare=False)  # (cells,) fewest steps to the goal, -1 where there is no way

    @property
    def next(self) -> np.ndarray:
        """(cells, 4) the cell after a move: the same at a wall, the start after a fall."""
        return np.array([[self.start if self.cells[n] == CLIFF else n for n in row] for row in _ahead(self)])

    @property
    def falls(self) -> np.ndarray:
        """(cells, 4) whether a move leads over the cliff."""
        return np.array([[self.cells[n] == CLIFF for n in row] for row in _ahead(self)])


def outcomes(world: World, slip: float, fall: float) -> tuple[np.ndarray, np.ndarray]:
    """Probability (cells, 4, cells) of the next cell, and mean reward (cells, 4), of each action; with the chance `slip` the
    move is one of the two to its side."""
    turns = (1 - slip) * np.eye(4) + slip / 2 * (np.roll(np.eye(4), 1, 1) + np.roll(np.eye(4), -1, 1))
    ahead = np.eye(len(world.cells))[world.next]
    return np.einsum("am,smn->san", turns, ahead), rewards(world, fall) @ turns.T


def rewards(world: World, fall: float) -> np.ndarray:
    """(cells, 4) the reward of a move: -1, or -fall over the cliff."""
    return np.where(world.falls, -float(fall), -1.0)


@lru_cache(maxsize=64)
def read(text: str) -> World:
    """The grid that a text describes, its rows separated by "/". Raises WorldError, also where no way leads to the goal."""
    rows = text.split("/")
    if odd := sorted(set(text) - set(SIGNS) - {"/"}):
        raise WorldError("grid_sign", sign=odd[0])
    if len(set(map(len, rows))) > 1:
        raise WorldError("grid_rows")
    if len(rows) > MOST_ROWS or not 2 <= len(rows[0]) <= MOST_COLUMNS:
        raise WorldError("grid_size", rows=MOST_ROWS, columns=MOST_COLUMNS)
    cells = "".join(rows)
    if cells.count(START) != 1 or cells.count(GOAL) != 1:
        raise WorldError("grid_ends")
    start, goal = cells.index(START), cells.index(GOAL)
    none = np.zeros(len(cells), int)
    bare = World(cells, len(rows), len(rows[0]), start, goal, none, none)
    steps = _distances(bare, goal)
    if steps[start] < 0:
        raise WorldError("grid_no_way")
    inside = (_distances(bare, start) >= 0) & (np.arange(len(cells)) != goal)
    return World(cells, bare.rows, bare.columns, start, goal, inside, steps)


def painted(text: str, cell: int, sign: str) -> str:
    """The text after a cell is painted. Start and goal move; they cannot be painted over."""
    rows = text.split("/")
    columns, cells = len(rows[0]), list("".join(rows))
    if not cell < len(cells) or cells[cell] in (START, GOAL):
        return text
    if sign in (START, GOAL):
        cells = [FREE if old == sign else old for old in cells]
    cells[cell] = sign
    return "/".join("".join(cells[i : i + columns]) for i in range(0, len(cells), columns))


def _ahead(world: World) -> list[list[int]]:
    """For each cell and move the cell that lies ahead; the cell itself at a wall or at the border."""
    found = []
    for cell in range(len(world.cells)):
        row, column = divmod(cell, world.columns)
        places = [(row + down, column + right) for down, right in MOVES]
        within = [0 <= r < world.rows and 0 <= c < world.columns for r, c in places]
        ahead = [r * world.columns + c if ok else cell for (r, c), ok in zip(places, within, strict=True)]
        found.append([cell if world.cells[n] == WALL else n for n in ahead])
    return found


def _distances(world: World, origin: int) -> np.ndarray:
    """Fewest steps (cells,) between the origin and each cell, without a fall; -1 where there is no way."""
    ahead, found = _ahead(world), np.full(len(world.cells), -1)
    found[origin] = 0
    waiting = deque([origin])
    while waiting:
        cell = waiting.popleft()
        for n in ahead[cell]:
            if found[n] < 0 and world.cells[n] != CLIFF:
                found[n] = found[cell] + 1
                waiting.append(n)
    return found
