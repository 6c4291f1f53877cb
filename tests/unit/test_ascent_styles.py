"""What presets put together beside step and regularisers: each style climbs, alone as in a batch, and after a kill."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ascent_nets import COLOUR, smooth, tiny
from test_ascent_climb import dark_corner, half_dead

import deepvis
from deepvis.ascent import (
    Ascent,
    Climb,
    Preset,
    Regularisers,
    Rms,
    Run,
    centre,
    channel,
    colours,
    preset,
    pyramid,
    unit,
)
from deepvis.ascent.adam import Adam
from deepvis.ascent.cures import SEEDS
from deepvis.ascent.model_id import ModelId
from deepvis.ascent.pixels import PixelSpace
from deepvis.ascent.prior_fit import fit_prior
from deepvis.ascent.regularisers import blur
from deepvis.ascent.results import read_results, write_results
from deepvis.ascent.spectral import Spectral
from deepvis.ascent.steps import AdamStep
from deepvis.ascent.transforms import Transforms
from deepvis.ascent.variation import total_variation
from deepvis.errors import Error
from deepvis.preprocess import Preprocess

STYLES = ("spectral", "spectral-relu", "spectral-centred", "pyramid", "painterly")
# Turned, in another order of channels, and with another range: what works on pixels must find them.
TURNED = Preprocess((32, 40), "RGB", mean=np.array([120, 110, 100], np.float32), input_scale=0.5, transpose=True)
PICTURE = np.random.RandomState(5).randint(40, 200, (32, 40, 3)).astype(np.uint8)


def short(name: str, iterations: int = 10, **changes: object) -> Preset:
    return replace(preset(name), iterations=iterations, **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def prior(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A prior of a few striped pictures."""
    path = tmp_path_factory.mktemp("prior") / "stripes.npz"
    rows = np.arange(64)[:, None, None]
    pictures = [np.broadcast_to(128 + 90 * np.sin(rows / 3 + i), (64, 64, 3)).astype(np.uint8) for i in range(6)]
    fit_prior(pictures, components=3, dimensions=8, iterations=3).save(path)
    return str(path)


def silent() -> deepvis.Net:
    """A net whose conv1 is dead everywhere."""
    net = tiny()
    net.params["conv1"][1][...] = -1e4
    return net


def climb(runs: list[Run], net: deepvis.Net | None = None, at: int | None = None, **more: object) -> Climb:
    """Run to the end; killed and restored ``at`` an iteration."""
    net = net or tiny()
    climbing = Climb(net, "picture", COLOUR, runs, **more)  # type: ignore[arg-type]
    while not climbing.over:
        if climbing.ways[0].iteration == at:
            other = Climb(net, "picture", COLOUR, runs, **more)  # type: ignore[arg-type]
            other.step()  # whatever it did before
            other.restore(climbing.state())
            climbing = other
        climbing.step()
    return climbing


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("objective", [unit("fc2:3"), channel("conv1:5"), unit("conv1:2@6,8")], ids=str)
def test_a_style_climbs(style: str, objective) -> None:
    rows = climb([Run(objective, short(style, 30), seed=1)]).ways[0].rows
    assert rows[-1].objective > rows[0].objective + 0.2 * abs(rows[0].objective)


def everything(prior: str) -> list[Run]:
    whole = short("pyramid", prior=prior, padding=3, window_at=(0.3, 0.6), gradient_blur=0.5)
    styles = [short(name) for name in STYLES]
    styles += [whole, short("spectral", 8, prior=prior, tv_evenly=False, decorrelate=False)]
    styles += [short("classic"), Preset("adam in pixels", 10, AdamStep(3, 0.01), scale=0.1)]
    return [Run(unit("fc2:3"), style, seed=i) for i, style in enumerate(styles)]


def test_each_run_is_as_it_would_be_alone(prior: str) -> None:
    runs = everything(prior)
    together = climb(runs)
    for i, run in enumerate(runs):
        alone = climb([run])
        assert together.ways[i].status == "finished"
        np.testing.assert_allclose(together.x[i], alone.x[0], atol=0.05, err_msg=run.preset.name)


@pytest.mark.parametrize("at", [1, 6])
def test_a_killed_run_goes_on_bit_for_bit(at: int, prior: str) -> None:
    runs = everything(prior)
    whole, killed = climb(runs).state(), climb(runs, at=at).state()
    assert set(whole) == set(killed)
    for name, values in whole.items():
        np.testing.assert_array_equal(killed[name], values, err_msg=name)


