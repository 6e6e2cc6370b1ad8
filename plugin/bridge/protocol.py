"""The constants of core/cutaway/worker/protocol.py, where the conversation is written down. A test holds them equal."""

from __future__ import absolute_import

PROTOCOL = 1
MAX_LINE = 1 << 20
GRACE_S = 5.0

HEAVY = ("job.run", "picture.read", "matte.read", "picture.write", "models.get", "models.import", "models.remove",
         "models.verify")
LIGHT = ("hello", "status", "stop", "cancel", "job.open", "job.close", "models.list", "key.status", "key.set",
         "key.use", "key.forget", "cloud.jobs", "cloud.forget")
LANE = ("key.test", "cloud.price", "cloud.resume")
METHODS = LIGHT + HEAVY + LANE

READ_PICTURE = "@read"
READ_MATTE = "@matte"

APPLICATION_ERROR = -32000
PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
