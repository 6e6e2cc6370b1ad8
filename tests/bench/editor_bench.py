"""Remove Background in the real editors: time over the bare model run, stage by stage, and memory over the picture.

    python -m tests.bench.editor_bench --model FOLDER/u2netp.onnx [--editors gimp-3.0 gimp-2.10 krita-5.1]
                                       [--megapixels 24] [--repeat 4] [--json FILE]

Each editor runs without anybody before it, with the real, warm worker. "Over the run" is a call's whole time less what
the network itself took in that call; a stage is what lies between two changes of the progress text. Of each figure the
least of the warm runs is told: others only make it slower. CPU is that of editor, plug-in and worker together in the
run with the least of it. Memory is the peak of what editor and plug-in have resident while the call runs, over what the
editor has before it, with the picture open; a shared page counts for each of them. Krita keeps of a layer with a mask
what both together look like; what it takes for that is told beside, by a copy of the result that Krita makes itself.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import psutil

import cutaway
from tests.bench import editor_marks
from tests.bench.run_bench import photograph
from tests.bench.tables import markdown
from tests.editors import gimp2_session, krita_session, roots, sandbox, screen, session
from tests.editors.fake_worker import write_record

TARGETS = {"gimp-3.0": 1.2, "gimp-3.2": 1.2, "gimp-2.10": 1.5}
KRITA_TARGET = 2.0
MEMORY_TARGET_MB = 150
EVERY_S = 0.01
STAGES = {
    "Starting": "call to connected", "Reading the layer": "reading the layer", "Reading the picture": "worker looks",
    "Finding the subject": "model, beyond its run", "Following the edges": "edges", "Shaping the mask": "mask",
    "Cleaning the edge colours": "colours", "Writing the result": "writing, packing",
    "Putting the result in": "putting in", "Done": "after",
}


class Watch:
    """Samples (time, {process: resident bytes}, {process: CPU seconds so far}) while ``with`` runs.

    Processes are "worker", "editor" and "plug-in".
    """

    def __init__(self, worker: int) -> None:
        self.samples: list[tuple[float, dict[str, int], dict[str, float]]] = []
        self._worker = worker
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._cpu: dict[str, dict[int, float]] = {"worker": {}, "editor": {}, "plug-in": {}}

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(EVERY_S):
            resident = dict.fromkeys(self._cpu, 0)
            for process in psutil.Process().children(recursive=True):
                try:
                    kind = "worker" if process.pid == self._worker else _kind(process)
                    resident[kind] += process.memory_info().rss
                    used = process.cpu_times()
                    self._cpu[kind][process.pid] = used.user + used.system
                except psutil.Error:
                    continue  # it has just ended
            self.samples.append((time.time(), resident, {kind: sum(own.values()) for kind, own in self._cpu.items()}))

    def memory(self, began: float, ended: float) -> dict[str, float]:
        """MB of "editor", "plug-in" and both ("all"): the most at one time, over what it was before ``began``."""
        def of(seen: dict[str, int]) -> dict[str, int]:
            return {"editor": seen["editor"], "plug-in": seen["plug-in"], "all": seen["editor"] + seen["plug-in"]}

        before = [of(seen) for at, seen, _ in self.samples if began - 0.25 < at < began]
        during = [of(seen) for at, seen, _ in self.samples if began <= at <= ended]
        return {kind: (max(seen[kind] for seen in during) - min(seen[kind] for seen in before)) / 1e6
                for kind in during[0]}

    def cpu(self, began: float, ended: float) -> dict[str, float]:
        """Seconds of each process and of all."""
        used = [seen for at, _, seen in self.samples if began - EVERY_S <= at <= ended + EVERY_S]
        own = {kind: used[-1][kind] - used[0][kind] for kind in used[0]} if used else dict.fromkeys(self._cpu, 0.0)
        return {**own, "all": sum(own.values())}


def _kind(process: psutil.Process) -> str:
    name = process.name()
    return "editor" if name.startswith(("gimp", "krita")) or "script-fu" in name else "plug-in"


@contextmanager
def worker(home: Path, model: Path) -> Iterator[int]:
    """A worker of this checkout, warm: its process id."""
    write_record(home, sys.executable, cutaway.__version__)
    home.chmod(0o700)
    (home / "models").mkdir()
    shutil.copy2(model, home / "models")
    (home / "run").mkdir(mode=0o700, exist_ok=True)
    with (home / "run" / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "cutaway.worker", "--home", str(home)], stdout=log, stderr=log,
            env={**os.environ, "PYTHONPATH": str(sandbox.CHECKOUT / "core")})
    try:
        time.sleep(3.0)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def add_marks(profile: Path) -> None:
    """Makes the adapter in an editor's profile write its marks."""
    (flow,) = profile.rglob("cutaway_bridge/flow.py")
    flow.write_text(flow.read_text(encoding="utf-8") + editor_marks.LAST_LINES, encoding="utf-8")
    shutil.copy2(editor_marks.__file__, flow.parent)


