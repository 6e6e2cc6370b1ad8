'''The conversation between a client (an editor's adapter, the command line) and the worker.

JSON-RPC 2.0, one message a line, UTF-8, lines end with ``\\n``, at most MAX_LINE bytes. The transport is a Unix socket
in a folder that only the user can enter, or TCP on the loopback address with a token from a file that only the user can
read. ``plugin/bridge/protocol.py`` mirrors the constants; a test holds the two equal. Transcripts in
``tests/transcripts`` are replayed against both ends.

**Rules**

1. The first request is ``hello``; anything else before it ends the connection. On TCP it must carry the token. After a
   ``version_mismatch`` the connection takes ``stop`` only, so that the client can make room for the right worker.
2. Every request gets exactly one terminal answer: a ``result`` or an ``error``. ``progress`` and ``queued``
   notifications of a request come only before its answer. A line that is no message is answered with the id null.
3. Pixels never travel in messages. ``job.open`` makes a private folder; both sides read and write ``.npy`` files in
   it (format 1.0, C order, little-endian). File names in messages are bare names in that folder, never paths.
4. One heavy request runs at a time, whoever sent it; the others wait and are told their place (``queued``).
5. ``cancel`` names a request of the same connection. The cancelled request answers with the error ``cancelled``. A
   request that does not stop within GRACE_S seconds takes the whole process with it; every client then sees the
   connection end, and the log says why.
6. A lost connection cancels its requests and deletes its jobs' folders. ``job.close`` does the same for one job.
7. An error's ``data`` is {"code", "hint"} with the codes of ``cutaway.errors``. The code ``error`` with INTERNAL_ERROR
   is a defect; the log says more.
8. The worker ends itself after an idle time; ``stop`` ends it at once, or with {"when": "idle"} after the last job. A
   stopping worker takes no new connection, and ``job.open`` answers ``worker_busy``. Requests that a stop cuts short
   answer ``worker_lost``. An open job keeps the worker from ending, an open connection does not.
9. ``picture.read`` keeps the picture in the worker: its answer's "picture" names the file READ_PICTURE, which
   ``job.run`` takes for that picture. No pixels are written to the disk for it. ``matte.read`` does the same for a
   mask from a file: READ_MATTE, which ``job.run`` takes as "given".
10. What waits for the cloud service (LANE, and the first part of a job.run with the engine "topaz" or "auto") runs
    beside the heavy requests, a few at a time. An API key is kept by ``key.set`` or, for one connection only, said by
    ``key.use``; no answer, log or notification ever holds it. The worker is shared, so what a client's environment says
    of the service counts for its own connection, and the starter passes none of it to the worker.

**Requests** (the closed list)

    hello            {"protocol": 1, "version": "0.1.0", "client": "gimp3", "token": "..."}   (token on TCP only)
                     -> {"protocol": 1, "version": "0.1.0", "pid": 4711}
    status           {} -> {"pid", "version", "uptime_s", "running": "job.run" | null, "waiting": 0,
                            "models": [{"name", "provider"}], "memory_mb": 431.2 | null, "idle_exit_s": 900, "log"}
    stop             {"when": "now" | "idle"} -> {}
    cancel           {"id": 7} -> {"found": true}
    job.open         {} -> {"job": "k3v9", "folder": "/home/u/.../run/jobs/k3v9"}
    job.close        {"job": "k3v9"} -> {}
    job.run          {"job", "picture": {"file": "picture.npy", "transfer": "nonlinear", "icc": "profile.icc" | null},
                      "selection": "selection.npy" | null, "mask": "mask.npy" | null,
                      "given": "given.npy" | "@matte" | null, "settings": {...},
                      "results": ["mask", "foreground", "matte"]}   (the parts to be written; default all)
                     -> {"mask": "out-mask.npy" | null,
                         "foreground": {"pixels": "out-foreground.npy", "origins": [[x, y], ...], "tile": 128} | null,
                         "matte": "out-matte.bin" | null, "provenance": {...}, "notes": [{"code", "message"}]}
    picture.read     {"job", "path": "/home/u/cat.jpg"}
                     -> {"picture": {"file": "@read", "transfer": "nonlinear", "icc": null}, "width", "height",
                         "channels", "dtype": "|u1", "notes": [...]}
    matte.read       {"job", "path": "/home/u/mask.png"} -> {"given": "@matte", "width", "height", "notes": [...]}
    picture.write    {"job", "path": "/home/u/cat_cutout.png", "form": "cutout" | "mask", "overwrite": false}
                     -> {"path", "bytes", "notes": [...]}   (writes the last job.run of this job)
    models.list      {} -> {"models": [{"name", "title", "use", "licence", "bytes", "installed", "best", "own": false,
                            "optimised": 0, "runs": [{"provider": "...", "seconds": 0.3}]}]}
                     (the catalogue's, then the user's "own"; "optimised": bytes of it that are kept a second time)
    models.get       {"name"} -> {"name", "source", "bytes"}
    models.import    {"path", "name": "isnet" | null} -> {"name", "bytes", "sha256", "own": false}
                     ("own": a network that the catalogue does not know; "sha256": what its file is held to)
    models.remove    {"name"} -> {"name"}
    models.verify    {"name": "isnet" | null} -> {"models": [{"name", "state": "good" | "damaged" | "missing"}]}
    key.status       {} -> {"where": "keyring" | "file" | "environment" | null, "consent": false}
    key.set          {"key": "..."} -> {"where": "keyring" | "file"}
    key.use          {"key": "..." | null, "url": "https://..." | null} -> {}
                     (from the client's environment, for this connection: "url" is where the service is)
    key.forget       {} -> {"found": true}
    key.test         {"with_one_credit": false}
                     -> {"available", "reserved", "total", "check": {"credits", "seconds", "kept"} | null}
                     (the balance costs nothing; "with_one_credit" sends a small made-up picture)
    cloud.price      {"pictures": [{"path": "/home/u/cat.jpg"} | {"width", "height"}]}
                     -> {"pictures": [{"width", "height", "credits"} | {"error": "..."}], "credits": 7,
                         "available": 100 | null}   (null: no key, or not to be reached)
    cloud.jobs       {} -> {"jobs": [{"id", "state", "ended", "process_id", "width", "height", "model", "mode",
                            "credits", "created", "updated", "error"}], "left_out": 0}
                     (oldest first; where they are too many for a message, the newest and what has not ended)
    cloud.resume     {"id": "3f2a..." | null, "path": "/home/u/mask.png" | null, "overwrite": false}
                     -> {"jobs": [...], "left_out": 0}   (as in cloud.jobs; "path": where the one job's mask goes)
    cloud.forget     {"id"} -> {"id"}

``given.npy``: (h, w) uint8, uint16 or float32, of any size, for the engine "mask"; without it that engine takes the
layer's mask, else the selection, else the picture's alpha. ``selection.npy``: (H, W) uint8, the picture's size, 255
selected. ``mask.npy``: (H, W) uint8 or uint16, the layer mask that the source has. ``out-mask.npy``: (H, W), uint8
where the picture is uint8, else uint16. ``out-foreground.npy``: see :class:`cutaway.cutout.Foreground`.
``out-matte.bin``: opaque to the client, to be kept with the layer.

**Notifications** (worker to client)

    progress         {"id": 7, "stage": "model", "fraction": 0.4, "text": "Finding the subject"}
                     fraction is of the whole request, 0..1, and never falls
    queued           {"id": 7, "place": 2}      place 0 means that it has started

**A conversation**

    > {"jsonrpc": "2.0", "id": 1, "method": "hello", "params": {"protocol": 1, "version": "0.1.0", "client": "gimp3"}}
    < {"jsonrpc": "2.0", "id": 1, "result": {"protocol": 1, "version": "0.1.0", "pid": 4711}}
    > {"jsonrpc": "2.0", "id": 2, "method": "job.open", "params": {}}
    < {"jsonrpc": "2.0", "id": 2, "result": {"job": "k3v9", "folder": "/home/u/.../run/jobs/k3v9"}}
    > {"jsonrpc": "2.0", "id": 3, "method": "job.run", "params": {"job": "k3v9", "picture": {...}, "settings": {...}}}
    < {"jsonrpc": "2.0", "method": "queued", "params": {"id": 3, "place": 0}}
    < {"jsonrpc": "2.0", "method": "progress", "params": {"id": 3, "stage": "model", "fraction": 0.1, "text": "..."}}
    < {"jsonrpc": "2.0", "id": 3, "error": {"code": -32000, "message": "The model u2netp is not on this computer.",
        "data": {"code": "model_missing", "hint": "Run: cutaway models get u2netp"}}}
    > {"jsonrpc": "2.0", "id": 4, "method": "job.close", "params": {"job": "k3v9"}}
    < {"jsonrpc": "2.0", "id": 4, "result": {}}
'''

from __future__ import annotations

from typing import Final

PROTOCOL: Final = 1
MAX_LINE: Final = 1 << 20
GRACE_S: Final = 5.0

HEAVY: Final = ("job.run", "picture.read", "matte.read", "picture.write", "models.get", "models.import",
                "models.remove", "models.verify")
LIGHT: Final = ("hello", "status", "stop", "cancel", "job.open", "job.close", "models.list", "key.status", "key.set",
                "key.use", "key.forget", "cloud.jobs", "cloud.forget")
LANE: Final = ("key.test", "cloud.price", "cloud.resume")
METHODS: Final = LIGHT + HEAVY + LANE

READ_PICTURE: Final = "@read"
READ_MATTE: Final = "@matte"

APPLICATION_ERROR: Final = -32000
PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603
