"""Debugging a training: what it is in a sentence.

Idea: the mean of n random numbers lies about 1/sqrt(n) from the truth.
Sources: name the paper or the chapter.
What to expect: four times the numbers halve the error.
CPU seconds: 0.1 at the defaults.
"""

import lazy_loader

from core.concepts.practice.debugging.findings import QUESTIONS, difference, findings, score
from core.concepts.practice.debugging.result import Result
from core.concepts.practice.debugging.settings import Settings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["QUESTIONS", "Result", "Settings", "difference", "findings", "score"]
