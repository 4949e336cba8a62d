"""Expectation and intervals: what the mean of a few runs says about the mean of all runs there could be.

Idea: thousands of samples of one size are drawn from a distribution whose expectation is known, or from a few hundred trained
networks; it is counted how often the t interval of a sample holds the expectation, what pairing gains, and what several
comparisons at once cost.
Sources: Wasserman, "All of Statistics" (2004), chapters 5 and 6; Student, "The probable error of a mean" (1908); Dunn,
"Multiple comparisons among means" (1961); Bouthillier et al., "Accounting for variance in machine learning benchmarks" (2021).
What to expect: normal values: 95 % of the intervals hold at any n. Lognormal values: 82 % at n = 5, 83 % at n = 8. Means scatter
as n to the power -1/2. Pairing narrows an interval by the root of 1 - correlation. With ten comparisons and no difference at
all, three experiments in ten show some difference, with Bonferroni one in twenty. Of 256 networks with three hidden neurons two
fail to learn: at n = 50 only 58 % of the intervals hold the mean of all.
CPU seconds: 0.035 at the defaults, 0.14 at the most; 256 networks 0.1 more, which are kept.
"""

import lazy_loader

from core.concepts.foundations.expectation.findings import QUESTIONS, difference, findings, score
from core.concepts.foundations.expectation.result import Result
from core.concepts.foundations.expectation.settings import PRESETS, Settings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "difference", "findings", "score"]