def test_results_are_found_again_with_all_that_was_asked(prior: str, tmp_path: Path) -> None:
    runs = everything(prior)
    first = climb(runs)
    write_results(tmp_path / "found", first, ModelId("tiny", "1", None))
    results = read_results(tmp_path / "found")
    asked = [each.run.preset for each in results.found]
    assert [replace(each, prior_sha256="") for each in asked] == [run.preset for run in runs]
    again = results.again(tiny(), COLOUR)
    while not again.over:
        again.step()
    np.testing.assert_array_equal(again.x, first.x)


def test_a_seed_draws_a_picture_its_moves_and_nothing_else() -> None:
    style = short("spectral")
    first, other = climb([Run(unit("fc2:3"), style, seed=3)]), climb([Run(unit("fc2:3"), style, seed=4)])
    among = climb([Run(unit("fc2:1"), short("pyramid"), seed=9), Run(unit("fc2:3"), style, seed=3)])
    np.testing.assert_allclose(among.x[1], first.x[0], atol=0.05)
    assert np.abs(other.x - first.x).max() > 5


def seen_gradient(net: deepvis.Net, x: np.ndarray) -> np.ndarray:
    net.forward(picture=x)
    signal = np.zeros(net.shape("scores"), np.float32)
    signal[0, 3] = 1
    net.backward("scores", signal)
    return net.diffs["picture"].copy()


def evened(gradient: np.ndarray) -> np.ndarray:
    size = np.abs(gradient).max(axis=1)
    seen = gradient.shape[1] * np.count_nonzero(size > 1e-3 * size.max())
    return gradient / np.sqrt(np.square(gradient).sum() / seen)


@pytest.mark.parametrize("preprocess", [COLOUR, TURNED], ids=["plain", "turned"])
def test_pixels_go_through_all_in_their_order(preprocess: Preprocess) -> None:
    """By hand: warp, pass, back, to pixels; bands, colours, window; evened, less TV; step, decay, blur, limits."""
    style = Preset(
        "all", 6, Rms(5, 2), Regularisers(0.02, 0.6, 2), None, 3, 0.1, 8, 2, 0.0, 3, 0.5, 0.7, (0.4, 0.6), tv=0.3
    )
    picture = np.ascontiguousarray(PICTURE.transpose(1, 0, 2)) if preprocess.transpose else PICTURE
    run = Run(unit("scores:3"), style, picture, seed=7)
    climbing = Climb(smooth(), "picture", preprocess, [run])
    net, space, random = smooth(), PixelSpace(preprocess), np.random.default_rng(7)
    x, mean = preprocess.apply(picture), space.mean()
    weights = centre.window(*space.size, 0.7, (0.4, 0.6))
    for i in range(5):
        climbing.step()
        warp = Transforms(3, 0.1, 8, 2).draw(random)
        gradient = space.pull_to_pixels(warp.pull(seen_gradient(net, warp.apply(x))))
        gradient = colours.natural(pyramid.normalised(gradient, 3), 0.5) * weights
        gradient = evened(gradient) - 0.3 * total_variation(space.to_pixels(x))[1]
        moved = space.to_pixels(x) - mean + 5 * (2 / 5) ** (i / 5) * evened(gradient)
        moved = (0.98 * moved).astype(np.float32)
        moved = blur(moved, 0.6) if i % 2 == 0 else moved
        x = space.to_x(np.clip(mean + moved, 0, 255).astype(np.float32))
        np.testing.assert_allclose(climbing.x, x, atol=0.02, err_msg=str(i))


