"""Many small models as one matrix.

Row k of `theta` (K, P) holds every parameter of model k. A layer's weight is a view of that matrix with a leading model
axis, (K, out, in), and its gradient is the same view of the twin matrix `grad`. One forward pass runs all K models: a
linear layer is one batched product, a convolution is grouped, and the sum of the K losses is differentiated once.
Gradients do not mix, because no loss depends on another model's row.

Model ensembling as a batched computation: Wen, Tran and Ba, "BatchEnsemble" (2020), and the tutorial of torch.func.
Here the models share nothing at all.
"""

from __future__ import annotations

import copy
import weakref
from collections.abc import Callable, Generator, Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.engine.cost import Cost, cost
from core.engine.networks import (
    ClassToken,
    Concatenated,
    First,
    MinibatchDiscrimination,
    Positions,
    Recurrent,
    Residual,
    SelfAttention,
    Summed,
    Upsampling,
)
from core.engine.pieces import DRAW, INITIALISE, INITIALISE_LAYER, Meter, finish
from core.engine.random import generator, initialise

Forward = Callable[[Tensor], Tensor]


class Stack:
    """K models of one architecture, trained in one pass.

    seeds: of the start and the noise of each model. theta, grad: (K, P) parameters and their gradients. weight_mask: (P,)
    bool, true for what L1 may shrink: matrices and kernels, but not biases or the scales of norms. buffers: running
    statistics, each (K, C). alive: (K, 1) float, 1 for a model in training and 0 for a stopped one. It multiplies every
    change, so a stopped model does not move. noise: a generator for each model's dropout.
    """

    def __init__(
        self,
        template: nn.Sequential,
        seeds: Sequence[int],
        theta: Tensor,
        grad: Tensor,
        alive: Tensor,
        noise: Sequence[torch.Generator],
        buffers: dict[str, Tensor],
        weight_mask: Tensor,
    ):
        self.template = template
        self.seeds = tuple(seeds)
        self.theta = theta
        self.grad = grad
        self.alive = alive
        self.noise = list(noise)
        self.buffers = buffers
        self.weight_mask = weight_mask
        self.device = theta.device
        self.training = False
        self.dropout: tuple[float, ...] | None = (
            None  # one rate for each model; None: the rates the layers were built with
        )
        self.normalised: Tensor | None = None  # numbers of the models that use the batch norms; None: all
        # What `draw` has drawn: for each dropout layer and each model the values kept (B, ...); and the rows of the batch
        # that a forward pass computes now.
        self.drawn: tuple[list[list[Tensor | None]], slice] | None = None

        self._slices: dict[str, tuple[int, int, torch.Size]] = {}
        start = 0
        for name, p in self.template.named_parameters():
            self._slices[name] = (start, start + p.numel(), p.shape)
            start += p.numel()
        # The leaves of autograd: views of theta in the layout that their layer computes in, and such views of grad.
        self.parameters: list[Tensor] = []
        self.gradients: list[Tensor] = []
        # Whether the models can be computed in groups. A layer that is not torch's (a subclass of nn.Identity, say) may
        # hold an array with a row for each model, so with such a layer the models stay together.
        self.divisible = all(
            type(m).__module__.partition(".")[0] == "torch"
            or isinstance(
                m,
                Residual
                | Concatenated
                | Summed
                | Upsampling
                | SelfAttention
                | Positions
                | ClassToken
                | First
                | Recurrent,
            )
            for m in template.modules()
        )
        self._share = torch.empty(0)  # d(mean loss)/d(each loss)
        self._share_of: tuple[torch.Size, int | None] | None = None  # shape of the losses, and examples in the mean
        self._parts: dict[tuple[int, int], Stack] = {}
        self._costs: dict[tuple[int, ...], Cost] = {}
        self._dropouts = 0
        self._layers = [self._layer(child, f"{name}.") for name, child in template.named_children()]

    def _parameter(self, name: str, layout: Callable[[Tensor], Tensor] = lambda view: view) -> Tensor | None:
        """The parameter `name` of all models, (K, *shape), in a layout; None when the layer has none. One that the template
        holds fixed (requires_grad=False) gets no gradient: its columns of `grad` stay 0."""
        if name not in self._slices:
            return None
        start, end, shape = self._slices[name]
        view = layout(self.theta[:, start:end].view(self.K, *shape))
        if self.template.get_parameter(name).requires_grad:
            self.gradients.append(layout(self.grad[:, start:end].view(self.K, *shape)))
            self.parameters.append(view.requires_grad_())
        return view

    def backward(self, losses: Tensor, examples: int | None = None, add: bool = False) -> None:
        """Fill `grad` with the gradient of each model's mean loss. losses (K, B): one for each example.

        examples: the number that the mean is over, where losses holds only some of them. add: add to `grad` instead.
        """
        key = (losses.shape, examples)
        if self._share_of != key:
            self._share_of = key
            self._share = torch.full_like(losses, 1 / (examples or losses.shape[1]))
        # What torch.autograd.grad calls once it has checked its arguments in Python, which takes longer than the Adam update.
        gradients = torch.autograd.Variable._execution_engine.run_backward(
            (losses,),
            (self._share,),
            False,
            False,
            tuple(self.parameters),
            allow_unreachable=True,
            accumulate_grad=False,
        )
        for into, gradient in zip(self.gradients, gradients, strict=True):
            if gradient is None:  # a batch norm that no model has
                into.zero_()
            elif add:
                into.add_(gradient)
            else:
                into.copy_(gradient)

    def cost(self, shape: tuple[int, ...]) -> Cost:
        """What one example of `shape` costs one model."""
        if shape not in self._costs:
            self._costs[shape] = cost(self.template, shape)
        return self._costs[shape]

    def widest(self, features: int) -> int:
        """About how many values the widest layer holds for one example of so many features."""
        return max(features, *(shape[0] for *_, shape in self._slices.values()))

    def part(self, models: slice) -> Stack:
        """Some models as a stack that shares their arrays and random numbers with this one."""
        a, b, _ = models.indices(self.K)
        if (a, b) == (0, self.K):
            return self
        if (a, b) not in self._parts:
            buffers = {name: buffer[a:b] for name, buffer in self.buffers.items()}
            rows = (self.seeds[a:b], self.theta[a:b], self.grad[a:b], self.alive[a:b], self.noise[a:b])
            self._parts[a, b] = Stack(self.template, *rows, buffers, self.weight_mask)
        part = self._parts[a, b]
        part.dropout = None if self.dropout is None else self.dropout[a:b]
        if self.normalised is None:
            part.normalised = None
        else:
            part.normalised = self.normalised[(self.normalised >= a) & (self.normalised < b)] - a
        return part

    def draw(self, shapes: Sequence[tuple[int, ...]], B: int, meter: Meter) -> Generator[None, None, None]:
        """Draw the noise of all dropout layers for B examples into `drawn`, yielding where it takes long.

        A forward pass draws the noise of one layer after the other, each time for all examples. A forward pass in parts
        needs the same numbers, so they are drawn before it. shapes: of one example at each layer.
        """
        layers: list[list[Tensor | None]] = []
        for shape, rates in zip(shapes, self.dropout_rates(), strict=True):
            layers.append([])
            for k, p in enumerate(rates):
                kept = torch.empty((B, *shape), dtype=torch.bool) if p > 0 else None
                layers[-1].append(kept)
                if kept is None:
                    continue
                for rows in kept.split(max(1, int(meter.limit / DRAW / max(1, kept[0].numel())))):
                    if meter.full(rows.numel() * DRAW):
                        yield
                    torch.ge(torch.rand(rows.shape, generator=self.noise[k]), p, out=rows)
        self.drawn = layers, slice(0, B)

    @property
    def K(self) -> int:
        return len(self.seeds)

    def __call__(self, x: Tensor) -> Tensor:
        """x: (K, B, ...), a batch for each model. Returns (K, B, out)."""
        for layer in self._layers:
            x = layer(x)
        return x

    def hidden(self, x: Tensor) -> Tensor:
        """What the last layer of each model is given: (K, B, features)."""
        for layer in self._layers[:-1]:
            x = layer(x)
        return x

    def shared(self, x: Tensor) -> Tensor:
        """x: (B, ...), one batch shown to every model. Returns (K, B, out)."""
        return self(x.expand(self.K, *x.shape))

    def unstack(self, k: int) -> nn.Sequential:
        """Model k as a plain torch module on the CPU, in eval mode."""
        module = copy.deepcopy(self.template)
        nn.utils.vector_to_parameters(self.theta[k].detach().cpu().clone(), module.parameters())
        for name, buffer in module.named_buffers():
            if name in self.buffers:
                buffer.copy_(self.buffers[name][k].cpu())
        if self.dropout is not None:
            for layer in module.modules():
                if isinstance(layer, nn.Dropout):
                    layer.p = self.dropout[k]
        return module.eval()

    def embed(self, k: int, narrow: nn.Sequential) -> None:
        """Make model k the narrower network `narrow`, of the same layers, by padding its arrays with zeros.

        It stays narrow in training, because no gradient reaches a neuron whose output and outgoing weights are 0. So its
        activations must keep 0, and it must not use batch norm.
        """
        for (start, end, shape), p in zip(self._slices.values(), narrow.parameters(), strict=True):
            padded = torch.zeros(shape)
            padded[tuple(slice(n) for n in p.shape)] = p.detach()
            self.theta[k, start:end] = padded.flatten()

    def row(self, k: int) -> tuple[Tensor, dict[str, Tensor]]:
        """A copy of model k: its parameters (P,) and its running statistics."""
        return self.theta[k].detach().clone(), {name: b[k].clone() for name, b in self.buffers.items()}

    def restore(self, k: int, row: tuple[Tensor, dict[str, Tensor]]) -> None:
        """Put back what `row` gave."""
        with torch.no_grad():
            self.theta[k] = row[0]
            for name, value in row[1].items():
                self.buffers[name][k] = value

    # The layers. Activations are (K, B, ...) throughout. Convolutions compute in (B, K*C, H, W) and hand back a view,
    # so a sequence of convolutions and activations copies nothing. They refer to the stack weakly: so it is freed as soon
    # as nobody needs it, and not by a garbage collection in the middle of another run.

    def _sequential(self, module: nn.Sequential, prefix: str) -> Forward:
        parts = [self._layer(child, f"{prefix}{name}.") for name, child in module.named_children()]

        def forward(x: Tensor) -> Tensor:
            for part in parts:
                x = part(x)
            return x

        return forward

    def _layer(self, m: nn.Module, prefix: str) -> Forward:
        if isinstance(m, Residual):
            layers = self._sequential(m, prefix)
            return lambda x: x + layers(x)
        if isinstance(m, Concatenated):
            inner = self._sequential(m, prefix)
            # Joined as convolutions compute, so that the next one copies nothing.
            return lambda x: torch.cat([x.transpose(0, 1), inner(x).transpose(0, 1)], 2).transpose(0, 1)
        if isinstance(m, nn.Sequential):
            return self._sequential(m, prefix)
        if isinstance(m, Summed):
            first, *others = [self._layer(branch, f"{prefix}{name}.") for name, branch in m.named_children()]
            return lambda x: sum((branch(x) for branch in others), first(x))
        if isinstance(m, nn.Linear):
            return self._linear(prefix)
        if isinstance(m, Recurrent):
            return self._recurrent(m, f"{prefix}cell.")
        if isinstance(m, nn.Embedding):
            return self._embedding(m, prefix)
        if isinstance(m, Positions):
            return self._positions(prefix)
        if isinstance(m, ClassToken):
            return self._class_token(prefix)
        if isinstance(m, First):
            return lambda x: x[:, :, 0]
        if isinstance(m, SelfAttention):
            return self._attention(m, prefix)
        if isinstance(m, nn.Conv2d):
            return self._conv2d(m, prefix)
        if isinstance(m, nn.ConvTranspose2d):
            return self._conv_transpose2d(m, prefix)
        if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d):
            return self._batch_norm(m, prefix)
        if isinstance(m, nn.LayerNorm):
            return self._layer_norm(m, prefix)
        if isinstance(m, nn.GroupNorm | nn.InstanceNorm1d | nn.InstanceNorm2d):
            return self._group_norm(m, prefix)
        if isinstance(m, nn.Dropout):
            return self._dropout(m)
        if isinstance(m, nn.Flatten):
            return lambda x: x.flatten(2)
        if isinstance(m, nn.MaxPool2d | nn.AvgPool2d | nn.AdaptiveAvgPool2d | nn.AdaptiveMaxPool2d | nn.Upsample):
            pool: Forward = m.forward
            K = self.K
            return lambda x: _unfold(pool(_fold(x)), K)
        if isinstance(m, MinibatchDiscrimination):
            return self._minibatch(m, prefix)
        if isinstance(m, nn.ReLU):
            return torch.relu
        if isinstance(m, nn.Tanh | nn.Sigmoid | nn.GELU | nn.SiLU | nn.LeakyReLU | nn.ELU | nn.Identity):
            activation: Forward = m.forward
            return activation
        raise TypeError(f"a stack has no rule for {type(m).__name__}")

    def _linear(self, prefix: str) -> Forward:
        w = self._parameter(prefix + "weight", lambda view: view.transpose(1, 2))  # (K, in, out)
        b = self._parameter(prefix + "bias", lambda view: view.unsqueeze(1))  # (K, 1, out)
        assert w is not None
        if b is None:
            return lambda x: torch.bmm(_rows(x), w).view(*x.shape[:-1], w.shape[2])
        return lambda x: torch.baddbmm(b, _rows(x), w).view(*x.shape[:-1], w.shape[2])

    def _embedding(self, m: nn.Embedding, prefix: str) -> Forward:
        w = self._parameter(prefix + "weight")
        assert w is not None
        first = m.num_embeddings * torch.arange(self.K, device=self.device)  # the row of the first vector of each model

        def forward(x: Tensor) -> Tensor:  # x (K, B, ...) whole numbers
            return F.embedding(x + first.view(-1, *[1] * (x.dim() - 1)), w.flatten(0, 1))

        return forward

    def _positions(self, prefix: str) -> Forward:
        w = self._parameter(prefix + "weight")  # (K, length, features)
        assert w is not None
        return lambda x: x + w[:, None, : x.shape[2]]

    def _class_token(self, prefix: str) -> Forward:
        w = self._parameter(prefix + "weight")  # (K, 1, features)
        assert w is not None
        return lambda x: torch.cat([w[:, None].expand(-1, x.shape[1], -1, -1), x], 2)

    def _attention(self, m: SelfAttention, prefix: str) -> Forward:
        """All models and examples are one batch of scaled_dot_product_attention, which is quickest on four axes."""
        w = self._parameter(prefix + "in_proj_weight", lambda view: view.transpose(1, 2))
        b = self._parameter(prefix + "in_proj_bias", lambda view: view.unsqueeze(1))
        out = self._linear(prefix + "out_proj.")
        assert w is not None and b is not None

        def forward(x: Tensor) -> Tensor:  # (K, B, L, features)
            projected = torch.baddbmm(b, _rows(x), w).view(-1, x.shape[2], 3 * m.embed_dim)
            return out(m.mix(projected).view(x.shape))

        return forward

    def _recurrent(self, m: Recurrent, prefix: str) -> Forward:
        if (
            m.cell.num_layers > 1
            or m.cell.bidirectional
            or (isinstance(m.cell, nn.RNN) and m.cell.nonlinearity != "tanh")
        ):
            raise TypeError("a stack has a rule for recurrent networks of one layer, in one direction, with tanh")
        w, u = (
            self._parameter(f"{prefix}weight_{name}_l0", lambda view: view.transpose(1, 2)) for name in ("ih", "hh")
        )
        b, c = (self._parameter(f"{prefix}bias_{name}_l0", lambda view: view.unsqueeze(1)) for name in ("ih", "hh"))
        assert w is not None and u is not None and b is not None and c is not None
        size, long = m.cell.hidden_size, isinstance(m.cell, nn.LSTM)

        def forward(x: Tensor) -> Tensor:  # (K, B, T, features)
            K, B, T, _ = x.shape
            # What the inputs give, for all times in one product; by time first, each then lies in one piece.
            given = torch.baddbmm(b + c, x.transpose(1, 2).flatten(1, 2), w).view(K, T, B, -1).unbind(1)
            hidden = memory = x.new_zeros(K, B, size)
            outputs = []
            for now in given:
                z = torch.baddbmm(now, hidden, u)
                if long:
                    enter, keep, new, leave = z.chunk(4, -1)  # in the order of torch
                    memory = torch.addcmul(keep.sigmoid() * memory, enter.sigmoid(), new.tanh())
                    hidden = leave.sigmoid() * memory.tanh()
                else:
                    hidden = z.tanh()
                outputs.append(hidden)
            return torch.stack(outputs, 2)

        return forward

    def _minibatch(self, m: MinibatchDiscrimination, prefix: str) -> Forward:
        project = self._linear(prefix + "projection.")
        return lambda x: torch.cat([x, m.similarity(project(x))], -1)

    def _conv2d(self, m: nn.Conv2d, prefix: str) -> Forward:
        w = self._parameter(prefix + "weight")
        b = self._parameter(prefix + "bias")
        K = self.K
        assert w is not None

        def forward(x: Tensor) -> Tensor:
            bias = None if b is None else b.flatten()
            y = F.conv2d(_fold(x), w.flatten(0, 1), bias, m.stride, m.padding, m.dilation, K * m.groups)
            return _unfold(y, K)

        return forward

    def _conv_transpose2d(self, m: nn.ConvTranspose2d, prefix: str) -> Forward:
        w = self._parameter(prefix + "weight")  # (K, in, out / groups, height, width)
        b = self._parameter(prefix + "bias")
        K = self.K
        assert w is not None
        sizes: Any = (m.stride, m.padding, m.output_padding, K * m.groups, m.dilation)

        def forward(x: Tensor) -> Tensor:
            bias = None if b is None else b.flatten()
            return _unfold(F.conv_transpose2d(_fold(x), w.flatten(0, 1), bias, *sizes), K)

        return forward

    def _batch_norm(self, m: nn.BatchNorm1d | nn.BatchNorm2d, prefix: str) -> Forward:
        w = self._parameter(prefix + "weight")
        b = self._parameter(prefix + "bias")
        if prefix + "running_mean" not in self.buffers:  # a part has those of the whole
            self.buffers[prefix + "running_mean"] = torch.zeros(self.K, m.num_features, device=self.device)
            self.buffers[prefix + "running_var"] = torch.ones(self.K, m.num_features, device=self.device)
        mean = self.buffers[prefix + "running_mean"]
        var = self.buffers[prefix + "running_var"]
        assert m.momentum is not None and w is not None and b is not None
        momentum = m.momentum
        stack = cast("Stack", weakref.proxy(self))

        def trained(x: Tensor, w: Tensor, b: Tensor, rows: Tensor | slice) -> Tensor:
            flat = _fold(x)  # (B, K*C, ...)
            # The running statistics are kept here and not by F.batch_norm, so that a stopped model's stay.
            with torch.no_grad():
                axes = [0, *range(2, flat.dim())]
                v, mu = torch.var_mean(flat, dim=axes)
                rate = momentum * stack.alive[rows]
                mean[rows] = mean[rows].lerp(mu.view_as(w), rate)
                var[rows] = var[rows].lerp(v.view_as(w), rate)
            return _unfold(F.batch_norm(flat, None, None, w.flatten(), b.flatten(), True, 0.0, m.eps), len(w))

        def forward(x: Tensor) -> Tensor:
            rows = stack.normalised
            if stack.training:
                if rows is None:
                    return trained(x, w, b, slice(None))
                return x.index_copy(0, rows, trained(x[rows], w[rows], b[rows], rows)) if len(rows) else x
            scale = w * torch.rsqrt(var + m.eps)
            shift = b - mean * scale
            if rows is not None:  # the others' by 1, plus 0
                scale = torch.ones_like(scale).index_copy(0, rows, scale[rows])
                shift = torch.zeros_like(shift).index_copy(0, rows, shift[rows])
            shape = (stack.K, 1, -1, *[1] * (x.dim() - 3))
            return torch.addcmul(shift.view(shape), x, scale.view(shape))

        return forward

    def _layer_norm(self, m: nn.LayerNorm, prefix: str) -> Forward:
        w = self._parameter(prefix + "weight")
        b = self._parameter(prefix + "bias")

        def forward(x: Tensor) -> Tensor:  # x (K, B, ..., *normalized_shape), w and b (K, *normalized_shape)
            y = F.layer_norm(x, list(m.normalized_shape), None, None, m.eps)
            if w is None or b is None:
                return y
            K, *shape = w.shape
            per_model = (K, *[1] * (x.dim() - w.dim()), *shape)
            return y * w.view(per_model) + b.view(per_model)

        return forward

    def _group_norm(self, m: nn.GroupNorm | nn.InstanceNorm1d | nn.InstanceNorm2d, prefix: str) -> Forward:
        """An instance norm is a group norm with a group for each channel, and computed so in half of its time."""
        if isinstance(m, nn.InstanceNorm1d | nn.InstanceNorm2d) and m.track_running_stats:
            raise TypeError("a stack has no rule for an instance norm with running statistics")
        w = self._parameter(prefix + "weight")
        b = self._parameter(prefix + "bias")
        groups = self.K * (m.num_groups if isinstance(m, nn.GroupNorm) else m.num_features)
        K, eps = self.K, m.eps

        def forward(x: Tensor) -> Tensor:
            weight, bias = (None if p is None else p.flatten() for p in (w, b))
            return _unfold(F.group_norm(_fold(x), groups, weight, bias, eps), K)

        return forward

    def dropout_rates(self) -> list[Sequence[float]]:
        """The rate of each model, for each dropout layer in order."""
        layers = [m for m in self.template.modules() if isinstance(m, nn.Dropout)]
        return [self.dropout if self.dropout is not None else (m.p,) * self.K for m in layers]

    def _dropout(self, m: nn.Dropout) -> Forward:
        number = self._dropouts
        self._dropouts += 1
        stack = cast("Stack", weakref.proxy(self))

        def kept(k: int, p: float, shape: torch.Size) -> Tensor:
            if stack.drawn is None:
                return torch.rand(shape, generator=stack.noise[k]) >= p
            layers, rows = stack.drawn
            mask = layers[number][k]
            assert mask is not None
            return mask[rows]

        def forward(x: Tensor) -> Tensor:
            rates = stack.dropout if stack.dropout is not None else (m.p,) * stack.K
            if not stack.training or not any(rates):
                return x
            # Inverted dropout: what is kept is scaled by 1/(1-p), so the mean stays and eval needs no change.
            keep = torch.ones(x.shape)
            for k, p in enumerate(rates):
                if p > 0:
                    keep[k] = kept(k, p, x.shape[1:]) / (1 - p)
            return x * keep.to(x.device)

        return forward


