"""Models: what deepvis can load by name, from a card of a few lines, or from a prototxt with weights."""

from __future__ import annotations

from deepvis.models.card import ModelCard
from deepvis.models.files import DownloadError
from deepvis.models.load import Model, load
from deepvis.models.samples import sample_images

__all__ = ["DownloadError", "Model", "ModelCard", "load", "sample_images"]
