"""Objectives: their algebra, how they are written and read, and which unit a class is."""

from __future__ import annotations

import numpy as np
import pytest
from ascent_nets import smooth, tiny
from hypothesis import given
from hypothesis import strategies as st

from deepvis.ascent import Classes, Objective, channel, klass, parse_objective, unit, whole
from deepvis.ascent.objective import Term
from deepvis.errors import Error, FormatError, UnknownNameError
from deepvis.units import Unit, parse

LAYERS = st.text(min_size=1, max_size=12).filter(lambda text: text.strip() == text)


@st.composite
def unit_names(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from(["conv5", "inception_3a/1x1", "a b", 'quo"te', "back\\slash", "paren)("]) | LAYERS)
    if draw(st.booleans()):
        text += f":{draw(st.integers(0, 4096))}"
        if draw(st.booleans()):
            text += f"@{draw(st.integers(0, 99))},{draw(st.integers(0, 99))}"
    try:
        parse(text)
    except FormatError:
        return "conv5:3"
    return text


WEIGHTS = st.floats(-1e6, 1e6) | st.sampled_from([1.0, -1.0, 0.5, 1e-300, 3.0])
CLASSES = st.integers(0, 999) | st.text(min_size=1, max_size=20).filter(lambda text: not text.strip().isdecimal())


@st.composite
def objectives(draw: st.DrawFn) -> Objective:
    found = None
    for _ in range(draw(st.integers(1, 4))):
        make = draw(st.sampled_from([unit, whole]))
        term = draw(st.builds(klass, CLASSES) | st.builds(make, unit_names()) | st.just(channel("conv5:1")))
        term = draw(WEIGHTS) * term
        found = term if found is None else found + term
    assert found is not None
    return found


@given(objectives())
def test_what_is_written_is_read_back(objective: Objective) -> None:
    assert parse_objective(str(objective)) == objective


