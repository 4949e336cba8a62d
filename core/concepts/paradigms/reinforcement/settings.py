"""What can be set on the page."""

from __future__ import annotations

from core.concepts.paradigms.reinforcement.world import MAPS, MOST_TEXT, World, WorldError, read
from core.questions import Preset
from core.settings import Problem, choice, number, settings, switch, typed

WORLDS = (*MAPS, "own")
Q, SARSA, EXPECTED = "Q-learning", "SARSA", "expected SARSA"
LIMIT = 200  # steps after which an episode ends, also without the goal


@settings
class Settings:
    world: str = choice("cliff", WORLDS)
    grid: str = typed(MAPS["open"], MOST_TEXT, when=lambda values: values["world"] == "own")
    epsilon: float = number(0.1, 0, 1, step=0.05)
    falling: bool = switch(False)
    gamma: float = number(1.0, 0.1, 1, values=(0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0))
    rival: str = choice(SARSA, (SARSA, EXPECTED), group="training")
    lr: float = number(0.5, 0.01, 1, values=(0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0), group="training")
    episodes: int = number(500, 20, 1000, step=20, group="training")
    slip: float = number(0.0, 0, 0.5, step=0.05, group="environment")
    fall: float = number(100, 1, 1000, values=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000), group="environment")
    seeds: int = number(64, 2, 128, group="seeds")
    seed: int = number(0, 0, 9999, group="seeds")

    @property
    def map(self) -> str:
        """The grid as text."""
        return self.grid if self.world == "own" else MAPS[self.world]

    @property
    def place(self) -> World:
        return read(self.map)

    @property
    def methods(self) -> tuple[str, str]:
        return Q, self.rival

    @property
    def last_epsilon(self) -> float:
        """The chance of a random step in the last fifth of the episodes."""
        return 0.0 if self.falling else self.epsilon

    @property
    def late(self) -> int:
        """Episodes of the last fifth, over which returns are averaged."""
        return self.episodes // 5

    def check(self) -> Problem | None:
        try:
            read(self.map)
        except WorldError as refused:
            return Problem(refused.key, refused.numbers)
        return None


PRESETS = (
    Preset("falling", {"falling": True}),
    Preset("expected", {"rival": EXPECTED}),
    Preset("bridge", {"world": "bridge"}),
    Preset("short_sighted", {"gamma": 0.5}, works=False),
    Preset("slow", {"lr": 0.01}, works=False),
)
