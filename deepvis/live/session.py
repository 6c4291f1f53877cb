"""From settings to what a viewer is made of: pictures to look at, and a model to look with."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import deepvis
from deepvis.errors import Error
from deepvis.live.build import Stage, stage_of, stage_without_net
from deepvis.live.settings import Settings
from deepvis.live.sources import (
    Entry,
    LiveSource,
    PictureFiles,
    SourceOptions,
    is_live,
    live_name,
    open_files,
    open_live,
    read_list,
)
from deepvis.models import Model, load, sample_images

TRY_AGAIN = " \u2013 f5 tries again"  # ends what a window says of a model that does not load


@dataclass(frozen=True, eq=False)
class Sources:
    """Picture files, if there are any; the spec of what runs by itself, if anything; which of them is first."""

    files: PictureFiles | None
    live: str | None
    begins_live: bool
    options: SourceOptions

    @property
    def there(self) -> dict[str, bool]:
        """What there is, as stage_for takes it."""
        return {"has_files": self.files is not None, "has_live": self.live is not None}

    @property
    def live_name(self) -> str:
        """What to call it."""
        return live_name(self.live) if self.live else "the camera"

    def open_live(self) -> LiveSource:
        """Open the camera or video."""
        if self.live is None:
            raise Error("no camera: the setting camera is null")
        return open_live(self.live, self.options)


def sources_of(settings: Settings) -> Sources:
    """What the settings say to look at; without a word the sample pictures, and the camera on a key."""
    live = [spec for spec in settings.source if is_live(spec)]
    stills = [spec for spec in settings.source if not is_live(spec)]
    if len(live) > 1:
        raise Error(f"one camera or video at a time, not {len(live)}: {', '.join(live)}")
    files = open_files(stills) if stills else _folder(settings) if settings.files_dir else _samples()
    if not live and files is None:
        raise Error("no pictures: give --source, or install the samples with pip install 'deepvis[samples]'")
    camera = None if settings.camera is None else f"camera:{settings.camera}"
    options = SourceOptions(
        camera_size=settings.camera_size,
        camera_fps=settings.camera_fps,
        mirror=settings.mirror,
        autocontrast=settings.autocontrast,
        loop=settings.loop,
        speed=settings.speed,
    )
    return Sources(files, live[0] if live else camera, bool(live), options)


def _samples() -> PictureFiles | None:
    paths = [str(path) for path in sample_images()]
    return open_files(paths) if paths else None


def _folder(settings: Settings) -> PictureFiles:
    """The classic's static_files_*: a folder whose names match, or names from a list that are relative to it."""
    folder = settings.files_dir or Path()
    if settings.files_mode != "directory":
        names = settings.files_list or Path("images_file_list.txt")
        return PictureFiles(lambda: read_list(names, folder))
    files = open_files([str(folder)])
    if settings.files_regexp is None:
        return files
    pattern = re.compile(settings.files_regexp, re.IGNORECASE if settings.files_ignore_case else 0)
    return PictureFiles(lambda: [Entry(path) for path in files.paths() if pattern.match(path.name)])


def model_of(settings: Settings) -> Model:
    """The model that the settings name. Raises deepvis.Error."""
    if settings.threads:
        deepvis.set_num_threads(settings.threads)
    weights = str(settings.weights) if settings.weights else None
    options = {"precision": settings.precision}
    return load(settings.model, weights, device=settings.device, net_options=options, **dict(_card(settings)))


def _card(settings: Settings) -> Iterable[tuple[str, Any]]:
    """What settings say instead of the model's card."""
    said = {
        "mean": settings.mean,
        "order": settings.channel_order,
        "labels": settings.labels,
        "label_layers": settings.label_layers,
        "class_blob": settings.class_blob,
    }
    for key, value in said.items():
        if value is not None:
            yield key, str(value) if isinstance(value, Path) else list(value) if isinstance(value, tuple) else value


def stage_for(settings: Settings, *, has_files: bool, has_live: bool) -> tuple[Stage, list[str]]:
    """The stage with the settings' model, and notes on what was guessed. Raises deepvis.Error."""
    model = model_of(settings)
    return stage_of(model, settings, has_files=has_files, has_live=has_live), model.notes


def stage_or_word(settings: Settings, *, has_files: bool, has_live: bool) -> tuple[Stage, list[str]]:
    """The same; but a model that cannot be loaded leaves a viewer that says so, and works."""
    try:
        return stage_for(settings, has_files=has_files, has_live=has_live)
    except (Error, OSError, MemoryError) as error:
        problem = f"{error or type(error).__name__}{TRY_AGAIN}"
        return stage_without_net(settings, problem, has_files=has_files, has_live=has_live), []
