"""The classic optimizer's files of a run: PREFIXbest_X.jpg, PREFIXbest_Xpm.jpg and PREFIXinfo.txt."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from deepvis.ascent.climb import Climb
from deepvis.ascent.results import meta_result
from deepvis.ascent.run import Way
from deepvis.atomic import write_atomically
from deepvis.errors import Error
from deepvis.preprocess import Floats, Picture, Preprocess

OUTPUT_PREFIX = "optimize_results/opt"
TEMPLATE = "%(p.push_layer)s_%(p.push_channel)04d_%(p.rand_seed)d"
_SMALL = 1e-10
_MOST_CHARACTERS = 255


def write_classic(climb: Climb, run: int, output_prefix: str = OUTPUT_PREFIX, template: str = TEMPLATE) -> list[Path]:
    """Write a run's best picture and what is known of it; the files. Those that are there already are replaced.

    ``template`` is filled in with the parameters (``p.``) and results (``r.``) of info.txt. An ``output_prefix`` that
    is a folder gets the files in it. Raises Error for an objective that is no single unit, OSError.
    """
    way = climb.ways[run]
    params, results = find_params(way), find_results(climb, run)
    prefix = f"{prefix_of(output_prefix, template, params, results)}_"
    best = climb.best(run)
    pictures = {"best_X.jpg": centred(best, climb.preprocess), "best_Xpm.jpg": min_max(best, climb.preprocess)}
    written = []
    for name, picture in pictures.items():
        written.append(Path(prefix + name))
        write_atomically(written[-1], _jpeg(picture))
    written.append(Path(prefix + "info.txt"))
    write_atomically(written[-1], (dump("FindParams", params) + dump("FindResults", results)).encode())
    return written


def prefix_of(output_prefix: str, template: str, params: Mapping[str, Any], results: Mapping[str, Any]) -> str:
    """What the names of a run's files begin with, but for the last _. Raises Error."""
    keys = {f"p.{name}": value for name, value in params.items()} | {f"r.{name}": v for name, v in results.items()}
    try:
        filled = template % keys
    except (KeyError, ValueError, TypeError) as error:
        raise Error(f"output template {template!r}: {error!r}; known: {', '.join(keys)}") from None
    if len(Path(filled).name) > _MOST_CHARACTERS - len("_best_Xpm.jpg"):
        raise Error(f"output template {template!r} makes a file name of {len(Path(filled).name)} characters")
    filled = filled.replace(os.sep, "_")  # layers may be called inception_3a/1x1
    return f"{output_prefix}/{filled}" if Path(output_prefix).is_dir() else f"{output_prefix}_{filled}"


def find_params(way: Way) -> dict[str, Any]:
    """What was asked for, under the classic's names. Raises Error for what these have no words for."""
    part = way.bound.lone
    if part is None or part.channel is None:
        raise Error(f"{way.bound}: the classic's files are about one unit, not a formula; see the .yaml instead")
    style = way.run.preset
    row, column = part.position or (0, 0)
    regularisers = {each.name: getattr(style.regularisers, each.name) for each in fields(style.regularisers)}
    steps = {each.name: getattr(style.step, each.name) for each in fields(style.step)}  # type: ignore[arg-type]
    start = way.run.start
    return regularisers | {
        "lr_params": steps,
        "lr_policy": style.step.name,
        "max_iter": style.iterations,
        "push_channel": part.channel,
        "push_dir": part.weight,
        "push_layer": part.named.layer,
        "push_spatial": (row, column),
        "push_unit": (part.channel, row, column),
        "rand_seed": way.seed,
        "start_at": start if isinstance(start, str) else "image",
    }


def find_results(climb: Climb, run: int) -> dict[str, Any]:
    """What was found, under the classic's names."""
    way = climb.ways[run]
    rows = way.rows
    first, last = max(way.first_max, 0), len(rows) - 1
    was_max = way.first_max >= 0
    return {
        "best_ii": way.best_iteration if rows else None,
        "best_obj": way.best_value if rows else None,
        "best_xx": climb.best(run) if rows else None,
        "dist": [row.distance for row in rows],
        "idxmax": [(row.channel, max(row.row, 0), max(row.column, 0)) if row.channel >= 0 else None for row in rows],
        "ii": list(range(len(rows))),
        "ismax": [row.is_layer_max for row in rows],
        "last_ii": last if rows else None,
        "last_obj": rows[-1].objective if rows else None,
        "last_xx": climb.measured[run : run + 1] if rows else None,
        "majority_ii": way.first_max if was_max else None,
        "majority_obj": rows[first].objective if was_max else None,
        "meta_result": meta_result(way),
        "norm": [row.norm for row in rows],
        "obj": [row.objective for row in rows],
        "std": [row.std for row in rows],
        "x0": climb.begun(run),
    }


def dump(title: str, values: Mapping[str, Any]) -> str:
    """A heading, then a line a value by name: of a long list its ends, of an array its shape and first two values."""
    lines = [f"{title}:"] + [f"{name:>30}: {_shown(values[name])}" for name in sorted(values)]
    return "\n".join(lines) + "\n"


def _shown(value: Any) -> str:
    if isinstance(value, np.ndarray):
        flat = value.ravel()
        return f"{value.shape} array [{flat[0]}, {flat[1]}, ...]" if flat.size > 1 else f"{value.shape} array {flat}"
    if isinstance(value, list) and len(value) > 4:
        return f"[{value[0]}, {value[1]}, ..., {value[-2]}, {value[-1]}]"
    return str(value)


def centred(x: Floats, preprocess: Preprocess) -> Picture:
    """An input (1, C, H, W) as a picture (H, W, 3) in which 0 is mid-grey and the largest value black or white."""
    signal = preprocess.signal(x)
    size = max(2 * float(signal.max()), -2 * float(signal.min())) + _SMALL
    return _bytes(signal / np.float32(size) + np.float32(0.5))


def min_max(x: Floats, preprocess: Preprocess) -> Picture:
    """An input with its mean as a picture (H, W, 3) whose smallest value is black and whose largest is white."""
    pixels = preprocess.to_pixels(x)
    low, high = float(pixels.min()), float(pixels.max())
    return _bytes((pixels - np.float32(low)) / np.float32(high - low + _SMALL))


def _bytes(shares: Floats) -> Picture:
    return np.clip(shares * 255, 0, 255).astype(np.uint8)


def _jpeg(picture: Picture) -> bytes:
    good, data = cv2.imencode(".jpg", np.ascontiguousarray(picture[..., ::-1]))
    if not good:
        raise Error("OpenCV cannot write JPEG files")
    return bytes(data.tobytes())
