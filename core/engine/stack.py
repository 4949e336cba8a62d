"""Many small models as one matrix.

Row k of `theta` (K, P) holds every parameter of model k. A layer's weight is a view of that matrix with a leading model
axis, (K, out, in), and its gradient is the like view of the twin matrix `grad`. One forward pass runs all K models: a
linear layer is one batched product, a convolution is grouped, and the sum of the K losses is differentiated once.
Gradients do not mix, because no loss depends on another model's row.

Model ensembling as a batched computation: Wen, Tran and Ba, "BatchEnsemble" (2020), and the tutorial of torch.func.
Here the models share nothing at all.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.engine.random import generator, initialise

Forward = Callable[[Tensor], Tensor]


class Stack:
    """K models of one architecture, trained in one pass.

    theta, grad: (K, P) parameters and their gradients. weights: (P,) bool, true for what L1 may shrink (matrices and
    kernels; not biases, not the scales of norms). buffers: running statistics, each (K, C). alive: (K, 1) float, 1 for a
    model still in training and 0 for a stopped one: it multiplies every change, so a stopped model does not move.
    """

    def __init__(self, build: Callable[[], nn.Sequential], seeds: Sequence[int], device: torch.device | str = "cpu"):
        if not seeds:
            raise ValueError("seeds: a stack needs at least one model")
        self.seeds = tuple(seeds)
        self.device = torch.device(device)
        self.template = build()
        rows = []
        for seed in self.seeds:
            initialise(self.template, seed)
            rows.append(nn.utils.parameters_to_vector(self.template.parameters()).detach().clone())
        self.theta = torch.stack(rows).to(self.device)
        self.grad = torch.zeros_like(self.theta)
        self.alive = torch.ones(len(rows), 1, device=self.device)
        self.buffers: dict[str, Tensor] = {}
        self.training = False
        self.dropout: tuple[float, ...] | None = None  # a rate a model; None: the rate each layer was built with
        self.normalised: Tensor | None = None  # the numbers of the models that have the batch norms; None: all
        self.noise = [generator(seed, "dropout") for seed in self.seeds]

        self._slices: dict[str, tuple[int, int, torch.Size]] = {}
        weights, start = [], 0
        for name, p in self.template.named_parameters():
            self._slices[name] = (start, start + p.numel(), p.shape)
            weights.append(torch.full((p.numel(),), p.dim() > 1))
            start += p.numel()
        self.weights = torch.cat(weights).to(self.device)
        self.parameters: list[
            Tensor
        ] = []  # the leaves of autograd: views of theta, in the layout their layer computes in
        self.gradients: list[Tensor] = []  # the like views of grad
        self._share: Tensor | None = None  # d(mean loss)/d(an example's loss)
        self._forward = self._sequential(self.template, "")

    def _parameter(self, name: str, layout: Callable[[Tensor], Tensor] = lambda view: view) -> Tensor | None:
        """The parameter `name` of all models, (K, *shape) seen through `layout`; None when the layer has none."""
        if name not in self._slices:
            return None
        start, end, shape = self._slices[name]
        self.gradients.append(layout(self.grad[:, start:end].view(self.K, *shape)))
        self.parameters.append(layout(self.theta[:, start:end].view(self.K, *shape)).requires_grad_())
        return self.parameters[-1]

    def backward(self, losses: Tensor) -> None:
        """Fill `grad` with the gradient of each model's mean loss; losses (K, B), one an example."""
        if self._share is None or self._share.shape != losses.shape:
            self._share = torch.full_like(losses, 1 / losses.shape[1])
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
            else:
                into.copy_(gradient)

    @property
    def K(self) -> int:
        return len(self.seeds)

    def __call__(self, x: Tensor) -> Tensor:
        """x: (K, B, ...), a batch for each model. Returns (K, B, out)."""
        return self._forward(x)

    def shared(self, x: Tensor) -> Tensor:
        """x: (B, ...), one batch shown to every model. Returns (K, B, out)."""
        return self._forward(x.expand(self.K, *x.shape))

    def unstack(self, k: int) -> nn.Sequential:
        """Model k as the plain torch module it is, on the CPU, in eval mode."""
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

        It stays narrow while it trains, because no gradient reaches a neuron that is 0 and whose weights onwards are 0:
        so only with activations that keep 0, and without batch norm for this model.
        """
        for (start, end, shape), p in zip(self._slices.values(), narrow.parameters(), strict=True):
            padded = torch.zeros(shape)
            padded[tuple(slice(n) for n in p.shape)] = p.detach()
            self.theta[k, start:end] = padded.flatten()

    def row(self, k: int) -> tuple[Tensor, dict[str, Tensor]]:
        """A copy of everything that model k is: its parameters (P,) and its running statistics."""
        return self.theta[k].detach().clone(), {name: b[k].clone() for name, b in self.buffers.items()}

    def restore(self, k: int, row: tuple[Tensor, dict[str, Tensor]]) -> None:
        """Put back what `row` gave."""
        with torch.no_grad():
            self.theta[k] = row[0]
            for name, value in row[1].items():
                self.buffers[name][k] = value

    # The layers. Activations are (K, B, ...) throughout. Convolutions compute in (B, K*C, H, W) and hand back a view,
    # so a row of convolutions and activations copies nothing.

    def _sequential(self, module: nn.Sequential, prefix: str) -> Forward:
        parts = [self._layer(child, f"{prefix}{name}.") for name, child in module.named_children()]

        def forward(x: Tensor) -> Tensor:
            for part in parts:
                x = part(x)
            return x

        return forward

    def _layer(self, m: nn.Module, prefix: str) -> Forward:
        if isinstance(m, nn.Sequential):
            return self._sequential(m, prefix)
        if isinstance(m, nn.Linear):
            return self._linear(prefix)
        if isinstance(m, nn.Conv2d):
            return self._conv2d(m, prefix)
        if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d):
            return self._batch_norm(m, prefix)
        if isinstance(m, nn.LayerNorm):
            return self._layer_norm(m, prefix)
        if isinstance(m, nn.Dropout):
            return self._dropout(m)
        if isinstance(m, nn.Flatten):
            return lambda x: x.flatten(2)
        if isinstance(m, nn.MaxPool2d | nn.AvgPool2d | nn.AdaptiveAvgPool2d):
            pool: Forward = m.forward
            return lambda x: _unfold(pool(_fold(x)), self.K)
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
            return lambda x: torch.bmm(x, w)
        return lambda x: torch.baddbmm(b, x, w)

    def _conv2d(self, m: nn.Conv2d, prefix: str) -> Forward:
        w, b, K = self._parameter(prefix + "weight"), self._parameter(prefix + "bias"), self.K
        assert w is not None

        def forward(x: Tensor) -> Tensor:
            bias = None if b is None else b.flatten()
            y = F.conv2d(_fold(x), w.flatten(0, 1), bias, m.stride, m.padding, m.dilation, K * m.groups)
            return _unfold(y, K)

        return forward

    def _batch_norm(self, m: nn.BatchNorm1d | nn.BatchNorm2d, prefix: str) -> Forward:
        w, b = self._parameter(prefix + "weight"), self._parameter(prefix + "bias")
        mean = self.buffers[prefix + "running_mean"] = torch.zeros(self.K, m.num_features, device=self.device)
        var = self.buffers[prefix + "running_var"] = torch.ones(self.K, m.num_features, device=self.device)
        assert m.momentum is not None and w is not None and b is not None
        momentum = m.momentum

        def trained(x: Tensor, w: Tensor, b: Tensor, rows: Tensor | slice) -> Tensor:
            flat = _fold(x)  # (B, K*C, ...)
            # The running statistics are kept here and not by F.batch_norm, so that a stopped model's stay.
            with torch.no_grad():
                axes = [0, *range(2, flat.dim())]
                v, mu = torch.var_mean(flat, dim=axes)
                rate = momentum * self.alive[rows]
                mean[rows] = mean[rows].lerp(mu.view_as(w), rate)
                var[rows] = var[rows].lerp(v.view_as(w), rate)
            return _unfold(F.batch_norm(flat, None, None, w.flatten(), b.flatten(), True, 0.0, m.eps), len(w))

        def forward(x: Tensor) -> Tensor:
            rows = self.normalised
            if self.training:
                if rows is None:
                    return trained(x, w, b, slice(None))
                return x.index_copy(0, rows, trained(x[rows], w[rows], b[rows], rows)) if len(rows) else x
            scale = w * torch.rsqrt(var + m.eps)
            shift = b - mean * scale
            if rows is not None:  # the others' by 1, plus 0
                scale = torch.ones_like(scale).index_copy(0, rows, scale[rows])
                shift = torch.zeros_like(shift).index_copy(0, rows, shift[rows])
            shape = (self.K, 1, -1, *[1] * (x.dim() - 3))
            return torch.addcmul(shift.view(shape), x, scale.view(shape))

        return forward

    def _layer_norm(self, m: nn.LayerNorm, prefix: str) -> Forward:
        w, b = self._parameter(prefix + "weight"), self._parameter(prefix + "bias")

        def forward(x: Tensor) -> Tensor:  # x (K, B, ..., *normalized_shape), w and b (K, *normalized_shape)
            y = F.layer_norm(x, list(m.normalized_shape), None, None, m.eps)
            if w is None or b is None:
                return y
            K, *shape = w.shape
            per_model = (K, *[1] * (x.dim() - w.dim()), *shape)
            return y * w.view(per_model) + b.view(per_model)

        return forward

    def _dropout(self, m: nn.Dropout) -> Forward:
        def forward(x: Tensor) -> Tensor:
            rates = self.dropout if self.dropout is not None else (m.p,) * self.K
            if not self.training or not any(rates):
                return x
            # Inverted dropout: what is kept is scaled by 1/(1-p), so the mean stays and eval needs no change.
            keep = torch.ones(x.shape)
            for k, p in enumerate(rates):
                if p > 0:
                    u = torch.rand(x.shape[1:], generator=self.noise[k])
                    keep[k] = (u >= p) / (1 - p)
            return x * keep.to(x.device)

        return forward


def _fold(x: Tensor) -> Tensor:
    """(K, B, C, ...) -> (B, K*C, ...)."""
    return x.transpose(0, 1).flatten(1, 2)


def _unfold(x: Tensor, K: int) -> Tensor:
    """(B, K*C, ...) -> (K, B, C, ...), a view."""
    unfolded: Tensor = x.unflatten(1, (K, -1))
    return unfolded.transpose(0, 1)


def stack(build: Callable[[], nn.Sequential], seeds: Sequence[int], device: torch.device | str = "cpu") -> Stack:
    """A stack whose k-th model starts exactly as `torch.manual_seed(seeds[k]); build()` would in plain torch."""
    return Stack(build, seeds, device)
