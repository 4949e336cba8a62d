"""Learning-rate schedules: whether slowing down pays, told apart from whether the learning rate was right.

Idea: a schedule multiplies the base learning rate by a factor that changes during training. Every schedule is trained at three
base rates, so that what it does for a rate that is too high is not mistaken for an advantage over a good constant rate. The
base rate is chosen on validation data and judged on test data.
Sources: Loshchilov and Hutter, "SGDR" (2017); Smith and Topin, "Super-Convergence" (2018); Goyal et al., "Accurate, Large
Minibatch SGD" (2017); torch.optim.lr_scheduler.
What to expect: where the base rate is too high, most schedules help, and where it is too low, decay hurts. Compared with the best
constant rate, no schedule differs clearly on 1,000 digits.
CPU seconds: 6.5 at the defaults (8 schedules, 3 rates, 12 seeds, 1,000 digits, 20 epochs) on one core.
"""

import lazy_loader

from core.concepts.optimization.schedules.findings import QUESTIONS, difference, findings, score
from core.concepts.optimization.schedules.result import Result
from core.concepts.optimization.schedules.settings import PRESETS, Settings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "difference", "findings", "score"]