def measured(editor: roots.Editor, model: Path, megapixels: float, repeat: int) -> list[dict[str, Any]]:
    """A row for each warm call: what it took over the run, by stage, of CPU and of memory."""
    folder = Path(tempfile.mkdtemp(prefix="cutaway-", dir="/tmp"))
    photo = folder / "photo.png"
    cv2.imwrite(str(photo), photograph(megapixels)[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1])
    given = {"photo": str(photo), "repeat": repeat + 1}
    try:
        if editor.name.startswith("krita"):
            with screen.screen(folder) as shown:
                krita = krita_session.Krita(editor, folder, shown.display).prepare()
                return _calls(krita, model, lambda: krita.script("editor_bench_krita", given, 900)["calls"])
        kind = gimp2_session.Gimp2 if editor.name.startswith("gimp-2") else session.Gimp
        gimp = kind(editor, folder).prepare()
        script = "editor_bench_gimp2" if kind is gimp2_session.Gimp2 else "editor_bench_gimp3"
        return _calls(gimp, model, lambda: gimp.script(script, given, 900))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _calls(host: Any, model: Path, script: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    add_marks(host.profile)
    with worker(host.home, model) as pid, Watch(pid) as watch:
        calls = script()
    marks = [json.loads(line) for line in (host.folder / "marks.jsonl").read_text(encoding="utf-8").splitlines()]
    for call in calls:
        if call["error"]:
            raise SystemExit(call["error"])
    return [_row(call, marks, watch) for call in calls[1:]]


def _row(call: dict[str, Any], marks: list[dict[str, Any]], watch: Watch) -> dict[str, Any]:
    own = [mark for mark in marks if call["began"] <= mark["at"] <= call["ended"]]
    (told,) = [mark for mark in own if "seconds" in mark]
    texts = [mark for mark in own if "text" in mark]
    ends = [mark["at"] for mark in texts[1:]] + [call["ended"]]
    stages: dict[str, float] = {}
    cpu: dict[str, dict[str, float]] = {}
    at = call["began"]
    for mark, end in zip(texts, ends, strict=True):
        name = STAGES.get(mark["text"], "call to connected")
        stages[name] = stages.get(name, 0.0) + end - at
        cpu[name] = watch.cpu(at, end)
        at = end
    run = told["seconds"]["run"]
    stages["model, beyond its run"] -= run
    return {"over": call["ended"] - call["began"] - run, "run": run, "stages": stages, "cpu by stage": cpu,
            "cpu": watch.cpu(call["began"], call["ended"]), "MB": watch.memory(call["began"], call["ended"]),
            "copy MB": watch.memory(*call["copied"])["all"] if "copied" in call else None,
            "worker": told["seconds"], "tiles": told["tiles"]}


def table(found: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """One row a figure, one column an editor."""
    def row(what: str, of: Callable[[dict[str, Any]], float]) -> dict[str, Any]:
        return {"what": what, **{name: min(of(each) for each in rows) for name, rows in found.items()}}

    out = [row(f"{stage}, s", lambda each, stage=stage: each["stages"].get(stage, 0.0))
           for stage in dict.fromkeys(STAGES.values())]
    out += [row("over the run, s", lambda each: each["over"]),
            {"what": "target: at most, s", **{name: TARGETS.get(name, KRITA_TARGET) for name in found}},
            row("the run itself, s", lambda each: each["run"])]
    out += [row(f"CPU of {who}, s", lambda each, who=who: each["cpu"][who]) for who in ("editor", "plug-in", "worker")]
    out += [row("memory of editor, MB", lambda each: each["MB"]["editor"]),
            row("memory of plug-in, MB", lambda each: each["MB"]["plug-in"]),
            row("memory of both, MB", lambda each: each["MB"]["all"]),
            {"what": "of which the editor needs for a copy of the result, MB", **{
                name: max(each["copy MB"] for each in rows) for name, rows in found.items()
                if rows[0]["copy MB"] is not None}},
            {"what": "target: at most, MB", **dict.fromkeys(found, MEMORY_TARGET_MB)}]
    return out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--editors", nargs="+", default=["gimp-3.0", "gimp-2.10", "krita-5.1"])
    parser.add_argument("--megapixels", type=float, default=24)
    parser.add_argument("--repeat", type=int, default=4)
    parser.add_argument("--json", type=Path)
    said = parser.parse_args()
    found = {}
    for name in said.editors:
        editor = roots.find(name)
        if editor is None:
            print(f"{name} is not here. Make it with: python -m tests.editors install {name}", file=sys.stderr)
            continue
        found[name] = measured(editor, said.model, said.megapixels, said.repeat)
    if not found:
        return 1
    print(f"{said.megapixels:g} MP, {psutil.cpu_count(logical=False)} cores, the least of {said.repeat} warm runs\n")
    print(markdown(table(found)))
    if said.json:
        said.json.write_text(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
