"""Attention: queries, keys and values, with every matrix on screen.

Idea: each place of a sequence asks with a query, every place offers a key, and softmax of their scaled products says how much of
which value is taken. Two networks of each seed, with and without one ingredient (positions, later places, several heads, the
division by the root of d), learn to reverse, shift or sort random digits. A weight of the trained map can be set by hand.
Sources: Vaswani et al., "Attention Is All You Need" (2017); Bahdanau, Cho and Bengio (2015); Dao et al., "FlashAttention" (2022).
What to expect: with positions reversing is solved after 50 steps, without them 28 % of the digits are right; a causal mask leaves
exactly what it lets through, 55 %; two neighbours need two heads; the root of d matters at width 64 and not at 16.
CPU seconds: 2 at the defaults (8 seeds, 2 networks, 100 steps) on one core.
"""

import lazy_loader

from core.concepts.attention.attention.findings import QUESTIONS, describe, difference, findings, score
from core.concepts.attention.attention.result import Result
from core.concepts.attention.attention.settings import PRESETS, Settings, ViewSettings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "ViewSettings", "describe", "difference", "findings", "score"]
