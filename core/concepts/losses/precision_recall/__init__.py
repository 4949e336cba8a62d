"""Precision and recall: a classifier gives scores, a threshold turns them into answers, and every threshold trades one kind
of error for the other.

Idea: the scores are of real classifiers on rows they were not trained on. The ROC curve draws recall against the share of
negatives called positive; neither counts how many positives there are, so it stays where it is when positives become rare.
Precision does count them, so it falls. Average precision sums up precision over recall, in four ways that are all in use.
Sources: Davis and Goadrich (2006), Saito and Rehmsmeier (2015), Everingham et al. (PASCAL VOC, 2010); scikit-learn.
What to expect: with positives at 1 % instead of 10 % the ROC AUC stays and average precision falls. The four averages differ
little: all points never lies below the area, 11 points often does. Where positives are rare, calling nothing positive has a
high accuracy that is hard to beat.
CPU seconds: 0.1 for 8 seeds at the defaults, 0.6 with the forest; 0.02 when only the threshold has moved.
"""

import lazy_loader

from core.concepts.losses.precision_recall.findings import QUESTIONS, difference, findings, score, sealed
from core.concepts.losses.precision_recall.result import Result
from core.concepts.losses.precision_recall.settings import PRESETS, Settings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "difference", "findings", "score", "sealed"]
