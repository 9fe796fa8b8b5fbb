"""Addresses of databases: told from folders, and never shown or stored with their password."""

from pathlib import Path

import pytest

from rag.locations import folder_beside, is_postgres, shown
from rag.settings import load_settings

ADDRESS = "postgresql://ada:s3cret@db.example:5432/news?schema=daily&password=s3cret"


@pytest.mark.parametrize("location", ["embeddings", "./postgresql", "/srv/index", "C:/x"])
def test_a_folder_is_shown_as_it_is_and_keeps_its_own_files(location: str) -> None:
    assert not is_postgres(location)
    assert shown(location) == location
    assert folder_beside(location) == Path(location)


def test_an_address_is_shown_without_its_password() -> None:
    assert shown(ADDRESS) == "postgresql://ada@db.example:5432/news?schema=daily"


def test_files_beside_a_database_lie_under_no_name_that_holds_its_password() -> None:
    assert "s3cret" not in str(folder_beside(ADDRESS))
    assert folder_beside(ADDRESS).is_relative_to(Path.home())
    assert folder_beside(ADDRESS) != folder_beside("postgresql://ada@db.example/other")


@pytest.mark.parametrize("way", ["replicas=b.example:5433", "sslmode=verify-full&connect_timeout=3", "hnsw=halfvec"])
def test_files_beside_a_database_stay_where_they_are_when_it_is_reached_in_another_way(way: str) -> None:
    assert folder_beside(f"{ADDRESS}&{way}") == folder_beside(ADDRESS)


def test_each_schema_has_its_own_files() -> None:
    assert folder_beside(ADDRESS) != folder_beside(ADDRESS.replace("daily", "weekly"))


def test_settings_print_no_password_of_an_index() -> None:
    rows = load_settings({"index": ADDRESS}, environ={}).rows()
    assert "s3cret" not in str([row.value for row in rows])
