"""Networks with the inputs and outputs of the catalogue's families, small inside, through the real loading code."""

import hashlib
import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from cutaway.engines._runtime import CHANGES, CPU, OnnxRuntime
from cutaway.engines.local_onnx import LocalOnnx
from cutaway.home import Home
from cutaway.job import Job
from cutaway.models import catalogue
from cutaway.models.optimised import Optimised
from cutaway.models.store import ModelStore
from cutaway.picture.model import Picture
from cutaway.settings import RemoveSettings

HALVES = Picture(np.repeat(np.where(np.arange(64)[None, :, None] < 32, 255, 0).astype(np.uint8), 48, 0).repeat(3, 2))


def built(side, given, outputs, nodes, weights=()):
    """``outputs``: names. The graph's inputs and outputs are fixed, as in the released files."""
    shapes = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 1, side, side]) for name in outputs]
    picture = helper.make_tensor_value_info(given, TensorProto.FLOAT, [1, 3, side, side])
    graph = helper.make_graph(nodes, "family", [picture], shapes, list(weights))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def u2net(side=320):
    """A share in the first of seven outputs, as U-2-Net and silueta have it; the others say something else."""
    names = [str(number) for number in range(1959, 1966)]
    gray = helper.make_node("ReduceMean", ["input.1"], ["gray"], axes=[1], keepdims=1)
    others = [helper.make_node("Neg", [names[0]], [name]) for name in names[1:]]
    return built(side, "input.1", names, [gray, helper.make_node("Sigmoid", ["gray"], [names[0]]), *others])


def isnet_fp32(side=1024):
    """Whole-width weights, a share in the first of several outputs, as IS-Net's 32-bit release has it."""
    kernel = numpy_helper.from_array(np.full((1, 3, 1, 1), 1 / 3, np.float32), "kernel")
    nodes = [
        helper.make_node("Conv", ["input_image", "kernel"], ["gray"]),
        helper.make_node("Sigmoid", ["gray"], ["output_image"]),
        *(helper.make_node("Neg", ["output_image"], [name]) for name in ("1891", "1892"))]
    return built(side, "input_image", ["output_image", "1891", "1892"], nodes, [kernel])


def isnet(side=1024):
    """Half-width weights between two casts, a share in the first output, as IS-Net's 16-bit export has it."""
    kernel = numpy_helper.from_array(np.full((1, 3, 1, 1), 1 / 3, np.float16), "kernel")
    nodes = [
        helper.make_node("Cast", ["input"], ["half"], to=TensorProto.FLOAT16),
        helper.make_node("Conv", ["half", "kernel"], ["gray"]),
        helper.make_node("Cast", ["gray"], ["wide"], to=TensorProto.FLOAT),
        helper.make_node("Sigmoid", ["wide"], ["output"]), helper.make_node("Neg", ["wide"], ["1890"])]
    return built(side, "input", ["output", "1890"], nodes, [kernel])


def birefnet(side=1024):
    """Logits in the only output, as BiRefNet's exports have it."""
    return built(side, "input_image", ["output_image"],
                 [helper.make_node("ReduceMean", ["input_image"], ["output_image"], axes=[1], keepdims=1)])


def home_with(folder, network, like, which=0):
    """A home whose catalogue has ``network`` in the place of those weights of ``like``."""
    said = json.loads((catalogue.resources.files("cutaway.models") / "catalogue.json").read_text("utf-8"))
    entry = next(one for one in said["models"] if one["name"] == like)
    entry["fill"] = ""
    digest = hashlib.sha256(network).hexdigest()
    entry["weights"][which].update(bytes=len(network), sha256=digest)
    home = Home(folder / "home")
    store = ModelStore(home, known=catalogue.read(json.dumps({"models": [entry]})))
    (folder / "file").write_bytes(network)
    store.import_file(folder / "file")
    return home, store


def expected(value, model):
    """What the families above answer for a gray value, after the model's own normalisation."""
    shares = [(value / model.scale - mean) / std for mean, std in zip(model.mean, model.std, strict=True)]
    return 1 / (1 + np.exp(-np.mean(shares)))


