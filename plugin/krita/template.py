"""The smallest .kra that Krita opens and that has a transparency mask: an empty group with an empty mask.

Krita 5.1's own API makes transparency masks without pixels (``createNode``): they look right and hide nothing. A copy
of a mask that came out of a file has pixels. From 5.2 on there is ``createTransparencyMask``, and this is not needed.
"""

import zipfile

MASK = "mask"

_SIDE = 16
_NAME = "template"
_PROFILE = "sRGB-elle-V2-srgbtrc.icc"
_ONE = 'visible="1" locked="0" x="0" y="0" colorlabel="0" intimeline="0"'
_MAIN = f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE DOC PUBLIC '-//KDE//DTD krita 2.0//EN' 'http://www.calligra.org/DTD/krita-2.0.dtd'>
<DOC xmlns="http://www.calligra.org/DTD/krita" syntaxVersion="2.0" kritaVersion="5.0.0" editor="Krita">
 <IMAGE name="{_NAME}" mime="application/x-kra" description="" width="{_SIDE}" height="{_SIDE}" x-res="72" y-res="72"
  colorspacename="RGBA" profile="{_PROFILE}">
  <layers>
   <layer name="group" filename="layer2" nodetype="grouplayer" compositeop="normal" opacity="255" collapsed="0"
    passthrough="0" channelflags="" {_ONE}
    uuid="{{7d3f1c52-6a0e-4e0b-9a43-2f5e8b1c0d11}}">
    <masks>
     <mask name="{MASK}" filename="mask3" nodetype="transparencymask" {_ONE}
      uuid="{{7d3f1c52-6a0e-4e0b-9a43-2f5e8b1c0d12}}"/>
    </masks>
   </layer>
  </layers>
 </IMAGE>
</DOC>
"""


def write(path):
    """Writes the file."""
    with zipfile.ZipFile(path, "w") as pack:
        pack.writestr("mimetype", "application/x-krita")  # first and not compressed: files are told apart by it
        pack.writestr("maindoc.xml", _MAIN)
        mask = f"{_NAME}/layers/mask3.pixelselection"
        pack.writestr(mask, "VERSION 2\nTILEWIDTH 64\nTILEHEIGHT 64\nPIXELSIZE 1\nDATA 0\n")  # no tiles
        pack.writestr(f"{mask}.defaultpixel", b"\0")
