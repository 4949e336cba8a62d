"""torchvision's transforms on a whole batch at once, each picture with draws of its own.

torchvision applies one draw to all it is given, so a batch augmented picture by picture costs a call a picture. Here the
same maps are computed for all of them together: the same ranges, roundings and borders, and for equal draws the same
pixels, which a test compares. Plain PyTorch, so that the page's script can hold this very text.
"""

import math
from collections.abc import Callable, Sequence

import torch
from scipy.special import betaincinv
from torch import Tensor
from torch.nn import functional as F

Plan = Sequence[tuple[str, float, tuple[float, ...]]]  # (step, probability, amounts) in the order they are taken

# How many uniform numbers a picture needs for each step, beside the one that says whether the step is taken.
COLUMNS = {"flip": 0, "flip upside down": 0, "rotate": 1, "shift": 2, "scale": 1, "crop": 22, "colour": 3, "blur": 1}
COLUMNS |= {"noise": 0, "erase": 22, "mix-up": 1}


def between(u: Tensor, low: float, high: float) -> Tensor:
    return low + (high - low) * u


def warp(x: Tensor, a: Tensor, b: Tensor, c: Tensor, d: Tensor) -> Tensor:
    """Picture n is read at (a x + b y, c x + d y), pixels from the centre, with straight lines between; black outside."""
    N, _, H, W = x.shape
    X, Y = (torch.arange(W) - (W - 1) / 2) * 2 / W, (torch.arange(H)[:, None] - (H - 1) / 2) * 2 / H
    a, b, c, d = (v.expand(N)[:, None, None] for v in (a, b * H / W, c * W / H, d))
    grid = torch.empty(N, H, W, 2)  # from -1 to 1 over the picture
    torch.add(a * X, b * Y, out=grid[..., 0])
    torch.add(c * X, d * Y, out=grid[..., 1])
    # A pixel read half outside is half black already; torchvision weighs it with the share inside once more.
    inside = [grid[..., k].abs().neg_().mul_(n / 2).add_((n + 1) / 2).clamp_(0, 1) for k, n in ((0, W), (1, H))]
    return F.grid_sample(x, grid, align_corners=False) * (inside[0] * inside[1])[:, None]


def boxes(
    u: Tensor, scale: tuple[float, float], ratio: tuple[float, float], H: int, W: int, strict: bool
) -> tuple[Tensor, ...]:
    """The first of ten boxes (share of the area, shape) that fits: top, left, height, width; the whole picture when none
    does. strict: it must be smaller than the picture."""
    area = H * W * between(u[:, :10].double(), *scale)
    shape = between(u[:, 10:20].double(), math.log(ratio[0]), math.log(ratio[1])).exp()
    w, h = (area * shape).sqrt().round(), (area / shape).sqrt().round()
    fits = (w < W) & (h < H) if strict else (w > 0) & (w <= W) & (h > 0) & (h <= H)
    first = fits.int().argmax(1, keepdim=True)
    some = fits.any(1)
    w = torch.where(some, w.gather(1, first)[:, 0], W)
    h = torch.where(some, h.gather(1, first)[:, 0], H)
    return (u[:, 20] * (H - h + 1)).floor(), (u[:, 21] * (W - w + 1)).floor(), h, w


def flip(x: Tensor, u: Tensor) -> Tensor:
    return x.flip(-1)


def flip_upside_down(x: Tensor, u: Tensor) -> Tensor:
    return x.flip(-2)


def rotate(x: Tensor, u: Tensor, degrees: float) -> Tensor:
    angle = torch.deg2rad(between(u[:, 0], -degrees, degrees))
    return warp(x, angle.cos(), -angle.sin(), angle.sin(), angle.cos())


def shift(x: Tensor, u: Tensor, share: float) -> Tensor:
    """By whole pixels."""
    for k in (0, 1):  # to the right, then down
        n = x.shape[-1 - k]
        by = between(u[:, k], -share * n, share * n).round().long()[:, None]
        source = torch.arange(n) - by  # (N, n)
        there, source = (source >= 0) & (source < n), source.clamp(0, n - 1)
        where = (slice(None), None, None) if k == 0 else (slice(None), None, slice(None), None)
        x = x.gather(-1 - k, source[where].expand_as(x)) * there[where]
    return x


def scale(x: Tensor, u: Tensor, share: float) -> Tensor:
    factor, zero = 1 / between(u[:, 0], 1 - share, 1 + share), torch.zeros(1)
    return warp(x, factor, zero, zero, factor)


def crop(x: Tensor, u: Tensor, smallest: float) -> Tensor:
    N, _, H, W = x.shape
    top, left, h, w = boxes(u, (smallest, 1), (3 / 4, 4 / 3), H, W, False)

    def places(
        start: Tensor, size: Tensor, n: int
    ) -> Tensor:  # where the n rows or columns of the result lie in the picture
        inside = ((torch.arange(n) + 0.5) * size[:, None] / n - 0.5).clamp(min=0)
        return (torch.minimum(inside, size[:, None] - 1) + start[:, None] + 0.5) * 2 / n - 1

    grid = torch.empty(N, H, W, 2)
    grid[..., 0], grid[..., 1] = places(left, w, W)[:, None, :], places(top, h, H)[:, :, None]
    return F.grid_sample(x, grid, align_corners=False, padding_mode="border")


