"""Which files belong to the project, and how they are called.

Project code is every Python module outside the standard library and the
directories of installed distributions; it may stand beside the root.  A path
is relative to the root, with '/' between its parts.  PYTEST_DONT_REWRITE
"""

import os
import sys

_INSTALLED = (os.sep + "site-packages" + os.sep,
              os.sep + "dist-packages" + os.sep)


class Project:
    def __init__(self, root, temporary):
        """`temporary`: where tempfile puts its files."""
        self.root = root
        self._prefix = root.rstrip(os.sep) + os.sep
        real = os.path.realpath(root)
        self._real = real.rstrip(os.sep) + os.sep
        # Not the project's, even where they stand below the root.
        foreign = {os.path.dirname(os.__file__), os.path.dirname(__file__)}
        version = "python%d.%d" % sys.version_info[:2]
        for base in (sys.prefix, sys.base_prefix, sys.exec_prefix):
            foreign.add(os.path.join(base, "lib", version))
            foreign.add(os.path.join(base, "bin"))	# pytest's own script
            foreign.add(os.path.join(base, "lib", "python%d%d.zip"
                                     % sys.version_info[:2]))
        self._foreign = tuple(
            {spelling + os.sep for path in foreign
             for spelling in (os.path.abspath(path), os.path.realpath(path))})
        self._paths = {}
        self.temporary = temporary
        self._temporary = os.path.join(temporary, "tmp")
        self.excluded = ()
        # Where pytest's tmp_path points to, once a test asked for it.
        self.basetemp = lambda: None

    def exclude(self, directory):
        """What lies below `directory` is not the project's."""
        self.excluded += directory,
        self._foreign += (os.path.join(directory, ""),
                          os.path.join(os.path.realpath(directory), ""))
        self._paths.clear()

    def code(self, filename):
        """The path of a file of project code, or None."""
        try:
            return self._paths[filename]
        except KeyError:
            found = self._paths[filename] = self._code(filename)
            return found

    def _code(self, filename):
        if not filename or filename[0] == "<":
            return None
        filename = os.path.abspath(filename)
        if filename.startswith(self._foreign) or any(
                word in filename for word in _INSTALLED):
            return None
        path = self.path(filename)
        if path.startswith("../") and self._is_temporary(filename):
            return None
        return path

    def _is_temporary(self, filename):
        """Did a test make it, in a place that will be another next time?"""
        base = self.basetemp()
        return (filename.startswith(self._temporary)
                or base is not None
                and filename.startswith(os.path.join(base, "")))

    def path(self, filename):
        """The path of any file."""
        filename = os.fspath(filename)
        for prefix in (self._prefix, self._real):
            if filename.startswith(prefix):
                return filename[len(prefix):]
        return os.path.relpath(filename, self.root)
