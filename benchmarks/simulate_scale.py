"""What an index of a given size takes, computed from measured unit costs: disk, memory, hours of encoding, servers.

Nothing here is measured at these sizes; docs/scale.md marks which numbers are. Every assumption is a constant below or
a flag. Prints Markdown tables.

    python benchmarks/simulate_scale.py
    python benchmarks/simulate_scale.py --dimension 768 --ram-gb 256
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

SIZES = (10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000)

# Measured (docs/scale.md says where): bytes a passage in PostgreSQL, at 384 dimensions where that counts.
TEXT_BYTES = 900  # article text, its keys, sources, voices and bands
PASSAGE_BYTES = 700  # its row, indexes and tsvector
WORDS_BYTES = 4_200  # 199 postings of 10.5 bytes, whole articles included, twice: lists being merged stand twice
GRAPH_OVERHEAD = 513  # of HNSW with m 16: links and page headers, above the vector itself
ROW_OVERHEAD = 240  # of the table of vectors: hash, its index, header
CPU_PASSAGES_S = 11.0  # one core, default encoder, about 155 tokens
GRAPH_BUILD_S = 0.9e-3  # a passage and core, at 20,000; grows with the logarithm

# Assumed, not measured.
GPU_PASSAGES_S = 10_000.0  # one data-centre GPU fed by 16 cores; tokenising is then the limit
USABLE_RAM = 0.7  # of a server's memory, for the graph
CPU_HOUR, GPU_HOUR, DISK_GB_MONTH = 0.05, 3.0, 0.10  # dollars
CORES_A_SERVER = 16


@dataclass(frozen=True, slots=True)
class Estimate:
    """What an index of so many passages takes."""

    passages: int
    vectors_gb: float
    half_gb: float
    bits_gb: float
    graph_gb: float
    half_graph_gb: float
    disk_gb: float
    cpu_hours: float
    gpu_hours: float
    build_hours: float
    servers: int


def estimate(passages: int, dimension: int, ram_gb: float) -> Estimate:
    """Return the estimate for the half-precision graph, each server of `ram_gb` holding its share in memory."""
    giga = passages / 1e9
    half_graph = giga * (2 * dimension + GRAPH_OVERHEAD / 2)
    disk = giga * (4 * dimension + ROW_OVERHEAD + TEXT_BYTES + PASSAGE_BYTES + WORDS_BYTES) + half_graph
    servers = max(1, -(-int(half_graph * 1000) // int(USABLE_RAM * ram_gb * 1000)))
    growth = max(1.0, (passages / 20_000) ** 0.1)
    return Estimate(
        passages=passages,
        vectors_gb=giga * 4 * dimension,
        half_gb=giga * 2 * dimension,
        bits_gb=giga * dimension / 8,
        graph_gb=giga * (4 * dimension + GRAPH_OVERHEAD),
        half_graph_gb=half_graph,
        disk_gb=disk,
        cpu_hours=passages / CPU_PASSAGES_S / 3600,
        gpu_hours=passages / GPU_PASSAGES_S / 3600,
        build_hours=passages * GRAPH_BUILD_S * growth / 3600 / (servers * CORES_A_SERVER),
        servers=servers,
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--dimension", type=int, default=384)
    arguments.add_argument("--ram-gb", type=float, default=64)
    chosen = arguments.parse_args()
    rows = [estimate(size, chosen.dimension, chosen.ram_gb) for size in SIZES]
    print(
        f"Computed for {chosen.dimension} dimensions and servers of {chosen.ram_gb:g} GB and {CORES_A_SERVER} cores.\n"
    )
    print("| passages | vectors fp32 | half | 1 bit | HNSW fp32 | HNSW half | disk in all | servers |")
    print("|---|---|---|---|---|---|---|---|")
    for r in rows:
        sizes = (r.vectors_gb, r.half_gb, r.bits_gb, r.graph_gb, r.half_graph_gb, r.disk_gb)
        print(f"| {r.passages:,} | {' | '.join(map(gigabytes, sizes))} | {r.servers} |")
    print(
        "\n| passages | encode, 1 core | encode, 64 cores | encode, 1 GPU | build the graph | a month | encode once |"
    )
    print("|---|---|---|---|---|---|---|")
    for r in rows:
        month = r.servers * CORES_A_SERVER * CPU_HOUR * 730 + r.disk_gb * DISK_GB_MONTH
        if r.passages <= 1_000_000:
            month = 4 * CPU_HOUR * 730 + r.disk_gb * DISK_GB_MONTH
        times = (r.cpu_hours, r.cpu_hours / 64, r.gpu_hours, r.build_hours)
        once = r.gpu_hours * (GPU_HOUR + CORES_A_SERVER * CPU_HOUR)
        print(f"| {r.passages:,} | {' | '.join(map(hours, times))} | ${month:,.0f} | ${once:,.2f} |")


def gigabytes(size: float) -> str:
    if size < 1:
        return f"{size * 1000:.3g} MB"
    return f"{size:.3g} GB" if size < 1000 else f"{size / 1000:.3g} TB"


def hours(time: float) -> str:
    if time < 1 / 60:
        return f"{time * 3600:.1f} s"
    if time < 1:
        return f"{time * 60:.1f} min"
    return f"{time:,.1f} h" if time < 72 else f"{time / 24:,.0f} days"


if __name__ == "__main__":
    main()
