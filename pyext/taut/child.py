"""An interpreter that recorded code starts records from its first line.

taut.pth, in site-packages, imports this module where the environment says so,
before anything of the project runs: TAUT_RUN is "NAME:FILE", the name of the
stream in which to tell what is done (pyext/stream.c), and the file in which
the recording process put what has to be known.  Imports as little as it can:
it is in every such child's way.  PYTEST_DONT_REWRITE
"""

import marshal
import os
import sys

VARIABLE = "TAUT_RUN"
_START = "taut.pth"


def installed():
    """Will a child of this interpreter start us?"""
    return any(
        os.path.basename(directory) in ("site-packages", "dist-packages")
        and os.path.exists(os.path.join(directory, _START))
        for directory in sys.path)


def plain(patterns):
    """path -> is the file to be loaded as it is?"""
    if not patterns:
        return None
    from fnmatch import fnmatchcase

    return lambda path: any(fnmatchcase(path, pattern)
                            for pattern in patterns)


class Settings:
    """For the recording process: called for each child, gives the file."""

    def __init__(self, run_dir, writer, project, core, patterns):
        self.base = os.path.join(run_dir, writer + ".settings")
        self.fixed = (run_dir, project.root, core, list(patterns),
                      project.temporary, list(project.excluded))
        self.project = project
        self.recorder = None
        self.written = {}

    def __call__(self):
        # What tests add: another file for what is started from then on.
        data = marshal.dumps((*self.fixed, self.project.basetemp(),
                              self.recorder.roots()))
        name = self.written.get(data)
        if name is None:
            # Forked processes write theirs, too.
            from taut._core import digest

            name = self.base + digest(data).hex()
            with open(name, "wb") as file:
                file.write(data)
            self.written[data] = name
        return name


_recorder = None


def start():
    """Become a child, if the environment says so."""
    global _recorder
    order = os.environ.pop(VARIABLE, None)
    # A worker of xdist records for itself.
    if not order or "TAUT_XDIST_RUN" in os.environ:
        return
    name, _, settings = order.partition(":")
    with open(settings, "rb") as file:
        (run_dir, root, core, patterns, temporary, excluded, basetemp,
         roots) = marshal.loads(file.read())
    from taut import _core, loader
    from taut.project import Project

    project = Project(root, temporary)
    project.basetemp = lambda: basetemp
    for directory in excluded:
        project.exclude(directory)
    if core == _core.TRACE and sys.gettrace() is not None:
        return      # somebody else's, who was first
    recorder = _core.Recorder(run_dir, name, root, core, project.code,
                              lambda: settings, True)
    try:
        for directory, path in roots:
            recorder.add_root(directory, path)
        loader.install(recorder, os.path.dirname(os.path.dirname(run_dir)),
                       plain(patterns))
    except BaseException:
        recorder.lost("a child process could not be observed")
        raise
    _recorder = recorder


def leave():
    """This process is about to record for itself."""
    global _recorder
    recorder, _recorder = _recorder, None
    if recorder is not None:
        from taut import loader

        recorder.lost("it records for itself")
        loader.uninstall()
        recorder.close()
