"""Runs in rembg's own Python, with nothing of Cutaway: every picture of a folder through every way asked for.

    python rembg_inside.py SESSION IN OUT REPEAT WAY [WAY ...]

OUT/<way>/<name>.png is the picture with its alpha. Prints one line of JSON: {way: {"seconds": [...], "MB": peak}}.
A way that fails on a picture leaves no file. Ways: plain, a, pp, dc (rembg's -a, -pp, -dc).
"""

import json
import resource
import sys
import time
from pathlib import Path

OPTIONS = {"plain": {}, "a": {"alpha_matting": True}, "pp": {"post_process_mask": True}, "dc": {"decontaminate": True}}


def main() -> None:
    from PIL import Image
    from rembg import new_session, remove

    name, source, target, repeat, *ways = sys.argv[1:]
    session = new_session(name, providers=["CPUExecutionProvider"])
    told = {}
    for way in ways:
        folder = Path(target, way)
        folder.mkdir(parents=True, exist_ok=True)
        seconds = []
        for path in sorted(Path(source).iterdir()):
            picture = Image.open(path).convert("RGB")
            if not seconds:
                remove(picture, session=session, **OPTIONS[way])
            for _ in range(int(repeat)):
                start = time.perf_counter()
                made = remove(picture, session=session, **OPTIONS[way])
                seconds.append(time.perf_counter() - start)
            made.save(folder / (path.stem + ".png"), compress_level=1)
        told[way] = {"seconds": seconds, "MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
