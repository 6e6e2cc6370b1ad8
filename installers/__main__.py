"""``python3 -m installers``: installs Cutaway for this user. ``--uninstall`` removes it again."""

import sys

# Spelled so that an old Python reads this far and says what is missing instead of showing a syntax error.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit("Cutaway needs Python 3.11 or newer, and this is %d.%d. Run the same with a newer one." %  # noqa: UP031
             sys.version_info[:2])

if __name__ == "__main__":
    from installers.main import main

    sys.exit(main(sys.argv[1:]))
