"""Loss functions: what counts as an error decides what is learnt.

Idea: each loss is drawn over the one number it depends on (residual, margin, distance or overlap), beside its gradient, the
pull that an example has on the model. Two experiments show what follows: one line fitted with every regression loss to
points with outliers, and one classifier trained with every classification loss on partly wrong labels.
Sources: Huber, "Robust estimation of a location parameter" (1964); Natarajan et al., "Learning with noisy labels" (2013).
What to expect: a few distant points turn a line fitted by MSE, and hardly one by MAE or Huber; on clean points MSE is the
most exact. Under wrong labels the losses differ by a few points of accuracy, often not clearly. The 0-1 loss has no
gradient, so its model stays where it started.
CPU seconds: 0.1 for the lines, 0.4 for four classifiers and 12 seeds, at most about 1.5; the curves alone 0.003.
"""

import lazy_loader

from core.concepts.losses.losses.findings import QUESTIONS, difference, findings, score
from core.concepts.losses.losses.result import Result
from core.concepts.losses.losses.settings import PRESETS, Settings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "difference", "findings", "score"]
