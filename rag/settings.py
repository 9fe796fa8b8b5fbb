"""Settings: defaults < `rag.toml` < environment `RAG_…` < flags, each value with the place it came from.

Every layer is checked on its own, so that a wrong value is reported with the file, variable or flag that holds it.
Values in `rag.toml` must have their TOML type (`k = "10"` is refused); the environment has only strings, so those are
converted. An empty variable counts as unset, and a `RAG_…` variable that is no setting is left alone, as other programs
use that prefix too. Knows nothing of what a setting is used for: whether a model or a folder exists is found out by
the stage that opens it.
"""

from __future__ import annotations

import difflib
import os
import reprlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from rag.errors import SettingsError
from rag.locations import shown as without_password

FILE_NAME = "rag.toml"
ENVIRONMENT_PREFIX = "RAG_"
_SECRETS = ("openai_api_key", "auth")
_Name = Annotated[str, Field(min_length=1)]


class Settings(BaseModel):
    """Everything a person can set. Frozen; a field's description is what `rag settings` prints."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, protected_namespaces=())

    index: _Name = Field("embeddings", description="folder of the built index")
    corpus: _Name = Field("corpus", description="folder of articles that app.py indexes at start")
    encoder: _Name = Field("all-MiniLM-L6-v2", description="bi-encoder: the bundled one, a local folder or a hub name")
    encoder_backend: Literal["auto", "onnx", "sentence-transformers"] = Field(
        "auto", description="runtime of the encoder; auto takes the fastest that can run it"
    )
    encoder_precision: Literal["fp32", "int8"] = Field(
        "fp32", description="fp32 is exact; int8 encodes faster, its vectors are a little off; changing it re-encodes"
    )
    chunk_tokens: int = Field(
        160, ge=16, le=8192, description="tokens of a passage at most, within the encoder's limit"
    )
    overlap_sentences: int = Field(1, ge=0, le=10, description="sentences that neighbouring passages share")
    k: int = Field(10, ge=1, le=1000, description="passages retrieved for a question")
    reranker: str = Field(
        "", description="folder or hub name of a CrossEncoder that ranks what was found once more; empty is none"
    )
    generator: Literal["extractive", "local", "openai"] = Field(
        "extractive", description="extractive (quotes only, no model), local (transformers) or openai (an endpoint)"
    )
    model: str = Field("", description="for local: a folder, GGUF file or hub name; empty is SmolLM2-135M-Instruct")
    openai_base_url: str = Field("", description="for openai: address of the compatible endpoint")
    openai_model: str = Field("", description="for openai: model name")
    openai_api_key: SecretStr = Field(SecretStr(""), description="for openai: key; OPENAI_API_KEY is used when empty")
    generator_timeout_s: float = Field(
        120.0, gt=0, le=3600, description="seconds a generator may take; then quotes stand in and the answer says so"
    )
    models_dir: str = Field("", description="folder of prepared model weights; empty is the user's cache folder")
    host: _Name = Field("127.0.0.1", description="address the web chat listens on")
    port: int = Field(7860, ge=0, le=65535, description="port of the web chat; 0 takes a free one")
    auth: str = Field("", repr=False, description="login of the web chat: user:password, or a file of `rag password`")
    allowed_hosts: str = Field("", description="further names the web chat is called by, as behind a proxy; commas")
    abstain_threshold: float | None = Field(
        None, ge=0, le=1, description="refuse below this confidence, 0 to 1; unset is the calibrated value"
    )
    max_sentences: int = Field(3, ge=1, le=20, description="sentences of an answer at most")
    max_file_mb: int = Field(50, ge=1, description="a larger file is not read")
    allow_private_urls: bool = Field(False, description="whether URLs into private networks may be read")
    threads: int = Field(0, ge=0, le=1024, description="CPU threads of the models; 0 lets the runtime choose")


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One line of `rag settings`. A secret's value is masked."""

    name: str
    value: str | int | float | bool | None
    origin: str
    description: str


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """The settings, and where each value came from: `default`, a file's path, `environment …` or `flag …`."""

    settings: Settings
    origins: dict[str, str]

    def rows(self) -> list[SettingRow]:
        """Return every setting in the order of the class, fit to show: secrets masked."""
        rows = []
        for name, field in Settings.model_fields.items():
            value = getattr(self.settings, name)
            shown = value.get_secret_value() if isinstance(value, SecretStr) else value
            if name in _SECRETS and shown:
                shown = "********"
            if name == "index":
                shown = without_password(shown)
            rows.append(SettingRow(name, shown, self.origins[name], field.description or ""))
        return rows


