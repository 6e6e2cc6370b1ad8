"""What lies between an engine and the cloud client: the key, the user's consent, the journal of paid jobs, the cache.

    key.py       where the API key is kept, and a type that never shows it
    consent.py   whether the user lets pictures be sent
    journal.py   every paid job from its intent to its result, on the disk before anything is sent
    results.py   the masks that were paid for, by picture, model and mode
    upload.py    the picture as it is sent
    ask.py       one picture to one matte, by all of these
    errand.py    what is done about one job: looking for it, waiting, fetching, taking it back
    resume.py    fetching what was paid for before
    check.py     the whole way once, with a made-up picture
"""
