"""Whether a layer's pixels are still where they were when the run began."""

ROWS = 16
FEWEST = 4


class Place:
    """Where ``node`` lies now, and how rows of its pixels look in ``frame`` (x, y, width, height).

    Of an animated layer only its position counts: its pixels are others at every time.
    """

    def __init__(self, node, frame):
        self._node = node
        self._frame = frame
        self._animated = node.animated()
        self._lies = self._where()
        self._rows = {} if self._animated or node.type() != "paintlayer" else self._looks()

    def moved(self):
        """Whether it lies elsewhere or has another size; quick."""
        return self._where() != self._lies

    def changed(self):
        """Whether it has moved, or no row of it is as it was: where it was mirrored or turned. A stroke does not count.

        Rows of one colour tell nothing, and are not looked at.
        """
        if self.moved():
            return True
        return len(self._rows) >= FEWEST and all(self._look(y) != look for y, look in self._rows.items())

    def _where(self):
        position, bounds = self._node.position(), self._node.bounds()
        place = position.x(), position.y()
        return place if self._animated else (*place, bounds.x(), bounds.y(), bounds.width(), bounds.height())

    def _looks(self):
        _, top, _, height = self._frame
        looks = {top + height * number // ROWS: None for number in range(ROWS)}
        found = {y: self._look(y) for y in looks}
        return {y: look for y, look in found.items() if look is not None}

    def _look(self, y):
        """A number for the row's pixels; None where they are all the same."""
        left, _, width, _ = self._frame
        data = bytes(self._node.pixelData(left, y, width, 1))
        return None if data == data[:len(data) // width] * width else hash(data)
