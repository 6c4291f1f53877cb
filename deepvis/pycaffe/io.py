"""pycaffe's ``caffe.io``: images in and out of blobs, with its numbers.

Images are (H, W, K) float32, RGB, in [0, 1]. cv2 decodes, and ``resize_image`` samples as the scikit-image of pycaffe's
time did (see resize.py).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from deepvis.errors import FormatError
from deepvis.pycaffe.proto import caffe_pb2
from deepvis.pycaffe.resize import resize_areas, resize_centres

Floats = npt.NDArray[np.float32]
AnyArray = npt.NDArray[Any]

_LUMINANCE = (0.2125, 0.7154, 0.0721)  # scikit-image's rgb2gray


class Transformer:
    """Turns images into net input and back, one set of steps for each input blob.

    ``inputs`` maps input blob names to blob shapes (N, K, H, W). Steps, in order: resize, transpose, channel swap, raw
    scale, mean, input scale; each only if it was set.
    """

    def __init__(self, inputs: Mapping[str, Sequence[int]]) -> None:
        self.inputs = {name: tuple(shape) for name, shape in inputs.items()}
        self.transpose: dict[str, Sequence[int]] = {}
        self.channel_swap: dict[str, Sequence[int]] = {}
        self.raw_scale: dict[str, float] = {}
        self.mean: dict[str, AnyArray] = {}
        self.input_scale: dict[str, float] = {}

    def preprocess(self, in_: str, data: AnyArray) -> Floats:
        """(H', W', K) image -> (K, H, W) input of blob ``in_`` (one item, without the batch axis)."""
        self._known(in_)
        result = np.array(data, np.float32)
        size = self.inputs[in_][2:]
        if result.shape[:2] != size:
            result = resize_image(result, size)
        if (order := self.transpose.get(in_)) is not None:
            result = result.transpose(order)
        if (swap := self.channel_swap.get(in_)) is not None:
            result = result[list(swap), :, :]
        if (raw_scale := self.raw_scale.get(in_)) is not None:
            result = result * np.float32(raw_scale)
        if (mean := self.mean.get(in_)) is not None:
            result = (result - mean).astype(np.float32)
        if (input_scale := self.input_scale.get(in_)) is not None:
            result = result * np.float32(input_scale)
        return result

    def deprocess(self, in_: str, data: AnyArray) -> AnyArray:
        """The inverse of preprocess, but for the resize: (1, K, H, W) or (K, H, W) -> (H, W, K)."""
        self._known(in_)
        result = np.array(data).squeeze()
        if (input_scale := self.input_scale.get(in_)) is not None:
            result = result / result.dtype.type(input_scale)
        if (mean := self.mean.get(in_)) is not None:
            result = (result + mean).astype(result.dtype)
        if (raw_scale := self.raw_scale.get(in_)) is not None:
            result = result / result.dtype.type(raw_scale)
        if (swap := self.channel_swap.get(in_)) is not None:
            result = result[np.argsort(swap), :, :]
        if (order := self.transpose.get(in_)) is not None:
            result = result.transpose([int(axis) for axis in np.argsort(order)])
        return result

    def set_transpose(self, in_: str, order: Sequence[int]) -> None:
        """Order of the axes: (2, 0, 1) makes (K, H, W) of (H, W, K)."""
        self._known(in_)
        if len(order) != len(self.inputs[in_]) - 1:
            raise ValueError(
                f"transpose order {tuple(order)} has {len(order)} axes, an item of input {in_!r} has "
                f"{len(self.inputs[in_]) - 1}"
            )
        self.transpose[in_] = order

    def set_channel_swap(self, in_: str, order: Sequence[int]) -> None:
        """Order of the channels: (2, 1, 0) makes BGR of RGB. After the transpose, so channels are the first axis."""
        self._known(in_)
        if len(order) != self.inputs[in_][1]:
            raise ValueError(
                f"channel swap {tuple(order)} has {len(order)} channels, input {in_!r} has {self.inputs[in_][1]}"
            )
        self.channel_swap[in_] = order

    def set_raw_scale(self, in_: str, scale: float) -> None:
        """Factor applied before the mean is subtracted: 255 for models trained on 0..255."""
        self._known(in_)
        self.raw_scale[in_] = scale

    def set_mean(self, in_: str, mean: AnyArray) -> None:
        """Mean to subtract: (K,) for each channel, or (K, H, W); one of another size is resized to the input's."""
        self._known(in_)
        mean = np.asarray(mean)
        wanted = self.inputs[in_][1:]
        if mean.ndim == 1:
            if mean.shape[0] != wanted[0]:
                raise ValueError(f"mean has {mean.shape[0]} channels, input {in_!r} has {wanted[0]}")
            self.mean[in_] = mean[:, np.newaxis, np.newaxis]
            return
        if mean.ndim == 2:
            mean = mean[np.newaxis]
        if mean.ndim != 3:
            raise ValueError(f"mean has shape {mean.shape}; expected (K,), (H, W) or (K, H, W)")
        if mean.shape != wanted:
            if mean.shape[0] != wanted[0]:
                raise ValueError(f"mean has shape {mean.shape}, which does not fit input {in_!r} of {wanted}")
            mean = resize_image(mean.transpose(1, 2, 0), wanted[1:]).transpose(2, 0, 1)
        self.mean[in_] = mean

    def set_input_scale(self, in_: str, scale: float) -> None:
        """Factor applied after the mean was subtracted."""
        self._known(in_)
        self.input_scale[in_] = scale

    def _known(self, in_: str) -> None:
        if in_ not in self.inputs:
            raise ValueError(f"{in_!r} is not an input of this Transformer; its inputs: {sorted(self.inputs)}")


