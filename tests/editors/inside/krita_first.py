"""The first start of a profile: Krita has filled it once its window is there. Its settings are saved by then."""


def steps(desk):
    document = desk.app.createDocument(64, 64, "first", "RGBA", "U8", "sRGB-elle-V2-srgbtrc.icc", 72.0)
    desk.app.activeWindow().addView(document)
    yield lambda: document.activeNode() is not None
    yield 2.0
    document.setModified(False)
