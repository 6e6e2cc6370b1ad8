"""Which output belongs to which input, and what is refused before anything runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from cutaway.picture import write
from cutaway_cli.outputs import ENDINGS, Piece, Refused, plan
from tests.cli.installed import permissions_bind

needs_permissions = pytest.mark.skipif(not permissions_bind(), reason="this user (root?) may read and write everything")


@pytest.fixture(autouse=True)
def _here(here: Path) -> None:
    (here / "cat.jpg").write_bytes(b"cat")
    (here / "dog.jpg").write_bytes(b"dog")


def only(pieces: list[Piece]) -> Piece:
    assert len(pieces) == 1
    return pieces[0]


def code(piece: Piece) -> str | None:
    return None if piece.trouble is None else piece.trouble.code


@pytest.mark.parametrize(("form", "name"), [("cutout", "cat_cutout.png"), ("mask", "cat_mask.png")])
def test_without_o_the_result_is_next_to_the_input(here, form, name):
    piece = only(plan(["cat.jpg"], None, form, overwrite=False))
    assert (piece.source, piece.target, piece.result, piece.trouble) == (here / "cat.jpg", here / name, name, None)


def test_only_the_last_ending_is_replaced(here):
    (here / "a.b.tiff").touch()
    assert only(plan(["a.b.tiff"], None, "cutout", overwrite=False)).result == "a.b_cutout.png"


def test_a_link_gets_its_result_beside_itself(here, tmp_path):
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "real.jpg").touch()
    (here / "near.jpg").symlink_to(tmp_path / "far" / "real.jpg")
    piece = only(plan(["near.jpg"], None, "cutout", overwrite=False))
    assert (piece.source, piece.target) == (here / "near.jpg", here / "near_cutout.png")


def test_o_is_a_file_for_one_input(here):
    piece = only(plan(["cat.jpg"], "x.webp", "cutout", overwrite=False))
    assert (piece.target, piece.trouble) == (here / "x.webp", None)


@pytest.mark.parametrize("output", ["out", "out/", "new/", "new/deep/"])
def test_o_is_a_folder_where_it_exists_or_ends_with_a_slash(here, output):
    (here / "out").mkdir()
    pieces = plan(["cat.jpg", "dog.jpg"], output, "cutout", overwrite=False)
    folder = here / output.rstrip("/")
    assert [piece.target for piece in pieces] == [folder / "cat_cutout.png", folder / "dog_cutout.png"]
    assert [code(piece) for piece in pieces] == [None, None]
    assert not (here / "new").exists(), "planning must not change the disk"


def test_several_inputs_and_a_file_name(here):
    with pytest.raises(Refused, match=r"2 pictures cannot go into the one file x\.png.*-o x\.png/"):
        plan(["cat.jpg", "dog.jpg"], "x.png", "cutout", overwrite=False)
    assert not (here / "x.png").exists()


def test_a_slash_after_the_name_of_a_file():
    with pytest.raises(Refused, match=r"dog\.jpg/ is not a folder"):
        plan(["cat.jpg"], "dog.jpg/", "cutout", overwrite=True)


def test_an_empty_o():
    with pytest.raises(Refused, match="empty"):
        plan(["cat.jpg"], "", "cutout", overwrite=False)


def test_two_inputs_of_one_name_in_two_folders(here):
    for folder in ("a", "b", "out"):
        (here / folder).mkdir()
        (here / folder / "cat.jpg").touch()
    with pytest.raises(Refused) as why:
        plan(["a/cat.jpg", "b/cat.jpg"], "out", "cutout", overwrite=True)
    assert all(name in str(why.value) for name in ("a/cat.jpg", "b/cat.jpg", "out/cat_cutout.png"))
    plan(["a/cat.jpg", "b/cat.jpg"], None, "cutout", overwrite=False)


def test_two_formats_of_one_name(here):
    (here / "cat.png").touch()
    with pytest.raises(Refused, match=r"cat\.jpg and cat\.png would both be written to cat_cutout\.png"):
        plan(["cat.jpg", "cat.png"], None, "cutout", overwrite=False)


def test_names_that_differ_only_in_case_or_in_the_way_of_an_accent(here):
    for one, other in (("IMG.jpg", "img.png"), ("caf\u00e9.jpg", "cafe\u0301.jpg")):
        (here / one).touch()
        (here / other).touch()
        with pytest.raises(Refused, match="both be written to one file"):
            plan([one, other], None, "cutout", overwrite=False)


def test_one_output_under_two_names(here):
    (here / "cat_cutout.png").write_bytes(b"old")
    os.link(here / "cat_cutout.png", here / "dog_cutout.png")
    with pytest.raises(Refused, match=r"one file, cat_cutout\.png or dog_cutout\.png"):
        plan(["cat.jpg", "dog.jpg"], None, "cutout", overwrite=True)


def test_one_folder_under_two_names(here):
    (here / "a").mkdir()
    (here / "a" / "cat.jpg").touch()
    (here / "b").symlink_to(here / "a")
    with pytest.raises(Refused, match=r"a/cat\.jpg and b/cat\.jpg"):
        plan(["a/cat.jpg", "b/cat.jpg"], None, "cutout", overwrite=False)


def test_an_input_given_twice():
    with pytest.raises(Refused, match=r"cat\.jpg is given twice"):
        plan(["cat.jpg", "cat.jpg"], None, "cutout", overwrite=False)


def test_the_output_is_the_input():
    with pytest.raises(Refused, match=r"The output of cat\.jpg would replace it"):
        plan(["cat.jpg"], "cat.jpg", "cutout", overwrite=True)


@pytest.mark.parametrize("way", ["symlink", "hard link", "case", "dots"])
def test_the_output_is_the_input_in_disguise(here, way):
    output = {"symlink": "link.png", "hard link": "hard.png", "case": "CAT.JPG", "dots": f"../{here.name}/cat.jpg"}[way]
    if way == "symlink":
        (here / output).symlink_to("cat.jpg")
    elif way == "hard link":
        os.link(here / "cat.jpg", here / output)
    with pytest.raises(Refused, match="would replace it"):
        plan(["cat.jpg"], output, "cutout", overwrite=True)


def test_the_output_is_another_input(here):
    (here / "cat_cutout.png").touch()
    with pytest.raises(Refused, match=r"The output of cat\.jpg would replace cat_cutout\.png, which is an input too"):
        plan(["cat.jpg", "cat_cutout.png"], None, "cutout", overwrite=True)


def test_an_output_that_exists_is_one_pictures_trouble(here):
    (here / "cat_cutout.png").write_bytes(b"old")
    pieces = plan(["cat.jpg", "dog.jpg"], None, "cutout", overwrite=False)
    assert [code(piece) for piece in pieces] == ["target_exists", None]
    assert "--overwrite" in pieces[0].trouble.hint
    assert only(plan(["cat.jpg"], None, "cutout", overwrite=True)).trouble is None


def test_a_dead_link_as_output_counts_as_existing(here):
    (here / "cat_cutout.png").symlink_to("nowhere.png")
    assert code(only(plan(["cat.jpg"], None, "cutout", overwrite=False))) == "target_exists"


@pytest.mark.parametrize("overwrite", [True, False])
def test_an_output_that_is_a_folder_or_no_file(here, overwrite):
    (here / "cat_cutout.png").mkdir()
    os.mkfifo(here / "dog_cutout.png")
    pieces = plan(["cat.jpg", "dog.jpg"], None, "cutout", overwrite=overwrite)
    assert [code(piece) for piece in pieces] == ["target_not_writable"] * 2


@pytest.mark.parametrize("name", ["x.jpg", "x.JPEG", "x.xyz", "x", ".png", "x.png", "x.TIF", "x.webp"])
@pytest.mark.parametrize("form", ["cutout", "mask"])
def test_an_ending_that_is_no_format_is_refused_before_any_work(name, form):
    works = name in ("x.png", "x.TIF", "x.webp") or (form == "mask" and name in ("x.jpg", "x.JPEG"))
    piece = only(plan(["cat.jpg"], name, form, overwrite=False))
    assert code(piece) == (None if works else "target_not_writable")
    assert works or (name in piece.trouble.message and ".png" in piece.trouble.hint)


def test_the_endings_are_those_that_the_core_writes():
    assert set(ENDINGS["mask"]) == set(write.FORMATS)
    assert set(ENDINGS["cutout"]) == {ending for ending, kind in write.FORMATS.items() if kind != "JPEG"}


@pytest.mark.parametrize("output", ["nowhere/x.png", "dog.jpg/x.png"])
def test_an_output_in_no_folder(output):
    assert code(only(plan(["cat.jpg"], output, "cutout", overwrite=False))) == "target_not_writable"


def test_a_folder_that_cannot_be_made():
    assert code(only(plan(["cat.jpg"], "dog.jpg/deep/", "cutout", overwrite=False))) == "target_not_writable"


@needs_permissions
def test_a_folder_that_may_not_be_written(here):
    (here / "closed").mkdir(mode=0o500)
    for output in ("closed", "closed/new/"):
        assert code(only(plan(["cat.jpg"], output, "cutout", overwrite=False))) == "target_not_writable"


@needs_permissions
def test_an_input_that_may_not_be_read(here):
    (here / "cat.jpg").chmod(0)
    piece = only(plan(["cat.jpg"], None, "cutout", overwrite=False))
    assert code(piece) == "picture_unreadable" and "not read" in piece.trouble.message


def test_inputs_that_are_no_pictures(here):
    (here / "album").mkdir()
    (here / "dead.jpg").symlink_to("nowhere.jpg")
    (here / "loop.jpg").symlink_to("loop.jpg")
    os.mkfifo(here / "pipe.jpg")
    said = ["album", "nowhere.jpg", "cat.jpg/x.jpg", "dead.jpg", "loop.jpg", "pipe.jpg", "x" * 300 + ".jpg", ""]
    pieces = plan(said, "out/", "cutout", overwrite=False)
    assert [code(piece) for piece in pieces] == ["picture_unreadable"] * len(said)
    sentences = [piece.trouble.message for piece in pieces]
    assert "folder" in sentences[0] and "album/*.jpg" in pieces[0].trouble.hint
    assert "no such file" in sentences[1] and "no such file" in sentences[2]
    assert "link" in sentences[3] and "ordinary" in sentences[5] and "folder" in sentences[7]
    assert all(piece.trouble.hint for piece in pieces)


NAMES = st.text("aAbé.", min_size=1, max_size=4).filter(lambda name: name.strip("."))


@given(st.lists(st.tuples(st.sampled_from(["", "one/", "two/"]), NAMES), min_size=1, max_size=6),
       st.sampled_from([None, "out/", "one", "x.png"]))
@profile(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_given_no_result_meets_another_or_an_input(here, names, output):
    for folder in ("one", "two"):
        (here / folder).mkdir(exist_ok=True)
    said = [folder + name for folder, name in names]
    try:
        pieces = plan(said, output, "cutout", overwrite=True)
    except Refused:
        return
    targets = [os.path.realpath(piece.target).casefold() for piece in pieces]
    assert len(set(targets)) == len(said)
    assert not set(targets) & {os.path.realpath(piece.source).casefold() for piece in pieces}
