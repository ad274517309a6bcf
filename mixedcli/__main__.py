"""``python -m mixedcli`` and the ``mixedcli`` script: the process boundary at its thinnest."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line and leave with its exit status."""
    # One BLAS thread is faster on every workload here, and must be asked for before numpy is first imported.
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    try:
        from .cli import run

        status = run(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader went away (``mixedcli ... | head``): say nothing, and keep Python from saying it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except KeyboardInterrupt:
        sys.stderr.write("--Break--\nr(1);\n")
        status = 130
    sys.exit(status)


if __name__ == "__main__":
    main()
