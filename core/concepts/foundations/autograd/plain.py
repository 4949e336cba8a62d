"""Forward, backward and update of a small graph, with PyTorch's gradients."""

from types import SimpleNamespace

import torch

from core.data.drawn import drawn_points


def perceptron(s: SimpleNamespace) -> tuple[dict, object]:
    """Two layers on points in the plane: parameters by name, and the loss as a function."""
    x, y = (torch.from_numpy(part).double() for part in drawn_points(s.data, s.strokes)(100, 0.2, s.seed))
    torch.manual_seed(s.seed)
    first, last = torch.nn.Linear(2, s.width), torch.nn.Linear(s.width, 1)
    p = {"W₁": first.weight.T, "b₁": first.bias, "W₂": last.weight.T, "b₂": last.bias}
    p = {name: t.detach().double().contiguous().clone().requires_grad_() for name, t in p.items()}
    activation = getattr(torch, s.activation)

    def loss() -> torch.Tensor:
        z = activation(x @ p["W₁"] + p["b₁"]) @ p["W₂"] + p["b₂"]
        return torch.nn.functional.binary_cross_entropy_with_logits(z, y[:, None])

    return p, loss


def scalars(s: SimpleNamespace) -> tuple[dict, object]:
    """The examples of single numbers."""
    names = {"product": "abc", "neuron": ["w₁", "w₂", "b"], "twice": "wb", "detach": "w", "in_place": "w"}[s.example]
    start = (s.a, s.b, s.c)
    p = {name: torch.tensor(v, dtype=torch.float64, requires_grad=True) for name, v in zip(names, start, strict=False)}
    functions = {
        "exp": torch.exp,
        "sin": torch.sin,
        "square": torch.square,
        "tanh": torch.tanh,
        "add_one": lambda u: u + 1,
    }

    def loss() -> torch.Tensor:
        if s.example == "product":
            return ((p["a"] + p["b"]) * (p["c"] + 1) - 6) ** 2
        if s.example == "neuron":  # one point at (1, -0.5), of class 1
            return -torch.sigmoid(p["w₁"] * 1.0 + p["w₂"] * -0.5 + p["b"]).log()
        if s.example == "twice":
            a = p["w"] * 2
            return (a * (a + p["b"]) - 6) ** 2
        if s.example == "detach":
            a = p["w"] ** 2
            if s.cut == "nothing":
                return a * a
            return a * a.detach()  # torch.no_grad() cuts in the same place
        u = p["w"] * 0.5
        v = functions[s.function](u)
        if s.changed != "nothing":
            (u if s.changed == "input" else v).mul_(3)
        return v**2

    return p, loss


def main(settings: SimpleNamespace) -> dict[str, list[float]]:
    """Play all updates and print the loss, and the gradients of the first update."""
    s = settings
    parameters, loss = perceptron(s) if s.example == "perceptron" else scalars(s)
    optimizer = torch.optim.SGD(parameters.values(), lr=s.lr if s.example in ("perceptron", "neuron") else s.rate)
    losses, gradients = [], []
    for update in range(s.steps):
        if not s.forget:
            optimizer.zero_grad()
        value = loss()
        losses.append(value.item())
        if not abs(losses[-1]) < 1e6:
            print("The loss diverged.")
            break
        try:
            value.backward()
        except RuntimeError as error:
            print(f"backward() refuses: {error}")
            return {"losses": losses, "gradients": []}
        if update == 0:
            for name, p in parameters.items():
                print(f"{name}.grad = {p.grad.tolist()}")
                gradients += p.grad.flatten().tolist()
        optimizer.step()
    else:
        losses.append(loss().item())
    print(f"loss {losses[0]:.6f} at first, {losses[-1]:.6f} after {len(losses) - 1} updates")
    return {"losses": losses, "gradients": gradients}
