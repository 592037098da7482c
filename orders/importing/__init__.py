"""Reading a marketplace's past: files of another system become histories of stores, which the rules replay.

`tables` reads the files, a module for each format (`olist`) makes histories of them (`history`), `replay` runs them
through the actions, `tally` counts what came out, `made_up` writes believable files for tests and benches.
"""
