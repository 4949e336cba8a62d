"""What can be set on the debugging page, the ten bugs, and which of them hides behind the number of a case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from core.questions import Preset
from core.settings import Problem, Values, choice, number, settings

DATA = ("digits", "diabetes")
SECRET, NONE = "secret", "none"
SHUFFLE = 628  # seed of the deal; with this one the first cases are neither the slowest nor the hardest
LATEST = 99991231  # the case of the last day that can be written as a date

INPUTS = {"digits": 64, "diabetes": 10}
OUTPUTS = {"digits": 10, "diabetes": 1}
TRAIN = {"digits": 256, "diabetes": 256}  # rows to train on
VALIDATION = {"digits": 600, "diabetes": 128}  # rows to validate on
LR = {"digits": 0.02, "diabetes": 0.002}
BATCH, MOMENTUM, DROPOUT = 32, 0.9, 0.3


@dataclass(frozen=True)
class Bug:
    """A line of plain.py as it should be, what stands there instead, and the page that explains it."""

    good: str
    bad: str  # "": the line is missing
    page: str


BUGS = {
    "zero_grad": Bug("            optimizer.zero_grad()\n", "", "foundations/autograd"),
    "eval": Bug("    net.eval()\n", "", "convolution/modules"),
    "softmax": Bug("        return self.head(x)\n", "        return self.head(x).softmax(1)\n", "foundations/softmax"),
    "broadcast": Bug(
        "    return ((output.squeeze(1) - y) ** 2).mean()\n",
        "    return ((output - y) ** 2).mean()\n",
        "foundations/tensors",
    ),
    "shuffled": Bug("    x, y = x[order], y[order]\n", "    x, y = x[order], y\n", "generalization/validation"),
    "leak": Bug(
        "    scaler = StandardScaler().fit(x[:n])\n",
        "    scaler = StandardScaler().fit(x)\n",
        "foundations/feature_scaling",
    ),
    "two": Bug("BATCH = 32\n", "BATCH = 2\n", "convolution/normalization"),
    "dropout": Bug(
        "            x = F.dropout(x, 0.3, self.training)\n",
        "            x = F.dropout(x, 0.3)\n",
        "generalization/regularization",
    ),
    "lr": Bug(
        "    optimizer = torch.optim.SGD(net.parameters(), lr=LR[s.data], momentum=0.9)\n",
        "    optimizer = torch.optim.SGD(net.parameters(), lr=100 * LR[s.data], momentum=0.9)\n",
        "optimization/training",
    ),
    "list": Bug(
        "        self.hidden = nn.ModuleList([block(inputs, width), block(width, width)])\n",
        "        self.hidden = [block(inputs, width), block(width, width)]\n",
        "convolution/modules",
    ),
}
# A class has no distance to be broadcast, and a number has no softmax.
SUSPECTS = {
    "digits": tuple(bug for bug in BUGS if bug != "broadcast"),
    "diabetes": tuple(bug for bug in BUGS if bug != "softmax"),
}


def _by_number(values: Values) -> bool:
    return bool(values["planted"] == SECRET)


@settings
class Settings:
    planted: str = choice(SECRET, (SECRET, NONE, *BUGS))
    case: int = number(1, 1, LATEST, values=tuple(range(1, 61)), when=_by_number)
    data: str = choice("digits", DATA, style="segment")
    epochs: int = number(10, 2, 30, group="training")
    width: int = number(32, 8, 128, values=(8, 16, 32, 64, 128), group="training")
    seeds: int = number(4, 2, 8, group="seeds")
    seed: int = number(0, 0, 9999, group="seeds")

    def check(self) -> Problem | None:
        if self.planted in BUGS and self.planted not in SUSPECTS[self.data]:
            return Problem("not_here", {"bug": self.planted, "data": self.data})
        return None

    @property
    def known(self) -> bool:
        """Whether the learner has chosen what is planted, so that there is nothing to guess."""
        return self.planted != SECRET

    @property
    def first_seed(self) -> int:
        """The seed of the first network. Every case has its own, so that two cases with one bug do not look the same."""
        return self.seed if self.known else self.seed + 16 * (self.case % 1000)

    @property
    def bug(self) -> str:
        """The planted bug. Each nine cases in a row, from a multiple of nine, hold every suspect once."""
        if self.planted != SECRET:
            return self.planted
        suspects = SUSPECTS[self.data]
        block, place = divmod(self.case, len(suspects))
        order = np.random.default_rng([SHUFFLE, block, DATA.index(self.data)]).permutation(len(suspects))
        return suspects[int(order[place])]


def of_the_day(day: date) -> dict[str, Any]:
    """The settings of the case of a day: the same for everyone, and written out in the link. The data set changes whenever its
    suspects have all had their turn, so that no bug comes twice in a row."""
    case = int(f"{day:%Y%m%d}")
    return {"case": case, "data": DATA[case // len(SUSPECTS[DATA[0]]) % len(DATA)]}


def other_cases(s: Settings, today: date) -> dict[str, dict[str, Any]]:
    """Where to go from here, by a key of the texts: what to set for the case of today, and for the next one by number."""
    return {"today": of_the_day(today), "following": {"case": s.case % 60 + 1, "data": s.data}}


PRESETS = (
    Preset("healthy", {"planted": NONE}),
    Preset("broadcast", {"planted": "broadcast", "data": "diabetes"}, works=False),
    Preset("zero_grad", {"planted": "zero_grad"}, works=False),
    Preset("leak", {"planted": "leak"}, works=False),
)
