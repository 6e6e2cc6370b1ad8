"""Clean edge colours: what the subject's own colour is where the old background shines through."""

from cutaway.foreground.clean import clean

__all__ = ["clean"]