@pytest.mark.parametrize("preprocess", [COLOUR, TURNED], ids=["plain", "turned"])
@pytest.mark.parametrize("evenly", [True, False])
def test_a_spectrum_goes_through_all_in_its_order(preprocess: Preprocess, evenly: bool) -> None:
    """By hand: as pixels do, then pulled to the spectrum, TV by its own way; Adam, decay of the parameters."""
    step = AdamStep(0.05, 0.04)
    style = Preset("all", 6, step, jitter=3, window=0.7, tv=0.3, tv_evenly=evenly, power=1.2)
    climbing = Climb(smooth(), "picture", preprocess, [Run(unit("scores:3"), style, seed=7)])
    net, space, random = smooth(), PixelSpace(preprocess), np.random.default_rng(7)
    spectral, adam = Spectral(preprocess, 1.2), Adam()
    parameters = spectral.noise([random])
    x = spectral.to_x(parameters)
    np.testing.assert_allclose(climbing.x, x, atol=1e-4)
    weights = centre.window(*space.size, 0.7)
    for i in range(5):
        climbing.step()
        down, right = random.integers(-3, 3, 2, endpoint=True)
        gradient = np.roll(seen_gradient(net, np.roll(x, (down, right), (2, 3))), (-down, -right), (2, 3))
        gradient = evened(space.pull_to_pixels(gradient) * weights).astype(np.float32)
        penalty = -np.float32(0.3) * total_variation(space.to_pixels(x))[1]
        if evenly:
            pulled = spectral.pull(space.pull_to_x(gradient), x) + spectral.pull_evenly(space.pull_to_x(penalty))
        else:
            pulled = spectral.pull(space.pull_to_x(gradient + penalty), x)
        parameters = (parameters + adam.step(pulled, 0.05)) * np.float32(0.96)
        x = spectral.to_x(parameters)
        np.testing.assert_allclose(climbing.x, x, atol=0.3, err_msg=str(i))


def test_noise_is_of_the_styles_own_kind_and_an_image_stays_one() -> None:
    noise = climb([Run(unit("fc2:3"), short("spectral", 1), seed=2)]).x
    plain = climb([Run(unit("fc2:3"), short("pyramid", 1), seed=2)]).x
    assert 0.05 < noise.std() < 3 < plain.std()
    near = np.abs(np.diff(noise, axis=3)).mean() / noise.std()
    assert near < 0.7 * np.abs(np.diff(plain, axis=3)).mean() / plain.std()  # large shapes, not single pixels
    image = climb([Run(unit("fc2:3"), short("spectral", 1), PICTURE)]).x
    np.testing.assert_allclose(image, COLOUR.apply(PICTURE), atol=0.01)


def test_one_position_stands_still() -> None:
    style = Preset("moved", 4, Rms(3, 3), jitter=5, scale=0.3, rotate=30, padding=4)
    runs = [Run(unit("conv1:2@6,8"), each, PICTURE) for each in (style, Preset("still", 4, Rms(3, 3)))]
    pair = climb(runs, cone=False)
    np.testing.assert_array_equal(pair.x[0], pair.x[1])


def test_regularisers_work_on_the_picture_of_a_spectrum() -> None:
    plain = short("spectral", 12)
    decayed = replace(plain, regularisers=Regularisers(decay=0.3))
    blurred = replace(plain, regularisers=Regularisers(blur_radius=2, blur_every=1))
    found = climb([Run(unit("fc2:3"), style, seed=1) for style in (plain, decayed, blurred)]).x
    assert found[1].std() < 0.5 * found[0].std()
    detail = np.abs(np.diff(found, axis=3)).mean(axis=(1, 2, 3)) / found.std(axis=(1, 2, 3))
    assert detail[2] < 0.8 * detail[0]


def test_total_variation_flattens() -> None:
    def detail(strength: float) -> float:
        style = short("painterly", 25, tv=strength)
        return float(total_variation(climb([Run(unit("fc2:3"), style, seed=1)]).x)[0][0])

    assert detail(1.0) < 0.8 * detail(0)


def test_a_prior_draws_towards_its_pictures(prior: str) -> None:
    """Stripes lie along the rows: what changes along them is unlikely."""
    styles = [Preset("with", 30, Rms(4, 2), prior=prior, prior_strength=strength) for strength in (1e-9, 1.0)]
    free, drawn = climb([Run(unit("fc2:3"), style, seed=1) for style in styles]).x
    along, across = ([float(np.abs(np.diff(x, axis=axis)).mean()) for x in (free, drawn)] for axis in (2, 1))
    assert along[1] < 0.5 * along[0]
    assert along[1] / across[1] < 0.7 * along[0] / across[0]


def test_a_window_gathers_in_the_middle() -> None:
    style = Preset("gathered", 10, Rms(9, 9), window=0.3, window_at=(0.25, 0.5))
    moved = climb([Run(unit("fc2:3"), style, PICTURE)]).x - COLOUR.apply(PICTURE)
    rows, columns = np.unravel_index(np.abs(moved[0]).sum(axis=0).argmax(), (32, 40))
    assert (4 <= rows < 13) and (12 <= columns < 28)
    assert np.abs(moved[:, :, 28:]).max() < 0.1 * np.abs(moved).max()


