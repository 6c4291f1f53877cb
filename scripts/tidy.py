"""Run clang-tidy over the native sources, several at a time, skipping those that were clean before.

A source is known by a hash of itself, of every header, of .clang-tidy and of its compile commands; the hashes of clean
sources are kept in the build directory.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--build", type=Path, required=True, help="where compile_commands.json is")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()

    tidy = shutil.which("clang-tidy", path=str(ROOT / ".venv" / "bin")) or shutil.which("clang-tidy")
    if tidy is None:
        sys.exit("clang-tidy is not installed: run `make venv`")
    commands = json.loads((arguments.build / "compile_commands.json").read_text())
    headers = hashlib.sha256()
    for path in [ROOT / ".clang-tidy", *sorted((ROOT / "native").rglob("*.hpp"))]:
        headers.update(path.read_bytes())
    clean_before = arguments.build / "tidy-clean"
    clean_before.mkdir(exist_ok=True)

    # clang has its own headers, but GCC's omp.h.
    compiler = commands[0]["command"].split()[0]
    headers_of_gcc = subprocess.check_output([compiler, "-print-file-name=include"], text=True).strip()

    # A source that is compiled for several instruction sets has several commands; clang-tidy runs them all.
    commands_of: dict[Path, list[str]] = {}
    for entry in commands:
        commands_of.setdefault(Path(entry["file"]), []).append(entry["command"])

    pending: list[tuple[Path, Path]] = []
    for source, lines in commands_of.items():
        if ROOT / "native" not in source.parents or source.suffix != ".cpp":
            continue
        key = hashlib.sha256(headers.digest() + source.read_bytes() + "\n".join(lines).encode()).hexdigest()
        if not (clean_before / key).exists():
            pending.append((source, clean_before / key))

    def check(job: tuple[Path, Path]) -> tuple[Path, subprocess.CompletedProcess[str]]:
        source, stamp = job
        result = subprocess.run(
            [tidy, "-p", arguments.build, "--quiet", f"--extra-arg=-idirafter{headers_of_gcc}", source],
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode == 0:
            stamp.touch()
        return source, result

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for source, result in pool.map(check, pending):
            if result.returncode:
                failed += 1
                print(f"{source.relative_to(ROOT)}:\n{result.stdout}{result.stderr}")
    print(f"clang-tidy: {len(pending)} sources checked, {failed} with findings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
