"""The installer: ``python3 -m installers``. Standard library only, so that a bare Python 3.11 runs it.

    home          where everything goes
    editors       where editors keep their plug-ins, and which are here
    layout        the names inside the home folder
    plan          what will be done, as a list of steps: data that can be shown
    steps         the kinds of steps, each able to undo itself
    environment   the steps that make the Python environment
    apply         does the plan, keeps the record, rolls back on failure
    record        what was done, so that it can be undone: installed.json
    uninstall     removes exactly what is in the record
    lock          one installation at a time
    run           the port to other programs (pip, the environment's Python)
"""
