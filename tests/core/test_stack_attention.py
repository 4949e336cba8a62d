"""Embeddings, positions and attention in a stack follow torch.nn, and the block around them is torch's encoder layer."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from core.engine.cost import cost, flops
from core.engine.fit import Recipe, TrainStep
from core.engine.networks import ClassToken, First, Positions, SelfAttention, encoder_block, sinusoids
from core.engine.pieces import Meter, finish
from core.engine.stack import stack

SEEDS = (3, 1, 4)
L, D, SYMBOLS = 6, 8, 5


class Twin(nn.Module):
    """The same networks of torch's own layers, built in the same order."""

    def __init__(self, heads, causal, learned, block):
        super().__init__()
        self.embedding = nn.Embedding(SYMBOLS, D)
        self.positions = nn.Parameter(torch.randn(L, D) if learned else sinusoids(L, D), requires_grad=learned)
        self.token = nn.Parameter(0.02 * torch.randn(1, 1, D))
        if block:
            self.inner = nn.TransformerEncoderLayer(D, heads, 12, 0.0, "gelu", batch_first=True, norm_first=True)
        else:
            self.inner = nn.MultiheadAttention(D, heads, batch_first=True)
        self.out = nn.Linear(D, SYMBOLS)
        self.mask = nn.Transformer.generate_square_subsequent_mask(L + 1) if causal else None

    def forward(self, x):
        x = self.embedding(x) + self.positions
        x = torch.cat([self.token.expand(len(x), -1, -1), x], 1)
        if isinstance(self.inner, nn.MultiheadAttention):
            x = self.inner(x, x, x, attn_mask=self.mask)[0]
        else:
            x = self.inner(x, src_mask=self.mask)
        return self.out(x)


def build(heads, causal, learned, block):
    inner = encoder_block(D, heads, 12, causal) if block else SelfAttention(D, heads, causal)
    layers = (nn.Embedding(SYMBOLS, D), Positions(L, D, learned), ClassToken(D), inner, nn.Linear(D, SYMBOLS))
    return nn.Sequential(*layers)


CASES = {
    "one head": (1, False, True, False),
    "two heads, causal": (2, True, False, False),
    "encoder block": (2, False, True, True),
    "causal encoder block": (4, True, True, True),
}  # heads, causal, learned positions, whether it is a whole block


def losses(logits, y):
    each = F.cross_entropy(logits.flatten(0, 2), y.flatten(), reduction="none")
    return each.view(y.shape).mean(2)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_each_row_trains_as_torchs_own_layers_would(case):
    models = stack(lambda: build(*case), SEEDS)
    twins = []
    for k, seed in enumerate(SEEDS):
        twin = Twin(*case)
        assert sum(p.numel() for p in twin.parameters()) == models.theta.shape[1]
        ours = dict(models.unstack(k).named_parameters())
        for name, p in twin.named_parameters():
            p.data.copy_(ours[NAMES.get(name) or renamed(name)].view(p.shape))
        twins.append((twin, torch.optim.Adam([p for p in twin.parameters() if p.requires_grad], 0.01)))
        assert seed in models.seeds
    step = TrainStep(models, Recipe("Adam", lr=0.01, batch=7), losses, 10)
    g = torch.Generator().manual_seed(0)
    for count in range(10):
        x = torch.randint(SYMBOLS, (len(SEEDS), 7, L), generator=g)
        y = torch.randint(SYMBOLS, (len(SEEDS), 7, L + 1), generator=g)
        finish(step.pieces(lambda m, rows, x=x, y=y: (x[m, rows], y[m, rows]), 7, (L,), count, Meter(models.device)))
        for k, (twin, optimizer) in enumerate(twins):
            optimizer.zero_grad()
            F.cross_entropy(twin(x[k]).flatten(0, 1), y[k].flatten()).backward()
            optimizer.step()
    with torch.no_grad():
        answers = models(x)
    for k, (twin, _) in enumerate(twins):
        assert torch.allclose(answers[k], twin(x[k]), atol=1e-5)
        assert torch.allclose(models.unstack(k)(x[k]), answers[k], atol=1e-5)


NAMES = {"embedding.weight": "0.weight", "positions": "1.weight", "token": "2.weight"}
BLOCK = {
    "self_attn": "0.1", "norm1": "0.0", "norm2": "1.0", "linear1": "1.1", "linear2": "1.3",
}  # fmt: skip


