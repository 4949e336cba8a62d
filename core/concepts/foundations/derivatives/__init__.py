"""Derivatives and Taylor: a typed function with its tangent, its polynomials, and limits by L'Hopital's rule.

Idea: SymPy differentiates what a learner types. Tangent, stationary points and Taylor polynomials follow from the derivatives,
and a limit of the kind 0/0 or inf/inf from the derivatives of numerator and denominator, one rung at a time. Each rung is
checked to 200 digits before it is shown, and drawn in float64 from both sides, down to where cancellation makes nonsense of it.
How it stays quick and safe: typed text goes through the grammar of core.data.formula, never through Python or SymPy's parser.
All work is bounded by construction, so no process has to be killed: a formula has at most 30 parts, differentiation is
structural and stops at a size limit, and limits are judged from values at four points, not by SymPy's open-ended search.
Sources: L'Hopital (1696); Taylor (1715); Goldberg, "What every computer scientist should know about floating-point" (1991).
What to expect: (1 - cos x)/x^2 tends to 1/2 in two rungs, and float64 answers 0 below a distance of 1e-8.
CPU seconds: 0.01 for a slider, 0.1 for a new formula, at most about 0.7 for contrived ones; SymPy's import 0.5 once.
"""

import lazy_loader

from core.concepts.foundations.derivatives.findings import QUESTIONS, difference, findings, score
from core.concepts.foundations.derivatives.result import Result
from core.concepts.foundations.derivatives.settings import PRESETS, Settings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "difference", "findings", "score"]
