"""Bias and variance: what bagging, boosting and stacking each lower, measured over many training sets.

Idea: train the same learner on many training sets and let it predict the same points. How far the mean prediction lies from
the truth is its bias, how much the predictions differ its variance; what cannot be predicted is noise. All learners see the
same training sets, so their terms are compared in pairs. The networks of all training sets are trained as one stack.
Sources: Geman, Bienenstock and Doursat, "Neural Networks and the Bias/Variance Dilemma" (1992), for squared error; Domingos,
"A Unified Bias-Variance Decomposition" (2000), for shares of errors; Breiman, "Bagging Predictors" (1996); Friedman, "Greedy
Function Approximation" (2001).
What to expect: bagging lowers the variance of a deep tree and hardly moves its bias; boosting lowers the bias of a shallow one.
CPU seconds: 6 at the defaults (40 training sets of 80 rows, ten learners).
"""

import lazy_loader

from core.concepts.ensembles.bias_variance.findings import QUESTIONS, difference, findings, score
from core.concepts.ensembles.bias_variance.result import Result
from core.concepts.ensembles.bias_variance.settings import PRESETS, Settings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"], "task": ["examples"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "difference", "findings", "score"]
