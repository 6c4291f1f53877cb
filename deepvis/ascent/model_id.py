"""Which net a result was found on, so that it can be told from any other."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from deepvis.errors import Error
from deepvis.models import Model
from deepvis.models.load import resolve_weights


@dataclass(frozen=True)
class ModelId:
    """A model's name, and the SHA-256 of its files; no weights means those that the prototxt's fillers draw."""

    name: str
    prototxt: str
    weights: str | None = None

    def check(self, other: ModelId) -> None:
        """Refuse another net than this one; its name may differ. Raises Error."""
        for what, mine, theirs in (
            ("prototxt", self.prototxt, other.prototxt),
            ("weights", self.weights, other.weights),
        ):
            if mine != theirs:
                raise Error(
                    f"this was found on {self.name} with {what} of SHA-256 {_short(mine)}, not {_short(theirs)} as "
                    f"{other.name} has; load the model that it was found on"
                )


def identify(name: str, prototxt: Path, weights: Path | None) -> ModelId:
    """A model from its files. Raises OSError."""
    return ModelId(name, _sha256(prototxt), None if weights is None else _sha256(weights))


def identify_model(model: Model) -> ModelId:
    """A loaded model. Raises OSError."""
    return identify(model.name, model.card.prototxt, resolve_weights(model.card, progress=False))


def _sha256(path: Path) -> str:
    about = path.stat()
    return _hash_of(path, (about.st_mtime_ns, about.st_size))


@lru_cache(maxsize=64)
def _hash_of(path: Path, _version: tuple[int, int]) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while data := file.read(1 << 20):
            digest.update(data)
    return digest.hexdigest()


def _short(digest: str | None) -> str:
    return "none" if digest is None else f"{digest[:12]}…"
