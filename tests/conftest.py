"""Which tests must share a worker of xdist."""

import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    # What `--dist=loadgroup` does; xdist 3.8 writes the group into Item._nodeid,
    # which pytest 9.2 no longer reads.
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            file, _, name = nodeid.partition("::")
            if file.endswith("test_install.py"):
                return file  # one make at a time in the tree
            if "/real/" in file:
                return name[name.index("[") :]  # a project is prepared once
            return nodeid

    return Scheduling(config, log)
