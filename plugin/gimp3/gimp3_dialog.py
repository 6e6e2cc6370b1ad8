"""The dialog, built from the settings. Imported only when somebody sits before it."""

import gi
from gimp3_arguments import OK_LABEL, label, with_mnemonics
from gimp3_cloud import CloudFrame

gi.require_version("GimpUi", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import GimpUi, GLib, Gtk  # noqa: E402

from cutaway_bridge import asking, client, cloud, settings_spec  # noqa: E402

_POLL_MS = 60
_GROUPS = (("run", "Subject"), ("mask", "Mask"), (cloud.GROUP, cloud.TITLE))
_SLIDER_TOP = 100
_BETWEEN = 18


def ask(procedure, config, installation, title="Remove Background", size=None):
    """Lets the user set ``config``. True where the user wants it done. ``size``: of the layer, where it is only one.

    The worker is started meanwhile, so that it is warm once the dialog is answered; the models that it has are offered.
    """
    GimpUi.init(procedure.get_name())
    dialog = GimpUi.ProcedureDialog.new(procedure, config, title)
    dialog.set_ok_label(OK_LABEL)
    models, frame, box = _fill(dialog, config)
    worker = client.Client(installation, "gimp3", waits=False)
    asked = cloud.Cloud(worker, size)
    shown = CloudFrame(dialog, config, frame, box, asked)
    steps = asking.steps(worker, lambda offered: _offer(models, offered), asked)

    def step():
        next(steps)
        shown.refresh()
        return True

    timer = GLib.timeout_add(_POLL_MS, step)
    try:
        return dialog.run()
    finally:
        GLib.source_remove(timer)
        steps.close()
        worker.close()
        dialog.destroy()


def _fill(dialog, config):
    """Makes the fields; returns the store of the model field, and the cloud's frame with the box in it."""
    rows = settings_spec.load()
    labels = with_mnemonics([label(row) for row in rows])
    models = Gtk.ListStore(str, str)
    widths = Gtk.SizeGroup(mode=Gtk.SizeGroupMode.HORIZONTAL)
    for group, title in _GROUPS:
        shown = [row for row in rows if row["group"] == group and not _offers_nothing(row)]
        for row in shown:
            if row["kind"] == "whole" and row["high"] <= _SLIDER_TOP:
                beside = dialog.get_scale_entry(row["name"], 1.0).get_label()
        dialog.get_label(group + "-title", title, False, False)
        box = dialog.fill_box(group + "-box", [row["name"] for row in shown if not row.get("open")])
        box.set_orientation(Gtk.Orientation.VERTICAL)
        for position, row in enumerate(shown):
            if row.get("open"):
                title = _add_open_choice(box, position, config, row, labels[label(row)], models)
                widths.add_widget(title)
                widths.add_widget(beside)  # which is as wide as the others' labels
        frame = dialog.fill_frame(group + "-frame", group + "-title", False, group + "-box")
        if group == cloud.GROUP:
            about_cloud = frame, box
    _arrange(dialog)
    return models, *about_cloud


def _arrange(dialog):
    """The cloud's frame beside the others: below them the dialog would be too high for a small screen."""
    column = dialog.fill_box("column", [group + "-frame" for group, _ in _GROUPS if group != cloud.GROUP])
    column.set_orientation(Gtk.Orientation.VERTICAL)
    columns = dialog.fill_box("columns", ["column", cloud.GROUP + "-frame"])
    columns.set_orientation(Gtk.Orientation.HORIZONTAL)
    columns.set_spacing(_BETWEEN)
    dialog.fill(["columns"])


def _offers_nothing(row):
    return row["kind"] == "choice" and not row["open"] and len(row["options"]) < 2


def _add_open_choice(box, position, config, row, said, models):
    """A list whose entries come later: ProcedureDialog has none for a text argument. Returns its label."""
    for option in row["options"]:
        models.append(option)
    present = config.get_property(row["name"])
    if present not in dict(row["options"]):
        models.append([present, present])
    line = Gtk.Box(orientation=Gtk.Orientation.HORIZONTAL, spacing=6)
    field = GimpUi.prop_string_combo_box_new(config, row["name"], models, 0, 1)
    field.set_tooltip_text(row["help"])
    title = Gtk.Label(label=said, use_underline=True, mnemonic_widget=field, xalign=0.0)
    line.pack_start(title, False, False, 0)
    line.pack_start(field, True, True, 0)
    line.show_all()
    box.pack_start(line, False, False, 0)
    box.reorder_child(line, position)
    return title


def _offer(models, offered):
    known = [line[0] for line in models]
    for name, title in offered:
        if name not in known:
            models.append([name, title])
