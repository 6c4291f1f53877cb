"""A search as one page for any browser: pictures and scripts are within it, nothing is fetched."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import cv2
import numpy as np

from deepvis.ascent.album import jpeg
from deepvis.atomic import write_atomically
from deepvis.render import Picture

SIDE = 180  # pixels of a thumbnail at most
_QUALITY = 82
_PAGE = Path(__file__).with_name("contact_sheet.html")


@dataclass(frozen=True, eq=False)
class Shot:
    """One combination's picture of one unit: a JPEG file's bytes, and what was reached."""

    thumbnail: bytes
    objective: float
    words: str = ""


@dataclass(frozen=True, eq=False)
class Card:
    """One combination: its number, its parameters, and a shot of each unit that is done, by the unit's name."""

    number: int
    parameters: Mapping[str, float]
    shots: Mapping[str, Shot]


def thumbnail(picture: Picture) -> bytes:
    """A picture as a small JPEG file."""
    scale = SIDE / max(picture.shape[:2])
    height, width = (max(1, round(side * scale)) for side in picture.shape[:2])
    kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small = cv2.resize(picture, (width, height), interpolation=kind).astype(np.uint8, copy=False)
    return jpeg(small, _QUALITY)


def page(title: str, lead: str, units: Sequence[str], cards: Sequence[Card]) -> str:
    """The page. Cards are in their order; buttons sort and filter them."""
    names = sorted({name for card in cards for name in card.parameters})
    sorts = [("number", "number"), *((f"objective{i}", f"objective of {unit}") for i, unit in enumerate(units))]
    sorts += [(name, name) for name in names]
    options = "\n".join(f'<option value="{escape(key)}">{escape(words)}</option>' for key, words in sorts)
    body = "\n".join(_card(card, units) for card in cards)
    parts = {"TITLE": escape(title), "LEAD": escape(lead), "SORTS": options, "CARDS": body}
    parts["NAMES"] = escape(", ".join(names))
    return re.sub(r"<!--([A-Z]+)-->", lambda found: parts[found[1]], _PAGE.read_text(encoding="utf-8"))


def write_page(path: Path, title: str, lead: str, units: Sequence[str], cards: Sequence[Card]) -> None:
    """Write the page in one step. Raises OSError."""
    write_atomically(path, page(title, lead, units, cards).encode())


def _card(card: Card, units: Sequence[str]) -> str:
    facts = {"number": float(card.number), **card.parameters}
    facts |= {f"objective{i}": card.shots[unit].objective for i, unit in enumerate(units) if unit in card.shots}
    data = " ".join(f"{key}={value:.6g}" for key, value in facts.items() if np.isfinite(value))
    shots = "".join(_shot(unit, card.shots[unit]) for unit in units if unit in card.shots)
    words = " ".join(f"<span>{escape(key)} <b>{value:g}</b></span>" for key, value in card.parameters.items())
    return (
        f'<figure id="n{card.number}" data-facts="{escape(data)}"><div class="shots">{shots}</div>'
        f'<figcaption><a href="#n{card.number}">{card.number}</a> {words}</figcaption></figure>'
    )


def _shot(unit: str, shot: Shot) -> str:
    source = f"data:image/jpeg;base64,{base64.b64encode(shot.thumbnail).decode()}"
    title = escape(f"{unit}: {shot.objective:.4g}" + (f". {shot.words}" if shot.words else ""))
    return (
        f'<div><img src="{source}" alt="{escape(unit)}" title="{title}" loading="lazy">'
        f"<small>{escape(unit)} <b>{shot.objective:.4g}</b></small></div>"
    )
