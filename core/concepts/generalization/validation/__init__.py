"""Validation: what a score on held-out rows is worth, and how choosing by it spoils it.

Idea: rows are assigned to folds, and each fold is held out once. A quick learner is cross-validated on 200 data sets, so that
the spread of the estimate is seen. Then the best of many is chosen by such a score: of coin-flippers, and of real networks,
whose winner is scored by a hold-out, by cross-validation, and by nested cross-validation.
Sources: Stone (1974); Hastie, Tibshirani and Friedman, "The Elements of Statistical Learning" (2009), section 7.10; Varma and
Simon (2006); Cawley and Talbot (2010).
What to expect: the best of 100 coin-flippers on 50 rows scores 67.6 %. The best of 16 networks on 50 rows looks some 3 points
better than it is, on 500 rows less than one; so does the best cross-validation score, but not the nested one. More folds do
not make the estimate vary more for nearest neighbours; for the majority class, leaving one out doubles the variation.
CPU seconds: 5 at the defaults (24 data sets, 256 networks on each); folds and coin-flippers 0.4 of them.
"""

import lazy_loader

from core.concepts.generalization.validation.findings import QUESTIONS, difference, findings, score
from core.concepts.generalization.validation.result import Result
from core.concepts.generalization.validation.settings import PRESETS, Settings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "difference", "findings", "score"]
