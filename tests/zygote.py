"""A process that has imported pytest, and forks for each run.

Starting `python -m pytest` costs 0.19 s of CPU, most of it imports; a run that
is forked costs 0.07.  It differs from a started one where Python reads its
options and environment, and finds `taut.pth`: start Python there.
"""

import gc
import json
import os
import runpy
import subprocess
import sys
from pathlib import Path


class Zygote:
    """One run at a time: use one a thread."""

    def __init__(self, python, env, cwd, **more):
        self.process = subprocess.Popen(
            [python, Path(__file__).resolve()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=env,
            cwd=cwd,
            **more,
        )

    def start(self, cwd, env, args, log):
        """The process id of a new run, which leads a process group."""
        request = {"cwd": str(cwd), "env": env, "args": list(args), "log": str(log)}
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def wait(self):
        """The exit status of the run, or minus its signal."""
        return int(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def run_in_this_process(cwd, env, args, log):
    """Everything as `python -m pytest` finds it."""
    os.setsid()
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    null = os.open(os.devnull, os.O_RDONLY)
    for fd, copy in ((null, 0), (out, 1), (out, 2)):
        os.dup2(fd, copy)
        os.set_inheritable(copy, True)
    os.close(out)
    os.close(null)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    extra = [p for p in env.get("PYTHONPATH", "").split(os.pathsep) if p]
    # The first is this script's folder.
    sys.path[:] = [os.getcwd(), *extra, *(p for p in sys.path[1:] if p not in extra)]
    sys.argv = ["pytest", *args]


def serve():
    """Returns in the child, with what to run; the zygote never does."""
    import pytest  # noqa: F401
    from _pytest.config import get_config

    get_config()  # imports pytest's own plugins, the larger half of a start
    # Else the end of each run looks at all of this, and copies the pages.
    gc.collect()
    gc.freeze()
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.dup(1)
    while line := requests.readline():
        pid = os.fork()
        if not pid:
            requests.close()
            os.close(answers)
            return json.loads(line)
        os.write(answers, b"%d\n" % pid)
        os.write(answers, b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    os._exit(0)


if __name__ == "__main__":
    run_in_this_process(**serve())
    runpy.run_module("pytest", run_name="__main__", alter_sys=True)
