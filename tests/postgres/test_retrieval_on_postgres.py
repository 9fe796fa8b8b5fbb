"""The tests of retrieval, unchanged, on PostgreSQL."""

from __future__ import annotations

import pytest
from test_retrieval import *  # noqa: F403

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("on_postgres")]
