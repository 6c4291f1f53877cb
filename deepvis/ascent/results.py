"""What runs found, with all that is needed to make them again or to go on: NAME.npz, and NAME.yaml for people.

The .npz holds the text of the .yaml too: it alone is read, so that the two can never be of different moments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import yaml

from deepvis import __version__
from deepvis.ascent.classes import Classes
from deepvis.ascent.climb import Climb
from deepvis.ascent.expression import parse_objective
from deepvis.ascent.files import read_npz, write_npz
from deepvis.ascent.model_id import ModelId
from deepvis.ascent.presets import preset_of
from deepvis.ascent.run import Row, Run, Way, rows_of
from deepvis.atomic import write_atomically
from deepvis.errors import Error, FormatError
from deepvis.net import Net
from deepvis.preprocess import Floats, Preprocess

_HEAD = "# What deepvis ascended to. The file beside it, .npz, holds the same and the pictures.\n"


@dataclass(frozen=True, eq=False)
class Found:
    """One run: what was asked for, where it stands, and the input (1, C, h, w) at its best and last iterations.

    The input is that of the part of the picture that was kept. ``facts`` is what the .yaml says of the run.
    """

    run: Run
    facts: Mapping[str, Any]
    rows: list[Row]
    best: Floats
    last: Floats


@dataclass(frozen=True, eq=False)
class Results:
    """What a file of results holds."""

    model: ModelId
    version: str
    input_blob: str
    steps_of_input: list[str]
    options: Mapping[str, Any]
    found: list[Found]
    state: Mapping[str, npt.NDArray[Any]]

    def again(self, net: Net, preprocess: Preprocess, classes: Classes | None = None) -> Climb:
        """The same runs from their beginning. Raises Error where pictures go another way into the net."""
        if preprocess.describe().splitlines() != self.steps_of_input:
            was, now = "; ".join(self.steps_of_input), "; ".join(preprocess.describe().splitlines())
            raise Error(f"pictures reached the net by other steps: {was}; now: {now}")
        runs = [each.run for each in self.found]
        return Climb(net, self.input_blob, preprocess, runs, classes=classes, **self.options)

    def resume(self, net: Net, preprocess: Preprocess, classes: Classes | None = None) -> Climb:
        """The same runs from where they stood, with the numbers that they would have had. Raises Error."""
        climb = self.again(net, preprocess, classes)
        climb.restore(self.state)
        return climb


def write_results(path: Path, climb: Climb, model: ModelId) -> None:
    """Write where a climb stands to path.npz and path.yaml, each in one step. Raises OSError."""
    text = _text(climb, climb.ways, model)
    arrays = climb.state()
    for i, way in enumerate(climb.ways):
        if not isinstance(way.run.start, str):
            arrays[f"{i}.start"] = np.asarray(way.run.start)
    write_npz(_with(path, ".npz"), arrays | {"yaml": np.array(text)})
    write_atomically(_with(path, ".yaml"), text.encode())


def write_run(path: Path, climb: Climb, run: int, model: ModelId, more: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write one run that is over, with arrays of the caller's own, to path.yaml and path.npz; the latter comes last.

    What only going on would need is left out: it can be made again, not resumed. Raises OSError.
    """
    way = climb.ways[run]
    text = _text(climb, [way], model)
    rows, columns = climb.kept
    arrays: dict[str, npt.NDArray[Any]] = {
        "measured": climb.measured[run : run + 1, :, rows, columns],
        "0.rows": way.table(),
    }
    arrays["0.best"] = climb.best(run)[:, :, rows, columns]
    if not isinstance(way.run.start, str):
        arrays["0.start"] = np.asarray(way.run.start)
    write_atomically(_with(path, ".yaml"), text.encode())
    write_npz(_with(path, ".npz"), arrays | {"yaml": np.array(text), **more})


