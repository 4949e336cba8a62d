"""The truth to compare with: dynamic programming, which knows the world and need not try anything."""

from __future__ import annotations

import numpy as np

from core.concepts.paradigms.reinforcement.learners import walk
from core.concepts.paradigms.reinforcement.result import Truth
from core.concepts.paradigms.reinforcement.settings import LIMIT, Settings
from core.concepts.paradigms.reinforcement.world import outcomes

TIE = 1e-9  # values closer than this are equal


def best_values(s: Settings, epsilon: float) -> np.ndarray:
    """The action values (cells, 4) of the best policy among those that take a random action with the chance `epsilon`; with 0
    of the best policy of all. Policy iteration (Sutton and Barto, 4.3), each policy evaluated exactly."""
    world = s.place
    chances, reward = outcomes(world, s.slip, s.fall)
    inside = np.flatnonzero(world.inside)
    near = np.where(world.steps < 0, len(world.cells), world.steps)
    best = near[world.next] + 1000 * world.falls  # a way to the goal without a fall, to begin with
    greedy = np.eye(4)[best.argmin(1)]
    values = np.zeros(len(world.cells))
    while True:
        policy = (1 - epsilon) * greedy + epsilon / 4
        moves = np.einsum("sa,san->sn", policy, chances)[np.ix_(inside, inside)]
        gain = (policy * reward).sum(1)[inside]
        values[inside] = np.linalg.solve(np.eye(len(inside)) - s.gamma * moves, gain)
        q: np.ndarray = reward + s.gamma * chances @ values
        q[~world.inside] = 0
        kept = (greedy * q).sum(1)
        better = q.max(1) > kept + TIE * (1 + np.abs(kept))
        if not better.any():
            return q
        greedy = np.where(better[:, None], np.eye(4)[q.argmax(1)], greedy)


def expected_return(s: Settings, q: np.ndarray, epsilon: float) -> float:
    """The mean return of an episode of an agent that is epsilon-greedy about these values, equal ones taken equally often."""
    world = s.place
    chances, reward = outcomes(world, s.slip, s.fall)
    best = q >= q.max(1, keepdims=True) - TIE * (1 + np.abs(q.max(1, keepdims=True)))
    policy = (1 - epsilon) * best / best.sum(1, keepdims=True) + epsilon / 4
    moves, gain = np.einsum("sa,san->sn", policy, chances), (policy * reward).sum(1)
    gain[world.goal] = 0
    moves[world.goal] = 0
    total = np.zeros(len(gain))
    for _ in range(LIMIT):
        total = gain + moves @ total
    return float(total[world.start])


def truth(s: Settings, epsilon: float) -> Truth:
    """What the agents would learn at best, if epsilon is the chance of a random action that their values reckon with."""
    q = best_values(s, epsilon)
    _, _, moves = walk(np.repeat(np.round(q, 9)[None], s.seeds if s.slip else 1, 0), s)
    exploring = expected_return(s, q, s.last_epsilon)
    return Truth(q, expected_return(s, q, 0.0), exploring, moves.mean(0))
