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
    seats = {}  # letter to label
    for said in sorted(labels, key=len):
        _seat(said, set(taken), seats)
    letters = {said: letter for letter, said in seats.items()}
    chosen = {}
    for said in labels:
        place = said.lower().index(letters[said]) if said in letters else len(said)
        chosen[said] = said[:place] + (u"_" if said in letters else u"") + said[place:]
    return chosen


def _seat(said, tried, seats):
    """True where ``said`` has a letter now; the label that had it has been given another one of its own then."""
    letters = [letter for letter in said.lower() if letter.isalpha() and letter not in tried]
    for letter in letters:
        if letter not in seats:
            seats[letter] = said
            return True
    for letter in letters:
        tried.add(letter)
        if _seat(seats[letter], tried, seats):
            seats[letter] = said
            return True
    return False
