"""The settings as arguments of a Python-Fu procedure: declared once, from settings.json. Python 2.7 and 3."""

from __future__ import absolute_import

import gimpfu
from cutaway_bridge import client, cloud, errors, installation, labels, settings_spec
from cutaway_bridge.installation import text
from gimp2_cloud import CloudPanel
from gimp2_layer import utf8

_FRAMES = {"run": "Subject", "mask": "Mask", cloud.GROUP: utf8(cloud.TITLE)}
# Reset, Cancel and OK.
_BUTTONS = "rco"
_SLIDER_TOP = 100


def parameters(one_layer=False):
    """What ``register`` takes; in the order of settings.json, by the same names. ``one_layer``: the one given."""
    rows = settings_spec.load()
    said = labels.with_mnemonics([labels.label(row) for row in rows if not _offers_nothing(row)], _BUTTONS)
    made = [_parameter(row, utf8(said.get(labels.label(row), labels.label(row)))) for row in rows]
    for row, each in zip(rows, made):
        if row["name"] == settings_spec.DECISION:
            each[5].update(once=True, panel=_panel_of_layer if one_layer else _panel_of_many)
    return made


def _panel_of_layer(image, drawable):
    return CloudPanel((drawable.width, drawable.height))


def _panel_of_many(*given):
    return CloudPanel(None)


def settings_of(values):
    """The settings' dictionary out of the procedure's arguments after image and drawable."""
    return {row["name"]: _value(row, value) for row, value in zip(settings_spec.load(), values)}


def let_go_of_decision(procedure):
    """GIMP's own Python-Fu keeps what the dialog said, and knows of no field that is for once."""
    try:
        import gimpshelf
    except ImportError:
        return  # ours knows
    names = [row["name"] for row in settings_spec.load()]
    key = "python-fu-save--" + procedure
    if gimpshelf.shelf.has_key(key):  # it has no keys() and no ``in``
        kept = list(gimpshelf.shelf[key])
        kept[names.index(settings_spec.DECISION) - len(names)] = utf8(settings_spec.defaults()[settings_spec.DECISION])
        gimpshelf.shelf[key] = tuple(kept)


def _parameter(row, label):
    kind, default, extra = _kind(row)
    more = {"help": utf8(row["help"]), "frame": _FRAMES[row["group"]], "hidden": _offers_nothing(row)}
    if row.get("open"):
        more["later"] = installed_models
    return kind, str(row["name"]), label, default, extra, more


def _kind(row):
    """(PF_ kind, default, what else that kind takes)."""
    if row["kind"] == "switch":
        return gimpfu.PF_BOOL, row["default"], None
    if row["kind"] == "choice" and row["open"]:
        return gimpfu.PF_STRING, utf8(row["default"]), _options(row)
    if row["kind"] == "choice":
        return gimpfu.PF_RADIO, utf8(row["default"]), _options(row)
    bounds = (row["low"], row["high"], row["step"])
    # Python-Fu takes spinners for whole numbers in some versions, sliders never.
    slides = row["kind"] == "number" or row["high"] <= _SLIDER_TOP
    return (gimpfu.PF_SLIDER if slides else gimpfu.PF_SPINNER), row["default"], bounds


def _options(row):
    return [(utf8(said), utf8(value)) for value, said in row["options"]]


def installed_models():
    """Generator for the dialog: asks the worker for its models, bit by bit; (label, value), None where it has none."""
    try:
        with client.Client(installation.find(), "gimp2") as worker:
            for _ in worker.connecting():
                yield []
            for _ in worker.calling("models.list"):
                yield []
            yield [(utf8(model.get("title") or model["name"]), utf8(model["name"]))
                   for model in worker.answer.get("models") or () if model.get("installed")]
    except errors.BridgeError:  # the run itself meets the same and says it
        yield None


def _offers_nothing(row):
    return row["kind"] == "choice" and not row["open"] and len(row["options"]) < 2


def _value(row, value):
    """An argument as the bridge wants it; what does not fit stays as it is, and is refused there."""
    if row["kind"] == "switch":
        return bool(value) if value in (0, 1) else value
    if row["kind"] == "choice":
        return text(value)
    if row["kind"] == "whole" and value == int(value):
        return int(value)
    return value
