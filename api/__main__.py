"""`territoires` starts here, and so does each of its workers, with the cyclic garbage collector off during imports.

These allocate much and free almost nothing; collecting took a fifth of the time of a start.
"""

import gc

gc.disable()

from api.cli import territoires  # noqa: E402

gc.freeze()
gc.enable()

if __name__ == "__main__":
    territoires()
