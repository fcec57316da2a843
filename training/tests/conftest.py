# SPDX-License-Identifier: GPL-3.0-or-later
"""The tests run from any folder."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
