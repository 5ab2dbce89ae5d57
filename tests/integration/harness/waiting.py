# SPDX-License-Identifier: Apache-2.0
"""Waiting for something to become true: by looking again and again, never by a fixed sleep."""
import time

# A busy machine with sanitizers is a hundred times slower than a quiet one; a test that passes does
# not wait longer for it.
PATIENCE = 60.0


def eventually(condition, what, within=PATIENCE, every=0.02):
    """The first true value of condition(); AssertionError with `what` when there is none in time."""
    deadline = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f'not within {within:g} s: {what() if callable(what) else what}')
        time.sleep(every)
