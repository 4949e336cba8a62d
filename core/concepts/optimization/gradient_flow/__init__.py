"""Gradient flow: why gradients vanish or explode in deep networks, and what keeps them alive.

Idea: a gradient on its way back is multiplied in each layer by the weights and by the slope of the activation. Every
activation x initialisation x structure (plain, batch norm, residual, residual with its branch divided by √depth) is looked
at, first at initialisation, layer by layer, and then in training on digits, each with clipping and without, from the same
starts and on the same batches.
Sources: Glorot and Bengio (2010); He et al. (2015, 2016); Ioffe and Szegedy (2015); Pascanu, Mikolov and Bengio (2013) for
clipping; Schoenholz et al. (2017) for the theory; Yang et al. (2019) for gradients that explode because of batch norm.
What to expect: plain sigmoid loses the gradient; Kaiming keeps that of ReLU, Xavier about that of tanh; batch norm makes it
grow by some 20 % a layer; adding the input of a layer back keeps it only where the branch is small, and with Kaiming ReLU
explodes without the division. Clipping rescues just those.
CPU seconds: 9 at the defaults (480 networks of 16 layers, 150 steps) on one core; the start takes 0.3 of them.
"""

import lazy_loader

from core.concepts.optimization.gradient_flow.findings import QUESTIONS, difference, findings, score
from core.concepts.optimization.gradient_flow.result import Result
from core.concepts.optimization.gradient_flow.settings import PRESETS, Settings, ViewSettings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "ViewSettings", "difference", "findings", "score"]
