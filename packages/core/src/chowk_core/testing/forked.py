"""Python processes that start quickly, for tests that need a Django of their own.

Most of a start is the import of libraries. So these are forked from a process that has imported
``chowk_core.testing.libraries``; otherwise each begins as any other, with its own environment, folder, path
and output. Django is not set up in it.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_forkserver = multiprocessing.get_context("forkserver")
_forkserver.set_forkserver_preload(["chowk_core.testing.libraries"])


class Python:
    """A started ``python ARGUMENTS``, where the arguments are ``-m MODULE …`` or ``-c CODE …``.

    Both of its outputs go into the file ``output``, or standard error into ``errors`` where that is given.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        folder: str | os.PathLike[str],
        environment: Mapping[str, str],
        output: Path,
        errors: Path | None = None,
    ) -> None:
        self.arguments = list(arguments)
        self.output = output
        self._process = _forkserver.Process(
            target=_begin, args=(self.arguments, str(folder), dict(environment), output, errors), daemon=True
        )
        self._process.start()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid or 0

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float) -> int:
        """The exit code, when it has ended. Raises ``subprocess.TimeoutExpired``."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(self.arguments, timeout)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """As ``Popen.send_signal``."""
        os.kill(self.pid, number)

    def terminate(self) -> None:
        """Tell it to end."""
        self._process.terminate()

    def kill(self) -> None:
        """End it."""
        self._process.kill()


def run_python(
    *arguments: str, folder: str | os.PathLike[str], environment: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[str]:
    """``subprocess.run([sys.executable, *arguments], capture_output=True, text=True, …)``, sooner."""
    with tempfile.TemporaryDirectory() as room:
        output, errors = Path(room) / "output", Path(room) / "errors"
        process = Python(arguments, folder=folder, environment=environment, output=output, errors=errors)
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout)
            raise
        return subprocess.CompletedProcess(
            [sys.executable, *arguments], code, output.read_text(), errors.read_text()
        )


def _begin(
    arguments: list[str], folder: str, environment: dict[str, str], output: Path, errors: Path | None
) -> None:
    """Become ``python ARGUMENTS``: the first thing that happens in the new process."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for number, path in ((1, output), (2, errors or output)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(file, number)
        os.close(file)
    added = [entry for entry in environment.get("PYTHONPATH", "").split(os.pathsep) if entry]
    sys.path[:] = [folder, *added, *(entry for entry in sys.path if entry not in added)]
    try:
        _run(*arguments)
    finally:
        atexit._run_exitfuncs()  # multiprocessing leaves them out


def _run(flag: str, program: str, *rest: str) -> None:
    if flag == "-m":
        sys.argv = [program, *rest]
        runpy.run_module(program, run_name="__main__", alter_sys=True)
    else:
        sys.argv = [flag, *rest]
        names: dict[str, Any] = {"__name__": "__main__"}
        exec(compile(program, "<string>", "exec"), names)  # noqa: S102 - the test's own program
