"""Settings: the order of the layers, where each value came from, and what a wrong one is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import SettingsError
from rag.settings import LoadedSettings, Settings, load_settings


def load(
    directory: Path, toml: str | None = None, environ: dict[str, str] | None = None, **flags: object
) -> LoadedSettings:
    if toml is not None:
        (directory / "rag.toml").write_text(toml, encoding="utf-8")
    return load_settings(flags, directory=directory, environ=environ or {})


def test_a_run_without_any_setting_has_the_defaults_of_the_class(tmp_path: Path) -> None:
    loaded = load(tmp_path)
    assert loaded.settings == Settings()
    assert set(loaded.origins.values()) == {"default"}


def test_a_flag_wins_over_the_environment_which_wins_over_the_file(tmp_path: Path) -> None:
    toml = "k = 3\nport = 3\nmax_sentences = 3"
    loaded = load(tmp_path, toml, {"RAG_K": "4", "RAG_PORT": "4"}, k=5)
    settings = loaded.settings
    assert (settings.k, settings.port, settings.max_sentences) == (5, 4, 3)
    assert [loaded.origins[name] for name in ("k", "port", "max_sentences", "host")] == [
        "flag -k",
        "environment RAG_PORT",
        str(tmp_path / "rag.toml"),
        "default",
    ]


def test_a_flag_of_none_and_an_empty_variable_are_not_given(tmp_path: Path) -> None:
    loaded = load(tmp_path, "generator = 'local'", {"RAG_GENERATOR": ""}, generator=None)
    assert loaded.settings.generator == "local"


@pytest.mark.parametrize(
    ("key", "meant"), [("chunk_token", "chunk_tokens"), ("K", "k"), ("Generator", "generator"), ("hosts", "host")]
)
def test_an_unknown_key_is_refused_with_its_file_and_the_nearest_valid_one(
    tmp_path: Path, key: str, meant: str
) -> None:
    with pytest.raises(SettingsError) as refusal:
        load(tmp_path, f"{key} = 1")
    message = str(refusal.value)
    assert str(tmp_path / "rag.toml") in message
    assert f"'{key}'" in message
    assert f"'{meant}'" in message


@pytest.mark.parametrize(
    ("toml", "environ", "flags", "told"),
    [
        ("k = '5'", {}, {}, ["rag.toml: k = '5'", "integer"]),
        ("k = true", {}, {}, ["rag.toml: k = True", "integer"]),
        ("abstain_threshold = 1.5", {}, {}, ["rag.toml: abstain_threshold = 1.5", "less than or equal to 1"]),
        ("index = ''", {}, {}, ["rag.toml: index = ''", "at least 1 character"]),
        ("", {"RAG_PORT": "http"}, {}, ["environment RAG_PORT: port = 'http'", "integer"]),
        (
            "",
            {"RAG_GENERATOR": "locl"},
            {},
            ["environment RAG_GENERATOR", "'locl'", "'extractive', 'local' or 'openai'"],
        ),
        ("", {}, {"k": 0}, ["flag -k: k = 0", "greater than or equal to 1"]),
        ("", {}, {"port": 70000}, ["flag --port: port = 70000", "65535"]),
    ],
)
def test_a_value_that_cannot_be_is_told_with_its_place(
    tmp_path: Path, toml: str, environ: dict[str, str], flags: dict[str, object], told: list[str]
) -> None:
    with pytest.raises(SettingsError) as refusal:
        load(tmp_path, toml, environ, **flags)
    message = str(refusal.value)
    assert all(part in message for part in told), message
    assert "\n" not in message


@pytest.mark.parametrize("content", [b"k = ", b"\xff\xfe", b"[rag]\nk = 3", b"k = 1\nk = 2"])
def test_a_file_that_is_no_flat_toml_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "rag.toml").write_bytes(content)
    with pytest.raises(SettingsError, match=r"rag\.toml"):
        load(tmp_path)


def test_a_byte_order_mark_before_the_toml_is_read_over(tmp_path: Path) -> None:
    assert load(tmp_path, "\ufeffk = 7").settings.k == 7


def test_the_environment_is_converted_to_each_type(tmp_path: Path) -> None:
    environ = {"RAG_ALLOW_PRIVATE_URLS": "true", "RAG_ABSTAIN_THRESHOLD": "0.25", "RAG_THREADS": "2"}
    settings = load(tmp_path, environ=environ).settings
    assert (settings.allow_private_urls, settings.abstain_threshold, settings.threads) == (True, 0.25, 2)


def test_variables_of_other_programs_with_the_same_prefix_are_left_alone(tmp_path: Path) -> None:
    assert load(tmp_path, environ={"RAG_DEBUG": "1", "RAG_OTHER": "x"}).settings == Settings()


def test_the_usual_key_variable_is_used_only_when_no_key_is_set(tmp_path: Path) -> None:
    usual = {"OPENAI_API_KEY": "usual"}
    fallback = load(tmp_path, environ=usual)
    assert fallback.settings.openai_api_key.get_secret_value() == "usual"
    assert fallback.origins["openai_api_key"] == "environment OPENAI_API_KEY"
    own = load(tmp_path, "openai_api_key = 'own'", usual)
    assert own.settings.openai_api_key.get_secret_value() == "own"


def test_secrets_are_masked_wherever_settings_are_shown(tmp_path: Path) -> None:
    loaded = load(tmp_path, "openai_api_key = 'sesame'\nauth = 'ann:sesame'")
    shown = {row.name: row.value for row in loaded.rows()}
    assert shown["openai_api_key"] == shown["auth"] == "********"
    assert "sesame" not in repr(loaded) + str(loaded.rows())


def test_a_secret_of_the_wrong_type_is_not_repeated_in_the_message(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refusal:
        load(tmp_path, "openai_api_key = 271828")
    assert "271828" not in str(refusal.value)


def test_every_setting_is_explained(tmp_path: Path) -> None:
    rows = load(tmp_path).rows()
    assert [row.name for row in rows] == list(Settings.model_fields)
    assert all(row.description for row in rows)


def test_settings_cannot_be_changed_after_loading(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="frozen"):
        load(tmp_path).settings.k = 3  # type: ignore[misc]


def test_a_setting_whose_name_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="a name that is no text"):
        load_settings({"\ud800": 1}, directory=tmp_path, environ={})
