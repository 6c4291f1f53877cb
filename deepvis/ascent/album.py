"""Sheets on disk, in the classic's tree that the viewer reads:

ROOT/regularized_opt/LAYER/LAYER_%04d.jpg              one preset's runs of a unit
ROOT/regularized_opt/LAYER/LAYER_%04d_montage.jpg      four presets' runs, 2 x 2 of 3 x 3
ROOT/regularized_opt/LAYER/LAYER_%04d_PRESET.jpg       each preset's runs, where there are several
ROOT/regularized_opt/LAYER/whole_layer.jpg             one picture a unit
ROOT/formulas/NAME…                                    the same of what is no unit
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from deepvis.ascent.sheets import LayerSheet, montage, sheet, squares
from deepvis.ascent.stored import Outcome, outcome, written_at
from deepvis.ascent.targets import Target, on_disk
from deepvis.atomic import write_atomically
from deepvis.errors import Error
from deepvis.preprocess import Preprocess
from deepvis.render import Picture

_MOST = 8192  # pixels a side of whole_layer.jpg
_QUALITY = 92


@dataclass(frozen=True, eq=False)
class Put:
    """Sheets that were written, the most telling last, and the runs that are in them, by preset."""

    paths: list[Path]
    outcomes: Mapping[str, list[Outcome]]


class Album:
    """Makes sheets from stored runs: those that are not there, or are older than the runs."""

    def __init__(self, root: Path, preprocess: Preprocess, crop: bool) -> None:
        self._root, self._preprocess, self._crop = root, preprocess, crop

    def forget(self, targets: Sequence[Target], presets: Sequence[Sequence[str]], layers: Sequence[str]) -> None:
        """Remove sheets that are to be made anew."""
        for target, names in zip(targets, presets, strict=True):
            for path in self._files(target, names).values():
                path.unlink(missing_ok=True)
        for layer in layers:
            self._layer_file(layer).unlink(missing_ok=True)

    def put(self, target: Target, runs: Mapping[str, Sequence[Path]]) -> Put | None:
        """Write the sheets of a target from its runs by preset; None where they are there and not older than these."""
        files = self._files(target, list(runs))
        newest = max(written_at(path) for paths in runs.values() for path in paths)
        if all(_is_newer(path, newest) for path in files.values()):
            return None
        outcomes = {name: [self.outcome(path) for path in paths] for name, paths in runs.items()}
        alike = iter(squares([each.picture for found in outcomes.values() for each in found]))
        shown = {name: [next(alike) for _ in found] for name, found in outcomes.items()}
        for what, path in files.items():
            made = montage(list(shown.values())) if what == "" else sheet(shown[what.removeprefix("main ")])
            write_jpeg(path, made)
        return Put(list(files.values()), outcomes)

    def put_layer(self, layer: str, runs: Mapping[int, Sequence[Path]], units: int) -> Path | None:
        """Write the sheet of a layer with so many units, each by the strongest of its runs; None where it is there."""
        path = self._layer_file(layer)
        if _is_newer(path, max(written_at(each) for paths in runs.values() for each in paths)):
            return None
        made: LayerSheet | None = None
        for unit, paths in runs.items():
            best = max(map(self.outcome, paths), key=lambda each: each.objective)
            (picture,) = squares([best.picture])
            made = LayerSheet(units, picture.shape[0], _MOST) if made is None else made
            made.put(unit, picture)
        if made is not None:
            write_jpeg(path, made.picture)
        return path

    def outcome(self, path: Path) -> Outcome:
        """What there is to show of a stored run. Raises FormatError."""
        return outcome(path, self._preprocess, self._crop)

    def _files(self, target: Target, presets: Sequence[str]) -> dict[str, Path]:
        """Sheets by preset, "main NAME" for the unit's one sheet, "" for the montage."""
        folder = self._root / "formulas" if target.layer is None else self._folder(target.layer)
        found = {f"main {main_preset(presets)}": folder / f"{target.name}.jpg"}
        if len(presets) > 1:
            found |= {name: folder / f"{target.name}_{name}.jpg" for name in presets}
        if len(presets) == 4:
            found[""] = folder / f"{target.name}_montage.jpg"
        return found

    def _folder(self, layer: str) -> Path:
        return self._root / "regularized_opt" / on_disk(layer)

    def _layer_file(self, layer: str) -> Path:
        return self._folder(layer) / "whole_layer.jpg"


def main_preset(presets: Sequence[str]) -> str:
    """The one that stands for several: of four the third, which the viewer shows of a montage."""
    return presets[2] if len(presets) == 4 else presets[0]


def write_jpeg(path: Path, picture: Picture) -> None:
    """Write a picture with full colour resolution, in one step. Raises Error, OSError."""
    write_atomically(path, jpeg(picture, _QUALITY))


def jpeg(picture: Picture, quality: int) -> bytes:
    """A picture as a JPEG file. Raises Error where OpenCV cannot write these."""
    how = [cv2.IMWRITE_JPEG_QUALITY, quality]
    how += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    good, data = cv2.imencode(".jpg", np.ascontiguousarray(picture[..., ::-1]), how)
    if not good:
        raise Error("OpenCV cannot write JPEG files")
    return bytes(data.tobytes())


def _is_newer(path: Path, than: int) -> bool:
    return path.exists() and path.stat().st_mtime_ns >= than
