"""Golden cases: small nets and numbers that the original Caffe printed.

The cases copied into this folder always run; with `../shared` beside the project, all of its cases do.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import deepvis

HERE = Path(__file__).resolve().parent
SHARED = HERE.parent.parent.parent / "shared" / "golden"


def cases(kind: str) -> list[Path]:
    """Folders of the golden cases of a kind: those in ../shared where it is there, else the copies here."""
    folder = SHARED / kind if (SHARED / kind).is_dir() else HERE / kind
    return sorted(path.parent for path in folder.glob("*/expected.npz"))


@pytest.fixture(params=["best", "portable", "reference"])
def kernels(request: pytest.FixtureRequest) -> deepvis.net.Kernels:
    """Each set of kernels: what the original printed holds for all of them."""
    chosen: deepvis.net.Kernels = request.param
    return chosen


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for kind in ("layers", "nets"):
        fixture = f"golden_{kind[:-1]}"
        if fixture not in metafunc.fixturenames:
            continue
        found = cases(kind)
        absent = pytest.param(None, marks=pytest.mark.skip(f"needs shared/golden/{kind} beside the project"))
        metafunc.parametrize(fixture, found or [absent], ids=[path.name for path in found] or ["absent"])
