"""Stands for PyGObject."""

required = {}


def require_version(namespace, version):
    required[namespace] = version
