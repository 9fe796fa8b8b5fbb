"""The tests of the local store's contents, unchanged, on PostgreSQL."""

from __future__ import annotations

import pytest
from test_local_store import *  # noqa: F403

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("on_postgres")]

del test_the_database_syncs_every_commit_and_trusts_no_schema  # noqa: F821  (of SQLite)
del test_ids_stay_unused_even_after_the_greatest_is_gone  # noqa: F821  (reads the file)
