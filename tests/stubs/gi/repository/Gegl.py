"""Stands for Gegl 0.4."""


class AbyssPolicy:
    NONE = 0


class Rectangle:
    def __init__(self, x, y, width, height):
        self.x, self.y, self.width, self.height = x, y, width, height

    @classmethod
    def new(cls, x, y, width, height):
        return cls(x, y, width, height)


class Config:
    """``said``: the properties that were set."""

    def __init__(self):
        self.said = {}

    def set_property(self, name, value):
        self.said[name] = value


_CONFIG = Config()


def config():
    return _CONFIG


class Buffer:
    """Bytes of ``pixel`` bytes each; the format's name is kept, not used. ``writes``: what came by set()."""

    def __init__(self, width, height, pixel, data=b""):
        self._width, self._height, self._pixel = width, height, pixel
        self._data = bytearray(data or width * height * pixel)
        self.writes = []

    def get(self, rectangle, scale, format_name, repeat_mode):
        row = self._width * self._pixel
        out = b""
        for y in range(rectangle.y, rectangle.y + rectangle.height):
            for x in range(rectangle.x, rectangle.x + rectangle.width):
                inside = 0 <= x < self._width and 0 <= y < self._height
                at = y * row + x * self._pixel
                out += bytes(self._data[at:at + self._pixel]) if inside else bytes(self._pixel)
        return out

    def set(self, rectangle, format_name, src):
        assert len(src) == rectangle.width * rectangle.height * self._pixel
        self.writes.append((rectangle.x, rectangle.y, rectangle.width, rectangle.height, format_name))
        for line in range(rectangle.height):
            at = ((rectangle.y + line) * self._width + rectangle.x) * self._pixel
            part = rectangle.width * self._pixel
            self._data[at:at + part] = src[line * part:(line + 1) * part]

    def copy(self, src_rect, repeat_mode, dst, dst_rect):
        dst._data[:] = self._data

    def get_extent(self):
        return Rectangle(0, 0, self._width, self._height)

    def flush(self):
        pass
