"""The part of the dialog that is about Topaz's cloud, for the dialog in pythonfu. Python 2.7 and 3."""

from __future__ import absolute_import

from cutaway_bridge import client, cloud, installation
from cutaway_bridge.installation import text
from gimp2_layer import utf8


class CloudPanel(object):
    """What pythonfu/gimpfu_panel.py calls a Panel. ``size``: of the layer, or None where there are many."""

    button = utf8(cloud.TEST)

    def __init__(self, size):
        self._worker = client.Client(installation.find(), "gimp2", waits=False)
        self._cloud = cloud.Cloud(self._worker, size)
        self._steps = self._cloud.steps()

    def step(self):
        next(self._steps)

    def look(self, values):
        return self._cloud.look({
            name: text(values[name]) if name in cloud.WORDS else values[name] for name in cloud.COUNTS})

    def press(self):
        self._cloud.test()

    def close(self):
        self._steps.close()
        self._worker.close()
