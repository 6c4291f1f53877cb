"""Class names, one a line; the index of the line is the class."""

from __future__ import annotations

import re
from pathlib import Path

from deepvis.errors import FormatError

IMAGENET_CLASSES = 1000
_LINES_LIMIT = 1_000_000


def imagenet_labels() -> Path:
    """The names of the 1000 classes of ILSVRC-2012, in the order of their WordNet numbers. See
    PROVENANCE.md."""
    return Path(__file__).parent / "imagenet_labels.txt"


def read_labels(path: Path) -> list[str]:
    """Labels of a text file; a leading WordNet number (n01440764, as in synset_words.txt) is cut, synonyms
    stay."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FormatError(f"{path}: cannot read the labels, one class a line in UTF-8: {error}") from error
    lines = text.splitlines()
    if not lines or len(lines) > _LINES_LIMIT:
        raise FormatError(f"{path}: expected one class a line, found {len(lines)} lines")
    return [re.sub(r"^n\d{8}\s+", "", line.strip()) for line in lines]