@dataclass(frozen=True, slots=True)
class _Layer:
    """Values of one place; `origin` holds for each name where it stands."""

    values: dict[str, object]
    origins: dict[str, str]
    strict: bool = False


def load_settings(
    overrides: Mapping[str, object] | None = None,
    *,
    directory: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> LoadedSettings:
    """Return the settings for a run in `directory` (default: the current one); an override of None is no override.

    Raises SettingsError with the place, the name and the value when a key is unknown or a value cannot be.
    """
    environment = os.environ if environ is None else environ
    layers = (
        _file_layer((Path.cwd() if directory is None else directory) / FILE_NAME),
        _environment_layer(environment),
        _flag_layer(overrides or {}),
    )
    values: dict[str, object] = {}
    origins = dict.fromkeys(Settings.model_fields, "default")
    for layer in layers:
        values |= _checked(layer)
        origins |= layer.origins
    key = environment.get("OPENAI_API_KEY", "")
    if key and not _is_set(values.get("openai_api_key")):
        values["openai_api_key"], origins["openai_api_key"] = SecretStr(key), "environment OPENAI_API_KEY"
    return LoadedSettings(Settings.model_validate(values), origins)


def nearest(word: str, choices: Iterable[str]) -> str:
    """Return ` (did you mean …?)` with the choice most like `word`, or nothing when none is like it."""
    close = difflib.get_close_matches(word.lower(), list(choices), n=1, cutoff=0.6)
    return f" (did you mean '{close[0]}'?)" if close else ""


def _is_set(secret: object) -> bool:
    return isinstance(secret, SecretStr) and bool(secret.get_secret_value())


def _checked(layer: _Layer) -> dict[str, object]:
    """Return the layer's values with their right types, or say which is wrong and where it stands."""
    try:
        model = Settings.model_validate(layer.values, strict=layer.strict)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        if not first["loc"]:  # half a surrogate pair
            raise SettingsError("a setting has a name that is no text; `rag settings` lists the known ones") from None
        name = str(first["loc"][0])
        place = layer.origins[name]
        if first["type"] == "extra_forbidden":
            known = nearest(name, Settings.model_fields) or "; `rag settings` lists the known ones"
            raise SettingsError(f"{place}: no setting is called '{name}'{known}") from None
        value = "********" if name in _SECRETS else reprlib.repr(layer.values[name])
        what = first["msg"].removeprefix("Input ").removeprefix("String ")
        raise SettingsError(f"{place}: {name} = {value} {what}") from None
    return {name: getattr(model, name) for name in layer.values}


def _file_layer(path: Path) -> _Layer:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return _Layer({}, {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from None
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None
    return _Layer(dict(values), dict.fromkeys(values, str(path)), strict=True)


def _environment_layer(environ: Mapping[str, str]) -> _Layer:
    values: dict[str, object] = {}
    origins: dict[str, str] = {}
    for name in Settings.model_fields:
        variable = ENVIRONMENT_PREFIX + name.upper()
        if environ.get(variable):
            values[name], origins[name] = environ[variable], f"environment {variable}"
    return _Layer(values, origins)


def _flag_layer(overrides: Mapping[str, object]) -> _Layer:
    given = {name: value for name, value in overrides.items() if value is not None}
    return _Layer(given, {name: f"flag {_flag(name)}" for name in given})


def _flag(name: str) -> str:
    return f"-{name}" if len(name) == 1 else f"--{name.replace('_', '-')}"
