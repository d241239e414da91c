"""make compiles; this packs what it made.  The rest is in pyproject.toml.

`taut.pth`, by which child processes are observed, belongs beside the package:
site-packages/taut.pth.

`build_ext` asks make for the extension of the running interpreter and for the
`taut` program, which goes into the environment's bin as it is: a C program
starts in 2 ms, a Python entry point in 40.
"""

import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

# setuptools brings its own copy, and offers it under this name alone.
from distutils.command.install_data import install_data  # isort: skip

HERE = Path(__file__).parent
START = HERE / "pyext/taut.pth"
PACK = HERE / "build" / f"pack-{sys.implementation.cache_tag}"
VERSION = re.search(r'#define TAUT_VERSION "(.+)"', (HERE / "include/taut.h").read_text())


class Make(build_ext):
    def build_extension(self, ext):
        subprocess.run(["make", "--no-print-directory", "ext", "cli", f"PYTHON={sys.executable}"], cwd=HERE, check=True)
        made = HERE / "pyext/taut" / ("_core" + sysconfig.get_config_var("EXT_SUFFIX"))
        target = Path(self.get_ext_fullpath(ext.name))
        if target.resolve() != made.resolve():  # they are the same file in an editable install
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(made, target)


class Python(build_py):
    def run(self):
        super().run()
        if not self.editable_mode:
            Path(self.build_lib).mkdir(parents=True, exist_ok=True)
            shutil.copy2(START, self.build_lib)

    def get_outputs(self, include_bytecode=True):
        return [*super().get_outputs(include_bytecode), str(Path(self.build_lib) / START.name)]


class Data(install_data):
    """An editable wheel is made of the data alone; its top is site-packages."""

    def run(self):
        super().run()
        top = Path(self.install_dir).parent
        if self.distribution.get_command_obj("build_py").editable_mode and top.suffix == ".data":
            shutil.copy2(START, top.parent)


# What an earlier version left there would be packed again.
shutil.rmtree(PACK, ignore_errors=True)
setup(
    version=VERSION[1],
    packages=["taut"],
    package_dir={"": "pyext"},
    package_data={"taut": ["_core.pyi"]},
    ext_modules=[Extension("taut._core", sources=[])],
    data_files=[("bin", ["build/taut"])],
    cmdclass={"build_ext": Make, "build_py": Python, "install_data": Data},
    options={"build": {"build_base": str(PACK)}},
)
