"""What all tests share: where the golden numbers, models and pictures of `../shared` lie, if they are there."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of golden numbers, models and pictures beside the project; a test that needs it skips without."""
    if not SHARED.is_dir():
        pytest.skip(f"needs {SHARED.name}/ beside the project: golden numbers, models and pictures")
    return SHARED
