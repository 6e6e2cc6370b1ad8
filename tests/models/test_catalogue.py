import json

import pytest

from cutaway.errors import ModelUnknown
from cutaway.models import catalogue
from cutaway.models.catalogue import NpmSource, PypiSource, UrlSource

from .fakes import SMALL, entry, npm, pypi, small_catalogue, url


def test_the_catalogue_that_ships_is_right():
    known = catalogue.read()
    assert [model.name for model in known.models] == ["u2netp", "isnet"]
    small, large = known.models
    assert large.rank > small.rank and small.size == (320, 320) and large.size == (1024, 1024)
    assert [type(source) for source in small.sources] == [PypiSource, UrlSource]
    assert [type(source) for source in large.sources] == [NpmSource, UrlSource]
    assert {small.of(source).id for source in small.sources} == {"fp32"}
    assert [large.of(source).id for source in large.sources] == ["fp16", "fp32"]


def test_every_shipped_model_says_its_licence():
    for model in catalogue.read().models:
        assert model.licence.name == "Apache-2.0"
        assert model.licence.text.startswith("https://") and model.licence.home.startswith("https://")


def test_an_unknown_name_lists_the_known():
    with pytest.raises(ModelUnknown) as caught:
        catalogue.read()["nosuch"]
    assert "'nosuch'" in caught.value.message and "u2netp, isnet" in caught.value.hint


def test_a_file_is_recognised_by_its_hash():
    known = small_catalogue(entry("a", {"x": SMALL, "y": b"other"}, [pypi("x")], 1))
    model, weights = known.by_hash(known["a"].weights[1].sha256)
    assert (model.name, weights.id) == ("a", "y")
    assert known.by_hash("0" * 64) is None


def test_sources_say_what_they_are():
    model = small_catalogue(entry("a", SMALL, [pypi(), npm(), url("https://x.test/m.onnx")], 1))["a"]
    assert [str(one) for one in model.sources] == [
        "PyPI (some-wheel 1.2)", "npm (@some/pack 3.4)", "https://x.test/m.onnx"]


GOOD = entry("a", SMALL, [pypi()], 1)
WEIGHTS = GOOD["weights"][0]


@pytest.mark.parametrize("change, wrong", [
    ({"name": "../evil"}, "cannot be a name"),
    ({"name": "auto"}, "cannot be a name"),
    ({"name": 5}, "cannot be a name"),
    ({"rank": "high"}, "rank"),
    ({"size": [320]}, "size"),
    ({"size": [320, 0]}, "size"),
    ({"std": [1.0, 0.0, 1.0]}, "above 0"),
    ({"scale": 0}, "above 0"),
    ({"mean": [1.0, 0.0]}, "three numbers"),
    ({"weights": []}, "ids"),
    ({"weights": [WEIGHTS, WEIGHTS]}, "ids"),
    ({"weights": [WEIGHTS, {**WEIGHTS, "id": "two"}]}, "one size"),
    ({"weights": [{**WEIGHTS, "sha256": "abc"}]}, "sha256"),
    ({"weights": [{**WEIGHTS, "sha256": WEIGHTS["sha256"].upper()}]}, "sha256"),
    ({"weights": [{**WEIGHTS, "bytes": 0}]}, "bytes"),
    ({"weights": [{**WEIGHTS, "activation": "relu"}]}, "activation"),
    ({"weights": [{**WEIGHTS, "input": True}]}, "no input"),
    ({"sources": []}, "no source"),
    ({"sources": [pypi("unknown")]}, "unknown weights"),
    ({"sources": [{**pypi(), "kind": "ftp"}]}, "no kind"),
    ({"sources": [url("http://far.test/m.onnx")]}, "only https"),
    ({"sources": [{**pypi(), "colour": "red"}]}, "too much"),
    ({"licence": {"name": "MIT"}}, "lacks"),
    ({"colour": "red"}, "too much"),
])
def test_a_wrong_entry_is_refused(change, wrong):
    with pytest.raises(ValueError, match=wrong):
        catalogue.read(json.dumps({"models": [{**GOOD, **change}]}))


def test_two_models_need_names_and_ranks_of_their_own():
    with pytest.raises(ValueError, match="one name"):
        small_catalogue(GOOD, {**GOOD, "rank": 2})
    with pytest.raises(ValueError, match="one rank"):
        small_catalogue(GOOD, {**GOOD, "name": "b"})
    with pytest.raises(ValueError, match="no model"):
        small_catalogue()


@pytest.mark.parametrize("other", ["nosuch", GOOD["name"]])
def test_a_model_is_filled_by_another_of_the_catalogue(other):
    with pytest.raises(ValueError, match="fill names no other model"):
        small_catalogue({**GOOD, "fill": other})


@pytest.mark.parametrize("address, right", [
    ("https://x.test/a", True), ("http://127.0.0.1:80/a", True), ("http://localhost/a", True), ("http://[::1]/a", True),
    ("http://x.test/a", False), ("ftp://x.test/a", False), ("file:///etc/passwd", False),
    ("http://127.0.0.1.evil.test/a", False), ("http://localhost@evil.test/a", False),
])
def test_only_https_leaves_this_computer(address, right):
    assert catalogue.allowed(address) is right
