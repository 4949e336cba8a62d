"""Architectures: six convolutional networks layer by layer, and what a connection past the layers does for depth.

Idea: each of LeNet-5, AlexNet, VGG, GoogLeNet, ResNet and DenseNet brought one idea. torchvision builds them without
weights (LeNet-5 is written here), and every layer's shape, parameters, floating-point operations, memory and measured time
are compared. Then plain, residual and dense networks of growing depth are trained side by side.
Sources: LeCun et al. (1998); Krizhevsky et al. (2012); Simonyan and Zisserman (2015); Szegedy et al. (2015); He et al.
(2016); Huang et al. (2017).
What to expect: most parameters lie in linear layers, most operations in convolutions, and normalisation, activations and
pooling take time without counted operations. Deeper plain networks have a higher training loss; residual and dense do not.
CPU seconds: 5 at the defaults on one core: 0.5 to measure ResNet-18 layer by layer, the rest to train 44 networks for 40 steps.
"""

import lazy_loader

from core.concepts.convolution.architectures.findings import QUESTIONS, difference, findings, score
from core.concepts.convolution.architectures.result import Result
from core.concepts.convolution.architectures.settings import PRESETS, Settings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"], "anatomy": ["costs_of"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "difference", "findings", "score"]
