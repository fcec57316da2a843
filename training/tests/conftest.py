# SPDX-License-Identifier: GPL-3.0-or-later
"""The tests run from any folder, and share the assets and a renderer of them."""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from mini import assets as assets_module  # noqa: E402  (after the path is set)
from mini.render import Renderer  # noqa: E402


@pytest.fixture(scope="session")
def store():
    return assets_module.load()


@pytest.fixture(scope="session")
def renderer(store):
    return Renderer(store, "cpu", variants=1)
