"""The modules that users import a step's class from: ``from snakewebb.jump import JumpStep``.

They are made from the declarations when they are imported, so a new step needs no file for them.
"""

import importlib.abc
import importlib.machinery
import sys
from types import ModuleType


class StepModuleFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds ``<package>.<module of a step>``.

    Parameters
    ----------
    package : str
        The package that the modules are to appear in.
    """

    def __init__(self, package: str):
        self.package = package

    def find_spec(self, fullname, path=None, target=None):
        """Return how to load a module, if it is that of a step."""
        package, _, name = fullname.rpartition(".")
        if package != self.package or name.startswith("_"):
            return None
        from snakewebb.shim import classes_of_package

        if not classes_of_package(name):
            return None
        return importlib.machinery.ModuleSpec(fullname, self)

    def create_module(self, spec) -> ModuleType | None:
        """Let the import system make the module."""
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Fill a module with its classes."""
        from snakewebb.shim import classes_of_package

        classes = classes_of_package(module.__name__.rpartition(".")[2])
        module.__doc__ = f"{' and '.join(classes)} of snakewebb."
        module.__dict__.update(classes, __all__=list(classes))


def install(package: str) -> None:
    """Make the modules of all steps importable from a package."""
    sys.meta_path.append(StepModuleFinder(package))
