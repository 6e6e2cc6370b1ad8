"""Labels of the settings for dialogs. Python 2.7 and 3."""

from __future__ import absolute_import


def label(row):
    """What stands before the field of a row of settings.json, with its unit."""
    return u"%s (%s)" % (row["label"], row["unit"]) if row.get("unit") else row["label"]


def with_mnemonics(labels, taken):
    """By label: it with an underscore before the letter that, with Alt, leads to the field; each letter once.

    ``taken``: the letters of the dialog's buttons. Short labels choose first. A label whose letters are all taken stays
    as it is.
    """
    taken = set(taken)
    chosen = {}
    for said in sorted(labels, key=len):
        places = [i for i, letter in enumerate(said) if letter.isalpha() and letter.lower() not in taken]
        if not places:
            chosen[said] = said
            continue
        taken.add(said[places[0]].lower())
        chosen[said] = said[:places[0]] + u"_" + said[places[0]:]
    return chosen
