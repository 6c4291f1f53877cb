"""Pictures and mean files from disk: read defensively, with one error naming the file."""

from __future__ import annotations

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


def read_picture(path: str | Path) -> Picture:
    """A picture file as (H, W, 3) uint8 RGB. Grey is tripled, alpha dropped, EXIF orientation obeyed."""
    try:
        if Path(path).stat().st_size > _PICTURE_BYTES_LIMIT:
            raise LimitError(f"{path}: over {_PICTURE_BYTES_LIMIT // 2**20} MiB, too large for a picture")
        data = np.fromfile(path, np.uint8)
    except OSError as error:
        raise FormatError(f"{path}: cannot read the picture: {error.strerror or error}") from error
    try:
        bgr = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    except cv2.error as error:
        raise FormatError(f"{path}: OpenCV cannot decode this picture: {error}") from error
    if bgr is None:
        raise FormatError(f"{path}: not a picture that OpenCV can read, or cut short ({data.size} bytes)")
    return np.ascontiguousarray(bgr[:, :, ::-1]).astype(np.uint8, copy=False)


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
