"""Stands for GObject 2.0."""


class ParamFlags:
    READWRITE = 3


class Value:
    def __init__(self, kind, value):
        self._kind, self._value = kind, value
