"""Recordings as the viewer makes and plays them, and what its save key writes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from deepvis.errors import FormatError
from deepvis.live.app import Screen
from deepvis.live.controls.events import Key
from deepvis.live.ending import ending_on_signals
from deepvis.live.headless import MOVING_STEPS, Offline
from deepvis.live.records.recorded_frames import RecordedFrames
from deepvis.live.records.recording import Recorder, read_recording
from deepvis.live.records.saving import plain, snapshot_name, write_snapshot
from deepvis.live.records.state_text import state_as_plain, state_from_plain
from deepvis.live.scene import Scene
from deepvis.live.session import stage_for
from deepvis.live.settings import Settings, settings_of
from deepvis.live.sources import CAMERA, Frame, is_live, live_name
from deepvis.live.sources.frames import open_at
from deepvis.live.state import State
from deepvis.live.view import View
from deepvis.render import Picture, resize_to_fit, to_rgb

RATE = 25.0  # frames a second of a replay that is written


def _changed(settings: Settings) -> dict[str, Any]:
    """The settings that are not as they come."""
    usual = Settings()
    names = [field.name for field in fields(Settings) if getattr(settings, field.name) != getattr(usual, field.name)]
    return {name: plain(getattr(settings, name)) for name in names}


def recorder(path: Path, settings: Settings, scene: Scene, state: State, overwrite: bool) -> Recorder:
    """A recorder whose header has what it takes to begin as the viewer does now."""
    header = {"net": scene.title, "settings": _changed(settings), "state": state_as_plain(state)}
    return Recorder(path, header, overwrite=overwrite)


class Replay:
    """A recording played again, frame by frame, each computed to its end."""

    def __init__(self, path: Path, most: int | None = None) -> None:
        self._recording = read_recording(path)
        header = self._recording.header
        values = header.get("settings", {})
        if not isinstance(values, dict):
            raise FormatError(f"{path}: settings: expected a mapping, found {values!r:.80}")
        settings = settings_of(values, path)
        self.stage, notes = stage_for(settings, has_files=True, has_live=True)
        self.notes = [*self._recording.notes, *notes]
        state = state_from_plain(header.get("state", {}), self.stage.scene, f"{path}: state")
        self._offline = Offline(self.stage, state, MOVING_STEPS)
        self._kept = RecordedFrames(path.parent)
        live = next(filter(is_live, settings.source), f"{CAMERA}{settings.camera}")
        self._live_name = live_name(live)  # of the frames that were kept
        self._opened: dict[str, Any] = {}
        self._most = most

    def pictures(self) -> Iterator[Picture]:
        """What was on the screen, one picture a recorded frame."""
        for serial, step in enumerate(islice(self._recording.steps, self._most), 1):
            if step.place is None:
                continue
            yield self._offline.draw(replace(self._frame(step.place, step.index), serial=serial), step.events)

    def _frame(self, place: str, index: int) -> Frame:
        if self._recording.frame_file(place) is not None:
            return Frame(self._kept.read(place, index), self._live_name, place=place, index=index)
        if place not in self._opened:
            self._opened[place] = open_at(place)
        return self._opened[place].frame(index)

    def show(self, screen: Screen) -> None:
        """Play in a window until its end, or until it is closed or q is pressed; the last picture stays."""
        with ending_on_signals() as ended:
            for picture in self.pictures():
                begun = time.monotonic()
                screen.show(picture)
                while True:
                    left = 1 / RATE - (time.monotonic() - begun)
                    if _is_over(screen, max(1, int(left * 1e3))) or ended:
                        return
                    if left <= 0:
                        break
            while not (_is_over(screen, 50) or ended):
                pass


def _is_over(screen: Screen, wait_ms: int) -> bool:
    return Key("q") in screen.events(wait_ms) or screen.closed


class Saver:
    """Writes what is shown into a new folder; gives the words for the status line."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = settings.save_dir or Path("deepvis-saved")

    def __call__(self, view: View, picture: Picture) -> str:
        """The window, the unit's map as numbers and as a picture, what went into and came back to the input, and the
        state.
        """
        state, layer = view.state, view.layer
        arrays, pictures = {}, {}
        if view.current is not None:
            arrays["map"] = view.current.acts[state.unit]
            if view.tiles is not None:
                pictures["map"] = to_rgb(_enlarged(view.tiles[state.unit]))
        if view.back_current is not None:
            for rule, signals in view.back_current.signals.items():
                arrays[f"signal-{rule}"] = signals[0]
        for number, shown in enumerate(view.shown):
            pictures[f"input{number or ''}"] = shown
        if view.ascended is not None and view.ascended.picture is not None:
            pictures["ascent"] = view.ascended.picture
        name = snapshot_name(datetime.now(), view.scene.title, layer.title, state.unit)
        told = {
            "net": view.scene.title,
            "unit": f"{layer.blob}:{state.unit}",
            "frame": view.frame.place or view.frame.name if view.frame else None,
            "frame_index": view.frame.index if view.frame else None,
            "settings": _changed(self._settings),
            "state": state_as_plain(state),
            "classes": [[view.scene.labels[n] if n < len(view.scene.labels) else n, p] for p, n in view.result.classes]
            if view.result
            else [],
        }
        return f"saved {write_snapshot(self._folder, name, picture, arrays, pictures, told)}"


def _enlarged(tile: Picture) -> Picture:
    """A unit's tile so large that its positions can be told apart."""
    grown = max(1, 256 // max(tile.shape[:2]))
    return resize_to_fit(tile, tile.shape[0] * grown, tile.shape[1] * grown)
