"""A second net's opinion of pictures: the net that a picture was made for says 1.00 to nearly anything."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deepvis.ascent import Classes
from deepvis.errors import UnknownNameError
from deepvis.models import Model
from deepvis.render import Picture


@dataclass(frozen=True)
class Verdict:
    """The probability of a class, and its rank among all, from 1."""

    probability: float
    rank: int

    def __str__(self) -> str:
        return f"{self.probability:.3f} #{self.rank}"


class Judge:
    """Gives the probability and the rank of a class in pictures as they are shown."""

    def __init__(self, model: Model) -> None:
        """Raises UnknownNameError for a model that does not classify."""
        if model.class_blob is None:
            raise UnknownNameError(f"{model.name} has no classes, and cannot say what it recognises")
        self._model = model

    @property
    def name(self) -> str:
        """The net's name."""
        return self._model.name

    def number(self, number: int, label: str | None) -> int:
        """This net's class for another's: by its label, or the number where neither net has labels."""
        if label is None or not self._model.labels:
            return number
        if number < len(self._model.labels) and self._model.labels[number] == label:
            return number
        try:
            return Classes(self._model.labels).number(label)
        except UnknownNameError:
            return Classes(self._model.labels).number(label.split(",")[0])

    def of(self, picture: Picture, number: int) -> Verdict:
        """What it says of a picture (H, W, 3) and a class of its own. Raises UnknownNameError."""
        blob = str(self._model.class_blob)
        self._model.forward(picture, end=blob)
        scores = np.asarray(self._model.net.blobs[blob]).reshape(-1)
        if number >= len(scores):
            raise UnknownNameError(f"{self.name} has {len(scores)} classes, and none is number {number}")
        return Verdict(float(scores[number]), 1 + int(np.count_nonzero(scores > scores[number])))
