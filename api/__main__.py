"""`territoires` starts here, and so does each of its workers: garbage is not looked for before there is any.

A start makes much that stays and drops next to nothing; to look through it again and again took a fifth of its time.
"""

import gc

gc.disable()

from api.cli import territoires  # noqa: E402

gc.freeze()
gc.enable()

if __name__ == "__main__":
    territoires()
