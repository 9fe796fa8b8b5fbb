"""The tests of the local store's groups, unchanged, on PostgreSQL."""

from __future__ import annotations

import pytest
from test_groups import *  # noqa: F403

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("on_postgres")]
