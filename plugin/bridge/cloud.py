"""What a dialog asks and says about Topaz's cloud, the same in every editor. Python 2.7 and 3.

Nothing is asked before the user has chosen an engine that may use the cloud: the default stays offline.
"""

from __future__ import absolute_import

from collections import namedtuple

from . import errors, settings_spec
from .flow import ELSEWHERE
from .wire import answer_of

GROUP = "cloud"
WORDS = ("engine", "upload")
COUNTS = WORDS + ("credits",)
TITLE = u"Topaz cloud"
TEST = u"Test the key"
KEPT = u"Topaz keeps what it is sent for 7 days."

STATUS, PRICE, KEY = "key.status", "cloud.price", "key.test"

_PLACES = {
    "keyring": u"system keyring", "file": u"file in Cutaway's folder", "environment": u"environment variable"}

View = namedtuple("View", "shown texts refusal")
"""``shown``: whether the settings of the group are in use. ``texts``: what stands below them, (consent, price, key),
each maybe empty. ``refusal``: why the run must not be begun, else empty; it is the first of the texts, too."""

HIDDEN = View(False, (u"", u"", u""), u"")


class Cloud(object):
    """For one dialog. ``look`` at every tick of the dialog's timer, and one step of ``steps()``; ``test`` on a click.

    ``worker``: a client, connected or not, that nobody else uses while the steps go on. ``size``: (width, height) of
    the layer, or None where it is not a single one; ``sizes`` are then those of all, where they are known.
    """

    def __init__(self, worker, size=None, sizes=()):
        self._worker = worker
        self._size = size
        self._sizes = [size] if size else list(sizes)
        self._begun = False
        self._wanted = []
        self._open = {}
        self._answers = {}
        self._failures = {}
        self._options = next(dict(row["options"]) for row in settings_spec.load() if row["name"] == "upload")

    def look(self, settings):
        """The :class:`View` for settings by name, of which those in COUNTS count."""
        if settings["engine"] not in ELSEWHERE:
            return HIDDEN
        if not self._begun:
            self._begun = True
            self._want(STATUS)
            if self._sizes:
                self._want(PRICE)
        consent, refusal = self._consent(settings["engine"], settings["upload"])
        return View(True, (consent, self._price(settings["credits"]), self._key()), refusal)

    def test(self):
        """Asks whether the key works; its balance is free."""
        for name in (STATUS, KEY) + ((PRICE,) if self._sizes else ()):
            self._want(name)

    def question(self, settings, what):
        """(a question, the lines below it) before ``what``, all of ``sizes``, is sent; to be looked at like ``look``.

        ``what``: in the plural where it is more than one ("1 layer", "4 pictures").
        """
        self.look(settings)
        lines = [self._price_of_all(settings["credits"]), KEPT]
        known = self._answers.get(STATUS)
        if known is not None and not known.get("where"):
            lines = [self._consent(settings["engine"], settings["upload"])[0]]
        return u"Send %s to Topaz's cloud?" % what, u"\n".join(lines)

    def steps(self):
        """Generator without an end: asks what is wanted, bit by bit. What fails is said in the texts."""
        while True:
            if self._wanted:
                try:
                    for _ in self._asking():
                        yield
                except errors.BridgeError as error:
                    self._lost(error)
            yield

    def _want(self, name):
        if name not in self._wanted and name not in self._open.values():
            self._wanted.append(name)
            self._failures.pop(name, None)
            if name == KEY:  # what else is known holds until it is known better
                self._answers.pop(name, None)

    def _asking(self):
        """Generator: until nothing is wanted and all is answered."""
        if self._worker.connected:
            try:
                self._worker.poll()
            except errors.BridgeError:
                pass  # it has ended by itself while the dialog was open; now there is a connection to be made
        for _ in self._worker.connecting():
            yield
        for _ in self._worker.saying_key():
            yield
        while self._wanted or self._open:
            while self._wanted:
                name = self._wanted[0]
                self._open[self._worker.request(name, self._parameters(name))] = name
                self._wanted.remove(name)  # not before: what cannot be sent is said to have failed
            for message in self._worker.poll():
                if message.get("id") in self._open:
                    self._take(self._open.pop(message["id"]), message)
            if self._open:
                yield

    def _parameters(self, name):
        if name == PRICE:
            return {"pictures": [{"width": width, "height": height} for width, height in self._sizes]}
        return {}

    def _take(self, name, message):
        try:
            self._answers[name] = answer_of(message)
        except errors.BridgeError as error:
            self._failures[name] = error

    def _lost(self, error):
        for name in self._wanted + list(self._open.values()):
            self._failures[name] = error
        self._wanted, self._open = [], {}

    def _consent(self, engine, upload):
        """(what to say, why not to begin)."""
        known = self._answers.get(STATUS) or {}
        what = u"this layer" if self._size else u"every picture"
        here = u": this computer does it." if engine == "auto" else u"."
        if upload == "never":
            return u"Nothing is sent from now on" + here, u""
        if known and not known.get("where"):
            return u"Without an API key nothing is sent" + here, u""
        if upload == "once":
            return u"Topaz gets %s, this time only. %s" % (what, KEPT), u""
        if upload == "always":
            return u"Topaz gets %s, and later ones without a question. %s" % (what, KEPT), u""
        if not known:
            return u"", u""  # the run itself sends nothing without a decision
        if known.get("consent"):
            return u"You have allowed it: Topaz gets %s. %s" % (what, KEPT), u""
        if engine == "auto":
            return u"You have not allowed it" + here, u""
        said = u"You have not allowed it: first choose \"%s\" or \"%s\"." % (
            self._options["once"], self._options["always"])
        return said, said

    def _price(self, most):
        if not self._size:
            return u"A picture costs 1 credit or more, by its size. %s" % _limit(most)
        known = self._answers.get(PRICE)
        if known is None:
            return u""
        credits, left = known["credits"], known.get("available")
        if credits > most:
            return u"This layer costs %s, more than you allow: it is not sent." % credits_said(credits)
        if credits == most:
            return u"This layer costs %s at most%s" % (credits_said(credits), _left(left))
        return u"This layer costs %s, %d at most%s" % (credits_said(credits), most, _left(left))

    def _price_of_all(self, most):
        known = self._answers.get(PRICE)
        if known is None:
            return _limit(most)
        each = [row.get("credits", 0) for row in known["pictures"]]
        sent = [credits for credits in each if credits <= most]
        said = u"That costs %s%s" % (credits_said(sum(sent)), _left(known.get("available")))
        return u"%s\n%s" % (said, _limit(most))

    def _key(self):
        if STATUS in self._failures:
            return self._failures[STATUS].text()
        known = self._answers.get(STATUS)
        if known is None:
            return u"API key: looking ..."
        where = known.get("where")
        if not where:
            return u"API key: not set. In a terminal: cutaway key set"
        return (u"API key: set (%s).\n%s" % (_PLACES.get(where, where), self._tested())).rstrip()

    def _tested(self):
        if KEY in self._failures:
            return self._failures[KEY].text()
        if KEY in self._answers:
            return u"The key works: %s left." % credits_said(self._answers[KEY]["available"])
        return u"Asking Topaz ..." if KEY in self._wanted or KEY in self._open.values() else u""


def _limit(most):
    return u"One that costs more than %s is not sent." % credits_said(most)


def _left(count):
    return u"." if count is None else u"; %d left." % count


def credits_said(count):
    """"1 credit", "2 credits"."""
    return u"1 credit" if count == 1 else u"%d credits" % count