@given(st.text(alphabet="unit(channel)whole klass\"'\\:@,.+-*/0123456789eé", max_size=60) | st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = parse_objective(text)
    except FormatError:
        return
    assert parse_objective(str(found)) == found


A, B = unit("conv5:151@6,6"), unit("conv5:20")


def test_algebra() -> None:
    objective = A - 0.5 * B
    assert objective.parts == (
        (1.0, Term("unit", Unit("conv5", 151, (6, 6)))),
        (-0.5, Term("unit", Unit("conv5", 20))),
    )
    assert str(objective) == 'unit("conv5:151@6,6") - 0.5 * unit("conv5:20")'
    assert str(-A) == '-unit("conv5:151@6,6")'
    assert -(A - B) == -A + B
    assert (A + B) / 4 == 0.25 * A + B * 0.25
    assert np.float32(0.5) * A == A * np.float64(0.5) == 0.5 * A
    for wrong in (lambda: A * B, lambda: A + 1, lambda: "x" * A, lambda: A * True, lambda: A / B):
        with pytest.raises(TypeError):
            wrong()
    with pytest.raises(FormatError, match="expected a finite number"):
        A * float("inf")
    with pytest.raises(FormatError, match="cannot be divided by 0"):
        A / 0


@pytest.mark.parametrize(
    ("text", "objective"),
    [
        ("unit(conv5:151@6,6) - 0.5 * unit(conv5:20)", A - 0.5 * B),
        ("  unit ( 'conv5:151@6,6' )-.5*unit(conv5:20)", A - 0.5 * B),
        ("2*3*unit(conv5:20)/12", B / 2),
        ("-(unit(conv5:20) - 1e1 * unit(conv5:151@6,6))", -B + 10 * A),
        ("unit(conv5:20) * (1 - 3)", -2 * B),
        ("- -unit(conv5:20)", B),
        ("conv5:151@6,6", A),
        ("inception_3a/5x5-reduce:3", unit("inception_3a/5x5-reduce:3")),
        ('unit("odd)(name:1")', unit("odd)(name:1")),
        ("klass(flamingo)", klass("flamingo")),
        ("klass(130) + klass('130')", klass(130) + klass(130)),
        ('klass("a \\"b\\" \\\\")', klass('a "b" \\')),
        ("channel(conv5:1) + whole(conv5)", channel("conv5:1") + whole("conv5")),
    ],
)
def test_formulas(text: str, objective: Objective) -> None:
    found = parse_objective(text)
    assert [term for _, term in found.parts] == [term for _, term in objective.parts]
    assert [weight for weight, _ in found.parts] == pytest.approx([weight for weight, _ in objective.parts])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("unit(conv5:1) +", r"at character 16: expected a number, '\(' or one of unit, .*, found the end"),
        ("unit(conv5:1) unit(conv5:2)", "at character 15: expected an operator or the end, found 'u'"),
        ("unit(conv5:1) * unit(conv5:2)", r"at character 15: expected a number on one side, found '\*' between"),
        ("1 / unit(conv5:2)", "at character 3: expected a number on one side, found '/' between"),
        ("unit(conv5:1) - 1", "at character 15: expected numbers or objectives on both sides, found '-' between"),
        ("unit(conv5:1) / (2 - 2)", "at character 15: expected another divisor, found a division by 0"),
        ("blob(conv5:1)", "at character 1: expected one of unit, channel, whole, klass, found 'blob'"),
        ("(unit(conv5:1)", r"at character 15: expected '\)', found the end \('\(' stands at character 1\)"),
        ("unit(conv5:1", r"at character 13: expected '\)', found the end \('\(' stands at character 5\)"),
        ("unit('conv5:1)", "at character 6: expected a closing quote, found none"),
        ("unit(conv5:1@)", "at character 6: expected something for unit, found 'conv5:1@'"),
        ("channel(conv5:1@2,3)", "write unit\\(conv5:1@2,3\\) for one"),
        ("(1 + 2)", "at character 1: expected at least one of unit, .*, found numbers only"),
        ("unit(conv5:1) * 1e308 * 1e308", "expected a finite weight"),
        ("(" * 60 + "unit(conv5:1)", "at most 50 parentheses"),
        ("0.5 * conv5:1", r"write each as unit\(LAYER:CHANNEL\)"),
        ("conv5:1 - conv5:2", r"write each as unit\(LAYER:CHANNEL\)"),
        ("", "cannot read the unit"),
        ("klass()", "expected a class's number from 0, or its label"),
        ("(" * 20_000, "is too long"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_place(text: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        parse_objective(text)


LABELS = ["tench, Tinca tinca", "Crane", "flamingo", "crane", "king penguin", "school bus", "goldfish"]


def test_classes_by_label() -> None:
    classes = Classes(LABELS)
    assert classes.number("Flamingo ") == 2 and classes.number("tinca tinca") == 0 and classes.number(5) == 5
    with pytest.raises(UnknownNameError, match="2 classes are called 'crane': 1, 3; give the number"):
        classes.number("crane")
    with pytest.raises(UnknownNameError, match="did you mean 'flamingo'"):
        classes.number("flamigo")
    with pytest.raises(UnknownNameError, match="did you mean 'king penguin'"):
        classes.number("penguin")
    with pytest.raises(UnknownNameError, match="no labels are known"):
        Classes().number("flamingo")


def test_a_class_is_scored_below_the_softmax() -> None:
    assert Classes(LABELS).unit(tiny(), "flamingo") == Unit("fc2", 2)
    assert Classes(blob="fc2").unit(tiny(), 3) == Unit("fc2", 3)
    assert Classes(LABELS).unit(smooth(), "flamingo") == Unit("classes", 2)  # whose mean over the map is the score
    with pytest.raises(UnknownNameError, match="no class 7: 'fc2' scores 7, from 0 to 6"):
        Classes().unit(tiny(), 7)
    with pytest.raises(Error, match="probs"):
        Classes(blob="probs").unit(tiny(), 1)