def _text(climb: Climb, ways: Sequence[Way], model: ModelId) -> str:
    facts: dict[str, Any] = {
        "deepvis": __version__,
        "model": {"name": model.name, "prototxt_sha256": model.prototxt, "weights_sha256": model.weights},
        "input": {"blob": climb.input_blob, "steps": climb.preprocess.describe().splitlines()},
        "options": climb.options,
        "kept": [[part.start, part.stop] for part in climb.kept],
        "runs": [facts_of(way) for way in ways],
    }
    return _HEAD + yaml.safe_dump(facts, sort_keys=False, allow_unicode=True, width=120)


def read_results(path: Path) -> Results:
    """Read what ``write_results`` wrote, with or without its suffix. Raises FormatError, LimitError, OSError."""
    npz = _with(path, ".npz")
    state = read_npz(npz)
    try:
        facts = yaml.safe_load(str(state["yaml"]))
        model = ModelId(
            str(facts["model"]["name"]),
            str(facts["model"]["prototxt_sha256"]),
            None if facts["model"]["weights_sha256"] is None else str(facts["model"]["weights_sha256"]),
        )
        found = [_found(each, i, state, npz) for i, each in enumerate(facts["runs"])]
        steps = [str(step) for step in facts["input"]["steps"]]
        options = {name: facts["options"][name] for name in ("cures", "cone", "endless", "record")}
        return Results(model, str(facts["deepvis"]), str(facts["input"]["blob"]), steps, options, found, state)
    except (KeyError, TypeError, ValueError, yaml.YAMLError) as error:
        raise FormatError(f"{npz}: not results of an ascent: {error!r}") from error


def facts_of(way: Way) -> dict[str, Any]:
    """What a run was and found, as plain data."""
    run = way.run
    start = run.start if isinstance(run.start, str) else "image" if run.start.dtype == np.uint8 else "input"
    facts: dict[str, Any] = {
        "objective": str(run.objective),
        "units": [str(part.named) for part in way.bound.parts],
        "preset": {"name": run.preset.name, **run.preset.as_mapping()},
        "start": start,
        "seed": run.seed,
        "status": way.status,
        "iterations": len(way.rows),
        "result": meta_result(way),
        "seed_used": way.seed,
        "log": list(way.log),
    }
    if way.rows:
        facts |= {
            "best": {"iteration": way.best_iteration, "objective": way.best_value},
            "last": {"iteration": len(way.rows) - 1, "objective": way.rows[-1].objective},
            "first_iteration_as_layer_maximum": None if way.first_max < 0 else way.first_max,
        }
    return facts


def meta_result(way: Way) -> str:
    """The classic's verdict: whether the unit was ever its layer's strongest, or that there was nothing to climb."""
    if way.status == "stopped":
        return "Metaresult: grad 0 failure" if way.rows and way.rows[-1].gradient_norm == 0 else way.reason
    if not any(row.channel >= 0 for row in way.rows):
        return "Metaresult: not known whether the unit was its layer's strongest, which was not computed"
    return "Metaresult: majority success" if way.first_max >= 0 else "Metaresult: majority failure"


def _found(facts: Mapping[str, Any], i: int, state: Mapping[str, npt.NDArray[Any]], path: Path) -> Found:
    body = dict(facts["preset"])
    style = preset_of(str(body.pop("name")), body, f"{path}: run {i}: preset")
    start = cast(Any, state[f"{i}.start"] if facts["start"] in ("image", "input") else facts["start"])
    run = Run(parse_objective(str(facts["objective"])), style, start, int(facts["seed"]))
    last = state["measured"][i : i + 1]
    return Found(run, facts, rows_of(state[f"{i}.rows"]), state.get(f"{i}.best", last), last)


def _with(path: Path, suffix: str) -> Path:
    """The path with that suffix; of a name such as conv5_0.5 no part is taken for one."""
    name = path.name.removesuffix(".npz").removesuffix(".yaml")
    return path.with_name(name + suffix)
