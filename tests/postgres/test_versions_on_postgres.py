"""The tests of the local store's versions, unchanged, on PostgreSQL."""

from __future__ import annotations

import pytest
from test_versions import *  # noqa: F403

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("on_postgres")]
