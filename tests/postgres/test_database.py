"""What is special about an index in a database: crashes, roles, migrations, and what is never shown."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg
import pytest
from conftest import Place
from killed_server import kill_while_writing
from news_store import ENCODER, MANIFEST, NEWS, put
from postgres_server import Server

from rag.errors import IndexStateError, InputError, RagError
from rag.records import Filters
from rag.stores import PassageStore, manifest_of, open_store
from rag.stores.postgres import connections, schema, shown
from rag.stores.postgres.address import address_of
from rag.stores.postgres.lengths import LENGTHS
from rag.stores.postgres.lexemes import Analysis, Terms

pytestmark = pytest.mark.postgres


@pytest.fixture
def durable() -> Iterator[Server]:
    """A server of its own, which waits for the disk and may be killed."""
    server = Server()
    server.start()
    yield server
    server.stop()


def schema_of(store: PassageStore) -> str:
    return str(store._address.schema)  # type: ignore[attr-defined]


def test_what_was_acknowledged_survives_the_death_of_the_server(durable: Server) -> None:
    kills = int(os.environ.get("FOOTNOTE_KILLS", "3"))
    report = kill_while_writing(durable, kills)
    assert report["acknowledged"] > kills
    assert (report["lost"], report["torn"]) == (0, 0)
    assert set(report["wrong"].values()) == {0}


def test_the_pool_answers_again_after_the_server_was_restarted(durable: Server) -> None:
    store = open_store(durable.location, manifest=MANIFEST, create=True)
    put(store, NEWS[0])
    durable.kill()
    durable.start()
    assert store.article("ferry") == NEWS[0]
    put(store, NEWS[1])
    assert store.counts()[0] == 2
    store.close()


def test_a_second_writer_waits_a_little_and_is_then_told_so(
    store: PassageStore, location: str, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "LOCK_WAIT_S", 0.2)
    other = open_store(place(location))
    with store.writing(), pytest.raises(IndexStateError, match="another process is changing the index"):
        put(other, NEWS[0])
    put(other, NEWS[0])
    other.close()


def test_readers_go_on_while_one_writes(store: PassageStore, location: str, place: Place) -> None:
    other = open_store(place(location), read_only=True)
    with store.writing():
        store.remove(["ferry"])
        assert other.article("ferry") is None
        assert other.counts()[0] == len(NEWS) - 1
    with pytest.raises(IndexStateError, match="reading only"):
        put(other, NEWS[0])
    other.close()


def test_making_the_tables_again_changes_nothing(store: PassageStore, location: str, place: Place) -> None:
    before = store.fingerprint
    address = address_of(place(location))
    connection = connections.Connections(address).alone(configured=False)
    schema.migrate(connection, address, MANIFEST)
    assert schema.version(connection) == len(schema.STEPS)
    connection.close()
    assert store.fingerprint == before


def test_tables_of_the_first_step_are_brought_up_to_date_with_the_same_scores(
    store: PassageStore, location: str, place: Place, server: Server
) -> None:
    queries = ["ferry harbour", "the council said", "Courier", "Küstenbote Fähre"]
    before = [store.lexical(query, 10, Filters()) for query in queries]
    known = {key for terms in terms_of(store) for key in terms.times}
    with psycopg.connect(server.location) as connection:
        connection.execute(f"SET search_path TO {schema_of(store)}, public".encode())
        connection.execute(_AS_FIRST)
        for field, term in known:
            connection.execute("INSERT INTO lexemes (field, term, units) VALUES (%s, %s, 1)", (field, term))
        connection.execute(_POSTED_AS_FIRST, (list(LENGTHS),))
        connection.execute("DROP TABLE recent")
    with pytest.raises(IndexStateError, match="of step 1, not 2; bring them up to date by indexing"):
        open_store(place(location))
    migrated = open_store(place(location), manifest=MANIFEST, create=True)
    assert [migrated.lexical(query, 10, Filters()) for query in queries] == before
    migrated.remove(["ferry"])
    assert migrated.lexical("ferry", 10, Filters()) != before[0]
    migrated.close()


_AS_FIRST = """
CREATE TABLE lexemes (
    lexeme integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, field smallint NOT NULL, term text COLLATE "C" NOT NULL,
    units bigint NOT NULL, UNIQUE (field, term));
CREATE TABLE postings (
    lexeme integer NOT NULL, times smallint NOT NULL, size smallint NOT NULL, unit bigint NOT NULL,
    PRIMARY KEY (lexeme, unit));
