"""The raw matte as it is kept with a layer, so that its mask can be changed later."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutaway import __version__
from cutaway.cutout import Matte
from cutaway.errors import PictureUnreadable


def pack_matte(matte: Matte, existing_mask: NDArray[Any] | None = None) -> bytes:
    """The raw matte (and the mask that the layer had before) as bytes to be kept with the layer.

    A ZIP of ``matte.npy``, ``mask.npy`` where there is one, and ``about.json``. :func:`unpack_matte` is the inverse.
    """
    about = {"version": __version__, "engine": matte.engine, "model": matte.model, "provider": matte.provider}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as pack:
        pack.writestr("about.json", json.dumps(about))
        for name, values in (("matte.npy", matte.values), ("mask.npy", existing_mask)):
            if values is not None:
                with pack.open(name, "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, np.ascontiguousarray(values), allow_pickle=False)
    return stream.getvalue()


def unpack_matte(data: bytes) -> tuple[Matte, NDArray[Any] | None]:
    """The inverse of :func:`pack_matte`. Raises PictureUnreadable for bytes that it did not make."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as pack:
            about = json.loads(pack.read("about.json"))
            arrays = {
                name: np.lib.format.read_array(io.BytesIO(pack.read(name)), allow_pickle=False)
                for name in ("matte.npy", "mask.npy") if name in pack.namelist()
            }
            matte = Matte(arrays["matte.npy"], about["engine"], about["model"], about["provider"])
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError) as error:
        raise PictureUnreadable(
            "The matte kept with this layer is damaged.",
            "Run Remove Background again on the original layer.") from error
    return matte, arrays.get("mask.npy")