def renamed(name):
    """The name of one of the twin's parameters in the network built here."""
    head, _, rest = name.partition(".")
    if head == "out":
        return f"4.{rest}"
    part, _, last = rest.partition(".")
    return f"3.{BLOCK[part]}.{last}" if part in BLOCK else f"3.{rest}"


@pytest.mark.parametrize("build", [lambda: SelfAttention(D, 2), lambda: nn.Embedding(5, 3), lambda: Positions(4, 3)])
def test_a_start_is_what_torch_draws_after_manual_seed(build):
    models = stack(lambda: nn.Sequential(build(), nn.Linear(D, 2)), SEEDS)
    for k, seed in enumerate(SEEDS):
        torch.manual_seed(seed)
        for a, b in zip(
            models.unstack(k).parameters(), nn.Sequential(build(), nn.Linear(D, 2)).parameters(), strict=True
        ):
            assert torch.allclose(a, b, rtol=1e-6)


def test_one_model_alone_and_parts_of_a_stack_give_the_same():
    models = stack(lambda: build(2, True, True, True), SEEDS)
    x = torch.randint(SYMBOLS, (len(SEEDS), 5, L), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        whole = models(x)
        for k in range(len(SEEDS)):
            assert torch.allclose(models.part(slice(k, k + 1))(x[k : k + 1])[0], whole[k], atol=1e-6)
    assert models.divisible


def test_fixed_positions_are_sines_and_do_not_learn():
    models = stack(lambda: build(2, False, False, False), SEEDS)
    x = torch.randint(SYMBOLS, (len(SEEDS), 5, L))
    models.backward(models(x).square().flatten(2).mean(2))
    assert torch.allclose(models.unstack(0)[1].weight, sinusoids(L, D))
    where = slice(SYMBOLS * D, SYMBOLS * D + L * D)
    assert (models.grad[:, where] == 0).all() and (models.grad[:, : SYMBOLS * D] != 0).any()
    assert torch.allclose(sinusoids(L, D)[3, 2], torch.sin(torch.tensor(3 / 10_000 ** (2 / D))))
    shift = sinusoids(40, D)[:-5] * sinusoids(40, D)[5:]  # the product of two places depends on their distance alone
    assert torch.allclose(shift.sum(1), shift.sum(1)[0].expand(35), atol=1e-4)


def test_what_stands_first_is_read_as_torch_would_slice_it():
    models = stack(lambda: nn.Sequential(ClassToken(D), SelfAttention(D, 2), First(), nn.Linear(D, 3)), SEEDS)
    x = torch.randn(len(SEEDS), 5, L, D)
    models.backward(models(x).square().mean(2))
    for k in range(len(SEEDS)):
        token, attend, _, out = models.unstack(k)
        twin = nn.MultiheadAttention(D, 2, batch_first=True)
        twin.load_state_dict(attend.state_dict())
        sequence = torch.cat([token.weight.expand(5, 1, D), x[k]], 1)
        answers = out(twin(sequence, sequence, sequence)[0][:, 0])
        assert torch.allclose(models(x)[k], answers, atol=1e-6)
        gradient = torch.autograd.grad(answers.square().mean(), token.weight)[0]
        assert torch.allclose(models.grad[k, :D], gradient.flatten(), atol=1e-6)
    assert models.divisible


def test_without_the_scale_scores_are_plain_products():
    x = torch.randn(2, L, D)
    layer = SelfAttention(D, 2, scaled=False)
    q, k, v = (t.view(2, L, 2, 4).transpose(1, 2) for t in F.linear(x, layer.in_proj_weight).chunk(3, -1))
    mixed = (q @ k.transpose(2, 3)).softmax(-1) @ v
    assert torch.allclose(layer(x), layer.out_proj(mixed.transpose(1, 2).flatten(2)), atol=1e-5)


def test_its_operations_are_counted():
    module = nn.Sequential(SelfAttention(D, 2), nn.Linear(D, 3)).eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        x = torch.zeros(1, L, D)
        F.linear(x, module[0].in_proj_weight)
        q = torch.zeros(2, L, D // 2)
        (q @ q.transpose(1, 2)) @ q
        module[0].out_proj(x)
        module[1](x)
    assert flops(module, (L, D)) == counter.get_total_flops()
    assert cost(build(2, False, True, True), (L,)).flops > 0  # an embedding is given whole numbers
