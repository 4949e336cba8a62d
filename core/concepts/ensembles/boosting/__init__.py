"""Boosting: weak learners in a row, each of which corrects the errors of the previous ones.

Idea: AdaBoost keeps a weight for every training row. A tree that misclassifies a weighted share e of them gets the weight
a = ln((1 - e) / e) in the vote, and the rows it got wrong are multiplied by exp(a), so that on the new weights it would be no
better than chance. Gradient boosting adds up regression trees instead: each is fitted to the residuals y - p of the sum so
far, down the gradient of the log-loss, and shrunk by the learning rate. All problems have two classes here.
Sources: Freund and Schapire, "A Decision-Theoretic Generalization of On-Line Learning" (1997); Friedman, "Greedy Function
Approximation" (2001); Ke and others, "LightGBM" (2017), whose histograms HistGradientBoostingClassifier follows.
What to expect: on 200 noisy moons 100 stumps misclassify about 11 %, the first alone 21 %; stumps cannot learn XOR.
CPU seconds: 3 at the defaults (100 rounds, 8 seeds, 200 points) on one core; breast cancer 6.
"""

import lazy_loader

from core.concepts.ensembles.boosting.findings import QUESTIONS, difference, findings, score, sealed
from core.concepts.ensembles.boosting.result import Result
from core.concepts.ensembles.boosting.settings import METHODS, PRESETS, Settings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["METHODS", "PRESETS", "QUESTIONS", "Result", "Settings", "difference", "findings", "score", "sealed"]
