"""Measure the readers on folders of evaluation data given as arguments; prints one JSON line a measurement.

    python benchmarks/bench_readers.py loss CORPUS.jsonl [--limit 200]   words of clean articles that are dropped
    python benchmarks/bench_readers.py pages FOLDER     F1 on pages with gold text (ground-truth.json, html/*.gz)
    python benchmarks/bench_readers.py dump FOLDER      the same on the pages' whole text, without any markup
    python benchmarks/bench_readers.py files MANIFEST.jsonl   awkward files: read, named, words kept, encodings
    python benchmarks/bench_readers.py dates LABELS     publication dates by day (evaldata.json, gold.jsonl; html/*.gz)

Words kept: the share of the gold text's words (`\\w+`, case folded, as a multiset) that the articles read from the
file hold; a file that is refused keeps none. Gold texts are Markdown, which has no words for three things it marks up,
so that these do not count: link targets and entities, LaTeX commands (`\\frac`), and the repetition of a cell that
spans several columns or rows. An encoding is right when the text equals Python's decoding by the true one; characters
that Python's table leaves undefined or as controls are not compared (browsers know them in TIS-620). F1 is that of the
Article Extraction Benchmark (Zyte): multiset overlap of 4-grams of `\\w+` tokens, precision and recall averaged over
pages. `--show` adds the worst cases.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rag.errors import ReadError
from rag.readers.markdown import rendered
from rag.readers.origin import Failure, Origin, ReadLimits
from rag.readers.parsing import parsed
from rag.readers.reading import read
from rag.readers.tables import field_paragraphs

_LINK = re.compile(r"https?://\S+|&\w+;")
_LATEX = re.compile(r"\\[a-zA-Z]+")
_TOKEN = re.compile(r"\w+")


def tokens(text: str) -> list[str]:
    """Return the tokens that all measures here count."""
    return _TOKEN.findall(text)


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """Return the multiset of 4-grams; a shorter text is one shingle."""
    words = tokens(text)
    return Counter(tuple(words[i : i + 4]) for i in range(max(1, len(words) - 3))) if words else Counter()


def precision_recall(gold: str, found: str) -> tuple[float, float]:
    """Return precision and recall of one page."""
    wanted, got = shingles(gold), shingles(found)
    hits = (wanted & got).total()
    return (hits / got.total() if got else float(not wanted)), (hits / wanted.total() if wanted else 1.0)


def kept_share(gold: str, found: str) -> float:
    """Return the share of gold tokens, case folded, that `found` holds."""
    wanted = Counter(tokens(gold.lower()))
    return (wanted & Counter(tokens(found.lower()))).total() / max(wanted.total(), 1)


def gold_words(markdown: str) -> str:
    """Return the words of a gold text without what Markdown only uses as markup: see the top of this file."""
    above: list[str] = []
    kept = []
    for paragraph in rendered(markdown)[1]:
        cells = paragraph.split(" | ")
        spanned = {i for i, cell in enumerate(cells) if i and cell == cells[i - 1] and cell.strip()}
        spanned |= {i for i, cell in enumerate(cells) if len(above) == len(cells) > 1 and cell == above[i]}
        kept.append(" ".join(cell for i, cell in enumerate(cells) if i not in spanned))
        above = cells
    return _LATEX.sub(" ", _LINK.sub(" ", " ".join(kept)))


def measure_dates(labels: Path, show: int) -> None:
    """Print how many publication dates of labelled pages are read as the right day."""
    pages = [json.loads(line) for line in labels.open(encoding="utf-8")] if labels.suffix == ".jsonl" else [
        {"url": url, **page} for url, page in json.loads(labels.read_text(encoding="utf-8")).items()
    ]  # fmt: skip
    wrong, dated = [], 0
    for page in pages:
        day = (page.get("date") or page.get("publishedTime") or "")[:10]
        if not day:
            continue
        dated += 1
        file = labels.parent / "html" / (page.get("file") or f"{page['id']}.html.gz")
        origin = Origin(file.name, f"{file.name}.html", url=page.get("url"))
        try:
            outcomes = list(parsed("html", gzip.decompress(file.read_bytes()), origin, ReadLimits()))
        except ReadError as error:
            outcomes = [Failure(file.name, str(error))]
        found = next((o.metadata.published for o in outcomes if not isinstance(o, Failure)), None)
        if (found or "")[:10] != day:
            wrong.append((file.name, day, found))
    print(json.dumps({"measure": "dates", "dated": dated, "right": dated - len(wrong)}))
    print(*wrong[:show], sep="\n")


def measure_loss(corpus: Path, limit: int, show: int) -> None:
    """Print what is lost when clean articles are read as text files and as fields."""
    rows = [json.loads(line) for line in corpus.open(encoding="utf-8")]
    rows = rows[:: max(1, len(rows) // limit)][:limit]
    lost_text, lost_field, total, worst = 0, 0, 0, []
    for row in rows:
        words = Counter(tokens(row["text"]))
        as_text = _text(parsed("text", row["text"].encode(), Origin("x", "x.txt"), ReadLimits()))
        as_field = "\n\n".join(field_paragraphs(row["text"]))
        missing = words - Counter(tokens(as_text))
        lost_text += missing.total()
        lost_field += (words - Counter(tokens(as_field))).total()
        total += words.total()
        worst.append((missing.total() / max(words.total(), 1), row["id"], as_text, row["text"]))
    worst.sort(reverse=True, key=lambda item: item[0])
    shares = [share for share, *_ in worst]
    print(json.dumps({
        "measure": "loss", "articles": len(rows), "words": total, "dropped_as_text": round(lost_text / total, 5),
        "dropped_as_field": round(lost_field / total, 5), "median": statistics.median(shares),
        "over_5_percent": sum(share > 0.05 for share in shares),
    }))  # fmt: skip
    for share, name, kept, text in worst[:show]:
        kept_lines = set(kept.split("\n\n"))
        dropped = [line for line in text.split("\n") if line.strip() and " ".join(line.split()) not in kept_lines]
        print(f"--- {name} {share:.3f}", *(line[:160] for line in dropped[:12]), sep="\n    ")


def measure_pages(folder: Path, show: int, *, dump: bool) -> None:
    """Print F1 on web pages, as pages or (`dump`) as their bare text."""
    gold = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
    started, scores, failed, dated = time.perf_counter(), [], [], 0
    for name, page in gold.items():
        data = gzip.decompress((folder / "html" / f"{name}.html.gz").read_bytes())
        origin = Origin(name, f"{name}.html", url=page.get("url"))
        try:
            if dump:
                data, origin = _bare_text(data).encode(), Origin(name, f"{name}.txt")
            outcomes = list(parsed("text" if dump else "html", data, origin, ReadLimits()))
        except ReadError as error:
            outcomes, _ = [], failed.append((name, str(error)))
        dated += sum(not isinstance(o, Failure) and o.metadata.published is not None for o in outcomes)
        scores.append((*precision_recall(page["articleBody"], _text(iter(outcomes))), name, page.get("url", "")))
    precision, recall = statistics.fmean(s[0] for s in scores), statistics.fmean(s[1] for s in scores)
    f1 = 2 * precision * recall / (precision + recall)
    print(json.dumps({
        "measure": "dump" if dump else "pages", "pages": len(scores), "F1": round(f1, 4),
        "precision": round(precision, 4), "recall": round(recall, 4), "failed": failed, "dated": dated,
        "seconds": round(time.perf_counter() - started, 1),
    }))  # fmt: skip
    for precision, recall, name, url in sorted(scores, key=lambda s: s[0] + s[1])[:show]:
        print(f"    P {precision:.3f} R {recall:.3f} {name[:10]} {url[:90]}")


def measure_files(manifest: Path, show: int) -> None:
    """Print what becomes of every file of a manifest: read or named with a cause, words kept, encoding."""
    rows = [json.loads(line) for line in manifest.open(encoding="utf-8")]
    read_files, causes, kept, weights, encodings, slow = 0, [], [], [], [0, 0], []
    for row in rows:
        started = time.perf_counter()
        outcomes = list(read([str(manifest.parent / row["file"])]))
        seconds = time.perf_counter() - started
        failures = [o.error for o in outcomes if isinstance(o, Failure)]
        text = _text(iter(outcomes))
        read_files += bool(text)
        causes += [(row["file"], cause) for cause in failures[:1]]
        if seconds > 5:
            slow.append((row["file"], round(seconds, 1)))
        if row.get("gold"):
            gold = gold_words((manifest.parent / row["gold"]).read_text("utf-8"))
            kept.append((kept_share(gold, text), row["file"]))
            weights.append(len(tokens(gold)))
        if row.get("encoding"):
            encodings[1] += 1
            encodings[0] += _right_encoding(manifest.parent / row["file"], row["encoding"])
    print(json.dumps({
        "measure": "files", "files": len(rows), "read": read_files, "named": len(causes), "slow": slow,
        "gold": len(kept), "words_kept_mean": round(statistics.fmean(share for share, _ in kept), 4),
        "words_kept_pooled": round(statistics.fmean((share for share, _ in kept), weights), 4), "encodings": encodings,
        "below_95_percent": sorted((round(share, 3), name) for share, name in kept if share < 0.95),
    }, indent=1))  # fmt: skip
    for name, cause in causes[:show]:
        print(f"    {name}: {cause}")


def _right_encoding(file: Path, encoding: str) -> bool:
    from rag.readers.html import decode_markup

    data = file.read_bytes()
    mark = re.compile("[\ufeff\x00]")
    try:
        got = decode_markup(data, None).text
    except ReadError as error:
        print("    not decoded:", file.parent.name, file.name, error)
        return False
    wanted = mark.sub("", data.decode(encoding, "replace"))
    got_here = mark.sub("", got)
    same = len(wanted) == len(got_here) and all(
        a in (b, "\ufffd") or "\x80" <= a < "\xa0" for a, b in zip(wanted, got_here, strict=True)
    )
    if not same:
        print("    encoding differs:", file.parent.name, file.name, decode_markup(data, None).encoding)
    return same


def _bare_text(data: bytes) -> str:
    from rag.readers.html import decode_markup
    from rag.readers.markup import paragraphs_of

    return "\n".join(paragraphs_of(decode_markup(data, None).text))


def _text(outcomes: Iterator[Any]) -> str:
    return "\n\n".join(outcome.text for outcome in outcomes if not isinstance(outcome, Failure))


def main() -> None:
    """Run the measurement that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measure", choices=("loss", "pages", "dump", "files", "dates"))
    parser.add_argument("data", type=Path)
    parser.add_argument("--limit", type=int, default=200)
    parser.add_argument("--show", type=int, default=0)
    options = parser.parse_args()
    if options.measure == "loss":
        measure_loss(options.data, options.limit, options.show)
    elif options.measure == "dates":
        measure_dates(options.data, options.show)
    elif options.measure == "files":
        measure_files(options.data, options.show)
    else:
        measure_pages(options.data, options.show, dump=options.measure == "dump")


if __name__ == "__main__":
    main()