@pytest.mark.parametrize("like, network, which", [
    ("u2netp", u2net, 0), ("u2net", u2net, 0), ("silueta", u2net, 0), ("u2net_human_seg", u2net, 0),
    ("isnet", isnet, 0), ("isnet", isnet_fp32, 1), ("birefnet", birefnet, 0), ("birefnet-lite", birefnet, 0),
    ("birefnet-portrait", birefnet, 0)])
def test_a_network_of_the_family_gives_the_matte_that_its_normalisation_means(tmp_path, like, network, which):
    _, store = home_with(tmp_path, network(), like, which)
    model = store.known[like]
    assert store.find(like).weights == model.weights[which]
    matte = LocalOnnx(store).matte(HALVES, RemoveSettings(model=like), Job())
    assert matte.model == like and matte.values.shape == model.size[::-1]
    left, right = matte.values[:, : model.size[0] // 4], matte.values[:, -model.size[0] // 4 :]
    assert np.allclose(left, expected(255, model), atol=1e-3) and np.allclose(right, expected(0, model), atol=1e-3)


@pytest.mark.parametrize("like, network, which", [
    ("u2net", u2net, 0), ("isnet", isnet, 0), ("isnet", isnet_fp32, 1), ("birefnet", birefnet, 0)])
def test_the_kept_graph_answers_as_the_file_does(tmp_path, like, network, which):
    home, store = home_with(tmp_path, network(), like, which)
    found, kept = store.find(like), Optimised(home, worth=1)
    values = np.random.default_rng(3).random((1, 3, *found.model.size), np.float32)
    plain = OnnxRuntime().open(found, CPU).run(values, Job())
    first = OnnxRuntime(optimised=kept).open(found, CPU)
    assert kept.bytes(found.weights.sha256) > 0
    found.path.rename(tmp_path / "away")  # so that only the kept graph can answer
    again = OnnxRuntime(optimised=kept).open(found, CPU)
    for session in (first, again):
        assert np.allclose(session.run(values, Job()), plain, atol=1e-6)


def test_a_kept_graph_that_will_not_load_is_thrown_away_and_the_others_stay_in_use(tmp_path):
    home, store = home_with(tmp_path, u2net(), "u2net")
    (tmp_path / "more").mkdir()
    other = home_with(tmp_path / "more", u2net(288), "silueta")[1].find("silueta")
    found, kept = store.find("u2net"), Optimised(home, worth=1)
    sha256, made_by = found.weights.sha256, f"{OnnxRuntime().version}/{CHANGES}"
    kept.keep(sha256, 10, made_by, lambda path: path.write_bytes(b"no graph"))
    assert kept.find(sha256, made_by)
    runtime = OnnxRuntime(optimised=kept)
    for _ in range(2):
        session = runtime.open(found, CPU)
        assert session.run(np.zeros((1, 3, 320, 320), np.float32), Job()).shape == (1, 1, 320, 320)
        assert kept.find(sha256, made_by) is None
    runtime.open(other, CPU)
    assert kept.find(other.weights.sha256, made_by), "the cache is on for other networks"
    OnnxRuntime(optimised=kept).open(found, CPU)
    assert kept.find(sha256, made_by), "the next process makes it again"


@pytest.mark.parametrize("when", ["found", "made"])
def test_a_kept_graph_that_another_process_takes_away_is_done_without(tmp_path, when):
    """The file of the model is sound: it is loaded."""
    home, store = home_with(tmp_path, u2net(), "u2net")
    found = store.find("u2net")

    class FakeRace(Optimised):
        """Someone clears it between the answer and its use."""

        def find(self, sha256, version):
            path = super().find(sha256, version)
            if when == "found":
                self.clear(sha256)
            return path

        def keep(self, sha256, size, version, build):
            path = super().keep(sha256, size, version, build)
            if when == "made":
                self.clear(sha256)
            return path

    if when == "found":
        OnnxRuntime(optimised=Optimised(home, worth=1)).open(found, CPU)
    session = OnnxRuntime(optimised=FakeRace(home, worth=1)).open(found, CPU)
    assert session.run(np.zeros((1, 3, 320, 320), np.float32), Job()).shape == (1, 1, 320, 320)
