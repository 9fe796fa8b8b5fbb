"""The tests of indexing, unchanged, on PostgreSQL."""

from __future__ import annotations

import pytest
from test_indexing import *  # noqa: F403

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("on_postgres")]
