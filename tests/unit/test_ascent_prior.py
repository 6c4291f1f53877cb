"""The prior of natural patches: likelihood, gradient, fitting and files."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from deepvis.ascent.prior import PatchPrior
from deepvis.ascent.prior_fit import fit_prior
from deepvis.errors import Error, FormatError, LimitError, ShapeError


def small_prior(channels: int = 1, side: int = 3, dimensions: int = 2, seed: int = 0) -> PatchPrior:
    random = np.random.default_rng(seed)
    values = channels * side * side
    basis = np.linalg.qr(random.normal(size=(values, values)))[0][:dimensions]
    roots = random.normal(size=(3, dimensions, dimensions))
    return PatchPrior(
        channels=channels,
        mean=random.uniform(80, 160, values),
        basis=basis,
        residual_variance=20.0,
        weights=np.array([0.5, 0.3, 0.2]),
        means=random.normal(0, 30, (3, dimensions)),
        covariances=roots @ roots.transpose(0, 2, 1) * 100 + 30 * np.eye(dimensions),
    )


def full_density(prior: PatchPrior, patch: np.ndarray) -> float:
    """The logarithm of a mixture of Gaussians over all values, with whole covariances."""
    values, total = prior.mean.size, 0.0
    outside = np.eye(values) - prior.basis.T @ prior.basis
    for weight, mean, covariance in zip(prior.weights, prior.means, prior.covariances, strict=True):
        whole = prior.basis.T @ covariance @ prior.basis + prior.residual_variance * outside
        away = patch - prior.mean - prior.basis.T @ mean
        height = np.linalg.slogdet(2 * np.pi * whole)[1]
        total += weight * np.exp(-0.5 * (away @ np.linalg.solve(whole, away) + height))
    return float(np.log(total))


def natural(seed: int, size: int = 96) -> np.ndarray:
    """A picture with the amplitudes of natural ones, (H, W, 3) uint8."""
    random = np.random.default_rng(seed)
    frequency = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None])
    spectrum = np.fft.rfft2(random.normal(size=(size, size))) / np.maximum(frequency, 1 / size) ** 1.5
    plane = np.fft.irfft2(spectrum, (size, size))
    plane = 128 + 50 * plane / plane.std()
    return np.clip(plane[..., None] * [1.0, 0.9, 0.8] + random.normal(0, 2, (size, size, 3)), 0, 255).astype(np.uint8)


def as_batch(picture: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(picture.transpose(2, 0, 1)[None].astype(np.float32))


@pytest.fixture(scope="module")
def fitted() -> PatchPrior:
    return fit_prior([natural(seed) for seed in range(6)], components=4, dimensions=16, patches=4000, iterations=8)


@pytest.mark.parametrize("channels", [1, 3])
def test_likelihood_is_that_of_the_whole_mixture(channels: int) -> None:
    prior = small_prior(channels)
    patches = np.random.default_rng(1).normal(120, 15, (4, channels, 3, 3)).astype(np.float32)
    values, _ = prior.evaluate(patches, np.random.default_rng(0))
    wanted = [full_density(prior, patch.reshape(-1).astype(np.float64)) for patch in patches]
    assert values == pytest.approx(wanted, rel=1e-4)


def test_gradient_is_that_of_the_value() -> None:
    prior = small_prior(3, 4, 5)
    random = np.random.default_rng(2)
    pixels = random.normal(120, 10, (2, 3, 13, 10)).astype(np.float32)
    way = random.normal(size=pixels.shape).astype(np.float32)
    _, gradient = prior.evaluate(pixels, np.random.default_rng(5))
    # The same generator draws the same grid.
    ahead, behind = (prior.evaluate(pixels + np.float32(h) * way, np.random.default_rng(5))[0] for h in (0.05, -0.05))
    found = np.einsum("nchw,nchw->n", gradient, way)
    assert found == pytest.approx((ahead - behind) / 0.1, rel=0.02, abs=0.05)


def test_every_pixel_counts_in_some_grid() -> None:
    prior, pixels = small_prior(1), np.full((1, 1, 10, 8), 300, np.float32)
    random, counted = np.random.default_rng(0), np.zeros((10, 8), bool)
    for _ in range(60):
        counted |= prior.evaluate(pixels, random)[1][0, 0] != 0
    assert counted.all()


def test_natural_is_likelier_than_noise_and_than_other_colours(fitted: PatchPrior) -> None:
    picture = natural(99)
    kinds = [as_batch(picture), as_batch(picture) + 0, as_batch(picture[:, :, ::-1])]
    kinds[1] += np.random.default_rng(0).normal(0, 25, kinds[1].shape).astype(np.float32)
    values, _ = fitted.evaluate(np.concatenate(kinds), np.random.default_rng(0))
    assert values[0] > values[1] and values[0] > values[2]


def test_climbing_takes_noise_away(fitted: PatchPrior) -> None:
    clean, random = as_batch(natural(98)), np.random.default_rng(0)
    x = clean + random.normal(0, 25, clean.shape).astype(np.float32)
    before = float(np.abs(x - clean).mean())
    for _ in range(10):
        x = x + np.float32(0.3 * fitted.residual_variance) * fitted.evaluate(x, random)[1]
    assert float(np.abs(x - clean).mean()) < 0.6 * before


def test_the_same_pictures_and_seed_give_the_same_prior() -> None:
    pictures = [natural(seed, 48) for seed in range(2)]
    options = {"components": 2, "dimensions": 4, "patches": 500, "iterations": 2}
    first, same = (fit_prior(iter(pictures), **options) for _ in range(2))  # type: ignore[arg-type]
    other = fit_prior(pictures, seed=1, **options)  # type: ignore[arg-type]
    np.testing.assert_array_equal(first.covariances, same.covariances)
    assert not np.array_equal(first.covariances, other.covariances)


def test_finds_what_kinds_of_patches_there_are() -> None:
    """Stripes across, stripes down and almost nothing, in known shares."""
    stripes = (128 + 60 * np.sin(np.arange(90)[:, None] * 1.1) * np.ones((1, 90))).astype(np.uint8)
    kinds = [stripes, stripes.T, np.full((90, 90), 128, np.uint8), np.full((90, 90), 128, np.uint8)]
    random = np.random.default_rng(0)
    pictures = [
        (np.repeat(kind[..., None], 3, 2) + random.integers(-3, 4, (90, 90, 3))).astype(np.uint8) for kind in kinds
    ]
    prior = fit_prior(pictures, components=3, dimensions=8, patches=4000, grey=True)
    assert sorted(prior.weights) == pytest.approx([0.25, 0.25, 0.5], abs=0.02)


def test_grey_and_large_pictures() -> None:
    prior = fit_prior([natural(0, 300)], grey=True, patch=4, components=2, dimensions=5, shorter_side=64, iterations=2)
    assert prior.channels == 1 and prior.side == 4
    assert np.isfinite(prior.evaluate(np.zeros((2, 1, 20, 20), np.float32), np.random.default_rng(0))[0]).all()


def test_too_little_to_learn_from() -> None:
    with pytest.raises(Error, match="found 0 patches"):
        fit_prior([])
    with pytest.raises(Error, match="found 0 patches"):
        fit_prior([np.zeros((4, 90, 3), np.uint8)])
    with pytest.raises(Error, match="one colour"):
        fit_prior([np.full((64, 64, 3), 7, np.uint8)] * 3)
    with pytest.raises(Error, match="dimensions"):
        fit_prior([natural(0)], dimensions=192)


def test_a_file_gives_the_same_prior(tmp_path: Path) -> None:
    prior, path = small_prior(3), tmp_path / "prior.npz"
    prior.save(path)
    assert [each.name for each in tmp_path.iterdir()] == ["prior.npz"]
    again = PatchPrior.read(path)
    pixels = np.random.default_rng(0).normal(120, 15, (2, 3, 9, 9)).astype(np.float32)
    for one, other in zip(*(p.evaluate(pixels, np.random.default_rng(1)) for p in (prior, again)), strict=True):
        np.testing.assert_array_equal(one, other)


def arrays_of(prior: PatchPrior) -> dict[str, object]:
    names = ("channels", "mean", "basis", "residual_variance", "weights", "means", "covariances")
    return {name: np.asarray(getattr(prior, name)) for name in names}


@pytest.mark.parametrize(
    "change, message",
    [
        ({"mean": np.zeros(5)}, "mean has shape"),
        ({"weights": np.array([0.5, 0.6, 0.2])}, "sum to 1"),
        ({"weights": np.array([1.2, -0.1, -0.1])}, "above 0"),
        ({"basis": np.ones((2, 9))}, "right angles"),
        ({"basis": np.ones(9)}, "axes"),
        ({"means": np.full((3, 2), np.nan)}, "not finite"),
        ({"covariances": -np.ones((3, 2, 2))}, "positive definite"),
        ({"channels": np.array(2)}, "expected 1 or 3"),
        ({"channels": np.ones(3)}, "expected one number"),
        ({"residual_variance": np.array(-1.0)}, "above 0"),
        ({"residual_variance": np.array(np.inf)}, "one number"),
        ({"mean": np.array(["a"] * 9)}, "expected numbers"),
        ({"mean": np.array([{}] * 9)}, "expected numbers"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, change: dict[str, np.ndarray], message: str) -> None:
    path = tmp_path / "prior.npz"
    np.savez(path, **{**arrays_of(small_prior()), **change})  # type: ignore[arg-type]
    with pytest.raises(FormatError, match=message) as caught:
        PatchPrior.read(path)
    assert str(path) in str(caught.value)


def test_what_is_no_such_file(tmp_path: Path) -> None:
    path = tmp_path / "prior.npz"
    path.write_bytes(b"not a zip")
    with pytest.raises(FormatError, match=r"expected a \.npz"):
        PatchPrior.read(path)
    np.savez(path, mean=np.zeros(3))
    with pytest.raises(FormatError, match="'channels' is missing"):
        PatchPrior.read(path)
    with pytest.raises(FileNotFoundError):
        PatchPrior.read(tmp_path / "none.npz")
    small_prior().save(path)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(FormatError, match=r"expected a \.npz"):
        PatchPrior.read(path)


def test_a_file_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "prior.npz"
    members = {name: np.asarray(array) for name, array in arrays_of(small_prior()).items()}
    np.savez(path, **members)  # type: ignore[arg-type]
    with zipfile.ZipFile(path) as archive:
        texts = {name: archive.read(name) for name in archive.namelist()}
    claimed = texts["mean.npy"].replace(b"(9,)", b"(9" + b"0" * 12 + b",)")
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {**texts, "mean.npy": claimed}.items():
            archive.writestr(name, text)
    with pytest.raises(FormatError, match="mean: expected"):
        PatchPrior.read(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(name, bytes(300 << 20) if name == "mean.npy" else text)
    with pytest.raises(LimitError, match="more than"):
        PatchPrior.read(path)


def test_wrong_pictures() -> None:
    for shape in ((1, 3, 9, 9), (1, 1, 2, 9), (1, 9, 9)):
        with pytest.raises(ShapeError, match="expected"):
            small_prior(1).evaluate(np.zeros(shape, np.float32), np.random.default_rng(0))
