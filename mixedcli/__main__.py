"""``python -m mixedcli`` and the ``mixedcli`` script: the process boundary at its thinnest."""

from __future__ import annotations

import gc
import io
import os
import sys
import warnings
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line and leave with its exit status."""
    # One BLAS thread is faster on every workload here, and must be asked for before numpy is first imported.
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    # Importing makes many objects and no garbage; the usual threshold would search them for it dozens of times.
    gc.set_threshold(50_000, 20, 50)
    # Messages for users are part of results; a warning of a library is none.
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    _leave(_run())


def _run() -> int:
    _prepare_streams()
    try:
        from .cli import run

        return run(sys.argv[1:])
    except BrokenPipeError:
        return 0  # the reader went away (``mixedcli ... | head``)
    except KeyboardInterrupt:
        sys.stderr.write("--Break--\nr(1);\n")
        return 130
    except OSError as error:
        sys.stderr.write(f"output could not be written: {error.strerror}\nr(693);\n")
        return 1
    except Exception as error:
        if os.environ.get("MIXEDCLI_DEBUG"):
            raise
        from .cli import internal_error

        sys.stderr.write(f"{internal_error(error)}\nr(9999);\n")
        return 1


def _prepare_streams() -> None:
    """Make the standard streams fit to be used: a closed one is empty, and letters it does not have become ``?``."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - for as long as the process
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _leave(status: int) -> NoReturn:
    """End the process without taking the interpreter apart, which would cost a fifth of a one-liner's time.

    Nothing is left to be done at exit: files are closed where they are used, and the streams are flushed here.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (BrokenPipeError, ValueError):
            continue
        except OSError:
            status = status or 1  # what was printed could not be written, as on a full disk
    os._exit(status)


if __name__ == "__main__":
    main()
