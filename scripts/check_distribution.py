"""Build the source archive and, from it, the wheel; look into both; install as a stranger would, and run.

The stranger has a compiler, and neither cmake nor ninja on the PATH: pip has to bring them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMPILER = ("c++", "g++", "gcc", "cc", "as", "ld", "ar", "ranlib", "nm", "strip", "objcopy", "objdump", "readelf")
SHELL = ("sh", "bash", "env", "uname", "ldd", "cat", "ls", "getconf")
RUN = """
import importlib.resources, numpy as np, deepvis
net = deepvis.Net.from_text('''
    input: "data" input_shape { dim: 1 dim: 1 dim: 2 dim: 2 }
    layer { name: "relu" type: "ReLU" bottom: "data" top: "out" }''')
out = net.forward(data=np.array([[[[1, -1], [2, -2]]]]))["out"]
assert out.ravel().tolist() == [1, 0, 2, 0], out
nets = [path.name for path in (importlib.resources.files("deepvis") / "prototxt").iterdir()]
assert any(name.endswith(".prototxt") for name in nets), nets
print("installed deepvis", deepvis.__version__, "with", len(nets), "nets")
"""


def main() -> int:
    dist = ROOT / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "build", "--outdir", dist, ROOT], check=True)
    (sdist,) = dist.glob("*.tar.gz")
    (wheel,) = dist.glob("*.whl")
    check_wheel(wheel)
    install_and_run(sdist)
    print(f"{sdist.relative_to(ROOT)}\n{wheel.relative_to(ROOT)}")
    return 0


def check_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    source = {path.relative_to(ROOT).as_posix() for path in (ROOT / "deepvis").rglob("*") if is_source(path)}
    nets = {f"deepvis/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "prototxt").glob("*.prototxt")}
    missing = (source | nets) - names
    native = {name for name in names if name.startswith("deepvis/_native.") and name.endswith(".so")}
    licence = {name for name in names if name.endswith(".dist-info/licenses/LICENSE")}
    strange = {name for name in names if not name.startswith(("deepvis/", "deepvis-"))}
    if missing or strange or len(native) != 1 or len(licence) != 1:
        sys.exit(f"{wheel.name}: missing {missing}, not ours {strange}, native {native}, licence {licence}")


def is_source(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


def install_and_run(sdist: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tools = Path(folder) / "tools"
        tools.mkdir()
        for name in (*COMPILER, *SHELL):
            if found := shutil.which(name):
                (tools / name).symlink_to(found)
        venv.create(Path(folder) / "venv", with_pip=True)
        environment = {**os.environ, "PATH": str(tools)}
        python = Path(folder) / "venv" / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "-q", sdist], check=True, env=environment)
        subprocess.run([python, "-c", RUN], check=True, env=environment, cwd=folder)


if __name__ == "__main__":
    sys.exit(main())
