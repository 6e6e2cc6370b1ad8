"""Stand-ins for the installer's neighbours: other programs, and a computer with editors."""

import json
from contextlib import ExitStack
from pathlib import Path

from installers.editors import Computer
from installers.layout import Layout
from installers.plan import Choices, Planner
from installers.record import Record
from installers.run import Finished
from installers.site import Site

GOOD = Finished(0, "")
MODEL = b"weights"


class FakeRunner:
    """Does in files what the real programs would do, and remembers every call.

    ``failing``: the names of the programs that fail; ``breaking``: those that leave something half-made before.
    """

    def __init__(self, layout, failing=()):
        self.layout = layout
        self.failing = set(failing)
        self.calls = []
        self.environs = []
        self.version = "0.1.0"

    def __call__(self, command, *, environ, timeout, on_line=None):
        words = [str(each) for each in command]
        name = self.name(words)
        self.calls.append(name)
        self.environs.append(dict(environ))
        answer = getattr(self, "do_" + name.replace("-", "_"))(words, on_line)
        return Finished(1, f"{name} went wrong") if name in self.failing else answer

    def name(self, words):
        for marks, name in (
                (("--without-pip",), "venv-bare"), (("venv",), "venv"), (("--python",), "pip-into"),
                (("pip", "--version"), "pip-version"), (("pip", "install"), "pip-install"), (("-c",), "probe"),
                (("cutaway.models",), "models"), (("worker", "stop"), "worker-stop"), (("remove",), "remove"),
                (("gimp-console-3.0",), "gimp")):
            if all(any(word == mark or word.endswith("/" + mark) for word in words) for mark in marks):
                return name
        raise AssertionError(f"unexpected command {words}")

    def do_venv(self, words, on_line):
        folder = Path(words[-1])
        python = self.layout.python_in(folder)
        python.parent.mkdir(parents=True)
        python.write_text("python")
        (python.parent / "pip").write_text(f"#!{python}\n")
        (folder / "pyvenv.cfg").write_text(f"command = python -m venv {folder}\n")
        return GOOD

    do_venv_bare = do_venv

    def do_pip_into(self, words, on_line):
        return GOOD

    def do_pip_version(self, words, on_line):
        return Finished(0, "pip 23.2.1")

    def do_pip_install(self, words, on_line):
        self.source = sorted(path.relative_to(words[-1]).as_posix() for path in Path(words[-1]).rglob("*"))
        if on_line:
            on_line("  Downloading onnxruntime-1.20.0-cp311-manylinux.whl (17.2 MB)")
        (Path(words[0]).parent / "cutaway").write_text(f"#!{words[0]}\n")
        return GOOD

    def do_probe(self, words, on_line):
        return Finished(0, "a warning\n" + json.dumps({"version": self.version, "protocol": 1}))

    def do_models(self, words, on_line):
        self.layout.models.mkdir(parents=True, exist_ok=True)
        (self.layout.models / f"{words[-1]}.onnx").write_bytes(MODEL)
        return GOOD

    def do_worker_stop(self, words, on_line):
        return Finished(0, "The worker was not running.")

    def do_remove(self, words, on_line):
        result = Path(words[-1])
        assert not result.exists(), "the command never overwrites"
        result.write_bytes(b"PNG")
        on_line(f"cat -> {result} (u2netp, CPUExecutionProvider, 0.4 s)")
        return GOOD

    def do_gimp(self, words, on_line):
        return GOOD


class Stage:
    """One pretended computer: a checkout, a user's home folder and an installation's home folder."""

    def __init__(self, root, home=None, windows=False):
        self.root = Path(root)
        self.user = self.root / "user"
        self.user.mkdir(parents=True, exist_ok=True)
        self.checkout = self.root / "checkout"
        self.layout = Layout(Path(home) if home else self.root / "home", windows)
        self.runner = FakeRunner(self.layout)
        self.said = []
        self.environ = {"PATH": "/nowhere"}
        self.platform = "linux"
        self.free = 10**10
        make_checkout(self.checkout)

    @property
    def home(self):
        return self.layout.home

    @property
    def profile(self):
        return self.user / ".config" / "GIMP" / "3.0"

    def computer(self):
        return Computer(self.platform, self.environ, self.user, lambda program: "")

    def plan(self, earlier=None, **choices):
        from installers import apply
        earlier = apply.earlier_record(self.layout) if earlier is None else earlier
        planner = Planner(self.checkout, self.layout, Choices(**choices), self.computer(), earlier, self.runner,
                          self.environ, lambda path: self.free)
        return planner.plan()

    def site(self, plan):
        from installers import apply
        earlier = apply.earlier_record(self.layout)
        return apply.open_site(self.layout, self.runner, self.environ, self.said.append, earlier, plan)

    def bare_site(self, earlier=None):
        """A site without a plan, for single steps."""
        self.home.mkdir(parents=True, exist_ok=True)
        return Site(self.layout, self.runner, self.environ, self.said.append, earlier or Record(),
                    Record(home=str(self.home)), ExitStack())

    def install(self, **choices):
        """What ``installers.main`` does, without its printing."""
        from installers import apply
        from installers.errors import InstallError
        from installers.lock import Lock
        with Lock(self.layout.lock) as lock:
            plan = self.plan(**choices)
            site = self.site(plan)
            found = apply.obstacles(plan, site)
            if found:
                raise InstallError("\n".join(found))
            apply.apply(plan, site, lock.made)
        return site

    def snapshot(self):
        """Every file, folder and link under the root, with contents; byte code aside."""
        found = {}
        for path in sorted(self.root.rglob("*")):
            if self.checkout in path.parents:
                continue
            if path.is_symlink():
                found[path] = ("link", str(path.readlink()))
            elif path.is_file():
                found[path] = ("file", path.read_bytes(), path.stat().st_mode & 0o777)
            else:
                found[path] = ("folder",)
        return found


def make_checkout(root):
    """A checkout small enough to be read at a glance."""
    for name, text in {
            "pyproject.toml": '[project]\nname = "cutaway"\nversion = "0.1.0"\n',
            "README.md": "Cutaway\n", "LICENSE": "MIT\n",
            "core/cutaway/__init__.py": "", "core/cutaway/__pycache__/left.cpython-311.pyc": "old",
            "plugin/gimp3/cutaway.py": "#!/usr/bin/env python3\n", "plugin/gimp3/gimp3_host.py": "host = 1\n",
            "plugin/bridge/__init__.py": "", "plugin/bridge/flow.py": "flow = 1\n",
            "plugin/bridge/settings.json": "{}\n", "plugin/bridge/notes.txt": "not carried\n",
            "tests/pictures/astronaut.jpg": "picture",
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
