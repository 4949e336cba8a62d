"""Words by key: numbers in the house style, phrases in sentences, and English where another language lacks a key."""

import pytest

from core import text
from core.findings import Finding
from core.stats import Interval, mean_interval
from core.text import Text, written

GAIN = Interval(0.032, 0.014, 0.049, 8)


@pytest.fixture
def words(tmp_path, monkeypatch):
    folder = tmp_path / "concepts" / "section" / "slug" / "text"
    folder.mkdir(parents=True)
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "common.en.toml").write_text('[controls.lr]\nlabel = "Learning rate"\nhelp = "How far."\n')
    (folder / "en.toml").write_text(
        'title = "Slug"\n[controls.lr]\nhelp = "Own help."\n[controls.kind.options]\na = "Kind A"\n[findings]\n'
        'gain = "**Helped**: {gain:points of accuracy}, {gain.n:#paired seed}."\n'
        'part = "{name} by {by:points}"\nlist = "Better: {rows:and}."\nkind = "{kind:option kind}"\n'
    )
    (folder / "zh.toml").write_text('title = "标题"\n')
    monkeypatch.setattr(text, "CORE", tmp_path)
    return lambda language="en": Text("section/slug", language)


@pytest.mark.parametrize(
    ("value", "spec", "shown"),
    [
        (0.1234, "%", "12.3 %"),
        (0.1234, "%2", "12.34 %"),
        (0.0321, "points", "+3.2 points"),
        (-0.0321, "points", "−3.2 points"),
        (0.00001, "points", "0.0 points"),
        (-0.00001, "points", "0.0 points"),
        (4.23e-7, "sci", "4.2·10⁻⁷"),
        (-1.5e12, "sci", "−1.5·10¹²"),
        (0.01234, "sci", "0.0123"),
        (9999.6, "sci", "10,000"),
        (0.0, "sci", "0"),
        (1e-6, "n", "0.000001"),
        (100.0, "n", "100"),
        (12345, "", "12,345"),
        (0.123456, "", "0.123"),
        (-0.5, "+.3f", "−0.500"),
        ("a-b", "", "a-b"),
    ],
)
def test_numbers_are_written_one_way(value, spec, shown):
    assert written(value, spec) == shown


def test_an_interval_is_written_behind_its_mean_with_its_level(words):
    said = words().say(Finding("gain", gain=GAIN))
    assert said == "**Helped**: +3.2 points of accuracy (95 % CI +1.4 to +4.9), 8 paired seeds."
    wide = Interval(0.9, 0.8, 1.0, 4, level=1 - 0.05 / 3)
    assert words()._formatter.format_field(wide, "%") == "90.0 % (98.3 % CI 80.0 to 100.0)"
    alone = mean_interval([0.5])
    assert words()._formatter.format_field(alone, "%") == "50.0 %"


def test_a_finding_may_stand_within_another(words):
    rows = [Finding("part", name="A", by=0.01), Finding("part", name="B", by=-0.02), Finding("part", name="C", by=0.0)]
    assert words().say(Finding("list", rows=rows)) == "Better: A by +1.0 points, B by −2.0 points and C by 0.0 points."
    assert words().say(Finding("list", rows=rows[:1])) == "Better: A by +1.0 points."


def test_common_words_are_there_and_may_be_said_otherwise(words):
    assert words().label("lr") == "Learning rate" and words().help("lr") == "Own help."
    assert words().label("unknown") == "unknown"
    assert words().say(Finding("kind", kind="a")) == "Kind A" and words().say(Finding("kind", kind="b")) == "b"


def test_what_a_language_lacks_is_said_in_english(words):
    assert words("zh").raw("title") == "标题" and words("zh").label("lr") == "Learning rate"
    assert words("fr").raw("title") == "Slug"


def test_a_key_that_is_not_there_is_an_error(words):
    with pytest.raises(KeyError, match=r"no text for findings\.nothing"):
        words().say(Finding("nothing"))


def test_braces_in_a_value_are_not_filled_in(words):
    assert words().say(Finding("part", name="{by}", by=0.1)) == "{by} by +10.0 points"