@pytest.mark.parametrize("style", STYLES)
def test_dead_units_are_named_and_other_seeds_tried(style: str) -> None:
    dead = climb([Run(unit("fc2:3"), short(style), seed=5)], silent())
    way = dead.ways[0]
    assert way.status == "stopped" and "fc2:3 gets no gradient" in way.reason
    assert len(way.log) == SEEDS + 1 and "Other seed: begun again with seed 1005." in way.log[0]
    last = climb([Run(unit("fc2:3"), short(style, 1), seed=5 + 1000 * SEEDS)])
    np.testing.assert_array_equal(dead.x, last.x)  # drawn as that seed's


@pytest.mark.parametrize("style", STYLES)
def test_a_warm_up_wakes_a_unit(style: str) -> None:
    spreading = short(style, 60, regularisers=Regularisers(blur_radius=4, blur_every=1), blur_radius_end=None)
    runs = [Run(unit("conv2:0@3,3"), spreading, dark_corner())]
    way = climb(runs, half_dead()).ways[0]
    assert "conv2:0@3,3 gets no gradient from this start" in way.log[0] and "Warm-up" in way.log[0]
    assert way.rows[0].objective == 0 < way.best_value
    assert climb(runs, half_dead(), at=4).ways[0].log == way.log


def test_what_is_not_finite_is_said() -> None:
    net = tiny()
    net.params["fc2"][0][3] = np.nan
    for style in STYLES:
        way = climb([Run(unit("fc2:3"), short(style))], net).ways[0]
        assert way.status == "stopped" and "nan" in way.reason and "check the weights" in way.reason
    far = climb([Run(unit("fc2:3"), replace(short("spectral"), step=AdamStep(1e38)))]).ways[0]
    assert "not finite; use a smaller one" in far.reason or np.isfinite(far.rows[-1].norm)


def test_a_window_that_leaves_nothing_is_said() -> None:
    style = Preset("narrow", 5, Rms(1, 1), window=0.02, window_at=(1.0, 1.0))
    ascent = Ascent(tiny(), "picture", COLOUR, "conv1:2@0,0", style, PICTURE)
    before = ascent.x.copy()
    step = ascent.step()
    assert "preset narrow leaves nothing of the gradient; check its window" in step.reason and step.learning_rate == 0
    np.testing.assert_array_equal(ascent.x, before)


def test_another_style_in_the_middle() -> None:
    ascent = Ascent(tiny(), "picture", COLOUR, "fc2:3", "classic", PICTURE)
    for style in ("spectral", "pyramid", "spectral-centred", "C", "painterly"):
        before = ascent.x.copy()
        ascent.use(style)
        ascent.rewind()
        assert np.abs(ascent.x - before).max() < 1  # it begins with what was there
        for _ in range(3):
            assert ascent.step().reason == ""


def test_a_prior_that_cannot_be_used_is_refused_before_any_work(prior: str, tmp_path: Path) -> None:
    def begin(**changes: object) -> None:
        climb([Run(unit("fc2:3"), short("painterly", 1, **changes))])

    with pytest.raises(Error, match=r"prior: cannot read .*absent\.npz.*deepvis prior fit"):
        begin(prior=str(tmp_path / "absent.npz"))
    with pytest.raises(Error, match="has changed: expected SHA-256 0123"):
        begin(prior=prior, prior_sha256="0123")
    grey = Preprocess((32, 40), "GRAY")
    with pytest.raises(Error, match=r"is of 3 channels, and the net takes 1; deepvis prior fit --grey"):
        Climb(tiny(1), "picture", grey, [Run(unit("fc2:3"), short("painterly", 1, prior=prior))])


def test_styles_work_on_grey_nets() -> None:
    grey = Preprocess((32, 40), "GRAY", mean=np.array([110], np.float32))
    runs = [Run(unit("fc2:3"), short(style, 40), seed=i) for i, style in enumerate(STYLES)]
    climbing = Climb(tiny(1), "picture", grey, runs)
    while not climbing.over:
        climbing.step()
    assert [way.status for way in climbing.ways] == ["finished"] * len(STYLES)
    assert all(way.rows[-1].objective > way.rows[0].objective for way in climbing.ways)
