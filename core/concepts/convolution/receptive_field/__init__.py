"""Receptive field: how much of a picture one output sees, proved by poking, and what a shift of the picture does.

Idea: layers are stacked by hand; size, field, jump and start follow by arithmetic. Every pixel of a picture is poked in turn:
outside the box the output moves by exactly 0.0. Gradients show how little of the box counts. Networks with these layers and
several heads learn digits in the middle of a canvas and are tested on shifted ones.
Sources: Araujo, Norris and Sim, Distill (2019); Luo et al., "Understanding the effective receptive field" (2016); Zhang,
"Making convolutional networks shift-invariant again" (2019).
What to expect: the effective field grows with the root of the depth; training does not clearly change it; a shift by one
pixel costs flattened maps 40 to 55 points, with max pooling or without, and a global maximum next to nothing.
CPU seconds: 6 at the defaults (3 variants, 4 seeds, 120 steps), of which 0.3 before training begins.
"""

import lazy_loader

from core.concepts.convolution.receptive_field.findings import QUESTIONS, difference, findings, score, told
from core.concepts.convolution.receptive_field.result import Result
from core.concepts.convolution.receptive_field.settings import PRESETS, Settings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "difference", "findings", "score", "told"]
