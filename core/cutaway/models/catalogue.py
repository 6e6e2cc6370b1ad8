"""The models that Cutaway knows: ``catalogue.json``, read and checked. Adding a model is adding to that file.

A model may exist as several files that say the same (another precision, another export): its *weights*. Each source
names the weights that it holds; every file is known by its size and SHA-256 before it is fetched.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from cutaway.errors import ModelUnknown

Triple = tuple[float, float, float]
Port = str | int
"""An input or output of the network: its name, or its position where exports differ in names (-1: the last)."""

ACTIVATIONS: Final = ("none", "sigmoid")
NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]*")
SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Licence:
    """Of the weights. ``text``: where it can be read; ``work``: what it covers and by whom; ``home``: its own page;
    ``data``: what is to be known about the pictures that they were trained on."""

    name: str
    text: str
    work: str
    home: str
    data: str = ""


@dataclass(frozen=True)
class Weights:
    """One file. ``activation`` is what is still to be done to the output: "none" where it is 0..1 already. ``fluid``:
    it can be made to take pictures of their own shape, and does better so (see :mod:`cutaway.engines._fluid`)."""

    id: str
    bytes: int
    sha256: str
    input: Port
    output: Port
    activation: Literal["none", "sigmoid"]
    fluid: bool = False


@dataclass(frozen=True)
class PypiSource:
    """One member of a wheel on PyPI."""

    weights: str
    licence: str
    package: str
    version: str
    member: str

    def __str__(self) -> str:
        return f"PyPI ({self.package} {self.version})"


@dataclass(frozen=True)
class NpmSource:
    """Chunks in an npm package, joined in the order that its ``index`` gives for ``entry``."""

    weights: str
    licence: str
    package: str
    version: str
    index: str
    entry: str

    def __str__(self) -> str:
        return f"npm ({self.package} {self.version})"


@dataclass(frozen=True)
class UrlSource:
    """The file itself, by https."""

    weights: str
    licence: str
    url: str

    def __str__(self) -> str:
        return self.url


Source = PypiSource | NpmSource | UrlSource
SOURCES: Final[dict[str, type[PypiSource] | type[NpmSource] | type[UrlSource]]] = {
    "pypi": PypiSource, "npm": NpmSource, "url": UrlSource}


@dataclass(frozen=True)
class Model:
    """``size``: (width, height) of the network's input. A sample x of the 8-bit picture becomes
    (x / ``scale`` - ``mean``) / ``std``, by channel. ``rank``: "auto" takes the highest that is installed
    (the order: core/decisions/model-run.md).
    ``fill``: the model that, where it is installed too, fills this one's interior when "auto" chose it (see
    :mod:`cutaway.mask.fill`).
    """

    name: str
    title: str
    use: str
    rank: int
    size: tuple[int, int]
    scale: float
    mean: Triple
    std: Triple
    licence: Licence
    weights: tuple[Weights, ...]
    sources: tuple[Source, ...]
    fill: str = ""

    def of(self, source: Source) -> Weights:
        return next(one for one in self.weights if one.id == source.weights)

    @property
    def own(self) -> bool:
        """Whether it is the user's, not the catalogue's: then it can be fetched from nowhere."""
        return not self.sources

    @property
    def remedy(self) -> str:
        """What to do where its file is missing or damaged."""
        if self.own:
            return f"Run: cutaway models import FILE --name {self.name}"
        return f"Run: cutaway models get {self.name}"


@dataclass(frozen=True)
class Catalogue:
    """``models``: the first is the default, which is offered where none is installed."""

    models: tuple[Model, ...]

    def __getitem__(self, name: str) -> Model:
        """Raises ModelUnknown, which lists the known."""
        for model in self.models:
            if model.name == name:
                return model
        raise ModelUnknown(f"There is no model named {name!r}.", f"Known: {self.names}.")

    @property
    def names(self) -> str:
        """For messages: the names with commas."""
        return ", ".join(model.name for model in self.models)

    def by_hash(self, sha256: str) -> tuple[Model, Weights] | None:
        for model in self.models:
            for weights in model.weights:
                if weights.sha256 == sha256:
                    return model, weights
        return None


def read(text: str | None = None) -> Catalogue:
    """The catalogue that ships with Cutaway, or the one in ``text``. Raises ValueError, saying where it is wrong."""
    if text is None:
        text = resources.files(__package__).joinpath("catalogue.json").read_text("utf-8")
    try:
        models = tuple(_model(one) for one in json.loads(text)["models"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"The catalogue lacks something or has too much: {error}") from error
    _need(bool(models), "no model")
    _need(len({m.name for m in models}) == len(models), "two models have one name")
    _need(len({m.rank for m in models}) == len(models), "two models have one rank")
    for model in models:
        _need(model.fill in {"", *(m.name for m in models)} - {model.name}, f"{model.name}: fill names no other model")
    return Catalogue(models)


def _model(said: dict[str, Any]) -> Model:
    said = dict(said)
    name = said["name"]
    _need(isinstance(name, str) and bool(NAME.fullmatch(name)) and name != "auto", f"{name!r} cannot be a name")
    model = Model(
        size=_size(name, said.pop("size")), scale=float(said.pop("scale")), mean=_triple(name, said.pop("mean")),
        std=_triple(name, said.pop("std")), licence=Licence(**said.pop("licence")),
        weights=tuple(_weights(name, one) for one in said.pop("weights")),
        sources=tuple(_source(name, one) for one in said.pop("sources")), **said)
    ids = [one.id for one in model.weights]
    _need(model.scale > 0 and min(model.std) > 0, f"{name}: scale and std must be above 0")
    _need(isinstance(model.rank, int) and model.rank >= 0, f"{name}: rank must be a whole number, 0 or above")
    _need(bool(ids) and len(set(ids)) == len(ids), f"{name}: weights need ids of their own")
    _need(len({one.bytes for one in model.weights}) == len(ids), f"{name}: two weights are of one size")
    _need(bool(model.sources), f"{name}: no source")
    for source in model.sources:
        _need(source.weights in ids, f"{name}: a source holds unknown weights {source.weights!r}")
    return model


def _size(name: str, said: Any) -> tuple[int, int]:
    right = isinstance(said, list) and len(said) == 2 and all(isinstance(side, int) and side > 0 for side in said)
    _need(right, f"{name}: size must be [width, height]")
    return (said[0], said[1])


def _triple(name: str, said: Any) -> Triple:
    _need(isinstance(said, list) and len(said) == 3, f"{name}: mean and std have three numbers")
    return (float(said[0]), float(said[1]), float(said[2]))


def _weights(name: str, said: dict[str, Any]) -> Weights:
    weights = Weights(**said)
    _need(bool(SHA256.fullmatch(weights.sha256)), f"{name}: sha256 must be 64 hexadecimal digits")
    _need(isinstance(weights.bytes, int) and weights.bytes > 0, f"{name}: bytes must be a number above 0")
    _need(weights.activation in ACTIVATIONS, f"{name}: activation must be one of {ACTIVATIONS}")
    _need(isinstance(weights.fluid, bool), f"{name}: fluid must be true or false")
    for port in (weights.input, weights.output):
        _need(isinstance(port, str | int) and not isinstance(port, bool), f"{name}: {port!r} is no input or output")
    return weights


def _source(name: str, said: dict[str, Any]) -> Source:
    fields = dict(said)
    kind = fields.pop("kind")
    _need(kind in SOURCES, f"{name}: {kind!r} is no kind of source")
    source = SOURCES[kind](**fields)
    _need(not isinstance(source, UrlSource) or allowed(source.url), f"{name}: only https is allowed")
    return source


def allowed(url: str) -> bool:
    """Whether a model may be fetched from there: https only, and http on this computer."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost"))


def _need(right: bool, wrong: str) -> None:
    if not right:
        raise ValueError(f"catalogue.json: {wrong}.")
