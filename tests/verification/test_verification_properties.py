"""What holds for any text, and what the stored coefficients must carry."""

import json
import re
import subprocess
import sys
from importlib.resources import files

from hypothesis import given, settings
from hypothesis import strategies as st

from rag.verification import verify
from rag.verification.features import DIRECTIONS
from rag.verification.score import probability, stored_model

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


def test_the_stored_model_says_where_it_comes_from_and_asks_only_for_known_features() -> None:
    text = files("rag.verification").joinpath("score.json").read_text(encoding="utf-8")
    assert {"method", "data", "command", "date"} <= json.loads(text).keys()
    assert set(re.findall(r'"feature": "(\w+)"', text)) <= set(DIRECTIONS)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.0, 4.0), min_size=8, max_size=8), st.sampled_from(sorted(DIRECTIONS)), st.floats(0.0, 4.0))
def test_what_speaks_for_a_claim_never_lowers_its_score(values: list[float], name: str, more: float) -> None:
    features = dict(zip(DIRECTIONS, values, strict=True))
    raised = {**features, name: features[name] + more}
    gained = probability(raised, stored_model()) - probability(features, stored_model())
    assert gained * DIRECTIONS[name] >= -1e-9


def test_the_verifier_loads_no_heavy_library() -> None:
    heavy = "{'torch', 'transformers', 'sklearn', 'onnxruntime', 'faiss', 'gradio', 'spacy'}"
    code = f"import sys, rag.verification; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_reading_a_sentence_does_not_bring_in_a_tensor_framework() -> None:
    code = "import sys, rag.verification.syntax as s; s.parsed('A ferry sank.'); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
