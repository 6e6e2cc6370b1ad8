"""Remove Background on many pictures without a window, run by Krita's own program for scripts.

    kritarunner -s cutaway_batch -f main -- IN... --output FOLDER [options]

The two dashes keep kritarunner from taking the options for its own.
kritarunner finds this file where the environment variable PYTHONPATH names its folder (``pykrita`` in Krita's resource
folder); without a display it wants QT_QPA_PLATFORM=offscreen, and
then DISPLAY must not be set.

The same in Krita's Scripter, where Krita goes on afterwards: ``cutaway_batch.main(["IN", "--output", "FOLDER"])``.
"""


def main(arguments):
    """``arguments``: the words of the command line after ``main``. The exit code: kritarunner ends with it."""
    from cutaway import batch

    return batch.main(arguments)
