"""Runs in rembg's own Python, with nothing of Cutaway: every picture of a folder through one of its ways.

    python edges_rembg_inside.py SESSION IN OUT REPEAT WAY

OUT/<name>.png is the picture with its alpha. A picture on which the way fails leaves no file. Prints one line of JSON:
"whole", "run" (the network alone) and "encode" (a PNG at Pillow's default, as rembg's command writes) are lists of
seconds, "MB" the peak of this process, "failed" {name: reason}. With a REPEAT over 1 there is one
run before, of which the time is not taken, and one "encode" a picture; else none. Ways: plain, a, pp, dc (rembg's -a,
-pp, -dc).
"""

import json
import sys
import time
from pathlib import Path

OPTIONS = {"plain": {}, "a": {"alpha_matting": True}, "pp": {"post_process_mask": True}, "dc": {"decontaminate": True}}


class Timed:
    """An onnxruntime session that says what its runs took."""

    def __init__(self, session):
        self._session, self.seconds = session, 0.0

    def run(self, *given, **named):
        start = time.perf_counter()
        try:
            return self._session.run(*given, **named)
        finally:
            self.seconds = time.perf_counter() - start

    def __getattr__(self, name):
        return getattr(self._session, name)


def peak_mb():
    try:  # ru_maxrss would count what the parent had when it started this process
        return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) * 1024 / 1e6
    except OSError:
        return None


def through(remove, session, path, target, repeat, options, told):
    """One picture; what it took is added to ``told``."""
    from PIL import Image

    picture = Image.open(path).convert("RGB")
    if repeat > 1:
        remove(picture, session=session, **options)
    for _ in range(repeat):
        start = time.perf_counter()
        made = remove(picture, session=session, **options)
        told["whole"].append(time.perf_counter() - start)
        told["run"].append(session.inner_session.seconds)
    part = target / (path.stem + ".part")
    start = time.perf_counter()
    made.save(part, "PNG", **({} if repeat > 1 else {"compress_level": 1}))
    if repeat > 1:
        told["encode"].append(time.perf_counter() - start)
    part.rename(target / (path.stem + ".png"))


def main():
    from rembg import new_session, remove

    name, source, target, repeat, way = sys.argv[1:]
    session = new_session(name, providers=["CPUExecutionProvider"])
    session.inner_session = Timed(session.inner_session)
    told = {"whole": [], "run": [], "encode": [], "failed": {}}
    Path(target).mkdir(parents=True, exist_ok=True)
    for path in sorted(Path(source).iterdir()):
        try:
            through(remove, session, path, Path(target), int(repeat), OPTIONS[way], told)
        except Exception as error:  # noqa: BLE001  the edge: what it cannot do is told beside what it can
            told["failed"][path.stem] = f"{type(error).__name__}: {error}"[:200]
    print(json.dumps({**told, "MB": peak_mb()}))


if __name__ == "__main__":
    main()
