"""Indexing and batch evaluation spread over a Ray cluster. The door is `join`; what it gives is used as `with`.

Only pieces of work travel: texts to encode, questions to answer. Reading, cutting, the order of articles and the store
stay where the command runs, so the pipeline is the one of a single machine and the store keeps its one writer. A piece
has no effect but its result and gives the same result wherever it runs; a lost one is run again by Ray itself.
"""

from rag.cluster.address import Place, place_of
from rag.cluster.asking import ClusterAsker
from rag.cluster.connection import Cluster, join
from rag.cluster.encoding import ClusterEncoder

__all__ = ["Cluster", "ClusterAsker", "ClusterEncoder", "Place", "join", "place_of"]