def _rows(x: Tensor) -> Tensor:
    """(K, ..., features) -> (K, rows, features), as batched products take them."""
    return x if x.dim() == 3 else x.flatten(1, -2)


def _fold(x: Tensor) -> Tensor:
    """(K, B, C, ...) -> (B, K*C, ...)."""
    return x.transpose(0, 1).flatten(1, 2)


def _unfold(x: Tensor, K: int) -> Tensor:
    """(B, K*C, ...) -> (K, B, C, ...), a view."""
    unfolded: Tensor = x.unflatten(1, (K, -1))
    return unfolded.transpose(0, 1)


def stack_steps(
    build: Callable[[], nn.Sequential], seeds: Sequence[int], device: torch.device | str = "cpu"
) -> Generator[None, None, Stack]:
    """Builds the stack that `stack` returns, yielding between models where initialising them takes long."""
    if not seeds:
        raise ValueError("seeds: a stack needs at least one model")
    template = build()
    first = nn.utils.parameters_to_vector(template.parameters()).detach()
    meter = Meter(torch.device("cpu"))
    theta = torch.empty(len(seeds), len(first), dtype=first.dtype, device=device)
    grad = torch.empty_like(theta)
    layers = sum(1 for _ in template.modules())
    for k, seed in enumerate(seeds):
        if meter.full(INITIALISE_LAYER * layers + INITIALISE * len(first)):
            yield
        initialise(template, seed)
        theta[k] = nn.utils.parameters_to_vector(template.parameters()).detach()
        grad[k] = 0  # a row at a time, because fresh memory costs its time at the first touch
    alive = torch.ones(len(seeds), 1, device=device)
    noise = [generator(seed, "dropout") for seed in seeds]
    weight_mask = torch.cat([torch.full((p.numel(),), p.dim() > 1) for p in template.parameters()])
    return Stack(template, seeds, theta, grad, alive, noise, {}, weight_mask.to(device))


def stack(build: Callable[[], nn.Sequential], seeds: Sequence[int], device: torch.device | str = "cpu") -> Stack:
    """A stack whose k-th model starts exactly as `torch.manual_seed(seeds[k]); build()` would in plain torch."""
    return finish(stack_steps(build, seeds, device))
