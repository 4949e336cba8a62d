"""Stacking: several learners predict, and one more, the meta-learner, learns how much weight to give each of them.

Idea: the meta-learner is trained on out-of-fold predictions: each row is predicted by base learners that were trained on the
other folds. Trained on in-sample predictions instead, it trusts models that memorised their rows; both are computed here.
Sources: Wolpert, "Stacked generalization" (1992); Ting and Witten, "Issues in Stacked Generalization" (1999); van der Laan,
Polley and Hubbard, "Super Learner" (2007).
What to expect: the stack is far better than a vote where weak learners are in the majority, and often no better than the best
base learner, chosen by the same out-of-fold predictions.
CPU seconds: 3.2 at the defaults (5 base learners, 5 folds, 10 seeds on 200 points), nearly all of it the forests.
"""

import lazy_loader

from core.concepts.ensembles.stacking.findings import QUESTIONS, difference, findings, score, sealed
from core.concepts.ensembles.stacking.result import Result
from core.concepts.ensembles.stacking.settings import PRESETS, Settings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "difference", "findings", "score", "sealed"]