def colour(x: Tensor, u: Tensor, brightness: float, contrast: float, saturation: float, hue: float) -> Tensor:
    """On grey pictures, where saturation and hue do nothing."""
    b, c, first = (v[:, None, None, None] for v in (u[:, 0], u[:, 1], u[:, 2] < 0.5))
    b, c = between(b, max(0, 1 - brightness), 1 + brightness), between(c, max(0, 1 - contrast), 1 + contrast)

    def bright(x: Tensor) -> Tensor:
        return (x * b).clamp(0, 1)

    def contrasted(x: Tensor) -> Tensor:
        return (x * c + x.mean((1, 2, 3), keepdim=True) * (1 - c)).clamp(0, 1)

    return torch.where(first, contrasted(bright(x)), bright(contrasted(x)))


def blur(x: Tensor, u: Tensor, share: float) -> Tensor:
    side = x.shape[-1]
    reach = blur_reach(share, side)
    sigma = between(u[:, 0], 0.1, max(0.1, share * side))
    offsets = torch.arange(-reach, reach + 1)
    weights = torch.softmax(-0.5 * (offsets / sigma[:, None]) ** 2, 1)  # (N, k)

    def smooth(n: int) -> Tensor:  # (N, n, n): every row of the result as a mixture of rows, mirrored at the border
        at = (torch.arange(n)[:, None] + offsets).abs()
        at = (n - 1) - ((n - 1) - at).abs()
        return torch.zeros(len(x), n, n).scatter_add_(2, at.expand(len(x), -1, -1), weights[:, None].expand(-1, n, -1))

    rows, columns = smooth(x.shape[-2])[:, None], smooth(side)[:, None]
    return rows @ x @ columns.transpose(-1, -2)


def blur_reach(share: float, side: int) -> int:
    """How many pixels to each side the blur looks: three standard deviations of the strongest."""
    return max(1, min(math.ceil(3 * share * side), side - 1))


def erase(x: Tensor, u: Tensor, largest: float) -> Tensor:
    H, W = x.shape[-2:]
    top, left, h, w = (v[:, None, None] for v in boxes(u, (0.02, largest), (0.3, 3.3), H, W, True))
    Y, X = torch.arange(H)[:, None], torch.arange(W)
    inside = (top <= Y) & (top + h > Y) & (left <= X) & (left + w > X) & (h < H)
    return x.masked_fill(inside[:, None], 0)


STEPS: dict[str, Callable[..., Tensor]] = {
    "flip": flip,
    "flip upside down": flip_upside_down,
    "rotate": rotate,
    "shift": shift,
    "scale": scale,
}
STEPS |= {"crop": crop, "colour": colour, "blur": blur, "erase": erase}


def draw(plan: Plan, shape: tuple[int, ...], g: torch.Generator) -> tuple[Tensor, list[Tensor]]:
    """The random numbers of one batch: uniform (B, columns), and normal (B, C, H, W) for each step that adds noise."""
    columns = sum(1 + COLUMNS[name] for name, _, _ in plan)
    u = torch.rand(shape[0], columns, generator=g)
    return u, [torch.randn(shape, generator=g) for name, _, _ in plan if name == "noise"]


def augment(x: Tensor, y: Tensor, plan: Plan, u: Tensor, noise: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """x (M, B, C, H, W), y (M, B, classes), M batches; plan: (name, probability, amounts) of each step in turn; u and noise
    as from `draw`, with a leading M. Mix-up takes one weight a batch and mixes each picture with the one before it."""
    M, B = x.shape[:2]
    x, at, noise = x.flatten(0, 1), 0, list(noise)
    for name, p, amounts in plan:
        taken, own = u[:, :, at] < p, u[:, :, at + 1 : at + 1 + COLUMNS[name]]
        at += 1 + COLUMNS[name]
        if name == "mix-up":
            a = torch.from_numpy(betaincinv(*amounts, *amounts, own[:, 0, 0].double().numpy())).float()
            a = torch.where(taken[:, 0], a, 1)  # (M,)
            x = x.view(M, B, *x.shape[1:])
            x, y = (
                a.view(-1, *[1] * (v.dim() - 1)) * v + (1 - a).view(-1, *[1] * (v.dim() - 1)) * v.roll(1, 1)
                for v in (x, y)
            )
            x = x.flatten(0, 1)
            continue
        if name == "noise":
            new = (x + noise.pop(0).flatten(0, 1) * amounts[0]).clamp(0, 1)
        else:
            new = STEPS[name](x, own.flatten(0, 1), *amounts)
        x = torch.where(taken.flatten()[:, None, None, None], new, x)
    return x.view(M, B, *x.shape[1:]), y
