"""What GIMP's database says of procedures: arguments and return values, or null where there is none. GIMP 2.10."""

import report
from gimpfu import pdb

answers = {}
for name in report.given():
    try:
        found = pdb[name]
        answers[name] = {"params": found.params, "return_vals": found.return_vals}
    except KeyError:
        answers[name] = None
report.say("gimp2_names", answers)
