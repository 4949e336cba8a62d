"""The one list of pages: sections in reading order, and the concepts of each. Home, navigation and tests read it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Concept:
    """One page. slug: file and address; terms: Chinese names of the idea, for learners who met it in that language."""

    slug: str
    title: str
    summary: str
    terms: str
    section: str = ""

    @property
    def path(self) -> str:
        """Both the file under pages/ (with .py) and the module under core/concepts/."""
        return f"{self.section}/{self.slug}"

    @cached_property
    def built(self) -> bool:
        return (ROOT / "pages" / f"{self.path}.py").exists()


@dataclass(frozen=True)
class Section:
    slug: str
    title: str
    icon: str
    concepts: tuple[Concept, ...]


def _section(slug: str, title: str, icon: str, *rows: tuple[str, str, str, str]) -> Section:
    return Section(slug, title, f":material/{icon}:", tuple(Concept(*row, section=slug) for row in rows))


SECTIONS: tuple[Section, ...] = (
    _section(
        "foundations", "Foundations", "foundation",
        ("tensors", "Tensors and broadcasting", "Edit two shapes and an axis; see what sums away and what stretches.", "张量 · 广播"),
        ("derivatives", "Derivatives and Taylor", "Type a function; get its tangent, its polynomials and its limits.", "导数 · 泰勒展开"),
        ("autograd", "Automatic differentiation", "A graph of operations, walked forwards and then backwards.", "自动微分 · 计算图"),
        ("linear_regression", "Linear regression", "One answer, three ways there, and the learning rate that breaks one of them.", "线性回归 · 最小二乘"),
        ("approximation", "Universal approximation", "Build any curve from steps and kinks, then let a network find them.", "万能近似定理"),
        ("softmax", "Softmax and cross-entropy", "From scores to probabilities, with the overflow that waits in between.", "软最大化 · 交叉熵"),
        ("feature_scaling", "Feature scaling", "The same data stretched and squeezed, and what gradient descent makes of it.", "特征缩放 · 归一化"),
    ),
    _section(
        "optimization", "Optimisation", "trending_down",
        ("training", "Training a network", "A real network learns while you watch: eight random starts at once.", "训练 · 学习率 · 批大小"),
        ("optimizers", "Optimisers", "Seven optimisers race from the point you choose, over hills you choose.", "优化器 · 动量"),
        ("schedules", "Learning-rate schedules", "When to slow down, and what it buys.", "学习率调度 · 预热"),
        ("batch_size", "Batch size", "How noisy a gradient is, and what a larger batch costs.", "批大小 · 梯度噪声"),
        ("gradient_flow", "Gradient flow", "Where gradients vanish or explode in deep networks, and what saves them.", "梯度消失 · 梯度爆炸"),
    ),
    _section(
        "generalization", "Generalisation", "balance",
        ("regularization", "Regularisation", "Ten ways against overfitting, trained side by side on too little data.", "正则化 · 过拟合 · 丢弃法 · 权重衰减"),
        ("model_complexity", "Model complexity", "Bias, variance and noise, measured as a model grows.", "模型复杂度 · 偏差与方差"),
        ("validation", "Validation", "Folds, and how choosing the best of many fools you.", "交叉验证 · 验证集过拟合"),
        ("depth_vs_width", "Depth or width", "The same number of weights, stacked or spread.", "深度与宽度"),
        ("ablation", "Ablation", "Take a recipe apart, one ingredient at a time.", "消融实验"),
    ),
    _section(
        "convolution", "Convolution", "grid_on",
        ("arithmetic", "Convolution arithmetic", "Padding, stride, dilation: what comes out, and what it costs.", "卷积 · 填充 · 步幅"),
        ("feature_maps", "Feature maps", "Slide a kernel over your own picture.", "特征图 · 卷积核 · 池化"),
        ("receptive_field", "Receptive field", "How much of the picture one output really sees.", "感受野"),
        ("architectures", "Architectures", "From LeNet to DenseNet, layer by layer.", "网络架构 · 残差网络"),
        ("normalization", "Normalisation layers", "Batch, layer, instance, group: which numbers are averaged.", "批归一化 · 层归一化"),
        ("modules", "Anatomy of a module", "Parameters, buffers, children, and a state to take home.", "模块 · 状态字典"),
    ),
    _section(
        "images", "Images", "image",
        ("augmentation", "Data augmentation", "One picture becomes many, and how much that helps.", "数据增强"),
        ("processing", "Image processing", "Smooth, sharpen, erode, dilate, and see the spectrum change.", "图像处理 · 形态学"),
    ),
    _section(
        "losses", "Losses and scores", "functions",
        ("losses", "Loss functions", "Every common loss on one axis, and what each does to a fit.", "损失函数"),
        ("precision_recall", "Precision and recall", "Move the threshold, trade one error for another.", "精确率 · 召回率"),
    ),
    _section(
        "ensembles", "Ensembles", "groups",
        ("bagging", "Bagging", "Many trees, each on its own draw of the data, and a vote.", "装袋法 · 随机森林"),
        ("boosting", "Boosting", "Each learner attends to what the last one missed.", "提升法 · 梯度提升"),
        ("stacking", "Stacking", "A learner that learns whom to believe.", "堆叠法"),
        ("bias_variance", "Bias and variance", "What bagging and boosting each really lower.", "偏差 · 方差"),
    ),
    _section(
        "vision", "Vision", "visibility",
        ("detection", "Object detection", "Anchors, overlaps, and the box that survives.", "目标检测 · 锚框 · 非极大值抑制"),
        ("segmentation", "Segmentation", "A class for every pixel.", "语义分割"),
        ("style_transfer", "Style transfer", "The content of one picture, the texture of another.", "风格迁移"),
        ("fine_tuning", "Fine-tuning", "What a network already knows, on a task with few labels.", "微调 · 迁移学习"),
    ),
    _section(
        "generative", "Generative models", "auto_awesome",
        ("gan", "Adversarial networks", "A forger and a detective, and the modes they lose.", "生成对抗网络"),
        ("cyclegan", "CycleGAN", "There and back again between two kinds of picture.", "循环生成对抗网络"),
    ),
    _section(
        "attention", "Attention", "center_focus_strong",
        ("attention", "Attention", "Queries, keys and values, with every matrix on screen.", "注意力机制"),
        ("channel_attention", "Channel attention", "Which features a network turns up, and which down.", "通道注意力"),
        ("vision_transformer", "Vision transformer", "A picture read as a sentence of patches.", "视觉变换器"),
        ("contrastive", "Contrastive learning", "Pull two views together, push the rest away.", "对比学习"),
    ),
    _section(
        "paradigms", "Ways of learning", "school",
        ("supervision", "Supervision", "The same points with labels, without, and with a tree of them.", "监督学习 · 无监督学习"),
        ("sequences", "Sequences", "Predict the next value, then the one after.", "序列模型 · 循环神经网络"),
        ("reinforcement", "Reinforcement learning", "An agent on a grid learns the way along a cliff.", "强化学习"),
    ),
)  # fmt: skip

CONCEPTS: dict[str, Concept] = {concept.path: concept for section in SECTIONS for concept in section.concepts}


def search(words: str) -> list[Concept]:
    """The concepts whose title, summary, section or Chinese terms hold every one of `words`, in reading order."""
    wanted = set(words.casefold().split())  # a set: the same word a hundred thousand times is asked once
    titles = {section.slug: section.title for section in SECTIONS}
    return [
        c
        for c in CONCEPTS.values()
        if all(w in f"{c.title} {c.summary} {c.terms} {c.slug} {titles[c.section]}".casefold() for w in wanted)
    ]
