"""Scripts and notebooks that were written for jwst run unchanged after one line.

``import snakewebb.as_jwst`` makes ``from jwst.pipeline import Detector1Pipeline`` and other imports
from ``jwst`` and ``stpipe`` give what snakewebb has of the same name. It refuses if jwst itself is
in use already; what snakewebb does not have never comes from jwst, even where it is installed. So
a process never mixes the two. Of the later stages, which snakewebb does not have yet, names can be
imported but not used: notebooks import everything in their first cell.
"""

import functools
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import re
import sys
from types import ModuleType
from typing import Any

import snakewebb
from snakewebb import crds_client, shim, stpipe
from snakewebb.errors import nearest
from snakewebb.pipelines import PIPELINES, Pipeline
from snakewebb.steps import all_steps

PACKAGES = ("jwst", "stpipe")
INTERFACE = "3.0.0"
"""The version of jwst whose interface this is."""

DATAMODELS = "jwst.datamodels"
MODELS_OF = "stdatamodels.jwst.datamodels"

OUTSIDE = re.compile(
    "adaptive_trace_model|align_refs|ami|assign_mtwcs|assign_wcs|associations|background"
    "|badpix_selfcal|barshadow|combine_1d|coron|cube_build|cube_skymatch|engdblog"
    "|exp_to_source|extract_1d|extract_2d|fringe|imprint|klip|lib|master_background"
    "|model_blender|mrs_imatch|msaflagopen|outlier_detection|pathloss|photom|pixel_replace"
    "|resample|residual_fringe|skymatch|source_catalog|spectral_leak|srctype|stack_refs"
    "|straylight|targ_centroid|tso_photometry|tweakreg|wavecorr|wfs_combine|wfss_contam"
    "|white_light"
)
"""The packages of jwst for the later stages, and for associations."""

OUTSIDE_NAMES = {
    "pipeline": re.compile(r"(Ami3|Coron3|Image[23]|Spec[23]|Tso3)Pipeline|calwebb_\w+"),
    "datamodels": re.compile(r"(Source)?ModelContainer|ModelLibrary|container|library"),
}
"""The names in other packages that belong to them."""

Names = dict[str, Any]


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the modules of jwst that snakewebb has a counterpart of, or will have."""

    def find_spec(self, fullname, path=None, target=None):
        """Return how to make a module of jwst; one that jwst itself does not have is not found."""
        if fullname.partition(".")[0] not in PACKAGES:
            return None
        if not is_outside(fullname) and names_of(fullname) is None:
            raise ModuleNotFoundError(absence(fullname))
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec) -> ModuleType | None:
        """Let the import system make the module."""
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Fill a module with what snakewebb has of its names."""
        names = names_of(module.__name__) or {}
        module.__doc__ = f"What snakewebb has of {module.__name__}."
        module.__dict__.update(names)
        module.__dict__["__getattr__"] = further_names(module.__name__, names.get("__getattr__"))


class Missing(type):
    """The class of what stands for a name of jwst that snakewebb does not have.

    It can be imported and looked into, so that the first cell of a notebook may import what a
    later one uses; to call it is an error. No object is an instance of it.
    """

    def __new__(cls, path: str, bases: tuple = (), names: Names | None = None):
        """Make a stand-in; deriving from one is an error, too."""
        if bases:
            raise bases[0]._error()
        module, _, name = path.rpartition(".")
        return super().__new__(cls, name, (), {"__module__": module})

    def __init__(cls, path: str, bases: tuple = (), names: Names | None = None):
        super().__init__(path)

    def __getattr__(cls, name: str) -> "Missing":
        if name.startswith("_"):
            raise AttributeError(name)
        return Missing(f"{cls.__module__}.{cls.__name__}.{name}")

    def __call__(cls, *arguments: Any, **keywords: Any) -> Any:
        """Say what is missing."""
        raise cls._error()

    def __repr__(cls) -> str:
        return f"<{cls.__module__}.{cls.__name__}, which snakewebb does not have>"

    def _error(cls) -> ImportError:
        return ImportError(
            f"snakewebb has no counterpart of {cls.__module__}.{cls.__name__} yet; of the "
            f"pipelines it has {', '.join(PIPELINES)}, with their steps"
        )


