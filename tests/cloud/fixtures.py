"""pytest fixtures; use with `pytest_plugins = ["cloud.fixtures"]` and tests/ on sys.path."""

from __future__ import annotations

from typing import Iterator

import pytest

from .client import Cloud


@pytest.fixture(scope="session")
def shared_cloud() -> Iterator[Cloud]:
    """One server for the whole run; use `cloud`, which is clean for each test."""
    with Cloud() as running:
        yield running


@pytest.fixture
def cloud(shared_cloud: Cloud) -> Iterator[Cloud]:
    """An empty cloud with default settings; after the test it must have kept to the models."""
    defaults = shared_cloud.control("GET", "settings")
    shared_cloud.reset()
    yield shared_cloud
    shared_cloud.clear_faults()
    shared_cloud.set(**defaults)
    shared_cloud.check_health()
