"""The Qt that this Krita is built with: 5 up to Krita 5.3, 6 from Krita 6 on.

Trying PyQt6 first would load a second Qt into a Krita 5 whose Python happens to have it too; ``krita`` has loaded the
right one already. Enumerations are written scoped, which PyQt5 understands since 5.11.
"""

import sys

import krita  # noqa: F401

if "PyQt6.QtCore" in sys.modules:
    from PyQt6 import QtCore, QtWidgets
else:
    from PyQt5 import QtCore, QtWidgets

__all__ = ["QtCore", "QtWidgets"]
