"""Kept for those who look for it here: see :mod:`cutaway.lock`."""

from cutaway.lock import held as held
