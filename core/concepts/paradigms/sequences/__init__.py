"""Sequences: how far ahead can a method predict a series, and does it beat "same as now"?

Idea: linear autoregression, an MLP on the last values, an RNN and an LSTM learn to predict the next value of a series. From many
places of held-out values each goes on from its own predictions. Its error at each number of steps is compared with that of the
simplest guess there is, the last value again (persistence), and with the mean.
Sources: Diebold and Mariano, "Comparing Predictive Accuracy" (1995); Hochreiter and Schmidhuber, "Long Short-Term Memory" (1997);
Elman, "Finding Structure in Time" (1990); Mackey and Glass, "Oscillation and Chaos in Physiological Control Systems" (1977).
What to expect: on Mackey-Glass AR and MLP beat "same as now" two to three times as far as the RNN and the LSTM do. On pure sines the linear
method is exact; with noise the LSTM is ahead. Nothing beats "same as now" on a random walk.
CPU seconds: 5 at the defaults (four seeds, 300 steps) on one core, of which the LSTM takes more than half.
"""

import lazy_loader

from core.concepts.paradigms.sequences.findings import QUESTIONS, difference, findings, score
from core.concepts.paradigms.sequences.result import Result
from core.concepts.paradigms.sequences.settings import PRESETS, Settings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "difference", "findings", "score"]
