"""What can be set on the page of fine-tuning."""

from __future__ import annotations

from core.questions import Preset
from core.settings import choice, number, settings

SCRATCH, FROZEN, TUNED = "scratch", "frozen", "fine-tuned"
ARMS = (SCRATCH, FROZEN, TUNED)
CLASSES = 5  # of each task
MADE = ("brick", "grass", "gravel", "coins", "cat", "coffee", "temple", "flower")  # photographs that are installed
OWN, CAMERA, NONE = "own", "camera", "none"
GIVEN = (OWN, CAMERA)  # pictures that the learner has to give
CLASS_FIELDS = ("first", "second", "third")


@settings
class Settings:
    labels: int = number(20, 10, 100, values=(10, 20, 50, 100))
    copied: int = number(2, 1, 3)
    body: float = number(0.1, 0, 1, values=(0, 0.01, 0.03, 0.1, 0.3, 1))
    source_steps: int = number(250, 0, 600, step=50, group="source")
    noise: float = number(0.4, 0, 0.8, step=0.1, group="source")
    steps: int = number(80, 20, 400, step=20, group="training")
    lr: float = number(0.003, 0.0003, 0.1, values=(0.0003, 0.001, 0.003, 0.01, 0.03), group="training")
    seeds: int = number(8, 2, 16, group="seeds")
    seed: int = number(0, 0, 9999, group="seeds")

    @property
    def sizes(self) -> tuple[int, ...]:
        """Labels a class, from few to most."""
        return (self.labels // 10, self.labels // 4, self.labels // 2, self.labels)


@settings
class ViewSettings:
    """The photographs whose squares are told apart. Nothing here changes what the networks learn."""

    first: str = choice("grass", (*MADE, *GIVEN), group="pictures")
    second: str = choice("gravel", (*MADE, *GIVEN), group="pictures")
    third: str = choice("brick", (NONE, *MADE, *GIVEN), group="pictures")
    goal: float = number(0.8, 0.5, 0.95, step=0.05, group="pictures")

    @property
    def names(self) -> tuple[str, ...]:
        """The chosen photographs, each once; a learner may give several of their own."""
        chosen = [name for name in (self.first, self.second, self.third) if name != NONE]
        return tuple(name for i, name in enumerate(chosen) if name in GIVEN or name not in chosen[:i])


PRESETS = (
    Preset("few_labels", {"labels": 10}),
    Preset("untrained", {"source_steps": 0}, works=False),
    Preset("all_but_head", {"copied": 3, "labels": 100, "steps": 160}, works=False),
    Preset("too_fast", {"lr": 0.03}, works=False),
)
