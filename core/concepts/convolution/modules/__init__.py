"""Modules: what an nn.Module registers, what each of its methods moves, and how its state is saved and loaded.

Idea: a network is called method by method, forward, backward, step, eval, to, load_state_dict, and every tensor is looked at
before and after each; those that moved are lit. Beside it networks whose layers are kept in a plain Python list are trained
against networks that keep them in nn.ModuleList, from the same starts.
Sources: the notes on modules and on serialization of PyTorch's documentation; Hugging Face, "Safetensors".
What to expect: net(x) in training mode moves the buffers of a batch norm; eval() moves no tensor and changes the output;
with hidden layers in a list accuracy falls by some 40 points, and with all of them nothing learns.
CPU seconds: 0.04 for the calls, 0.07 when the networks are trained (18 in one stack, 100 steps).
"""

import lazy_loader

from core.concepts.convolution.modules.findings import QUESTIONS, difference, findings, score
from core.concepts.convolution.modules.result import Result
from core.concepts.convolution.modules.settings import PRESETS, Settings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "difference", "findings", "score"]
