"""Remove Background for Krita 5.1 to 6.0: the plug-in that Krita loads.

Installed as ``pykrita/cutaway`` in Krita's resource folder; in it ``plugin/bridge`` as ``cutaway_bridge``, and
``cutaway-home.json``, which says where Cutaway's environment is. ``cutaway.desktop`` and ``cutaway_batch.py`` lie
beside it, ``cutaway.action`` in ``actions``.
"""

from krita import Krita

from .extension import Cutaway

Krita.instance().addExtension(Cutaway(Krita.instance()))
