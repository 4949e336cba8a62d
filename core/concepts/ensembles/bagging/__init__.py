"""Bagging: many trees or networks, each trained on its own bootstrap sample of the training rows, and a majority vote.

Idea: a sample takes n rows from n with replacement, so a row may come several times or never: (1 - 1/n)^n of them, about
36.8 %, are left out. The left-out rows are new to that member, so they give an error without any held-out data: out of bag.
Where each split may only use a few features drawn at random, the trees differ more: a random forest.
Sources: Breiman, "Bagging Predictors" (1996) and "Random Forests" (2001).
What to expect: on 200 noisy moons the vote of 100 trees misclassifies about 11 %, a single tree 13 %; stumps gain nothing.
CPU seconds: 1 at the defaults (100 trees, 8 seeds, 200 points) on one core; breast cancer 2; 30 networks on 60 points 6.
"""

import lazy_loader

from core.concepts.ensembles.bagging.findings import QUESTIONS, difference, findings, score, sealed
from core.concepts.ensembles.bagging.result import Result
from core.concepts.ensembles.bagging.settings import PRESETS, Settings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "difference", "findings", "score", "sealed"]
