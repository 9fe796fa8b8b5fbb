"""One system in a process of its own: builds its index or asks it, and prints what that took as one JSON document.

    python benchmarks/peers/child.py SYSTEM index ARTICLES.jsonl MODEL FOLDER
    python benchmarks/peers/child.py SYSTEM ask QUESTIONS.json MODEL FOLDER

Each system is built as its own quick start builds it, with MODEL, a sentence-transformers folder, as its encoder.
Loading the model is timed apart from indexing. Tokens are those the encoder was given, cut at its limit of 256.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any, Protocol

LIMIT = 256
K = 10
Rows = list[dict[str, str]]  # id, title, text


class System(Protocol):
    """A retrieval system with its model loaded."""

    def index(self, articles: Path, folder: Path) -> list[str]:
        """Index a file of articles and save it in `folder`; return the texts that were encoded."""
        ...

    def open(self, folder: Path) -> None:
        """Load what `index` saved."""
        ...

    def ask(self, question: str) -> list[str]:
        """Return the ids of the articles of the best passages, best first."""
        ...


class LangChain:
    """https://python.langchain.com: semantic search tutorial, FAISS."""

    def __init__(self, model: str) -> None:
        from langchain_huggingface import HuggingFaceEmbeddings

        self._embeddings = HuggingFaceEmbeddings(model_name=model)

    def index(self, articles: Path, folder: Path) -> list[str]:
        from langchain_community.vectorstores import FAISS
        from langchain_core.documents import Document
        from langchain_text_splitters import RecursiveCharacterTextSplitter

        documents = [Document(row["text"], metadata={"id": row["id"], "title": row["title"]}) for row in rows(articles)]
        splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
        splits = splitter.split_documents(documents)
        FAISS.from_documents(splits, self._embeddings).save_local(str(folder))
        return [split.page_content for split in splits]

    def open(self, folder: Path) -> None:
        from langchain_community.vectorstores import FAISS

        self._store = FAISS.load_local(str(folder), self._embeddings, allow_dangerous_deserialization=True)

    def ask(self, question: str) -> list[str]:
        return [found.metadata["id"] for found in self._store.similarity_search(question, k=K)]


class LlamaIndex:
    """https://docs.llamaindex.ai: starter tutorial with local models, Faiss vector store."""

    def __init__(self, model: str) -> None:
        from llama_index.core import Settings
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding

        Settings.embed_model = HuggingFaceEmbedding(model_name=model)

    def index(self, articles: Path, folder: Path) -> list[str]:
        import faiss
        from llama_index.core import Document, StorageContext, VectorStoreIndex
        from llama_index.core.schema import MetadataMode
        from llama_index.vector_stores.faiss import FaissVectorStore

        documents = [Document(text=r["text"], doc_id=r["id"], metadata={"title": r["title"]}) for r in rows(articles)]
        context = StorageContext.from_defaults(vector_store=FaissVectorStore(faiss_index=faiss.IndexFlatL2(384)))
        index = VectorStoreIndex.from_documents(documents, storage_context=context)
        index.storage_context.persist(persist_dir=str(folder))
        return [node.get_content(MetadataMode.EMBED) for node in index.docstore.docs.values()]

    def open(self, folder: Path) -> None:
        from llama_index.core import StorageContext, load_index_from_storage
        from llama_index.vector_stores.faiss import FaissVectorStore

        store = FaissVectorStore.from_persist_dir(str(folder))
        context = StorageContext.from_defaults(vector_store=store, persist_dir=str(folder))
        self._retriever = load_index_from_storage(storage_context=context).as_retriever(similarity_top_k=K)

    def ask(self, question: str) -> list[str]:
        return [found.node.ref_doc_id for found in self._retriever.retrieve(question)]


class Haystack:
    """https://docs.haystack.deepset.ai: embedding retrieval with the in-memory document store."""

    def __init__(self, model: str) -> None:
        from haystack_integrations.components.embedders import sentence_transformers as embedders

        self._documents = embedders.SentenceTransformersDocumentEmbedder(model=model, progress_bar=False)
        self._question = embedders.SentenceTransformersTextEmbedder(model=model, progress_bar=False)

    def index(self, articles: Path, folder: Path) -> list[str]:
        from haystack import Document
        from haystack.document_stores.in_memory import InMemoryDocumentStore

        self._documents.warm_up()
        documents = [Document(id=r["id"], content=r["text"], meta={"title": r["title"]}) for r in rows(articles)]
        store = InMemoryDocumentStore()
        store.write_documents(self._documents.run(documents)["documents"])
        store.save_to_disk(str(folder / "store.json"))
        return [row["text"] for row in rows(articles)]

    def open(self, folder: Path) -> None:
        from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
        from haystack.document_stores.in_memory import InMemoryDocumentStore

        self._question.warm_up()
        store = InMemoryDocumentStore.load_from_disk(str(folder / "store.json"))
        self._retriever = InMemoryEmbeddingRetriever(store, top_k=K)

    def ask(self, question: str) -> list[str]:
        vector = self._question.run(question)["embedding"]
        return [document.id for document in self._retriever.run(query_embedding=vector)["documents"]]