def load_image(filename: str | os.PathLike[str], color: bool = True) -> Floats:
    """Read an image as (H, W, 3) float32 RGB in [0, 1]; with ``color=False`` as (H, W, 1) luminance.

    A grey file read in colour has three equal channels; an alpha channel is dropped; Exif rotation is not applied.
    """
    path = Path(filename)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such image")
    pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise FormatError(f"{path}: cannot be read as an image")
    image: Floats = (pixels / {"u1": 255.0, "u2": 65535.0}.get(pixels.dtype.str[1:], 1.0)).astype(np.float32)
    if image.ndim == 2:
        return np.tile(image[:, :, np.newaxis], (1, 1, 3)) if color else image[:, :, np.newaxis]
    rgb: Floats = np.ascontiguousarray(image[:, :, 2::-1])
    if not color:
        luminance: Floats = (rgb @ np.array(_LUMINANCE, np.float32))[:, :, np.newaxis]
        return luminance
    return rgb


def resize_image(im: AnyArray, new_dims: Sequence[int], interp_order: int = 1) -> Floats:
    """Resample (H, W, K) to (*new_dims, K), float32, without smoothing; interp_order 1 is linear, 0 nearest."""
    shape = (int(new_dims[0]), int(new_dims[1]))
    if im.shape[-1] not in (1, 3):
        return resize_centres(im, shape, interp_order).astype(np.float32)
    low, high = im.min(), im.max()
    if high == low:
        return np.full((*shape, im.shape[-1]), low, np.float32)
    # What surrounds the image counts as its minimum.
    unit = (im - low) / (high - low)
    return (resize_areas(unit, shape, interp_order) * (high - low) + low).astype(np.float32)


def oversample(images: Sequence[AnyArray], crop_dims: Sequence[int]) -> Floats:
    """Ten crops of each (H, W, K) image: four corners and centre, then their mirror images -> (10 N, h, w, K)."""
    height, width, channels = images[0].shape
    h, w = int(crop_dims[0]), int(crop_dims[1])
    if h > height or w > width:
        raise ValueError(f"crops of {(h, w)} do not fit into images of {(height, width)}")
    corners = [(top, left) for top in (0, height - h) for left in (0, width - w)]
    centre = (int(height / 2.0 - h / 2.0), int(width / 2.0 - w / 2.0))
    crops = np.empty((len(images), 10, h, w, channels), np.float32)
    for image, ten in zip(images, crops, strict=True):
        for crop, (top, left) in zip(ten, [*corners, centre], strict=False):
            crop[...] = image[top : top + h, left : left + w]
        ten[5:] = ten[:5, :, ::-1]
    return crops.reshape(-1, h, w, channels)


def blobproto_to_array(blob: Any, return_diff: bool = False) -> AnyArray:
    """The values (or gradients) of a BlobProto, in its shape: (num, channels, height, width) in files of old."""
    values = np.array(blob.diff if return_diff else blob.data)
    if any(blob.HasField(name) for name in ("num", "channels", "height", "width")):
        return values.reshape(blob.num, blob.channels, blob.height, blob.width)
    return values.reshape([int(dim) for dim in blob.shape.dim])


def array_to_blobproto(arr: AnyArray, diff: AnyArray | None = None) -> Any:
    """A BlobProto holding an array of any number of axes, and a gradient of the same shape if one is given."""
    blob = caffe_pb2.BlobProto()
    blob.shape.dim.extend(int(extent) for extent in arr.shape)
    blob.data.extend(arr.astype(float).ravel().tolist())
    if diff is not None:
        if diff.shape != arr.shape:
            raise ValueError(f"diff has shape {diff.shape}, the array has {arr.shape}")
        blob.diff.extend(diff.astype(float).ravel().tolist())
    return blob


def arraylist_to_blobprotovector_str(arraylist: Sequence[AnyArray]) -> bytes:
    """Arrays, serialised as a BlobProtoVector."""
    vector = caffe_pb2.BlobProtoVector()
    vector.blobs.extend([array_to_blobproto(array) for array in arraylist])
    return bytes(vector.SerializeToString())


def blobprotovector_str_to_arraylist(data: bytes) -> list[AnyArray]:
    """The arrays of a serialised BlobProtoVector."""
    vector = caffe_pb2.BlobProtoVector()
    vector.ParseFromString(data)
    return [blobproto_to_array(blob) for blob in vector.blobs]


def array_to_datum(arr: AnyArray, label: int | None = None) -> Any:
    """A Datum holding a (K, H, W) array: uint8 as bytes, anything else as floats."""
    if arr.ndim != 3:
        raise ValueError(f"a Datum holds (K, H, W); this array has shape {arr.shape}")
    datum = caffe_pb2.Datum()
    datum.channels, datum.height, datum.width = (int(extent) for extent in arr.shape)
    if arr.dtype == np.uint8:
        datum.data = arr.tobytes()
    else:
        datum.float_data.extend(arr.astype(float).ravel().tolist())
    if label is not None:
        datum.label = label
    return datum


def datum_to_array(datum: Any) -> AnyArray:
    """The (K, H, W) array of a Datum."""
    shape = (datum.channels, datum.height, datum.width)
    if len(datum.data):
        return np.frombuffer(datum.data, np.uint8).reshape(shape)
    return np.array(datum.float_data, float).reshape(shape)
