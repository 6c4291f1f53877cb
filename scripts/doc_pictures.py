"""What the scripts share that draw pictures for docs/."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

import cv2
import numpy as np

from deepvis.atomic import write_atomically
from deepvis.errors import Error
from deepvis.render import Picture

BEST, WORST = 88, 20  # JPEG qualities
MOST_BYTES = 170_000  # that a page should have to load for one picture


def write(path: Path, picture: Picture) -> None:
    """Write a JPEG as a whole, as good as its size allows."""
    bgr = np.ascontiguousarray(picture[..., ::-1])
    for quality in range(BEST, WORST, -3):
        how = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_PROGRESSIVE, 1, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
        good, data = cv2.imencode(".jpg", bgr, how)
        if not good:
            raise Error(f"{path}: OpenCV cannot write it")
        if len(data) <= MOST_BYTES:
            break
    write_atomically(path, data.tobytes())
    print(f"{path} ({picture.shape[1]} x {picture.shape[0]}, {len(data) / 1000:.0f} kB)")


def run(description: str | None, pictures: Mapping[str, Callable[[], Picture]], out: Path) -> int:
    """The command line of such a script: draw the named pictures, or all of them."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0] if description else None)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(pictures)}; default all")
    parser.add_argument("--out", type=Path, default=out, metavar="FOLDER")
    args = parser.parse_args()
    unknown = set(args.names) - set(pictures)
    if unknown:
        parser.error(f"there is no picture {', '.join(sorted(unknown))}; there are {', '.join(pictures)}")
    for name in args.names or pictures:
        write(args.out / f"{name}.jpg", pictures[name]())
    return 0
