"""Depth or width: the same number of parameters in one hidden layer, or stacked in eight.

Idea: two ReLU neurons a layer fold the interval [0, 1]; k such layers make 2^k straight pieces from 2k neurons, where one
hidden layer needs a neuron a piece. That is what depth can represent, in exact arithmetic. What training finds is measured:
networks of one to eight hidden layers with the same number of parameters learn the very zigzag that folding makes, and an
irregular one; beside them the folding network itself, from a random start and from near the exact solution.
Sources: Telgarsky (2016); Montúfar et al. (2014); Hanin and Rolnick (2019).
What to expect: with 8 pieces two or four layers tend to have the lowest error and eight the highest, hardly a clear
difference with eight seeds. The fold is kept when training starts near it, and almost never found from a random start.
Trained networks have about as many pieces as neurons.
CPU seconds: 7 at the defaults (4 depths, 2 targets, 3 learning rates, 8 seeds, and 48 folding networks), 60 at the most.
"""

import lazy_loader

from core.concepts.generalization.depth_vs_width.findings import QUESTIONS, described, difference, findings, score
from core.concepts.generalization.depth_vs_width.result import Result
from core.concepts.generalization.depth_vs_width.settings import PRESETS, Settings, ViewSettings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "ViewSettings", "described", "difference", "findings", "score"]
