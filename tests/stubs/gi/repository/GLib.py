"""Stands for GLib 2.0."""


class Error(Exception):
    @classmethod
    def new_literal(cls, domain, message, code):
        return cls(message)