class Txtai:
    """https://neuml.github.io/txtai: embeddings quick start."""

    def __init__(self, model: str) -> None:
        from txtai import Embeddings

        self._embeddings = Embeddings(path=model)

    def index(self, articles: Path, folder: Path) -> list[str]:
        self._embeddings.index((row["id"], row["text"], None) for row in rows(articles))
        self._embeddings.save(str(folder / "index"))
        return [row["text"] for row in rows(articles)]

    def open(self, folder: Path) -> None:
        self._embeddings.load(str(folder / "index"))

    def ask(self, question: str) -> list[str]:
        return [found[0] for found in self._embeddings.search(question, K)]


class Footnote:
    """This project, as `rag index` and `rag search` use it."""

    def __init__(self, model: str, precision: str = "fp32") -> None:
        from rag.cores import keep_products_whole

        keep_products_whole()
        from rag.models import Models, chunking_of
        from rag.settings import load_settings

        self._settings = load_settings({"encoder_precision": precision}, environ={}).settings
        self._models = Models(self._settings)
        self._chunking = chunking_of(self._settings)

    def index(self, articles: Path, folder: Path) -> list[str]:
        from rag.indexing import index_paths
        from rag.stores import manifest_of, open_store

        recording = _Recording(self._models.encoder)
        manifest = manifest_of(self._models.encoder, self._chunking.fingerprint)
        store = open_store(str(folder), manifest=manifest, create=True)
        index_paths([str(articles)], store, recording, self._chunking)
        store.close()
        return recording.texts

    def open(self, folder: Path) -> None:
        from rag.engine import Engine
        from rag.stores import open_store

        settings = self._settings.model_copy(update={"index": str(folder)})
        self._engine = Engine(settings, open_store(str(folder)), self._models)

    def ask(self, question: str) -> list[str]:
        return list(dict.fromkeys(hit.passage.article_id for hit in self._engine.search(question, k=K).hits))


class _Recording:
    """An encoder that remembers what it was given."""

    def __init__(self, encoder: Any) -> None:
        self._encoder = encoder
        self.texts: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._encoder, name)

    def encode(self, texts: list[str], **options: Any) -> Any:
        self.texts += texts
        return self._encoder.encode(texts, **options)


SYSTEMS = {
    "footnote": Footnote,
    "footnote-int8": lambda model: Footnote(model, "int8"),
    "langchain": LangChain,
    "llamaindex": LlamaIndex,
    "haystack": Haystack,
    "txtai": Txtai,
}


def rows(path: Path) -> Rows:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def cpu_s() -> float:
    """Return the CPU seconds of this process and of its children that have ended."""
    return sum(
        u.ru_utime + u.ru_stime for u in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def tokens_of(texts: list[str], model: str) -> int:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(f"{model}/tokenizer.json")
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return sum(min(LIMIT, len(encoding.ids)) for encoding in tokenizer.encode_batch(texts))


def main() -> None:
    name, action, source, model, place = sys.argv[1:]
    started = time.perf_counter()
    system: System = SYSTEMS[name](model)
    report: dict[str, Any] = {"load_s": time.perf_counter() - started}
    folder = Path(place)
    if action == "index":
        folder.mkdir(parents=True, exist_ok=True)
        started, cpu = time.perf_counter(), cpu_s()
        texts = system.index(Path(source), folder)
        report |= {"index_s": time.perf_counter() - started, "index_cpu_s": cpu_s() - cpu}
        report["rss_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        report["tokens"] = tokens_of(texts, model)
    else:
        system.open(folder)
        report |= {"ms": [], "ids": []}
        for question in json.loads(Path(source).read_text(encoding="utf-8")):
            started = time.perf_counter()
            ids = list(dict.fromkeys(system.ask(question)))
            report["ms"].append((time.perf_counter() - started) * 1000)
            report["ids"].append(ids)
        report["rss_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print("\n" + json.dumps(report))


if __name__ == "__main__":
    main()
