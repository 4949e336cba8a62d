"""Debugging a training: one line is wrong, and its curves and a few instruments have to show which.

Idea: a small network is trained for real with one of ten bugs that raise no error, which one follows from the number of the
case. The learner sees what the loop prints, opens instruments one by one and names the bug; then the healthy twin from the
same seeds is drawn beside it, with the line that differs.
Sources: Karpathy, "A Recipe for Training Neural Networks" (2019); Sculley et al., "Hidden Technical Debt in Machine Learning
Systems" (2015); the notes of PyTorch's documentation.
What to expect: most bugs cost 10 to 80 points of accuracy, a scaler fitted on all rows next to nothing. Ten instruments tell
all of them apart; the curves alone do not.
CPU seconds: 1 at the defaults (8 networks, 10 epochs), 6 where the bug is a batch of two, which takes 16 times the steps.
"""

import lazy_loader

from core.concepts.practice.debugging.findings import QUESTIONS, difference, findings, score
from core.concepts.practice.debugging.result import Result
from core.concepts.practice.debugging.settings import PRESETS, Settings, of_the_day

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"], "take_home": ["script"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "difference", "findings", "of_the_day", "score"]
