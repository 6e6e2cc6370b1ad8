"""Clean edge colours: what the subject's own colour is where the old background shines through."""

from cutaway.foreground.colours import clean

__all__ = ["clean"]
