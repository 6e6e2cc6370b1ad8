"""The client costs nothing to those who do not use it."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["cutaway", "cutaway.errors", "cutaway.settings", "cutaway.job"])
def test_httpx_is_imported_with_the_client_only(module):
    code = f"import sys, {module}; sys.exit('httpx' in sys.modules or 'cutaway.topaz' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_importing_the_client_does_nothing():
    code = ("import logging, threading, cutaway.topaz as t; "
            "assert threading.active_count() == 1; assert not logging.getLogger('httpx').filters; "
            "assert all(hasattr(t, name) for name in t.__all__)")
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
