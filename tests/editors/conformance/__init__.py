"""One conformance suite for every host: a table of cases, one oracle, one judge, and an adapter for each host."""

import pytest

pytest.register_assert_rewrite(f"{__name__}.judge")
