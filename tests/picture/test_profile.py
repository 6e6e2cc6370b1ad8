from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageCms

from cutaway.picture import profile
from tests.picture import profiles


def test_the_primaries_of_a_profile():
    assert np.abs(profile.primaries_to_srgb(profiles.rgb(profiles.SRGB)) - np.eye(3)).max() < 1e-3
    adobe = profile.primaries_to_srgb(profiles.rgb(profiles.ADOBE))
    assert np.abs(adobe - np.linalg.inv(profiles.SRGB) @ profiles.ADOBE).max() < 1e-3
    assert adobe[0] == pytest.approx([1.398, -0.398, 0.0], abs=0.003)  # the well-known matrix
    assert profile.primaries_to_srgb(profiles.gray()) is None


def test_littlecms_own_srgb_has_srgbs_primaries():
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert np.abs(profile.primaries_to_srgb(icc) - np.eye(3)).max() < 1e-3
    assert not profile.is_linear(icc)


@pytest.mark.parametrize(("icc", "linear"), [
    (profiles.rgb(gamma=1.0), True), (profiles.rgb(gamma=2.2), False), (profiles.gray(1.0), True),
    (profiles.gray(2.2), False), (b"", False), (b"junk" * 40, False),
])
def test_a_linear_curve_is_known(icc, linear):
    assert profile.is_linear(icc) is linear


def test_a_gamma_of_one_is_linear_however_it_is_written():
    number = b"curv" + bytes(4) + b"\0\0\0\1\1\0"
    parametric = b"para" + bytes(8) + b"\0\1\0\0"
    for curve in (number, parametric):
        icc = bytes(128) + b"\0\0\0\1rTRC" + (144).to_bytes(4, "big") + len(curve).to_bytes(4, "big") + curve
        assert profile.is_linear(icc)


def test_a_transform_is_made_once():
    icc = profiles.rgb()
    assert profile.to_srgb(icc, False) is profile.to_srgb(bytes(bytearray(icc)), False)


def test_the_hand_made_profiles_are_profiles():
    for icc, space in ((profiles.rgb(), "RGB"), (profiles.gray(), "GRAY")):
        assert ImageCms.ImageCmsProfile(io.BytesIO(icc)).profile.xcolor_space.strip() == space


@given(st.binary(max_size=300))
def test_any_bytes_are_survived(icc):
    profile.is_linear(icc)
    profile.primaries_to_srgb(icc)
    assert profile.to_srgb(icc, True) is None
