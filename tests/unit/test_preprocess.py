"""Pictures into blobs and back: the order of Caffe's Transformer, shown on numbers worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from deepvis.errors import Error, FormatError, LimitError, ShapeError
from deepvis.pictures import read_mean, read_picture
from deepvis.preprocess import Preprocess, as_rgb

RNG = np.random.RandomState(3)


def picture(height: int, width: int) -> np.ndarray:
    return RNG.randint(0, 256, (height, width, 3), np.uint8)


def test_the_steps_come_in_caffes_order() -> None:
    image = np.array([[[10, 20, 30], [40, 50, 60]]], np.uint8)  # RGB
    mean = np.array([1, 2, 3], np.float32)  # of B, G, R
    made = Preprocess((1, 2), "BGR", mean, raw_scale=2.0, input_scale=0.5, fit="stretch").apply(image)
    # (2 * pixel - mean) * 0.5, channels B, G, R
    expected = [[[29.5, 59.5]], [[19.0, 49.0]], [[8.5, 38.5]]]
    assert made.dtype == np.float32
    np.testing.assert_array_equal(made, np.array([expected], np.float32))


def test_rgb_keeps_the_order_and_std_divides_last() -> None:
    image = np.array([[[10, 20, 30]]], np.uint8)
    std = np.array([2, 4, 5], np.float32)
    made = Preprocess((1, 1), "RGB", np.float32([10, 10, 10]), std, input_scale=10).apply(image)
    np.testing.assert_array_equal(made.ravel(), np.float32([0, 25, 40]))


def test_grey_nets_get_what_opencv_calls_grey() -> None:
    image = picture(6, 6)
    made = Preprocess((6, 6), "GRAY", input_scale=1 / 256).apply(image)
    expected = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) / 256
    assert made.shape == (1, 1, 6, 6)
    np.testing.assert_allclose(made[0, 0], expected, rtol=1e-6)


def test_transposed_nets_get_height_and_width_swapped() -> None:
    image = picture(4, 7)
    plan = Preprocess((7, 4), "RGB", transpose=True, fit="stretch")
    made = plan.apply(image)
    assert made.shape == (1, 3, 7, 4)
    np.testing.assert_array_equal(made[0], image.transpose(2, 1, 0).astype(np.float32))
    np.testing.assert_array_equal(plan.to_image(made), image)


@pytest.mark.parametrize(
    ("shape", "size", "window"),
    [
        ((100, 160), (50, 50), (0, 30, 100, 100)),
        ((161, 100), (50, 50), (30, 0, 100, 100)),
        ((100, 100), (50, 100), (25, 0, 50, 100)),
        ((50, 50), (224, 224), (0, 0, 50, 50)),
    ],
)
def test_crop_takes_the_largest_centred_window_of_the_targets_shape(
    shape: tuple[int, int], size: tuple[int, int], window: tuple[int, int, int, int]
) -> None:
    image = picture(*shape)
    plan = Preprocess(size, "RGB")
    y, x, h, w = window
    expected = cv2.resize(image[y : y + h, x : x + w], size[::-1], interpolation=cv2.INTER_LINEAR)
    np.testing.assert_array_equal(plan.view(image), expected)
    assert plan.window(*shape) == window


def test_stretch_resize_then_centre_cut_is_the_papers_256_to_227() -> None:
    image = picture(120, 90)
    plan = Preprocess((227, 227), "BGR", fit="stretch", resize=(256, 256))
    expected = cv2.resize(image, (256, 256))[14:241, 14:241]
    np.testing.assert_array_equal(plan.view(image), expected)
    top, left, height, width = plan.window(120, 90)
    assert (top, left) == pytest.approx((14 * 120 / 256, 14 * 90 / 256))
    assert (height, width) == pytest.approx((227 * 120 / 256, 227 * 90 / 256))


def test_a_larger_mean_picture_is_cut_by_half_the_excess() -> None:
    mean = RNG.rand(3, 256, 256).astype(np.float32)
    plan = Preprocess((227, 227), "BGR", mean)
    np.testing.assert_array_equal(plan.mean, mean[:, 14:241, 14:241])  # (256 - 227) // 2 = 14
    np.testing.assert_array_equal(plan.apply(np.zeros((227, 227, 3), np.uint8))[0], -mean[:, 14:241, 14:241])


@settings(max_examples=60, deadline=None)
@given(
    image=hnp.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3))),
    order=st.sampled_from(["RGB", "BGR"]),
    transpose=st.booleans(),
    mean=st.lists(st.floats(-200, 200, width=32), min_size=3, max_size=3),
    scale=st.sampled_from([1.0, 1 / 128, 0.017, -2.0]),
    raw=st.sampled_from([1.0, 1 / 255, 3.0]),
)
def test_there_and_back_is_the_same_picture(
    image: np.ndarray, order: Any, transpose: bool, mean: list[float], scale: float, raw: float
) -> None:
    size = image.shape[1::-1] if transpose else image.shape[:2]
    plan = Preprocess(size, order, np.float32(mean), None, raw, scale, transpose=transpose)
    blob = plan.apply(image)
    np.testing.assert_array_equal(plan.to_image(blob), image)
    low, high = plan.bounds()
    assert np.all(blob >= low - 1e-3)
    assert np.all(blob <= high + 1e-3)


def test_a_signal_changes_axes_and_order_only() -> None:
    signal = RNG.randn(3, 4, 5).astype(np.float32)
    plan = Preprocess((4, 5), "BGR", np.float32([1, 2, 3]), input_scale=5)
    np.testing.assert_array_equal(plan.signal(signal[None]), signal[::-1].transpose(1, 2, 0))


def test_what_is_shown_of_nan_and_out_of_range_is_clipped() -> None:
    blob = np.array([[[np.nan, 300.0, -5.0]]], np.float32)
    np.testing.assert_array_equal(Preprocess((1, 3), "GRAY").to_image(blob)[0, :, 0], [0, 255, 0])


def test_everything_that_was_resolved_is_described() -> None:
    mean = np.full((3, 260, 260), 100, np.float32)
    plan = Preprocess((227, 227), "BGR", mean, None, 1.0, 0.5, "stretch", (256, 256), mean_source="mean.npy")
    text = plan.describe()
    assert text.splitlines() == [
        "stretch to 256x256 (linear)",
        "cut the centre 227x227",
        "channels in the order BGR",
        "minus mean picture 227x227 with channel means (100.00, 100.00, 100.00) from mean.npy",
        "times 0.5 (input_scale)",
        "input blob 1x3x227x227, values -50 to 77.5",
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"order": "GBR"}, "order is 'GBR', expected one of RGB, BGR, GRAY"),
        ({"fit": "squash"}, "fit is 'squash'"),
        ({"interpolation": "sinc"}, "interpolation"),
        ({"size": (0, 5)}, "has no pixels"),
        ({"resize": (8, 20)}, "smaller than the input"),
        ({"mean": np.float32([1, 2])}, r"mean has shape \(2,\), expected \(3,\)"),
        ({"mean": np.zeros((3, 9, 9), np.float32)}, "smaller than the input 10x10"),
        ({"mean": np.zeros((1, 20, 20), np.float32)}, "mean has shape"),
        ({"mean": np.float32([1, np.nan, 3])}, "not finite"),
        ({"std": np.float32([1, 0, 3])}, "not above 0"),
        ({"input_scale": 0.0}, "input_scale is 0"),
        ({"raw_scale": float("inf")}, "raw_scale is inf"),
    ],
)
def test_what_cannot_work_is_refused_at_once(options: dict[str, Any], said: str) -> None:
    with pytest.raises(Error, match=said):
        Preprocess(**{"size": (10, 10), **options})


@pytest.mark.parametrize("shape", [(5, 5, 2), (0, 5, 3), (5,), (1, 5, 5, 3)])
def test_pictures_of_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=r"expected \(height, width, 3\)"):
        Preprocess((5, 5)).apply(np.zeros(shape, np.uint8))


def test_float_pictures_are_refused_and_grey_and_alpha_are_taken() -> None:
    with pytest.raises(ShapeError, match="float64, expected uint8"):
        as_rgb(np.zeros((5, 5, 3)))
    grey = picture(4, 4)[:, :, 0]
    np.testing.assert_array_equal(as_rgb(grey), np.stack([grey] * 3, 2))
    alpha = np.dstack([picture(4, 4), np.full((4, 4), 9, np.uint8)])
    np.testing.assert_array_equal(as_rgb(alpha), alpha[:, :, :3])


def test_pictures_from_disk_are_rgb_whatever_was_stored(tmp_path: Path) -> None:
    image = picture(5, 7)
    cv2.imwrite(str(tmp_path / "a.png"), image[:, :, ::-1])
    np.testing.assert_array_equal(read_picture(tmp_path / "a.png"), image)
    cv2.imwrite(str(tmp_path / "g.png"), image[:, :, 0])
    np.testing.assert_array_equal(read_picture(tmp_path / "g.png"), as_rgb(image[:, :, 0]))
    cv2.imwrite(str(tmp_path / "t.png"), np.dstack([image[:, :, ::-1], image[:, :, :1]]))
    np.testing.assert_array_equal(read_picture(tmp_path / "t.png"), image)


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n broken", b"<html></html>"])
def test_what_is_no_picture_is_one_error_naming_the_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(FormatError, match=r"a\.png"):
        read_picture(tmp_path / "a.png")
    with pytest.raises(FormatError, match=r"missing\.png"):
        read_picture(tmp_path / "missing.png")


@pytest.mark.parametrize("layout", ["CHW", "NCHW", "HWC", "C"])
def test_npy_means_of_every_layout_in_the_wild(tmp_path: Path, layout: str) -> None:
    mean = RNG.rand(3, 6, 5)
    stored = {"CHW": mean, "NCHW": mean[None], "HWC": mean.transpose(1, 2, 0), "C": mean[:, 0, 0]}[layout]
    np.save(tmp_path / "mean.npy", stored)
    expected = mean[:, 0, 0] if layout == "C" else mean
    np.testing.assert_array_equal(read_mean(tmp_path / "mean.npy", "BGR"), expected.astype(np.float32))


def test_hostile_npy_files_are_refused_without_running_or_allocating(tmp_path: Path) -> None:
    path = tmp_path / "mean.npy"
    np.save(path, np.array([{"a": 1}], object), allow_pickle=True)
    with pytest.raises(FormatError, match=r"mean\.npy"):
        read_mean(path, "BGR")
    np.save(path, np.zeros((3, 4, 4), np.float32))
    path.write_bytes(path.read_bytes().replace(b"(3, 4, 4)", b"(3, 400000, 400000)"[:9].ljust(9)))
    with pytest.raises(FormatError, match=r"mean\.npy"):
        read_mean(path, "BGR")
    header = np.lib.format.magic(1, 0)
    text = b"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 900000, 900000), }".ljust(117) + b"\n"
    path.write_bytes(header + len(text).to_bytes(2, "little") + text)
    with pytest.raises((FormatError, LimitError), match=r"mean\.npy"):
        read_mean(path, "BGR")
    np.save(path, np.zeros((4, 4, 4), np.float32))
    with pytest.raises(ShapeError, match=r"the mean has shape \(4, 4, 4\)"):
        read_mean(path, "BGR")
    with pytest.raises(FormatError, match="comes from"):
        read_mean(tmp_path / "mean.mat", "BGR")


def test_a_mean_may_be_a_picture(tmp_path: Path) -> None:
    image = picture(5, 5)
    cv2.imwrite(str(tmp_path / "mean.png"), image[:, :, ::-1])
    chw = image.transpose(2, 0, 1).astype(np.float32)
    np.testing.assert_array_equal(read_mean(tmp_path / "mean.png", "RGB"), chw)
    np.testing.assert_array_equal(read_mean(tmp_path / "mean.png", "BGR"), chw[::-1])
