# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""``make dist``: what others can pin, made of the last commit; the same commit gives the same bytes.

``python -m tests.package.dist FOLDER`` writes there, and nothing else: the wheel and the sdist, the vectors with
their schema, the C headers, the Rust crate, and SHA256SUMS of them.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
#: Name of a tarball -> the parts of the tree that it holds, below its own name.
TARBALLS: Final = {
    "vectors": ("spec/vectors", "spec/schemas/vectors.json", "LICENSES"),
    "c": ("spec/c", "spec/uapi", "LICENSES"),
}
SUMS: Final = "SHA256SUMS"


def make(tree: Path, into: Path, epoch: int) -> None:
    """Make everything of a tree; ``epoch`` (seconds since 1970) is the time of every file in it."""
    into = into.resolve()
    into.mkdir(parents=True, exist_ok=True)
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-t", "wheel", "-d", str(into), cwd=tree,
        env=os.environ | {"SOURCE_DATE_EPOCH": str(epoch)})
    project = tomllib.loads((tree / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for name, parts in TARBALLS.items():
        whole = f"{project['name']}-{name}-{project['version']}"
        (into / f"{whole}.tar.gz").write_bytes(tarball(tree, whole, parts, epoch))
    crate(tree / "spec" / "rust", into)
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(into.iterdir())]
    (into / SUMS).write_text("".join(sums), encoding="ascii")


def tarball(tree: Path, whole: str, parts: tuple[str, ...], epoch: int) -> bytes:
    """Files of the tree without ``spec/`` before them, in the order of their names, owned by nobody."""
    inside = io.BytesIO()
    with tarfile.open(fileobj=inside, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path in sorted(found for part in parts for found in [tree / part, *(tree / part).rglob("*")]):
            if path.is_file():
                name = path.relative_to(tree).as_posix().removeprefix("spec/")
                member = tarfile.TarInfo(f"{whole}/{name}")
                member.size, member.mtime, member.mode = path.stat().st_size, epoch, 0o644
                with path.open("rb") as file:
                    tar.addfile(member, file)
    packed = io.BytesIO()
    with gzip.GzipFile("", "wb", fileobj=packed, mtime=epoch) as file:
        file.write(inside.getvalue())
    return packed.getvalue()


def crate(source: Path, into: Path) -> None:
    """What ``cargo package`` makes; that it builds and passes is the business of its own tests."""
    with tempfile.TemporaryDirectory() as target:
        run("cargo", "package", "-q", "--offline", "--locked", "--no-verify", cwd=source,
            env=os.environ | {"CARGO_TARGET_DIR": target})
        for path in (Path(target) / "package").glob("*.crate"):
            shutil.copyfile(path, into / path.name)


def export(repository: Path, into: Path) -> int:
    """Write the files of the last commit, and nothing else that lies around; its time."""
    packed = subprocess.run(["git", "archive", "HEAD"], cwd=repository, stdout=subprocess.PIPE, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        tar.extractall(into, filter="data")
    return int(run("git", "log", "-1", "--format=%ct", cwd=repository))


def run(*command: str, **options: object) -> str:
    """Run a tool; ends this process with what it wrote if it fails."""
    if shutil.which(command[0]) is None:
        sys.exit(f"{command[0]} is missing")
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    if done.returncode:
        sys.exit(f"{command[0]} ends with {done.returncode}:\n{done.stdout}{done.stderr}")
    return str(done.stdout)


def main(into: Path) -> None:
    """Make everything of the last commit; what the folder had before goes."""
    changed = run("git", "status", "--porcelain", cwd=ROOT)
    if changed:
        print(f"not in it, for not being committed:\n{changed}", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        epoch = export(ROOT, Path(folder))
        shutil.rmtree(into, ignore_errors=True)
        make(Path(folder), into, epoch)
    print((into / SUMS).read_text(encoding="ascii"), end="")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
