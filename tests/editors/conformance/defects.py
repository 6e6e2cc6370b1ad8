"""Defects that plug-ins of this kind have, and what would find each here: cases of the table, or other tests."""

from __future__ import annotations

from typing import Final

DEFECTS: Final[dict[str, tuple[str, ...]]] = {
    "premultiplied colour stored as straight alpha": (
        "plain", "graya-u1-nonlinear", "rgb-u2-nonlinear", "rgb-f4-linear",
        "tests/picture/test_write.py::test_half_transparent_red_stays_red"),
    "a mask on a layer that keeps its alpha (alpha squared)": ("plain", "mask", "output-mask", "selection-and-mask"),
    "offsets applied to a whole-image export": (
        "smaller-than-the-canvas", "larger-than-the-canvas", "negative-offset", "over-the-far-corner",
        "off-the-canvas", "far-outside", "in-a-group"),
    "a layer smaller than the canvas misplaced or stretched": (
        "smaller-than-the-canvas", "one-pixel-layer", "one-row", "one-column", "selection-in-a-group"),
    "a layer inside a group addressed by its index at the top level": ("in-a-group", "output-mask-in-a-group"),
    "the visible composite sent instead of the layer": ("plain", "in-a-group", "hidden", "mode-and-opacity"),
    "the user's selection cleared": (
        "selection-hard", "selection-soft", "selection-feathered", "selection-outside", "cancel-model"),
    "the original deleted": ("plain", "hidden", "locked-content", "output-mask"),
    # Each case names itself as the model, and the worker tells the runs apart by that.
    "the model choice ignored": ("plain",),
    # Nobody sits before these runs: a dialog would make them run into their time limit.
    "a run without dialog that opens a dialog": ("plain", "refused-by-the-worker"),
    "a layer that already has a mask": (
        "mask", "mask-u2", "mask-f4-linear", "mask-off", "output-mask-over-a-mask",
        "output-mask-over-one-that-is-off"),
    "every HTTP error shown as a wrong key": (
        "tests/topaz/test_statuses.py::test_the_contract",
        "tests/topaz/test_statuses.py::test_the_storage_never_blames_the_key_or_the_credits"),
    "TLS checks off": ("tests/topaz/test_network.py::test_a_certificate_that_nobody_vouches_for",),
    "partial state left after a failure": (
        "refused-by-the-worker", "selection-outside", "cancel-reading", "cancel-model", "cancel-putting",
        "worker-dies-model", "worker-dies-putting", "closed-putting", "output-mask-cancel-model",
        "output-mask-worker-dies-model"),
    "float or 16-bit read as 8-bit": (
        "rgb-u2-nonlinear", "rgb-u2-linear", "rgb-f2-linear", "rgb-f4-linear", "rgb-f4-nonlinear",
        "graya-u2-nonlinear"),
    "an empty prediction stretched from its minimum to its maximum": (
        "tests/engines/test_local_onnx.py::test_a_faint_output_is_not_stretched",
        "tests/core/test_pipeline.py::test_nothing_found_is_said_once"),
    "JPEG as hand-over format": ("plain", "no-alpha", "several-tiles"),  # every sample is compared
    "ICC, EXIF, resolution dropped": (
        "adobe", "adobe-u2", "adobe-f4-linear",
        "tests/picture/test_write.py::test_profile_resolution_and_exif_are_kept"),
    "two inputs of the same name in two folders merged into one output": (
        "tests/cli/test_outputs.py::test_two_inputs_of_one_name_in_two_folders",),
    "inputs deleted": ("plain", "cancel-model", "tests/cli/test_outputs.py::test_the_output_is_the_input"),
    "exit code 0 after failures": (
        "refused-by-the-worker", "tests/cli/test_remove.py::test_a_failure_does_not_stop_the_others"),
    "checksum check commented out": (
        "tests/models/test_store.py::test_a_file_of_the_right_size_with_another_hash_is_refused",),
    "a poll without an end": ("tests/topaz/test_wait.py::test_the_deadline_keeps_the_job",),
    "a poll that misses a job that was cancelled": (
        "tests/topaz/test_wait.py::test_a_job_that_ends_without_a_result",),
    "an enum name guessed and the exception swallowed": (
        "tests/editors/test_stubs.py::test_every_name_exists_in_the_real_gimp", "plain"),
    "not in the menu, with no message": (
        "tests/editors/test_gimp_window.py::test_menu_dialog_result_undo_redo_save",
        "tests/editors/test_krita_ends.py::test_both_entries_are_in_the_layer_menu"),
}
