"""Model complexity: training error and error on new data as a model grows, and what the error on new data is made of.

Idea: a family of models is taken from its simplest to its most complex member, and each member is fitted to the same R
training sets of a known function. So bias^2, variance and noise are measured. With one input: polynomials by degree, with
and without L2, nearest neighbours, trees, bagged trees, networks. With ten inputs, random features and networks go past the
point where they have a weight for every row. Learning curves show the same polynomials with more data.
Sources: Geman, Bienenstock and Doursat (1992); Belkin, Hsu, Ma and Mandal (2019); Hastie, Montanari, Rosset and Tibshirani,
"Surprises in High-Dimensional Ridgeless Least Squares Interpolation" (2022).
What to expect: 30 noisy rows of a sine: lowest error 0.21 at degree 3, millions at degree 15; random features peak at as many
features as rows and end below their first minimum.
CPU seconds: 5 at the defaults (30 training sets, 12 networks of each width) on one core.
"""

import lazy_loader

from core.concepts.generalization.model_complexity.findings import QUESTIONS, difference, findings, score
from core.concepts.generalization.model_complexity.result import Result
from core.concepts.generalization.model_complexity.settings import PRESETS, Settings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "difference", "findings", "score"]
