"""Batches between the net's input and pixels, against preprocessing itself."""

from __future__ import annotations

import numpy as np
import pytest

from deepvis.ascent.pixels import PixelSpace
from deepvis.errors import ShapeError
from deepvis.preprocess import Preprocess

KINDS = {
    "bgr": Preprocess((6, 9), mean=np.array([104, 117, 123], np.float32)),
    "rgb": Preprocess((6, 9), "RGB", np.array([127], np.float32), input_scale=1 / 128),
    "grey": Preprocess((6, 9), "GRAY", input_scale=1 / 256),
    "std": Preprocess((6, 9), std=np.array([0.2, 0.3, 0.4], np.float32), raw_scale=1 / 255),
    "turned": Preprocess((6, 9), "RGB", transpose=True),
    "negative": Preprocess((6, 9), input_scale=-2.0),
    "picture": Preprocess((6, 9), mean=np.random.default_rng(0).uniform(90, 130, (3, 6, 9)).astype(np.float32)),
}


@pytest.fixture(params=KINDS)
def preprocess(request: pytest.FixtureRequest) -> Preprocess:
    return KINDS[request.param]


def test_pixels_are_preprocessings(preprocess: Preprocess) -> None:
    space = PixelSpace(preprocess)
    x = np.random.default_rng(0).normal(size=(2, preprocess.channels, 6, 9)).astype(np.float32)
    pixels = space.to_pixels(x)
    assert pixels.shape == (2, space.channels, *space.size)
    for at in range(2):
        wanted = preprocess.to_pixels(x[at])[..., : space.channels].transpose(2, 0, 1)
        np.testing.assert_allclose(pixels[at], wanted, rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(space.to_x(pixels), x, rtol=1e-4, atol=2e-5)
    np.testing.assert_array_equal(space.mean(), space.to_pixels(0 * x[:1]))


def test_pulls_are_the_adjoints(preprocess: Preprocess) -> None:
    space = PixelSpace(preprocess)
    random = np.random.default_rng(0)
    x = random.normal(size=(2, preprocess.channels, *preprocess.size))
    y = random.normal(size=(2, space.channels, *space.size))
    zero_x, zero_y = np.zeros_like(x, np.float32), np.zeros_like(y, np.float32)
    linear = space.to_pixels(x.astype(np.float32)).astype(np.float64) - space.to_pixels(zero_x)
    assert np.vdot(linear, y) == pytest.approx(np.vdot(x, space.pull_to_x(y.astype(np.float32))), rel=1e-4, abs=1e-2)
    linear = space.to_x(y.astype(np.float32)).astype(np.float64) - space.to_x(zero_y)
    assert np.vdot(linear, x) == pytest.approx(
        np.vdot(y, space.pull_to_pixels(x.astype(np.float32))), rel=1e-3, abs=1e-2
    )


def test_wrong_shapes() -> None:
    space = PixelSpace(KINDS["turned"])
    assert space.size == (9, 6)
    for call in (space.to_pixels, space.pull_to_pixels):
        with pytest.raises(ShapeError, match=r"\(N, 3, 6, 9\)"):
            call(np.zeros((1, 3, 9, 6), np.float32))
    for call in (space.to_x, space.pull_to_x):
        with pytest.raises(ShapeError, match=r"\(N, 3, 9, 6\)"):
            call(np.zeros((3, 9, 6), np.float32))
