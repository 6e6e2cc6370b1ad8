"""Real editors for tests: made in a folder of their own, run in a sandbox, judged by what they save."""
