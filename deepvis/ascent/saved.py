"""Where runs stand, as plain arrays, and back: a Climb goes on from them with the same numbers bit for bit."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from deepvis.ascent.canvas import Canvas
from deepvis.ascent.run import Way
from deepvis.errors import Error, FormatError
from deepvis.preprocess import Floats

State = dict[str, npt.NDArray[Any]]
_FORMAT = 1  # raise it when what is kept changes


def state_of(canvas: Canvas, ways: Sequence[Way]) -> State:
    """All that changes from step to step."""
    arrays: State = {"x": canvas.x.copy(), "measured": canvas.other.copy()}
    for i, way in enumerate(ways):
        arrays[f"{i}.rows"] = way.table()
        arrays[f"{i}.begun"] = way.begun.copy()
        if way.best is not None:
            arrays[f"{i}.best"] = way.best.copy()
        if way.parameters is not None:
            arrays[f"{i}.parameters"] = way.parameters.copy()
        if way.memory is not None:
            arrays |= {f"{i}.memory.{name}": each for name, each in way.memory.state().items()}
    kept = [edge for part in canvas.kept for edge in (part.start, part.stop)]
    facts = {"format": _FORMAT, "kept": kept, "runs": [way.facts() for way in ways]}
    arrays["facts"] = np.array(json.dumps(facts))
    return arrays


def restore(state: Mapping[str, npt.NDArray[Any]], canvas: Canvas, ways: Sequence[Way]) -> None:
    """Put back what ``state_of`` gave. Raises FormatError where it is of other runs, or of another version."""
    try:
        facts = json.loads(str(state["facts"]))
        if facts["format"] != _FORMAT:
            raise FormatError(f"saved ascent: format {facts['format']}, expected {_FORMAT}; begin it anew")
        top, bottom, left, right = (int(edge) for edge in facts["kept"])
        expected = (*canvas.x.shape[:2], bottom - top, right - left)
        x, measured = (_floats(state, name, expected) for name in ("x", "measured"))
        canvas.take(x, measured, (slice(top, bottom), slice(left, right)))
        for i, (way, known) in enumerate(zip(ways, facts["runs"], strict=True)):
            way.take_facts(known)
            way.take_table(state[f"{i}.rows"])
            one = (1, *expected[1:])
            way.begun = _floats(state, f"{i}.begun", one)
            way.best = _floats(state, f"{i}.best", one) if f"{i}.best" in state else None
            if way.parameters is not None:
                way.parameters = _floats(state, f"{i}.parameters", way.parameters.shape)
            if way.memory is not None:
                head = f"{i}.memory."
                way.memory.restore({name[len(head) :]: state[name] for name in state if name.startswith(head)})
    except Error:
        raise
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise FormatError(f"saved ascent: it does not fit these runs ({error!r}); begin it anew") from error


def _floats(state: Mapping[str, npt.NDArray[Any]], name: str, shape: tuple[int, ...]) -> Floats:
    """An array of its own, of the shape that it must have."""
    if state[name].shape != shape:
        raise FormatError(f"saved ascent: {name} has shape {state[name].shape}, expected {shape}")
    return np.array(state[name], np.float32)
