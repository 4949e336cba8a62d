"""Agents that learn at once, each by itself: row k of every array is agent k."""

from __future__ import annotations

import numpy as np

from core.concepts.paradigms.reinforcement.settings import EXPECTED, LIMIT, SARSA, Settings
from core.concepts.paradigms.reinforcement.world import rewards

CHUNK = 500  # steps for which random numbers are drawn at once
DRAWS = 6  # random numbers a step: whether to explore, one for each action, and whether to slip


class Agents:
    """All agents that learn by one method. Agent k draws from a generator of its own seed, so what it does depends neither on the
    others nor on the method; agents of one seed that learn by two methods are a pair."""

    def __init__(self, s: Settings, method: str, marks: np.ndarray) -> None:
        """marks: the numbers of episodes after which the action values are kept."""
        world, K = s.place, s.seeds
        self.s, self.method, self.world, self.marks = s, method, world, marks
        # Value of each action in cell `c` for agent k, in column k * cells + c: what is read together lies together.
        self._q = np.zeros((4, K * len(world.cells)))
        self.kept = np.zeros((len(marks), K, len(world.cells), 4))  # the values at each mark
        self.returns = np.zeros((K, s.episodes))
        self.falls = np.zeros((K, s.episodes), int)
        self.episode = np.zeros(K, int)  # how many each agent has finished
        self._mark = np.full(s.episodes + 1, -1)
        self._mark[marks] = np.arange(len(marks))
        self._base = np.arange(K) * len(world.cells)
        # By action and cell, as one row each.
        self._next, self._reward, self._fell = (
            table.T.ravel() for table in (world.next, rewards(world, s.fall), world.falls.astype(int))
        )
        self._generators = [np.random.default_rng(s.seed + k) for k in range(K)]
        self._numbers = np.zeros((0, DRAWS, K), np.float32)
        self._used = 0
        self._epsilon = np.full(K, s.epsilon, np.float32)
        self._rate = np.full(K, s.lr)  # 0 for an agent that has finished
        self._state = np.full(K, world.start)
        self._steps, self._return, self._fallen = np.zeros(K, int), np.zeros(K), np.zeros(K, int)
        self._action = self._choose(self._state, self._draw())

    @property
    def done(self) -> bool:
        return bool(self.episode.min() >= self.s.episodes)

    def advance(self, steps: int) -> None:
        """Let every agent that has not finished take this many steps."""
        for _ in range(steps):
            if self.done:
                break
            self._step(self._draw())

    def _draw(self) -> np.ndarray:
        """(DRAWS, K) uniform random numbers, those of an agent in the order of its own generator."""
        if self._used == len(self._numbers):
            drawn = [g.random((CHUNK, DRAWS), dtype=np.float32) for g in self._generators]
            self._numbers, self._used = np.stack(drawn, 2), 0
        self._used += 1
        numbers: np.ndarray = self._numbers[self._used - 1]
        return numbers

    def _choose(self, state: np.ndarray, draw: np.ndarray) -> np.ndarray:
        """An epsilon-greedy action (K,); ties are broken at random."""
        q = self._q.take(self._base + state, 1)
        candidates = (q == q.max(0)) | (draw[0] < self._epsilon)
        chosen: np.ndarray = (candidates * (1 + draw[1:5])).argmax(0)
        return chosen

    def _mean(self, there: np.ndarray) -> np.ndarray:
        """The mean value (K,) of what an agent may do next: mostly the best action, with the chance epsilon any."""
        q, epsilon = self._q.take(there, 1), self._epsilon
        mean: np.ndarray = (1 - epsilon) * q.max(0) + epsilon * q.mean(0)
        return mean

    def _step(self, draw: np.ndarray) -> None:
        s, q, cells = self.s, self._q.reshape(-1), len(self.world.cells)
        action = self._action
        taken = action * self._q.shape[1] + self._base + self._state  # where in q the value of this action stands
        move = (slipped(action, draw[5], s.slip) if s.slip else action) * cells + self._state
        state, reward = self._next.take(move), self._reward.take(move)
        there = self._base + state
        self._steps += 1
        self._return += reward
        self._fallen += self._fell.take(move)
        ended = (state == self.world.goal) | (self._steps >= LIMIT)
        some = bool(ended.any())
        after = np.where(ended, self.world.start, state) if some else state
        if self.method == SARSA:
            following = self._choose(after, draw)
            future = q.take(following * self._q.shape[1] + there)
            if some:  # put back to the start, where the action that follows says nothing about this cell
                future = np.where(ended, self._mean(there), future)
        else:
            future = self._mean(there) if self.method == EXPECTED else self._q.take(there, 1).max(0)
        # Nothing is ever learnt about the goal, so its values stay 0.
        q[taken] += self._rate * (reward + s.gamma * future - q.take(taken))
        self._state, self._action = after, following if self.method == SARSA else self._choose(after, draw)
        if some:
            self._finish(ended)

    def _finish(self, ended: np.ndarray) -> None:
        """Keep what the episodes that ended gave."""
        rows = np.flatnonzero(ended & (self.episode < self.s.episodes))
        self.returns[rows, self.episode[rows]] = self._return[rows]
        self.falls[rows, self.episode[rows]] = self._fallen[rows]
        self.episode[rows] += 1
        mark = self._mark[self.episode[rows]]
        kept = rows[mark >= 0]
        self.kept[mark[mark >= 0], kept] = self._q.reshape(4, len(self.episode), -1)[:, kept].transpose(1, 2, 0)
        self._rate[rows[self.episode[rows] >= self.s.episodes]] = 0
        if self.s.falling:
            self._epsilon[rows] = self.s.epsilon * np.maximum(0, 1 - self.episode[rows] / (0.8 * self.s.episodes))
        self._return[ended], self._fallen[ended], self._steps[ended] = 0, 0, 0


def slipped(action: np.ndarray, draw: np.ndarray, slip: float) -> np.ndarray:
    """The directions (K,) of the moves: with the chance `slip` one of the two to the side of the action."""
    turned: np.ndarray = (action + np.where(draw < slip / 2, 1, np.where(draw < slip, 3, 0))) % 4
    return turned


def walk(q: np.ndarray, s: Settings) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """An episode of each agent that always takes the best action of its values (K, cells, 4), the first of equal ones: its
    return (K,), whether it arrives (K,), and which moves from which cell it makes (K, cells, 4)."""
    world, K = s.place, len(q)
    rows, best = np.arange(K), q.argmax(2)
    ahead, reward = world.next, rewards(world, s.fall)
    slips = np.random.default_rng([s.seed, 1]).random((LIMIT, K))
    state, total = np.full(K, world.start), np.zeros(K)
    moves = np.zeros(q.shape, bool)
    for step in range(LIMIT):
        going = state != world.goal
        if not going.any():
            break
        move = slipped(best[rows, state], slips[step], s.slip) if s.slip else best[rows, state]
        moves[rows, state, move] |= going
        total += going * reward[state, move]
        state = np.where(going, ahead[state, move], state)
    return total, state == world.goal, moves
