from __future__ import annotations

import pytest

from tests import factories


@pytest.fixture
def seller(db):
    return factories.UserFactory()


@pytest.fixture
def buyer(db):
    return factories.UserFactory()


@pytest.fixture
def staff(db):
    return factories.UserFactory(is_staff=True)


@pytest.fixture
def stranger(db):
    return factories.UserFactory()
