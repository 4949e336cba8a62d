"""Settings told once: what is checked, how an address holds them, and the sentence about a bad value."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.settings import (
    Problem,
    SettingsError,
    choice,
    declared,
    differing,
    from_query,
    hidden,
    many,
    number,
    settings,
    switch,
    to_query,
    typed,
)


@settings
class Example:
    lr: float = number(0.01, 1e-6, 100, values=(0.001, 0.01, 0.1))
    trees: int = number(10, 1, 300)
    learner: str = choice("tree", ("tree", "network"))
    names: tuple[str, ...] = many(("b",), ("a", "b", "c"), least=1)
    order: tuple[str, ...] = many(("c", "a"), ("a", "b", "c"), ordered=True)
    leak: bool = switch(False)
    formula: str = typed("x^2", 8)
    own: str = hidden()

    def check(self) -> Problem | None:
        return Problem("too_few", {"least": 2}) if self.learner == "network" and self.trees < 2 else None


def test_equal_settings_are_one_run():
    assert Example() == Example() and hash(Example()) == hash(Example(lr=0.01))
    assert Example(names=["c", "a"]).names == ("a", "c")  # in the order of the menu
    assert Example(order=["c", "b"]).order == ("c", "b")  # in the order chosen
    assert type(Example(trees=3.0).trees) is int and type(Example(lr=1).lr) is float
    assert math.copysign(1, Example(lr=0.5).lr) == 1
    assert Example(formula=" x ").formula == "x"


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"lr": math.nan}, "bounds"),
        ({"lr": 1e9}, "bounds"),
        ({"lr": "0.1"}, "bounds"),
        ({"lr": True}, "bounds"),
        ({"trees": 1.5}, "whole"),
        ({"trees": 0}, "bounds"),
        ({"learner": "forest"}, "menu"),
        ({"names": ()}, "too_few"),
        ({"names": ("a", "a")}, "names"),
        ({"names": "abc"}, "names"),
        ({"order": ("x",)}, "names"),
        ({"leak": 1}, "switch"),
        ({"own": 3}, "text"),
        ({"formula": None}, "text"),
        ({"formula": "x\x00"}, "text"),
        ({"formula": "x" * 9}, "too_long"),
        ({"learner": "network", "trees": 1}, "too_few"),
    ],
)
def test_what_is_wrong_is_told_by_its_key(change, key):
    with pytest.raises(SettingsError) as refused:
        Example(**change)
    assert refused.value.problem.key == key
    assert str(refused.value).endswith(".")


def test_a_sentence_names_the_control_and_its_bounds():
    with pytest.raises(SettingsError, match=r"^Learning rate η must lie between 0\.000001 and 100\.$"):
        Example(lr=1e9)


finite = st.floats(1e-6, 100, allow_nan=False)


@given(
    lr=finite,
    trees=st.integers(1, 300),
    learner=st.sampled_from(["tree", "network"]),
    names=st.sets(st.sampled_from("abc"), min_size=1),
    order=st.permutations("abc"),
    leak=st.booleans(),
    formula=st.text("x+1&?=%/ é", min_size=1, max_size=8).filter(str.strip),
)
def test_an_address_holds_all_settings(lr, trees, learner, names, order, leak, formula):
    one = Example(
        lr=round(lr, 6),
        trees=max(2, trees),
        learner=learner,
        names=tuple(names),
        order=tuple(order),
        leak=leak,
        formula=formula,
    )
    query = to_query(vars(one), Example, "page")
    as_lists = {k: v if isinstance(v, list) else [v] for k, v in query.items()}
    sound, refused = from_query(as_lists, Example, "page")
    assert refused == {} and Example(**sound) == one
    assert set(query) == {f"page-{name}" for name in declared(Example) if name != "own"}


@given(st.dictionaries(st.sampled_from(list(declared(Example))), st.text(max_size=40)))
def test_any_text_in_an_address_is_sound_or_refused(texts):
    sound, refused = from_query({f"page-{n}": [t] for n, t in texts.items()}, Example, "page")
    assert not set(sound) & set(refused)
    assert all(declared(Example)[name].problem(value) is None for name, value in sound.items())
    assert {n for n, t in texts.items() if t and n != "own"} == set(sound) | set(refused)


def test_differing_names_the_fields():
    assert differing(Example(), Example(lr=0.1, leak=True)) == ["lr", "leak"]