def is_outside(path: str) -> bool:
    """Tell whether a module or name of jwst belongs to what snakewebb does not do yet."""
    top, package, name, *_ = (*path.split("."), "", "")
    if top != "jwst" or f"jwst.{package}.{name}" in modules():
        return False
    names = OUTSIDE_NAMES.get(package)
    return bool(OUTSIDE.fullmatch(package) or (names and names.fullmatch(name)))


def absence(path: str) -> str:
    """Return the sentence that says that there is no module or name, and what was meant."""
    module, _, name = path.rpartition(".")
    inside = [each for each in modules().get(module, ()) if not each.startswith("_")]
    below = [each.removeprefix(f"{module}.") for each in modules() if each.startswith(f"{module}.")]
    known = {*inside, *(each for each in below if "." not in each)}
    meant = nearest(name, known) if known else nearest(path, modules())
    return f"snakewebb has no counterpart of {path}; {meant}"


def further_names(module: str, passed_on: Any) -> Any:
    """Return how a module finds the names that are not in it: its modules, and stand-ins."""

    def look_up(name: str) -> Any:
        path = f"{module}.{name}"
        if name.startswith("_"):  # whoever inspects all modules must not import what they stand for
            raise AttributeError(name)
        if is_outside(path):
            return Missing(path)
        if path in modules():
            return importlib.import_module(path)
        if passed_on:
            return passed_on(name)
        raise AttributeError(absence(path))

    return look_up


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
    steps = all_steps().values()
    client = {name: getattr(crds_client, name) for name in crds_client.__all__}
    return {
        "jwst": {"__version__": f"{INTERFACE}+snakewebb.{snakewebb.__version__}"},
        "jwst.step": {s.class_name: classes[s.class_name] for s in steps},
        "jwst.pipeline": {name: classes[name] for name in PIPELINES},
        "jwst.stpipe": {name: getattr(stpipe, name) for name in stpipe.__all__},
        "jwst.stpipe.crds_client": client,
        "stpipe": {"Pipeline": stpipe.Pipeline, "Step": stpipe.Step},
        "stpipe.crds_client": client,
        DATAMODELS: passed_on(MODELS_OF),
        **{p.jwst_module: {name: classes[name], **steps_of(p)} for name, p in PIPELINES.items()},
        **{s.jwst_module: {s.class_name: classes[s.class_name]} for s in steps},
        **{f"jwst.{s.package}": shim.classes_of_package(s.package) for s in steps},
    }


def steps_of(pipeline: Pipeline) -> Names:
    """Return how the module of a pipeline gives those of its steps, as ``jump_step``."""
    paths = [all_steps()[name].jwst_module for name in pipeline.steps]
    by_name = {path.rpartition(".")[2]: path for path in paths}

    def look_up(name: str) -> Any:
        if name not in by_name:
            raise AttributeError(f"{pipeline.jwst_module} has no {name}; {nearest(name, by_name)}")
        return importlib.import_module(by_name[name])

    return {"__getattr__": look_up, "__dir__": lambda: [pipeline.class_name, *by_name]}


def passed_on(module: str) -> Names:
    """Return names that look everything up in another module, when it is asked for."""

    def look_up(name: str) -> Any:
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
            f"{' and '.join(loaded)} {'have' if len(loaded) > 1 else 'has'} been imported already, "
            "and cannot serve beside snakewebb in one process: put `import snakewebb.as_jwst` "
            "before all imports of jwst, in a notebook after a restart of the kernel"
        )
    sys.meta_path.insert(0, Finder())


install()
