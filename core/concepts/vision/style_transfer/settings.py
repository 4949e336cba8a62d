"""What can be set on the page of style transfer."""

from __future__ import annotations

from core.questions import Preset
from core.settings import Problem, choice, hidden, number, settings, switch

OWN, TAKEN = "own", "taken"
GIVEN = (OWN, TAKEN)  # pictures that the learner has to give
CONTENTS = ("astronaut", "cat", "coffee", "rocket", "temple")
STYLES = ("immunohistochemistry", "grass", "gravel", "brick", "flower", "coffee", "cat")
RANDOM, TRAINED, IMAGENET, NONE = (
    "random",
    "trained",
    "imagenet",
    "none",
)  # whose features the Gram matrices are made of
WEIGHTS = (0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)


@settings
class Settings:
    content: str = choice("astronaut", (*CONTENTS, *GIVEN))
    style: str = choice("immunohistochemistry", STYLES)
    style_weight: float = number(100.0, 0, 1000, values=WEIGHTS)
    content_weight: float = number(1.0, 0, 1000, values=WEIGHTS, group="weights")
    tv_weight: float = number(3.0, 0, 1000, values=WEIGHTS, group="weights")
    trained: bool = switch(False, group="network")
    imagenet: bool = switch(False, group="network")
    layers: int = number(6, 1, 6, group="network")
    side: int = number(96, 64, 128, values=(64, 96, 128), group="training")
    steps: int = number(40, 10, 200, step=10, group="training")
    seeds: int = number(4, 2, 6, group="training")
    seed: int = number(0, 0, 9999, group="training")
    own: str = hidden()  # digest of the learner's own picture

    def check(self) -> Problem | None:
        if self.content == self.style:
            return Problem("same_picture")
        return Problem("give_picture") if self.content in GIVEN and not self.own else None

    @property
    def arms(self) -> tuple[str, ...]:
        """The kinds of features that are compared."""
        asked = {TRAINED: self.trained, IMAGENET: self.imagenet}
        return tuple(arm for arm in (RANDOM, TRAINED, IMAGENET, NONE) if asked.get(arm, True))


PRESETS = (
    Preset("grass", {"content": "cat", "style": "grass"}),
    Preset("bricks", {"style": "brick", "imagenet": True}),
    Preset("noisy", {"tv_weight": 0.0, "style": "gravel"}, works=False),
    Preset("no_style", {"style_weight": 0.0}, works=False),
    Preset("shallow", {"layers": 1}, works=False),
)
