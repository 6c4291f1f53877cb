"""Values and gradients of objectives, against the net's blobs and against finite differences."""

from __future__ import annotations

import numpy as np
import pytest
from ascent_nets import smooth, tiny

import deepvis
from deepvis.ascent import Classes, Objective, channel, klass, parse_objective, unit, whole
from deepvis.ascent.binding import Bound
from deepvis.ascent.passes import Measured, Passes

LABELS = ["tench", "crane", "flamingo", "owl", "dog", "cat", "bus"]


def picture(images: int = 1, seed: int = 0) -> np.ndarray:
    return np.random.RandomState(seed).normal(0, 20, (images, 3, 32, 40)).astype(np.float32)


def measure(net: deepvis.Net, x: np.ndarray, *objectives: Objective) -> Measured:
    net.reshape(picture=x.shape)
    bounds = [Bound(net, objective, Classes(LABELS)) for objective in objectives]
    return Passes(net, "picture").measure(x, bounds)


FORMULAS = [
    "unit(left:1@6,8)",
    "-2.5 * unit(left:1@6,8)",
    "channel(conv1:3)",
    "unit(classes:2)",
    "whole(right:2)",
    "whole(left)",
    "whole(left:1@3,4)",
    "unit(prob:3)",
    "klass(flamingo)",
    "klass(dog) - klass(cat)",
    "unit(left:1@6,8) - 0.5 * unit(left:2@1,2)",
    "unit(left:1@6,8) + 3 * unit(right:0@2,2)",  # beside each other
    "klass(1) - 4 * channel(both:7) + whole(conv1:2) / 50",  # above each other
    "unit(scores:4) + 0.1 * unit(act1:2@5,5) - unit(scores:1)",
    "unit(relu_classes:4@2,2) + unit(classes:1@1,1)",  # one blob, by two names
]


@pytest.mark.parametrize("formula", FORMULAS)
def test_gradients_are_finite_differences(formula: str) -> None:
    net, x, objective = smooth(), picture(), parse_objective(formula)
    found = measure(net, x, objective)
    assert found.gradient is not None
    gradient = found.gradient.astype(np.float64)
    random = np.random.RandomState(1)
    for _ in range(2):
        along = gradient / np.linalg.norm(gradient) + random.normal(0, 0.005, x.shape)
        up, down = (measure(net, (x + sign * along).astype(np.float32), objective).values[0] for sign in (1, -1))
        assert (up - down) / 2 == pytest.approx(float((gradient * along).sum()), rel=0.02)


def test_values() -> None:
    net, x = smooth(), picture()
    blobs = {name: net.forward(end=name, picture=x)[name][0] for name in ("left", "right", "scores", "classes")}
    wanted = {
        "unit(left:1@6,8)": blobs["left"][1, 6, 8],
        "channel(left:1)": blobs["left"][1].mean(),
        "unit(left:1)": blobs["left"][1].mean(),
        "whole(left:1)": 0.5 * (blobs["left"][1] ** 2).sum(),
        "whole(left)": 0.5 * (blobs["left"] ** 2).sum(),
        "klass(flamingo)": blobs["scores"][2, 0, 0],
        "klass(2) - 3 * unit(right:1@2,2)": blobs["scores"][2, 0, 0] - 3 * blobs["right"][1, 2, 2],
    }
    for formula, value in wanted.items():
        assert measure(net, x, parse_objective(formula)).values[0] == pytest.approx(float(value), rel=1e-5)


def test_a_silenced_unit_gets_the_gradient_of_its_preactivation() -> None:
    net = tiny(bias=-50)
    found = measure(
        net,
        picture(),
        unit("conv1:2@6,8"),
    )
    assert found.values == [0.0] and found.gradient is not None and found.gradient.any()
    assert not measure(net, picture(), unit("relu1:2@6,8")).gradient.any()  # type: ignore[union-attr]


def test_several_signals_take_one_pass_where_all_ways_lead_through_the_lower_blob() -> None:
    net, x = smooth(), picture()
    objective = unit("prob:3") + unit("scores:2") - whole("both:1")
    alone = [measure(net, x, each).gradient for each in (unit("prob:3"), unit("scores:2"), -whole("both:1"))]
    np.testing.assert_allclose(measure(net, x, objective).gradient, sum(alone), rtol=1e-4, atol=1e-7)  # type: ignore[arg-type]
    runs = [run.layer for run in net.runs("backward")]
    assert runs == ["both", "right", "left", "tanh1", "conv1"] or set(runs) == {
        "both",
        "right",
        "left",
        "tanh1",
        "conv1",
    }


MIXED = [
    unit("left:1@6,8"),
    2 * unit("left:0@1,2"),
    channel("right:3"),
    klass(5) - klass(6),
    -whole("both:7"),
    unit("prob:0"),
]


def test_each_image_of_a_batch_has_its_own_objective() -> None:
    net, x = smooth(), picture(len(MIXED))
    together = measure(net, x, *MIXED)
    for i, objective in enumerate(MIXED):
        alone = measure(net, x[i : i + 1], objective)
        assert together.values[i] == pytest.approx(alone.values[0], rel=1e-5)
        scale = np.abs(alone.gradient).max()  # type: ignore[arg-type]
        np.testing.assert_allclose(together.gradient[i], alone.gradient[0], atol=1e-5 * scale)  # type: ignore[index]
        assert together.strongest[i] == alone.strongest[0]


@pytest.mark.parametrize("weights", [(1.0, 1.0, 1.0), (1.0, -2.0, 0.5)])
@pytest.mark.parametrize("place", ["6,8", "0,0", "13,17"])
def test_a_cone_gives_what_the_whole_frame_does(weights: tuple[float, ...], place: str) -> None:
    net, x = smooth(), picture(3)
    net.reshape(picture=x.shape)
    bounds = [Bound(net, weight * unit(f"left:{i}@{place}")) for i, weight in enumerate(weights)]
    passes = Passes(net, "picture")
    box = passes.cone(bounds)
    assert box is not None
    whole_frame, cone = passes.measure(x, bounds), passes.measure(x, bounds, cone=box)
    assert cone.values == pytest.approx(whole_frame.values, rel=1e-4) and cone.strongest == [None] * 3
    assert whole_frame.gradient is not None and cone.gradient is not None
    scale = np.abs(whole_frame.gradient).max()
    np.testing.assert_allclose(cone.gradient, whole_frame.gradient[:, :, box[0], box[1]], atol=1e-4 * scale)
    rest = whole_frame.gradient.copy()
    rest[:, :, box[0], box[1]] = 0
    assert not rest.any()


@pytest.mark.parametrize(
    "objectives",
    [
        [unit("left:1@6,8"), unit("left:1@6,7")],
        [unit("left:1@6,8"), unit("right:1@6,8")],
        [unit("left:1@6,8") + unit("left:2@6,8")],
        [channel("left:1")],
        [unit("prob:1")],
        [unit("relu_classes:1@2,2")],  # a cone's signal starts below the ReLU
        [0 * unit("left:1@6,8")],
    ],
)
def test_what_has_no_cone(objectives: list[Objective]) -> None:
    net = smooth()
    assert Passes(net, "picture").cone([Bound(net, each) for each in objectives]) is None
