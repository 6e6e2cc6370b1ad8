"""Remove Background on many pictures without a window, run by Krita's own program for scripts.

    kritarunner -s cutaway_batch -f main -- IN... --output FOLDER [options]

The two dashes keep kritarunner from taking the options for its own.
kritarunner finds this file where the environment variable PYTHONPATH names its folder (``pykrita`` in Krita's resource
folder); without a display it wants QT_QPA_PLATFORM=offscreen, and
then DISPLAY must not be set.
"""


def main(arguments):
    """``arguments``: the words of the command line after ``main``. Ends the process with the exit code."""
    from cutaway import batch

    batch.main(arguments)
