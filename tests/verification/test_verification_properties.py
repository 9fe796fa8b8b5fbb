"""What holds for any text, and what the stored coefficients must carry."""

import json
import subprocess
import sys
from importlib.resources import files

from hypothesis import given, settings
from hypothesis import strategies as st

from rag.verification import verify
from rag.verification.features import NAMES
from rag.verification.score import coefficients, probability

SUBJECTS = st.sampled_from(["The ferry", "Kari Lund", "A retired baker", "The Velle council", "Norwegian divers"])
ACTS = st.sampled_from(["repaired the lighthouse", "sold a red boat", "did not open the archive", "may close the mill"])
ENDS = st.sampled_from(["on 3 May 2021", "for $4.5 million", "near Torvik", "after two years", "with about 30 friends"])


@st.composite
def sentences(draw: st.DrawFn) -> str:
    return f"{draw(SUBJECTS)} {draw(ACTS)} {draw(ENDS)}."


@settings(max_examples=60, deadline=None)
@given(sentences(), st.lists(sentences(), max_size=3))
def test_a_sentence_supports_itself_wherever_it_stands(sentence: str, others: list[str]) -> None:
    assert verify(sentence, [" ".join([*others, sentence])]).verdict == "supported"


@settings(max_examples=60, deadline=None)
@given(sentences(), st.integers(min_value=101, max_value=999_999))
def test_a_number_that_the_evidence_lacks_is_never_supported(sentence: str, number: int) -> None:
    if str(number) not in sentence.replace(",", ""):
        claim = f"{sentence[:-1]} with {number} geese."
        assert verify(claim, [sentence]).verdict != "supported"


@settings(max_examples=60, deadline=None)
@given(sentences(), st.sampled_from(["Ivo Marek", "Zelda Okoro", "Peruvian Airlines"]))
def test_a_name_that_the_evidence_lacks_is_never_supported(sentence: str, name: str) -> None:
    assert verify(f"{sentence[:-1]} for {name}.", [sentence]).verdict != "supported"


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=120), st.lists(st.text(max_size=200), max_size=3))
def test_any_text_is_judged_without_an_error(claim: str, evidence: list[str]) -> None:
    judged = verify(claim, evidence, context=evidence)
    assert 0.0 <= judged.score <= 1.0
    assert judged.verdict in ("supported", "partly", "unsupported", "contradicted", "no_claim")


def test_the_stored_coefficients_say_where_they_come_from() -> None:
    stored = json.loads(files("rag.verification").joinpath("coefficients.json").read_text(encoding="utf-8"))
    assert {"method", "data", "command", "date"} <= stored.keys()
    assert tuple(stored["model"]["weights"]) == NAMES


def test_more_coverage_never_scores_lower() -> None:
    model = coefficients()
    low = {"coverage": 0.4, "pair_coverage": 0.5, "rarest_missing": 0.8}
    assert probability(low, model) < probability({**low, "coverage": 0.9}, model)


def test_the_verifier_loads_no_heavy_library() -> None:
    heavy = "{'torch', 'transformers', 'sklearn', 'onnxruntime', 'faiss', 'gradio', 'spacy'}"
    code = f"import sys, rag.verification; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_reading_a_sentence_does_not_bring_in_a_tensor_framework() -> None:
    code = "import sys, rag.verification.syntax as s; s.parsed('A ferry sank.'); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
