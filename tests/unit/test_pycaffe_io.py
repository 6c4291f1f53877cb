"""pycaffe's caffe.io, held against scikit-image and SciPy, which the original used."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import deepvis
import deepvis.pycaffe as caffe


def image(height: int, width: int, channels: int = 3, seed: int = 0) -> np.ndarray:
    return np.random.RandomState(seed).rand(height, width, channels).astype(np.float32)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 50), st.integers(1, 50), st.sampled_from([1, 3]))
def test_resize_image_gives_scikit_images_numbers(height, width, new_height, new_width, channels):
    transform = pytest.importorskip("skimage.transform", reason="needs scikit-image")
    im = image(height, width, channels, seed=height * 50 + width) * 255
    low, high = im.min(), im.max()
    if low == high:
        return
    unit = (im - low) / (high - low)
    expected = transform.resize(unit, (new_height, new_width), order=1, mode="constant", anti_aliasing=False)
    actual = caffe.io.resize_image(im, (new_height, new_width))
    assert actual.dtype == np.float32
    np.testing.assert_allclose(actual, expected * (high - low) + low, atol=2e-4)


@pytest.mark.parametrize("shape", [(20, 30), (7, 5), (12, 11)])
def test_resize_image_of_other_channel_counts_gives_scipys_numbers(shape):
    ndimage = pytest.importorskip("scipy.ndimage", reason="needs SciPy")
    im = image(12, 11, 5)
    expected = ndimage.zoom(im, (shape[0] / 12, shape[1] / 11, 1), order=1)
    np.testing.assert_allclose(caffe.io.resize_image(im, shape), expected, atol=1e-5)


def test_resize_image_darkens_the_border_when_enlarging_and_not_when_shrinking():
    im = np.ones((4, 4, 3), np.float32)
    im[0, 0] = 0
    assert caffe.io.resize_image(im, (8, 8))[-1, -1, 0] == pytest.approx(0.75**2)
    assert caffe.io.resize_image(im, (2, 2))[-1, -1, 0] == 1
    assert (caffe.io.resize_image(np.full((4, 4, 3), 7.0), (9, 3)) == 7).all()
    assert set(np.unique(caffe.io.resize_image(im, (8, 8), interp_order=0))) == {0, 1}
    with pytest.raises(ValueError, match="interp_order 3"):
        caffe.io.resize_image(im, (8, 8), interp_order=3)


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_load_image_is_rgb_from_0_to_1_as_scikit_image_reads_it(tmp_path, suffix):
    skimage_io = pytest.importorskip("skimage.io", reason="needs scikit-image")
    path = str(tmp_path / f"image{suffix}")
    cv2.imwrite(path, (caffe.io.resize_image(image(5, 4), (40, 30)) * 255).astype(np.uint8))
    loaded = caffe.io.load_image(path)
    assert (loaded.shape, loaded.dtype) == ((40, 30, 3), np.float32)
    np.testing.assert_allclose(loaded, skimage_io.imread(path) / 255.0, atol=1e-6 if suffix == ".png" else 0.02)
    grey = caffe.io.load_image(path, color=False)
    assert grey.shape == (40, 30, 1)
    np.testing.assert_allclose(
        grey[:, :, 0], skimage_io.imread(path, as_gray=True), atol=1e-5 if suffix == ".png" else 0.02
    )


def test_load_image_of_grey_alpha_and_deep_files(tmp_path):
    values = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20
    cv2.imwrite(str(tmp_path / "grey.png"), values)
    loaded = caffe.io.load_image(str(tmp_path / "grey.png"))
    assert loaded.shape == (3, 4, 3)
    np.testing.assert_allclose(loaded[:, :, 1], values / 255.0, atol=1e-7)
    assert caffe.io.load_image(str(tmp_path / "grey.png"), color=False).shape == (3, 4, 1)

    bgra = np.dstack([values, values + 1, values + 2, np.full_like(values, 9)])
    cv2.imwrite(str(tmp_path / "alpha.png"), bgra)
    np.testing.assert_allclose(
        caffe.io.load_image(str(tmp_path / "alpha.png"))[:, :, 0], (values + 2) / 255.0, atol=1e-7
    )

    cv2.imwrite(str(tmp_path / "deep.png"), values.astype(np.uint16) * 257)
    np.testing.assert_allclose(caffe.io.load_image(str(tmp_path / "deep.png"))[:, :, 0], values / 255.0, atol=1e-7)


def test_load_image_says_what_is_wrong(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nothing\.png"):
        caffe.io.load_image(str(tmp_path / "nothing.png"))
    (tmp_path / "page.jpg").write_text("<html>")
    with pytest.raises(deepvis.FormatError, match=r"page\.jpg"):
        caffe.io.load_image(str(tmp_path / "page.jpg"))


def transformer(mean) -> caffe.io.Transformer:
    steps = caffe.io.Transformer({"data": (1, 3, 8, 6)})
    steps.set_transpose("data", (2, 0, 1))
    steps.set_channel_swap("data", (2, 1, 0))
    steps.set_raw_scale("data", 255)
    steps.set_mean("data", mean)
    steps.set_input_scale("data", 0.5)
    return steps


def test_preprocess_in_caffes_order():
    im = image(8, 6)
    kept = im.copy()
    result = transformer(np.array([10.0, 20.0, 30.0])).preprocess("data", im)
    assert (result.shape, result.dtype) == ((3, 8, 6), np.float32)
    for channel, mean in enumerate((10, 20, 30)):
        np.testing.assert_allclose(result[channel], (im[:, :, 2 - channel] * 255 - mean) * 0.5, atol=1e-4)
    np.testing.assert_array_equal(im, kept)


def test_preprocess_resizes_to_the_input():
    im = image(20, 30)
    resized = caffe.io.resize_image(im, (8, 6))
    steps = transformer(np.zeros(3))
    np.testing.assert_array_equal(steps.preprocess("data", im), steps.preprocess("data", resized))


def test_deprocess_undoes_preprocess():
    im = image(8, 6)
    steps = transformer(image(3, 8, 6) * 100)
    result = steps.preprocess("data", im)
    np.testing.assert_allclose(steps.deprocess("data", result[np.newaxis]), im, atol=1e-5)


def test_a_mean_of_another_size_is_resized():
    mean = image(3, 16, 12, seed=4) * 100
    steps = transformer(mean)
    expected = caffe.io.resize_image(mean.transpose(1, 2, 0), (8, 6)).transpose(2, 0, 1)
    np.testing.assert_array_equal(steps.mean["data"], expected)


def test_transformer_refuses_what_does_not_fit():
    steps = caffe.io.Transformer({"data": (1, 3, 8, 6)})
    with pytest.raises(ValueError, match="'image' is not an input"):
        steps.set_raw_scale("image", 2)
    with pytest.raises(ValueError, match="has 2 axes"):
        steps.set_transpose("data", (1, 0))
    with pytest.raises(ValueError, match="has 4 channels"):
        steps.set_channel_swap("data", (0, 1, 2, 3))
    with pytest.raises(ValueError, match="2 channels"):
        steps.set_mean("data", np.zeros(2))
    with pytest.raises(ValueError, match="does not fit"):
        steps.set_mean("data", np.zeros((4, 8, 6)))


def test_oversample_takes_corners_centre_and_their_mirror_images():
    im = image(10, 8)
    crops = caffe.io.oversample([im, image(10, 8, seed=1)], (6, 4))
    assert (crops.shape, crops.dtype) == ((20, 6, 4, 3), np.float32)
    for crop, (top, left) in zip(crops, [(0, 0), (0, 4), (4, 0), (4, 4), (2, 2)], strict=False):
        np.testing.assert_array_equal(crop, im[top : top + 6, left : left + 4])
    np.testing.assert_array_equal(crops[5:10], crops[:5, :, ::-1])
    with pytest.raises(ValueError, match="do not fit"):
        caffe.io.oversample([im], (20, 4))


def test_arrays_become_blobprotos_and_come_back():
    array, diff = image(2, 3, 4), image(2, 3, 4, seed=1)
    blob = caffe.io.array_to_blobproto(array, diff)
    other = caffe.proto.caffe_pb2.BlobProto()
    other.ParseFromString(blob.SerializeToString())
    np.testing.assert_array_equal(caffe.io.blobproto_to_array(other), array)
    np.testing.assert_array_equal(caffe.io.blobproto_to_array(other, return_diff=True), diff)
    text = caffe.io.arraylist_to_blobprotovector_str([array, diff[0]])
    arrays = caffe.io.blobprotovector_str_to_arraylist(text)
    np.testing.assert_array_equal(arrays[0], array)
    np.testing.assert_array_equal(arrays[1], diff[0])


def test_legacy_blobproto_has_four_axes():
    blob = caffe.proto.caffe_pb2.BlobProto()
    blob.num, blob.channels, blob.height, blob.width = 1, 2, 1, 3
    blob.data.extend(range(6))
    assert caffe.io.blobproto_to_array(blob).shape == (1, 2, 1, 3)