DROP TABLE lists, parts, gone;
ALTER TABLE passages DROP tokens;
ALTER TABLE state DROP fresh;
DELETE FROM footnote_schema WHERE step > 1;
"""
_POSTED_AS_FIRST = """
INSERT INTO postings SELECT l.lexeme, r.times, array_position(%s::integer[], r.size) - 1, r.unit FROM recent r
JOIN lexemes l ON r.term = ('x' || left(md5(l.field || ' ' || l.term), 16))::bit(64)::bigint
"""


def terms_of(store: PassageStore) -> list[Terms]:
    analysis = Analysis()
    passages = [(p, a) for a in NEWS for p in store.passages_of(a.article_id)]
    return [
        *(analysis.of_unit(p.text, a.metadata) for p, a in passages),
        *(analysis.of_unit(a.text, a.metadata, whole_article=True) for a in NEWS),
    ]


def test_tables_of_a_later_version_are_refused(
    store: PassageStore, location: str, place: Place, server: Server
) -> None:
    with psycopg.connect(server.location) as connection:
        connection.execute(f"INSERT INTO {schema_of(store)}.footnote_schema VALUES (99)".encode())
    with pytest.raises(IndexStateError, match="install a newer one"):
        open_store(place(location))


def test_a_database_without_an_index_says_how_to_make_one(place: Place) -> None:
    with pytest.raises(IndexStateError, match=r"no index in .*rag index PATH"):
        open_store(place("nothing"))


def test_another_encoder_is_refused_in_one_line(store: PassageStore, location: str, place: Place) -> None:
    with pytest.raises(IndexStateError, match="was built with the chunking"):
        open_store(place(location), manifest=manifest_of(ENCODER, "other"))


def test_a_role_that_may_only_read_can_search_and_change_nothing(
    store: PassageStore, location: str, place: Place, server: Server
) -> None:
    name = schema_of(store)
    with psycopg.connect(server.location) as connection:
        for statement in (
            "DROP ROLE IF EXISTS reader",
            "CREATE ROLE reader LOGIN",
            f"GRANT USAGE ON SCHEMA {name} TO reader",
            f"GRANT SELECT ON ALL TABLES IN SCHEMA {name} TO reader",
        ):
            connection.execute(statement.encode())
    reader = open_store(place(location).replace("footnote@", "reader@"))
    assert reader.lexical("ferry", 5, Filters())
    assert reader.dense(ENCODER.encode(["ferry"])[0], 5, Filters())
    with pytest.raises(IndexStateError, match="may not do this"):
        reader.remove(["ferry"])
    reader.close()
    assert store.article("ferry") is not None
    with psycopg.connect(server.location) as connection:
        connection.execute("DROP OWNED BY reader")
        connection.execute("DROP ROLE reader")


@pytest.mark.parametrize(
    "location",
    [
        "postgresql://me:s3cr%40t@127.0.0.1:1/news",
        "postgresql://me@127.0.0.1:1/news?password=s3cr%40t",
        "postgresql://me:s3cr%40t@127.0.0.1:notaport/news",
        "postgresql://me:s3cr%40t@127.0.0.1:1/news?nonsense=1",
        "postgresql://me:s3cr%40t@127.0.0.1:1/news?schema=Bad-Name",
    ],
)
def test_no_message_holds_the_password(location: str) -> None:
    with pytest.raises(RagError) as refused:
        open_store(location)
    text = f"{refused.value} {shown(location)} {address_of(location.replace('Bad-Name', 'good'))!r}"
    assert "s3cr" not in text
    assert "\n" not in text
    assert "127.0.0.1" in text


def test_only_known_precisions_of_the_graph_are_accepted() -> None:
    with pytest.raises(InputError, match="vector or halfvec"):
        address_of("postgresql://me@db/news?hnsw=int8")


def test_text_with_a_nul_is_refused_and_nothing_is_stored(store: PassageStore) -> None:
    before = store.fingerprint
    with pytest.raises(IndexStateError, match="NUL"):
        store.add_source("ferry", "a\x00b")
    assert store.fingerprint == before


def test_identifiers_of_any_form_are_values_and_never_statements(store: PassageStore) -> None:
    name = "'; DROP TABLE articles; --"
    store.add_source("ferry", name)
    assert store.sources()[name] == "ferry"
    assert store.article(name) is None
    assert store.lexical("'); DELETE FROM passages; -- ferry", 5, Filters(outlet="' OR 1=1")) == []
    assert store.counts()[0] == len(NEWS)


def test_searches_are_cut_off_and_the_graph_is_scanned_until_enough_pass(store: PassageStore) -> None:
    rows = store._db.rows(  # type: ignore[attr-defined]
        "SELECT current_setting('statement_timeout'), current_setting('hnsw.iterative_scan'),"
        " current_setting('hnsw.ef_search')::int >= 100"
    )
    assert rows == [("1min", "relaxed_order", True)]
