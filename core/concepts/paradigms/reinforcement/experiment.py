"""Both methods, learnt by many agents at once, piece by piece."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.concepts.paradigms.reinforcement.learners import Agents, walk
from core.concepts.paradigms.reinforcement.planning import truth
from core.concepts.paradigms.reinforcement.result import Learned, Result, Truth
from core.concepts.paradigms.reinforcement.settings import Q, Settings
from core.progress import Step

PIECE = 100  # steps of all agents between two places at which the run can be stopped


def run(s: Settings) -> Iterator[Step[Result]]:
    """Let the agents learn; a Step after every PIECE steps of those of a method."""
    yield Step(0.0, doing="planning")
    truths = {Q: truth(s, 0.0), s.rival: truth(s, s.last_epsilon)}
    yield Step(0.0, doing="learning")
    measured = {method: Measured(Agents(s, method, marks(s)), truths[method]) for method in s.methods}

    def snapshot() -> Result:
        fraction = min(m.agents.episode.min() for m in measured.values()) / s.episodes
        return Result(s, float(fraction), {name: m.learned() for name, m in measured.items()}, truths)

    while not all(m.complete for m in measured.values()):
        # The method that is behind goes on, so that both form at once.
        least = min(measured.values(), key=lambda m: (m.complete, m.agents.episode.mean()))
        least.go_on()
        mean = float(np.mean([m.agents.episode.mean() for m in measured.values()]) / s.episodes)
        ready = all(m.rows for m in measured.values())
        yield Step(min(0.99, mean), snapshot if ready else None, doing="learning")
    result = snapshot()
    yield Step(1.0, lambda: result)


def marks(s: Settings) -> np.ndarray:
    """The numbers of episodes after which the policies are measured: close together at first, then even."""
    early = [n for n in (1, 2, 5, 10, 20, 35) if n < s.episodes / 10]
    return np.array([*early, *np.unique(np.linspace(0, s.episodes, 11)[1:].round().astype(int))])


class Measured:
    """Agents, and what of them is measured at each mark that all have passed."""

    def __init__(self, agents: Agents, truth: Truth) -> None:
        self.agents, self.truth = agents, truth
        self.rows: list[
            tuple[np.ndarray, ...]
        ] = []  # for each mark: value, arrow, moves, greedy, arrived, error, start

    @property
    def complete(self) -> bool:
        return len(self.rows) == len(self.agents.marks)

    def go_on(self) -> None:
        """Measure the next mark if all agents have passed it, else let them take more steps."""
        if self.agents.episode.min() >= self.agents.marks[len(self.rows)]:
            self.rows.append(self._measure(len(self.rows)))
        else:
            self.agents.advance(PIECE)

    def _measure(self, mark: int) -> tuple[np.ndarray, ...]:
        a = self.agents
        s, q, world = a.s, a.kept[mark], a.world
        greedy, arrived, moves = walk(q, s)
        best = q.max(2)
        votes = np.stack([(q.argmax(2) == action) & (q != 0).any(2) for action in range(4)]).mean(1)  # (4, cells)
        arrow = np.where(votes.sum(0) > 0.5, votes.argmax(0), -1)
        wrong = (best - self.truth.q.max(1))[:, world.inside]
        error = np.sqrt((wrong**2).mean(1))
        return best.mean(0), arrow, moves.mean(0), greedy, arrived, error, best[:, world.start]

    def learned(self) -> Learned:
        a = self.agents
        done = int(a.episode.min())
        rows = (np.array(values) for values in zip(*self.rows, strict=True))
        return Learned(a.returns[:, :done].copy(), a.falls[:, :done].copy(), a.marks[: len(self.rows)], *rows)
