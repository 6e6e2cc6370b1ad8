import json

import pytest

from cutaway.errors import ModelUnknown
from cutaway.models import catalogue
from cutaway.models.catalogue import NpmSource, PypiSource, UrlSource

from .fakes import SMALL, entry, npm, pypi, small_catalogue, url

REMBG = "https://github.com/danielgatis/rembg/releases/download/v0.0.0/"


def test_the_catalogue_that_ships_is_right():
    known = catalogue.read()
    assert [model.name for model in known.models][:2] == ["u2netp", "isnet"]  # the default first
    small, large = known.models[:2]
    assert large.rank > small.rank and small.size == (320, 320) and large.size == (1024, 1024)
    assert [type(source) for source in small.sources] == [PypiSource, UrlSource]
    assert [type(source) for source in large.sources] == [NpmSource, UrlSource]
    assert {small.of(source).id for source in small.sources} == {"fp32"}
    assert [large.of(source).id for source in large.sources] == ["fp16", "fp32"]


def test_auto_s_order_is_the_written_one_and_networks_for_people_only_come_last():
    ranked = sorted(catalogue.read().models, key=lambda model: model.rank, reverse=True)
    assert [model.name for model in ranked] == [
        "birefnet", "birefnet-lite", "isnet", "u2net", "silueta", "u2netp", "u2net_human_seg", "birefnet-portrait"]
    assert [model.name for model in ranked if "people only" in model.use] == ["u2net_human_seg", "birefnet-portrait"]


IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


@pytest.mark.parametrize("names, size, normalised, activation, output", [
    (("u2net", "silueta", "u2net_human_seg"), 320, IMAGENET, "none", 0),
    (("birefnet", "birefnet-lite", "birefnet-portrait"), 1024, IMAGENET, "sigmoid", -1),
    (("isnet",), 1024, ((0.5, 0.5, 0.5), (1.0, 1.0, 1.0)), "none", "output"),
])
def test_every_family_gets_its_pictures_as_it_was_trained(names, size, normalised, activation, output):
    for name in names:
        model = catalogue.read()[name]
        assert (model.size, model.scale, (model.mean, model.std)) == ((size, size), 255.0, normalised)
        assert (model.weights[0].activation, model.weights[0].output) == (activation, output)


def test_what_the_releases_hold_is_known_by_size_and_hash_and_named_once():
    known = catalogue.read()
    hashes = [weights.sha256 for model in known.models for weights in model.weights]
    assert len(set(hashes)) == len(hashes)
    assert [str(source) for source in known["u2net"].sources] == [REMBG + "u2net.onnx"]
    for name in ("birefnet", "birefnet-lite", "birefnet-portrait"):
        first, second = (source.url.rsplit("/", 1) for source in known[name].sources)
        assert first[1] == second[1] and (first[0], second[0] + "/") == (
            "https://github.com/ZhengPeng7/BiRefNet/releases/download/v1", REMBG)


def test_every_shipped_model_says_its_licence_and_none_forbids_commercial_use():
    for model in catalogue.read().models:
        assert model.licence.name in ("Apache-2.0", "MIT"), model.name
        assert model.licence.text.startswith("https://") and model.licence.home.startswith("https://")
        assert model.licence.data.startswith(("Trained on", "The authors"))
        assert model.remedy == f"Run: cutaway models get {model.name}" and not model.own


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
    ({"rank": -1}, "rank"),
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
