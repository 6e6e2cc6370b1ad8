"""Which of the names that the test asks for GIMP does not have."""

import gi
import report

missing = []
for namespace, version, names in report.given():
    gi.require_version(namespace, version)
    module = getattr(__import__("gi.repository", fromlist=[namespace]), namespace)
    for name in names:
        at = module
        for part in name.split("."):
            at = getattr(at, part, None)
            if at is None:
                missing.append(f"{namespace}.{name}")
                break
report.say("names", missing)
