"""What a run shows, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.concepts.paradigms.reinforcement.settings import Q, Settings
from core.stats import Interval, mean_interval

LEVEL = (
    1 - 0.05 / 2
)  # of an interval, as two things are compared: the return while learning, and that of the greedy policy


@dataclass(frozen=True)
class Truth:
    """What dynamic programming finds."""

    q: np.ndarray  # (cells, 4) true action values; 0 where no agent can stand
    greedy: float  # mean return of an episode that always takes the best of these actions
    exploring: (
        float  # the same with the chance of a random action that the agents have in the last fifth of the episodes
    )
    moves: np.ndarray  # (cells, 4) share of episodes that always take the best action which make this move


@dataclass(frozen=True)
class Learned:
    """What the agents of one method have done and learnt so far."""

    returns: np.ndarray  # (agents, episodes that all have finished) sum of the rewards of each episode
    falls: np.ndarray  # the same shape: falls over the cliff
    marks: np.ndarray  # (marks,) the numbers of episodes after which the rest is measured
    value: np.ndarray  # (marks, cells) value of the best action, mean over the agents
    arrow: np.ndarray  # (marks, cells) the action that most agents hold for the best; -1 where most have tried none
    moves: np.ndarray  # (marks, cells, 4) share of the agents whose greedy path makes this move
    greedy: np.ndarray  # (marks, agents) return of an episode that always takes the best action
    arrived: np.ndarray  # (marks, agents) whether that episode reaches the goal
    error: np.ndarray  # (marks, agents) root mean squared error of the cells' values, compared with dynamic programming
    start: np.ndarray  # (marks, agents) value of the start


@dataclass(frozen=True)
class Result:
    """Two methods, each learnt by many agents, as far as they have come."""

    settings: Settings
    fraction: float  # share of the episodes that is done
    learned: dict[str, Learned]  # by method, Q-learning first
    truth: dict[str, Truth]  # by method: what its values should become

    @property
    def complete(self) -> bool:
        return self.fraction == 1

    def late(self, method: str) -> np.ndarray:
        """(agents,) mean return of the last fifth of the episodes."""
        means: np.ndarray = self.learned[method].returns[:, -self.settings.late :].mean(1)
        return means

    @property
    def learning(self) -> Interval:
        """Return of the second method minus that of Q-learning in the last fifth of the episodes, paired by agent."""
        return mean_interval(self.late(self.settings.rival) - self.late(Q), LEVEL)

    @property
    def following(self) -> Interval:
        """The same of the greedy policies at the end. Returns are whole numbers of steps: agents that all agree count as if one
        of them differed by a step."""
        change = self.learned[self.settings.rival].greedy[-1] - self.learned[Q].greedy[-1]
        return mean_interval(change, LEVEL, len(change) ** 0.5)

    def frame(self) -> pd.DataFrame:
        """A row an episode of an agent."""
        frames = []
        for method, learned in self.learned.items():
            agents, episodes = learned.returns.shape
            rows = {
                "method": method,
                "seed": np.repeat(self.settings.seed + np.arange(agents), episodes),
                "episode": np.tile(np.arange(1, episodes + 1), agents),
                "return": learned.returns.ravel(),
                "falls": learned.falls.ravel(),
            }
            frames.append(pd.DataFrame(rows))
        return pd.concat(frames, ignore_index=True)
