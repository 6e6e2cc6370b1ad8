"""The host port: what an editor must be able to do, in pixels and in the core's words.

A new host is one folder under ``plugin/`` with a class derived from :class:`Host`; the flow (``flow.py``) does the
rest.
Methods raise ``errors.BridgeError`` (code, message, hint) for what the user must be told; everything else is a defect.
Python 2.7 and 3.
"""

from __future__ import absolute_import

from . import npy


class Source(object):
    """The layer as the host has it.

    ``name``: the layer's name. ``width``, ``height``: of the layer, not of the canvas. ``channels``: 1 gray, 2 gray +
    alpha, 3 RGB, 4 RGB + alpha, straight alpha. ``dtype``: numpy's name of a sample, little-endian: "|u1", "<u2",
    "<u4", "<f2", "<f4", "<f8". ``transfer``: "nonlinear" or "linear". ``profile``: bytes of the ICC profile that the
    samples are in, or None for sRGB. ``has_selection``, ``has_mask``: whether read_selection and read_mask have
    something to say. ``mask_dtype``: "|u1" or "<u2", what the host wants the new mask in and gives the old one in.
    """

    def __init__(self, name, width, height, channels, dtype, transfer="nonlinear", profile=None,
                 has_selection=False, has_mask=False, mask_dtype="|u1"):
        self.name = name
        self.width = width
        self.height = height
        self.channels = channels
        self.dtype = dtype
        self.transfer = transfer
        self.profile = profile
        self.has_selection = has_selection
        self.has_mask = has_mask
        self.mask_dtype = mask_dtype


class Result(object):
    """What the flow hands to :meth:`Host.put_result`. Files are open for reading until put_result returns.

    ``mask``: an npy.Reader, (height, width). ``foreground``: an npy.Reader, (N, tile, tile, channels without alpha), or
    None; ``origins``: N pairs (x, y); ``tile``: the side. ``matte``: bytes to keep with the layer. ``settings``: the
    settings' dictionary; ``provenance``: the same for how it was made; ``notes``: list of (code, message). ``output``:
    "layer" (a new layer with a mask, the source hidden) or "mask" (the mask on the source itself).
    """

    def __init__(self, mask, foreground, origins, tile, matte, settings, provenance, notes):
        self.mask = mask
        self.foreground = foreground
        self.origins = origins
        self.tile = tile
        self.matte = matte
        self.settings = settings
        self.provenance = provenance
        self.notes = notes
        self.output = settings.get("output", "layer")

    def layer_name(self, source):
        """The new layer's name: "<source> (cutout)"."""
        return u"%s (cutout)" % source.name


STRIP_BYTES = 16 << 20


def rows_at_once(row_bytes, strip_bytes=STRIP_BYTES, tile_rows=1):
    """How many rows of ``row_bytes`` make a strip of ``strip_bytes``: whole rows of tiles, if one of them fits."""
    rows = max(1, strip_bytes // max(1, row_bytes))
    return rows - rows % tile_rows or rows


class Host(object):
    """One editor, one layer, one run. Calls come in the order of the methods here, on the host's own thread.

    ``strip_bytes``: how much is read at a time by hand_over. ``strip_rows``: the rows of one of the editor's own tiles,
    where it keeps pixels so: strips are then whole rows of tiles, of which none is fetched twice.
    """

    name = "host"
    strip_bytes = STRIP_BYTES
    strip_rows = 1

    def open_source(self):
        """The :class:`Source` chosen by the user. Raises BridgeError where there is not exactly one usable layer."""
        raise NotImplementedError

    def read_pixels(self, y, rows):
        """Bytes of ``rows`` rows from ``y`` in the source's dtype and channels, C order, little-endian."""
        raise NotImplementedError

    def read_selection(self, y, rows):
        """Bytes of the selection in the layer's frame, one a pixel, 255 selected; outside the canvas 0."""
        raise NotImplementedError

    def read_mask(self, y, rows):
        """Bytes of the layer's present mask in ``mask_dtype``, linear (never bent by a transfer curve)."""
        raise NotImplementedError

    def progress(self, fraction, text):
        """Shows how far the run is, 0..1, and what it does."""

    def cancelled(self):
        """True once the user has asked to stop."""
        return False

    def put_result(self, source, result):
        """Puts the result in as one undo step, or leaves everything as it was and raises BridgeError.

        Called again never; the flow has ended when it returns.
        """
        raise NotImplementedError

    def hand_over(self, job, source):
        """Generator. Writes the source into the job's folder and returns nothing; yields between strips.

        Leaves ``picture.npy``, ``profile.icc`` where there is a profile, ``selection.npy`` and ``mask.npy`` where the
        source has them. The default reads strips by the three methods above. ``job.picture`` must be set to what
        ``job.run`` takes as "picture" (see core/cutaway/worker/protocol.py).
        """
        for _ in self._write(job, "picture.npy", source, self.read_pixels, source.dtype, source.channels):
            yield
        if source.has_selection:
            for _ in self._write(job, "selection.npy", source, self.read_selection, "|u1", 0):
                yield
        if source.has_mask:
            for _ in self._write(job, "mask.npy", source, self.read_mask, source.mask_dtype, 0):
                yield
        icc = None
        if source.profile:
            icc = "profile.icc"
            with open(job.file(icc), "wb") as stream:
                stream.write(source.profile)
        job.picture = {"file": "picture.npy", "transfer": source.transfer, "icc": icc}

    def _write(self, job, name, source, read, dtype, channels):
        shape = (source.height, source.width) + ((channels,) if channels else ())
        with npy.Writer(job.file(name), shape, dtype) as writer:
            rows = rows_at_once(writer.row_bytes, self.strip_bytes, self.strip_rows)
            for y in range(0, source.height, rows):
                writer.write(read(y, min(rows, source.height - y)))
                yield
