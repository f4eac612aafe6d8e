"""One running instance for all tests of this directory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.running import Running, running


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Both servers over the demo portfolio, with the real model."""
    with running(tmp_path_factory.mktemp("instance")) as started:
        yield started
