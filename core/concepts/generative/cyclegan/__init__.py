"""CycleGAN: two generators learn to translate between two kinds of picture that nobody has paired.

Idea: netG_A makes pictures of domain B from those of domain A, netG_B the other way round; a discriminator for each domain says whether they look
real, and what goes there and back must be what it was. Two kinds of generator, with upsample + convolution and with transposed
convolution, are trained from the same random seeds. The true partners of the test pictures are known but used for measuring only.
Sources: Zhu et al. (2017), whose names of pictures, networks and losses are used; Mao et al. (2017) for the least-squares loss;
Odena et al. (2016) for the checkerboard; Chu et al. (2017) for the hidden message.
What to expect: fake_B of thick digits ends three to four times closer to its true partner than real_A is; the untrained transposed convolution has six
times the checkerboard of the other. Coarse blocks, which keep less than the digit, make rec_A depend on single steps of fake_B's values.
CPU seconds: 8 at the defaults (2 kinds, 3 seeds, 100 steps) on one core.
"""

import lazy_loader

from core.concepts.generative.cyclegan.findings import QUESTIONS, difference, findings, score
from core.concepts.generative.cyclegan.result import Result
from core.concepts.generative.cyclegan.settings import PRESETS, Settings

__getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"experiment": ["run"]})
__all__ = ["PRESETS", "QUESTIONS", "Result", "Settings", "difference", "findings", "score"]
