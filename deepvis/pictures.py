"""Pictures and mean files from disk: read defensively, with one error naming the file."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from deepvis.errors import FormatError, LimitError, ShapeError
from deepvis.preprocess import Floats, Order, Picture

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm")
_PICTURE_BYTES_LIMIT = 512 * 2**20
_MEAN_VALUES_LIMIT = 64 * 2**20
_TO_RGB = {1: cv2.COLOR_GRAY2RGB, 3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGB}  # by the number of channels
_SLACK = 0.01  # by which resampling may have carried floats past 0 and 1


def read_picture(path: str | Path) -> Picture:
    """A picture file as (H, W, 3) uint8 RGB. Grey is tripled, alpha dropped, EXIF orientation obeyed, and 16 bits a
    sample are scaled to 8. Raises FormatError and LimitError naming the file.
    """
    try:
        about = Path(path).stat()
        if not stat.S_ISREG(about.st_mode):  # reading a pipe or a device might never end
            raise FormatError(f"{path}: a {_kind(about.st_mode)}, not a picture file")
        if about.st_size > _PICTURE_BYTES_LIMIT:
            raise LimitError(f"{path}: over {_PICTURE_BYTES_LIMIT // 2**20} MiB, too large for a picture")
        data = np.fromfile(path, np.uint8)
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte in it
        raise FormatError(f"{path}: cannot read the picture: {getattr(error, 'strerror', '') or error}") from error
    try:
        # without ANYDEPTH, OpenCV would cut 16 bits down instead of rounding them
        bgr = cv2.imdecode(data, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH) if data.size else None
    except cv2.error as error:
        raise FormatError(f"{path}: OpenCV cannot decode this picture: {error}") from error
    if bgr is None:
        raise FormatError(f"{path}: not a picture that OpenCV can read, or cut short ({data.size} bytes)")
    try:
        return rgb_of(bgr)
    except ShapeError as error:
        raise FormatError(f"{path}: {error}") from error


def _kind(mode: int) -> str:
    return "folder" if stat.S_ISDIR(mode) else "pipe" if stat.S_ISFIFO(mode) else "device"


def rgb_of(decoded: object, *, stretch: bool = False) -> Picture:
    """What OpenCV decoded or captured, (H, W) or (H, W, 1, 3 or 4) in BGR order, as (H, W, 3) uint8 RGB of its own.

    Of 16-bit samples 65535 becomes 255; of floats, which go from 0 to 1, 1.0 does. stretch: the darkest sample of
    the picture becomes 0 and the lightest 255, reckoned before anything is rounded to 8 bits. Raises ShapeError
    for what is no picture.
    """
    array: npt.NDArray[Any] = np.asarray(decoded)
    shape = array.shape
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4) or not array.size:
        raise ShapeError(f"a picture has shape (height, width, 1, 3 or 4), not {shape}")
    if array.dtype == np.float64:
        array = array.astype(np.float32)
    if array.dtype not in (np.uint8, np.uint16, np.float32):
        raise ShapeError(f"a picture has 8 or 16 bits a sample, or floats from 0 to 1, not {array.dtype}")
    if array.dtype == np.float32 and not (stretch or -_SLACK <= array.min() <= array.max() <= 1 + _SLACK):
        raise ShapeError(f"a picture of floats goes from 0 to 1, not from {array.min():g} to {array.max():g}")
    # new memory in any case: a capture may write its next frame where it wrote this one
    return _to_8_bits(cv2.cvtColor(array, _TO_RGB[array.shape[2]]), stretch)


def _to_8_bits(array: npt.NDArray[Any], stretch: bool) -> Picture:
    whole = {"uint8": 255.0, "uint16": 65535.0}.get(array.dtype.name, 1.0)
    low, high = 0.0, whole
    if stretch:
        least, most = float(array.min()), float(array.max())
        if least < most:  # also false for NaN; a picture of one brightness stays as it is
            low, high = least, most
    if array.dtype == np.uint8:
        if (low, high) == (0.0, 255.0):
            return array.astype(np.uint8, copy=False)
        table = np.clip((np.arange(256) - low) * 255 // (high - low), 0, 255).astype(np.uint8)
        return cv2.LUT(array, table).astype(np.uint8, copy=False)
    scaled = (array.astype(np.float32) - low) * (255 / (high - low))
    return np.clip(np.nan_to_num(np.rint(scaled)), 0, 255).astype(np.uint8)


def read_mean(path: str | Path, order: Order) -> Floats:
    """A mean (or std) from .npy, .binaryproto or a picture: (C,) or (C, H, W) float32 in the blob's
    channel order.

    A .npy may be (C, H, W), (1, C, H, W), (H, W, C) or (C,); its channels, like a .binaryproto's, are
    taken as they are.
    """
    channels = 1 if order == "GRAY" else 3
    suffix = Path(path).suffix.lower()
    if suffix == ".npy":
        array = _read_npy(path)
    elif suffix == ".binaryproto":
        from deepvis import _native

        array = np.asarray(_native.read_blob(str(path)), np.float32)
    elif suffix in PICTURE_SUFFIXES:
        picture = read_picture(path)
        array = {"BGR": picture[:, :, ::-1], "RGB": picture, "GRAY": picture[:, :, :1]}[order].transpose(2, 0, 1)
    else:
        raise FormatError(
            f"{path}: a mean comes from .npy, .binaryproto or a picture, not from '{suffix or 'no suffix'}'"
        )
    while array.ndim > 3 and array.shape[0] == 1:
        array = array[0]
    if array.ndim == 2 and channels == 1:
        array = array[None]
    if array.ndim == 3 and array.shape[0] != channels and array.shape[2] == channels:
        array = array.transpose(2, 0, 1)
    if not (array.shape == (channels,) or (array.ndim == 3 and array.shape[0] == channels)):
        raise ShapeError(
            f"{path}: the mean has shape {array.shape}, expected ({channels},) or ({channels}, height, width)"
        )
    return np.ascontiguousarray(array, np.float32)


def _read_npy(path: str | Path) -> npt.NDArray[Any]:
    """Array of plain numbers; mapped first, so that a header promising more than the file holds allocates
    nothing."""
    try:
        mapped = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # NumPy's header parser lets a tokenizer's and an evaluator's errors through
        raise FormatError(f"{path}: not a .npy array that can be read: {error}") from error
    if not isinstance(mapped, np.ndarray) or mapped.dtype.kind not in "fiu":
        raise FormatError(f"{path}: expected one .npy array of numbers")
    if mapped.size > _MEAN_VALUES_LIMIT:
        raise LimitError(f"{path}: {mapped.size} numbers, too many for a mean")
    return np.array(mapped, np.float32)
