"""Warning signs: detectors of what goes wrong at a client, as pure functions of its facts.

`catalog.DETECTORS` lists them; `runs.runs_of` says from when to when one held. One more detector is one file here, one
line in the catalog and its cases in the tests.
"""
