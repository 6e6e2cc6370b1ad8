"""Stands for Babl 0.1."""


def get_name(format):
    return format
