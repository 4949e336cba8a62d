"""Universal approximation: build any curve from steps and kinks, then let a network find them.

Idea: n steps, ramps or kinks placed by hand follow any continuous curve, with an error that falls like a power of n. The same
number of ReLU neurons, trained from random weights, is compared with them over widths and seeds; so are networks that start
at the construction. Bernstein and Fejer polynomials show Weierstrass's theorem beside it.
Sources: Weierstrass (1885); Bernstein (1912); Fejer (1904); Cybenko (1989); Hornik (1991); Nielsen (2015), chapter 4.
What to expect: on a sine the built error falls like n^-2, the trained one like n^-1.4, and at 64 neurons it is about ten times
larger. Started at the construction, training halves the error: good weights exist, random starts do not find them.
CPU seconds: 3 at the defaults (5 widths, 8 seeds, 1,000 steps), at most 8.
"""

import lazy_loader

from core.concepts.foundations.approximation.findings import QUESTIONS, difference, findings, score
from core.concepts.foundations.approximation.result import Result
from core.concepts.foundations.approximation.settings import PRESETS, Settings, ViewSettings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "ViewSettings", "difference", "findings", "score"]
