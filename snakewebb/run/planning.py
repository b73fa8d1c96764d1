"""The plans of all exposures of a run, made from their headers.

Exposures that neither CRDS nor the user tells apart share settings and choices of reference files,
so that these are made once, and thousands of plans fit into memory.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snakewebb.errors import ReferenceFileError, SnakewebbError, nearest, noted, raise_all
from snakewebb.pipelines import Pipeline, pipeline_for
from snakewebb.run import contents, crds, files
from snakewebb.run.configuration import Places
from snakewebb.run.exposures import Exposure, find_exposures
from snakewebb.run.headers import Header, read_header
from snakewebb.run.parameters import Layer, resolve
from snakewebb.run.plan import Plan, make_plan
from snakewebb.run.references import Choices, check, files_beside
from snakewebb.run.remembered import Remembered
from snakewebb.run.run_config import (
    checked_layers,
    groups_of,
    layers_of_words,
    pipeline_named,
    set_crds_environment,
)
from snakewebb.run.selection import Selection
from snakewebb.steps import all_steps
from snakewebb.steps.declaration import Reference


@dataclass(frozen=True)
class Planned:
    """One exposure of a run.

    Parameters
    ----------
    exposure : Exposure
        Where it is, and what the table says of it.
    pipeline : Pipeline
        What calibrates it.
    plan : Plan
        How.
    header : Header
        What its header says.
    identity : str
        Changes if, and only if, the file holds another exposure than before.
    mode : int
        Number that it has in common with all exposures of the same plan.
    """

    exposure: Exposure
    pipeline: Pipeline
    plan: Plan
    header: Header
    identity: str
    mode: int

    @property
    def path(self) -> str:
        """Where the exposure is."""
        return self.exposure.path


class Planner:
    """Makes the plans of a run.

    Parameters
    ----------
    config : mapping
        The configuration.
    remembered : Remembered
        What earlier runs found out about the files.
    notes : Path
        Folder in which jobs note the content of exposures.
    places : Places
        Where the values of the configuration stand.
    """

    def __init__(
        self, config: Mapping[str, Any], remembered: Remembered, notes: Path, places: Places
    ):
        self._config = config
        self._groups = groups_of(config)
        self._places = places
        self._remembered = remembered
        self._notes = notes
        self._selections: dict[str, Selection] = {}
        self._modes: dict[Any, tuple[int, Plan]] = {}
        self._words: dict[Any, list[Layer]] = {}
        self._checked: set[Any] = set()

    def plan_all(self, source: Any) -> dict[str, Planned]:
        """Return the plan of each exposure of a source by its root.

        Raises
        ------
        SnakewebbError
            One error for all that is wrong with configuration, exposures and parameters; if there
            is nothing, one for all that is wrong with reference files.
        """
        problems: list[str] = []
        exposures: dict[str, Exposure] = {}
        with noted(problems):
            exposures, of_exposures = find_exposures(source) if source else ({}, [])
            problems += of_exposures
            problems += problems_of_empty_groups(self._groups, exposures)
        headers: dict[str, Header] = {}
        planned: dict[str, Planned] = {}
        for root, exposure in exposures.items():
            with noted(problems):
                headers[root] = self._header(exposure.path)
        pipelines = {root: self._pipeline(header) for root, header in headers.items()}
        with noted(problems):
            layers = checked_layers(self._config, pipelines.values(), self._places)
        for root, pipeline in pipelines.items():
            with noted(problems):
                self._hear(pipeline, exposures[root])
        raise_all(list(dict.fromkeys(problems)), SnakewebbError)
        set_crds_environment(self._config.get("crds") or {})
        for root, header in headers.items():
            pipeline, exposure = pipelines[root], exposures[root]
            with noted(problems):
                planned[root] = self._plan(
                    root, exposure, pipeline, header, layers[pipeline.class_name]
                )
        raise_all(list(dict.fromkeys(problems)), SnakewebbError)
        self._remembered.save()
        return planned

    def _header(self, path: str) -> Header:
        tree = self._remembered.about("header", path, lambda p: checked_header(p).to_tree())
        return Header.from_tree(tree)

    def _hear(self, pipeline: Pipeline, exposure: Exposure) -> None:
        """Check what is said about the group of an exposure, and about it alone."""
        key = pipeline.class_name, exposure.group, exposure.said
        if key not in self._words:
            of_group = self._groups.get(exposure.group, {})
            self._words[key] = layers_of_words(pipeline, of_group, exposure)
            resolve(pipeline, self._words[key])

    def _pipeline(self, header: Header) -> Pipeline:
        named = pipeline_named(self._config.get("pipeline"))
        return named or pipeline_for(header.keys.get("meta.exposure.type"))

    def _plan(
        self,
        root: str,
        exposure: Exposure,
        pipeline: Pipeline,
        header: Header,
        layers: list[Layer],
    ) -> Planned:
        """Return the plan of one exposure, and check that its reference files fit."""
        words = pipeline.class_name, exposure.group, exposure.said
        key = (
            *words,
            header.keys.get("meta.exposure.type"),
            self._selected(pipeline, header, exposure.path),
            files_beside(references_of(pipeline), header.keys, exposure.path),
        )
        if key not in self._modes:
            from_crds = crds.parameter_layers(pipeline, header.keys)
            said = [*from_crds, *layers, *self._words[words]]
            plan = make_plan(pipeline, header.keys, exposure.path, said, fetch=False)
            self._modes[key] = len(self._modes), plan
        mode, shared = self._modes[key]
        self._check(mode, shared.choices, header, exposure.path)
        note = self._notes / f"{root}.json"
        identity = contents.identity(exposure.path, header, note, self._remembered)
        plan = dataclasses.replace(shared, name=exposure.path)
        return Planned(exposure, pipeline, plan, header, identity, mode)

    def _selected(self, pipeline: Pipeline, header: Header, path: str) -> tuple[Any, ...]:
        """Return what CRDS selects files by; without CRDS, each exposure is one of its kind."""
        if pipeline.class_name not in self._selections:
            self._selections[pipeline.class_name] = Selection(crds.types_asked(pipeline))
        try:
            return self._selections[pipeline.class_name].key(header.keys)
        except ReferenceFileError:
            return (path,)

    def _check(self, mode: int, choices: Choices, header: Header, path: str) -> None:
        """Check that the reference files that are here fit an exposure."""
        place = {k: v for k, v in header.keys.items() if k.startswith("meta.subarray.")}
        key = (mode, header.shape[-2:], *sorted(place.items()))
        if key not in self._checked:
            files.check_image(header.shape[-2:], header.subarray, path)
            check(without_absent(choices), header.shape[-2:], header.subarray, path)
            self._checked.add(key)


def references_of(pipeline: Pipeline) -> list[Reference]:
    """Return the types of reference files that the steps of a pipeline read."""
    return [reference for name in pipeline.steps for reference in all_steps()[name].references]


def pipeline_of(path: str, named: Any) -> Pipeline:
    """Return the pipeline that is named, or else the one for the type of an exposure."""
    pipeline = pipeline_named(named)
    return pipeline or pipeline_for(files.check_exposure(path, "ramp").get("EXP_TYPE"))


def checked_header(path: str) -> Header:
    """Check a raw exposure, and read its header."""
    files.check_exposure(path, "ramp")
    return read_header(path)


def without_absent(choices: Choices) -> Choices:
    """Return choices without the files of CRDS that are not yet in the cache."""
    return {
        step: {
            kind: choice
            for kind, choice in of_step.items()
            if choice.users or not choice.file or Path(choice.file).is_file()
        }
        for step, of_step in choices.items()
    }


def problems_of_empty_groups(groups: Iterable[str], exposures: Mapping[str, Exposure]) -> list[str]:
    """Return which groups the configuration speaks of that no exposure belongs to."""
    known = {exposure.group for exposure in exposures.values() if exposure.group}
    return [
        f"groups.{group}: no exposure is of this group; {nearest(str(group), known)}"
        for group in groups
        if group not in known
    ]
