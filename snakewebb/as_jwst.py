"""Scripts and notebooks that were written for jwst run unchanged after one line.

``import snakewebb.as_jwst`` makes ``from jwst.pipeline import Detector1Pipeline`` and other imports
from ``jwst`` and ``stpipe`` give what snakewebb has of the same name. It refuses if jwst itself is
in use already; what snakewebb does not have is not found, even where jwst is installed. So a
process never mixes the two.
"""

import functools
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from types import ModuleType
from typing import Any

import snakewebb
from snakewebb import shim, stpipe
from snakewebb.errors import nearest
from snakewebb.pipelines import PIPELINES
from snakewebb.steps import all_steps

PACKAGES = ("jwst", "stpipe")
INTERFACE = "3.0.0"
"""The version of jwst whose interface this is."""

DATAMODELS = "jwst.datamodels"
MODELS_OF = "stdatamodels.jwst.datamodels"

Names = dict[str, Any]


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the modules of jwst that snakewebb has a counterpart of."""

    def find_spec(self, fullname, path=None, target=None):
        """Return how to make a module of jwst; those without counterpart are not found."""
        if fullname.partition(".")[0] not in PACKAGES:
            return None
        if names_of(fullname) is None:
            raise ModuleNotFoundError(
                f"snakewebb has no counterpart of {fullname}; {nearest(fullname, modules())}",
                name=fullname,
            )
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec) -> ModuleType | None:
        """Let the import system make the module."""
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Fill a module with what snakewebb has of its names."""
        module.__dict__.update(names_of(module.__name__) or {})
        module.__doc__ = f"What snakewebb has of {module.__name__}."


def names_of(module: str) -> Names | None:
    """Return the names in a module of jwst, or None if there is no counterpart."""
    if module.startswith(f"{DATAMODELS}."):
        original = module.replace(DATAMODELS, MODELS_OF, 1)
        return passed_on(original) if importlib.util.find_spec(original) else None
    return modules().get(module)


@functools.cache
def modules() -> dict[str, Names]:
    """Return the modules that have a counterpart, each with its names."""
    classes = shim.all_classes()
    return {
        "jwst": {"__version__": f"{INTERFACE}+snakewebb.{snakewebb.__version__}"},
        "jwst.step": {s.class_name: classes[s.class_name] for s in all_steps().values()},
        "jwst.pipeline": {name: classes[name] for name in PIPELINES},
        "jwst.stpipe": {name: getattr(stpipe, name) for name in stpipe.__all__},
        "stpipe": {"Pipeline": stpipe.Pipeline, "Step": stpipe.Step},
        DATAMODELS: passed_on(MODELS_OF),
        **{p.jwst_module: {name: classes[name]} for name, p in PIPELINES.items()},
        **{s.jwst_module: {s.class_name: classes[s.class_name]} for s in all_steps().values()},
        **{f"jwst.{s.package}": shim.classes_of_package(s.package) for s in all_steps().values()},
    }


def passed_on(module: str) -> Names:
    """Return names that look everything up in another module, when it is asked for."""

    def look_up(name: str) -> Any:
        if name.startswith("__"):  # whoever inspects all modules must not import this one
            raise AttributeError(name)
        return getattr(importlib.import_module(module), name)

    def list_names() -> list[str]:
        return dir(importlib.import_module(module))

    return {"__getattr__": look_up, "__dir__": list_names}


def install() -> None:
    """Put the modules in the place of jwst, once.

    Raises
    ------
    ImportError
        If jwst itself has been imported.
    """
    if any(type(finder).__module__ == __name__ for finder in sys.meta_path):
        return
    loaded = [package for package in PACKAGES if package in sys.modules]
    if loaded:
        raise ImportError(
            f"{' and '.join(loaded)} has been imported already, and cannot serve beside snakewebb "
            "in one process: put `import snakewebb.as_jwst` before all imports of jwst, "
            "in a notebook after a restart of the kernel"
        )
    sys.meta_path.insert(0, Finder())


install()
