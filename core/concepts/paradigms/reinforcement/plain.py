"""Q-learning and SARSA on a grid, one agent after the other."""

from types import SimpleNamespace

import numpy as np

MAPS = {
    "cliff": "............/............/............/SccccccccccG",
    "bridge": "............/.cccccccccc./S..........G/.cccccccccc./............",
    "maze": "S...w......./.ww.w.wwww../.w..w.w..w../.w.ww.w.ww../.w......w.../...www.w..wG",
    "open": "............/............/S..........G/............/............",
}
MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))  # up, right, down, left
LIMIT = 200  # steps of an episode


class Grid:
    """A world of cells: S start, G goal, w wall, c cliff."""

    def __init__(self, text, fall, slip):
        self.rows, self.fall, self.slip = text.split("/"), fall, slip
        self.start, self.goal = (
            next((r, row.index(sign)) for r, row in enumerate(self.rows) if sign in row) for sign in "SG"
        )

    def step(self, cell, action, draw):
        """The next cell and the reward; draw: a random number that decides whether the agent slips."""
        if draw < self.slip / 2:
            action = (action + 1) % 4
        elif draw < self.slip:
            action = (action + 3) % 4
        row, column = cell[0] + MOVES[action][0], cell[1] + MOVES[action][1]
        if not (0 <= row < len(self.rows) and 0 <= column < len(self.rows[0])) or self.rows[row][column] == "w":
            return cell, -1.0
        if self.rows[row][column] == "c":
            return self.start, -self.fall
        return (row, column), -1.0


def choose(values, epsilon, draw):
    """A random action with probability epsilon, else one of the best."""
    candidates = (values == values.max()) | (draw[0] < epsilon)
    return (candidates * (1 + draw[1:5])).argmax()


def learn(settings, method, seed):
    """One agent's action values and the return of each of its episodes."""
    s = settings
    grid = Grid(s.grid if s.world == "own" else MAPS[s.world], s.fall, s.slip)
    rng = np.random.default_rng(seed)
    q = np.zeros((len(grid.rows), len(grid.rows[0]), 4))
    returns, cell, epsilon = [], grid.start, np.float32(s.epsilon)
    action = choose(q[cell], epsilon, rng.random(6, dtype=np.float32))
    while len(returns) < s.episodes:
        total = 0.0
        for step in range(1, LIMIT + 1):
            draw = rng.random(6, dtype=np.float32)
            new, reward = grid.step(cell, action, draw[5])
            total += reward
            ended = new == grid.goal or step == LIMIT
            after = grid.start if ended else new
            if method == "SARSA":  # the next action comes first, as its value is what is learnt from
                following = choose(q[after], epsilon, draw)
            if method == "Q-learning":
                future = q[new].max()
            elif method == "SARSA" and not ended:
                future = q[new][following]
            else:  # expected SARSA
                future = (1 - epsilon) * q[new].max() + epsilon * q[new].mean()
            q[cell][action] += s.lr * (reward + s.gamma * future - q[cell][action])
            action = following if method == "SARSA" else choose(q[after], epsilon, draw)
            cell = after
            if ended:
                break
        returns.append(total)
        if s.falling:
            epsilon = np.float32(s.epsilon * max(0, 1 - len(returns) / (0.8 * s.episodes)))
    return grid, q, returns


def follow(grid, q):
    """The return of an episode that always takes the best action, without slips."""
    cell, total = grid.start, 0.0
    for _ in range(LIMIT):
        if cell == grid.goal:
            break
        cell, reward = grid.step(cell, q[cell].argmax(), 1.0)
        total += reward
    return total


def main(settings: SimpleNamespace) -> dict[str, dict[str, list[float]]]:
    """Let every agent learn by both methods and print their mean returns."""
    s, found = settings, {}
    for method in ("Q-learning", s.rival):
        late, greedy = [], []
        for seed in range(s.seed, s.seed + s.seeds):
            grid, q, returns = learn(s, method, seed)
            late.append(np.mean(returns[-(s.episodes // 5) :]))
            greedy.append(follow(grid, q))
        print(f"{method}: return {np.mean(late):.2f} in the last fifth of the episodes, {np.mean(greedy):.2f} greedy")
        found[method] = {"late": late, "greedy": greedy}
    return found
