"""What the Snakemake rules ask: the plan of every exposure, and the files of every step."""

import dataclasses
import json
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from snakewebb.errors import SnakewebbError, raise_all
from snakewebb.pipelines import PIPELINES
from snakewebb.run import crds, files
from snakewebb.run.bundle import needed
from snakewebb.run.chain import EARLIER_TRAPS, PERSISTENCE, TRAPS, Chain
from snakewebb.run.configuration import Places
from snakewebb.run.digest import digest_of
from snakewebb.run.naming import product_name
from snakewebb.run.occupied import exclusive, remove_rests
from snakewebb.run.origins import as_text
from snakewebb.run.parameters import Setting, Settings
from snakewebb.run.plan import Plan
from snakewebb.run.planning import Planned, Planner
from snakewebb.run.remembered import Remembered
from snakewebb.run.resources import (
    MEGABYTE,
    READ,
    Prediction,
    part_of,
    predicted,
    predicted_for_picture,
    shapes_of,
)
from snakewebb.run.run_config import ALL, NOTHING, STAGE, STEP
from snakewebb.steps import all_steps, names_and_aliases

LARGE_REFERENCE = 100
ANY_EXPOSURE = "[^/]+"
BEFORE = "the exposure before on this detector"


class Workflow:
    """The run that a configuration describes.

    Parameters
    ----------
    config : mapping
        The merged configuration; see ``config/README.md``.
    sources : iterable of str or Path
        The files that it is merged from, the lowest first, by which its values are traced.

    Raises
    ------
    SnakewebbError
        One error for everything that is wrong with configuration, exposures and parameters; if
        there is nothing, one for everything that is wrong with references; before anything is
        computed.
    """

    def __init__(self, config: Mapping[str, Any], sources: Iterable[str | Path] = ()):
        self.config = config
        self.results = Path(str(config.get("results") or ""))
        self._remembered = Remembered()
        self._places = Places(sources)
        notes = self.results / "plans" / "content"
        planner = Planner(config, self._remembered, notes, self._places)
        self.exposures = planner.plan_all(config.get("exposures"))
        self._chains = {p.mode: Chain(p.plan, p.pipeline) for p in self.exposures.values()}
        self._changes: dict[tuple[int, str], list[str]] = {}
        self._predictions: dict[Any, Prediction] = {}
        self.kept_before: frozenset[str] = frozenset()
        """Products that this run does not keep, but an earlier one did; known from `begin` on."""
        shared = {p for c in self._chains.values() for p in problems_of_shared_files(c.plan)}
        raise_all(sorted(shared), SnakewebbError)
        for mode, chain in self._chains.items():
            for step in chain.plan.order:
                self._changes_of(mode, step)
        self._remembered.save()

    def chain(self, root: str) -> Chain:
        """Return the chain of the jobs of an exposure."""
        return self._chains[self.exposures[root].mode]

    @cached_property
    def kept(self) -> frozenset[str]:
        """The steps whose products stay."""
        keep = self.config.get("keep", NOTHING)
        kept = set(all_steps()) if keep == ALL else set() if keep == NOTHING else set(keep)
        kept = kept.union(*(chain.saved for chain in self._chains.values()))
        return frozenset(names_and_aliases().get(step, step) for step in kept)

    @property
    def by_stage(self) -> bool:
        """Whether one job takes an exposure through all steps."""
        return self.config.get("granularity", STEP) == STAGE

    def before(self, root: str, step: str) -> list[str]:
        """Return the products that a step of an exposure starts from."""
        return self._products(root, self.chain(root).before(step))

    def ramp(self, root: str) -> list[str]:
        """Return the ramp that slopes are fitted to."""
        return self._products(root, self.chain(root).ramp)

    def final(self, root: str) -> list[str]:
        """Return the products that the run is asked for, for one exposure."""
        return [self._product(root, suffix) for suffix in self.chain(root).final(self.kept)]

    def all_final(self) -> list[str]:
        """Return the products that the run is asked for."""
        return [product for root in self.exposures for product in self.final(root)]

    def besides(self, root: str, step: str) -> list[str]:
        """Return what a step of an exposure makes besides its result."""
        return [self._product(root, suffix) for suffix in self.chain(root).besides(step)]

    def references(self, root: str, step: str) -> list[str]:
        """Return the reference files that a step of an exposure reads, and other files."""
        return self.chain(root).references(step)

    def references_of_stage(self, root: str) -> list[str]:
        """Return the reference files that all steps of an exposure read, each once."""
        chain = self.chain(root)
        return list(dict.fromkeys(file for step in chain.jobs for file in chain.references(step)))

    def earlier(self, root: str) -> list[str]:
        """Return the product with the traps that were filled before an exposure, if any."""
        earlier = self._earlier.get(root)
        return [self._product(earlier, TRAPS)] if earlier else []

    @cached_property
    def _earlier(self) -> dict[str, str]:
        """The exposure before, on the same detector, of those that start with filled traps."""
        last: dict[Any, str] = {}
        earlier: dict[str, str] = {}
        linked = [root for root in self.exposures if self.chain(root).hands_on_traps]
        for root in sorted(linked, key=lambda root: moment(self.exposures[root])):
            detector = self.exposures[root].header.keys.get("meta.instrument.detector")
            if detector in last and self.chain(root).awaits_traps:
                earlier[root] = last[detector]
            last[detector] = root
        return earlier

    def changes(self, root: str, step: str) -> list[str]:
        """Return, in words, what makes a step of an exposure run again if it differs."""
        planned = self.exposures[root]
        changes = self._changes_of(planned.mode, step)
        first = step == self._chains[planned.mode].first
        return with_exposure(changes, planned.identity) if first else changes

    def _changes_of(self, mode: int, step: str) -> list[str]:
        if (mode, step) not in self._changes:
            self._changes[mode, step] = self._chains[mode].changes(step, self._content)
        return self._changes[mode, step]

    def depends(self, root: str) -> dict[str, list[str]]:
        """Return, in words, what each step of an exposure depends on, in order."""
        return {step: self.changes(root, step) for step in self.exposures[root].plan.order}

    def depends_of_modes(self) -> dict[int, dict[str, list[str]]]:
        """Return the same for all exposures of a mode: without what the exposure itself is."""
        return {
            mode: {step: self._changes_of(mode, step) for step in chain.plan.order}
            for mode, chain in self._chains.items()
        }

    def changes_of_stage(self, root: str) -> list[str]:
        """Return, in words, what makes the steps of an exposure run again if it differs."""
        order = self.exposures[root].plan.order
        return [change for step in order for change in self.changes(root, step)]

    def exposures_with(self, step: str) -> str:
        """Return a pattern of the exposures of which a step makes more than its result, or ""."""
        roots = [root for root in self.exposures if self.chain(root).besides(step)]
        return pattern(roots, self.exposures)

    def stages(self) -> list[tuple[str, str, list[str]]]:
        """Return name, pattern of exposures and suffixes of products of each rule for a stage.

        There is one for each pipeline, and one more for each other list of products.
        """
        found: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        for root, planned in self.exposures.items():
            suffixes = tuple(self.chain(root).final(self.kept))
            found.setdefault((planned.pipeline.class_name, suffixes), []).append(root)
        names: dict[str, int] = {}
        stages = []
        for (class_name, suffixes), roots in found.items():
            name = PIPELINES[class_name].name.removesuffix("pipeline")
            names[name] = names.get(name, 0) + 1
            numbered = name if names[name] == 1 else f"{name}_{names[name]}"
            stages.append((numbered, pattern(roots, self.exposures), list(suffixes)))
        return stages

    @property
    def pattern_of_plans(self) -> str:
        """Where the plan of each exposure is, with a wildcard for the exposure."""
        return str(self.results / "plans" / "{exposure}.json")

    def plan_file(self, root: str) -> str:
        """Return where the plan of an exposure is."""
        return str(self.results / "plans" / f"{root}.json")

    @property
    def list_of_products(self) -> str:
        """Where the products of the run are listed."""
        return str(self.results / "plans" / "products.txt")

    def all_facts(self) -> list[str]:
        """Return where the numbers of each exposure are that the page of the run shows."""
        return [str(self.results / "report" / f"{root}.json") for root in self.exposures]

    @property
    def list_of_facts(self) -> str:
        """Where these are listed."""
        return str(self.results / "plans" / "facts.txt")

    @cached_property
    def absent(self) -> list[str]:
        """The reference files that are not yet in the cache, by their place in it."""
        absent = [path for path in self.from_crds if not Path(path).is_file()]
        return [str(Path(path).relative_to(self.cache)) for path in absent]

    @property
    def cache(self) -> Path:
        """The folder of the cache of CRDS."""
        return crds.cache()

    @cached_property
    def from_crds(self) -> list[str]:
        """The reference files that CRDS chose, each once."""
        chosen = (
            choice.file
            for chain in self._chains.values()
            for of_step in chain.plan.choices.values()
            for choice in of_step.values()
            if choice.file and not choice.users
        )
        return list(dict.fromkeys(chosen))

    @property
    def list_of_bundle(self) -> str:
        """Where the files of CRDS are listed that the run needs."""
        return str(self.results / "plans" / "bundle.txt")

    @property
    def common_file(self) -> Path:
        """Where it is written what jobs must know of the run as a whole."""
        return self.results / "plans" / "run.json"

    def begin(self) -> None:
        """Make ready for the jobs of a run: no other run at work, no rests, plans in place."""
        self._lock = exclusive(self.results)
        remove_rests(self.results)
        self._note_temporary()
        self.write_plans()
        with files.appearing_whole(self.results / "config.yaml") as beside:
            beside.write_text(as_text(self.config, self._places))

    def end(self) -> None:
        """Remove what earlier runs, that did not end well, left of products that do not stay.

        Those of this run Snakemake removed itself. What there was before is the user's: products
        of a run that kept them.
        """
        for product in self._left:
            Path(product).unlink(missing_ok=True)
        self._list_of_temporary.unlink(missing_ok=True)

    @property
    def _list_of_temporary(self) -> Path:
        """Where the products are listed that runs make but do not keep, until one ends well."""
        return self.results / "plans" / "temporary.txt"

    def _note_temporary(self) -> None:
        """List the products that this run will make and not keep, for the case that it is killed.

        Those that there are already are not made by it, unless an earlier run listed them.
        """
        noted = self._list_of_temporary
        stay = set(self.all_final())
        listed = noted.read_text().splitlines() if noted.is_file() else []
        self._left = [product for product in listed if product not in stay]
        made = {
            self._product(root, suffix)
            for root in self.exposures
            for step in self.chain(root).jobs
            for suffix in self.chain(root).after(step)
        }
        there = {product for product in made - stay if Path(product).exists()}
        self.kept_before = frozenset(there.difference(listed))
        new = sorted(made - stay - there)
        write_list(str(noted), dict.fromkeys([*self._left, *new]))

    def write_plans(self) -> None:
        """Write the plans where the jobs find them, and the list of all products."""
        write_list(self.list_of_products, self.all_final())
        write_list(self.list_of_facts, self.all_facts())
        common = {
            "kept": sorted(self.kept),
            "from_crds": self.from_crds,
            "stages": self.stages(),
            "exposures_with_traps": self.exposures_with(PERSISTENCE),
        }
        with files.appearing_whole(self.common_file) as beside:
            beside.write_text(json.dumps(common))
        if self.from_crds:
            modes = {p.mode: (p.pipeline, p.header.keys) for p in self.exposures.values()}
            write_list(self.list_of_bundle, needed(self.from_crds, modes.values()))
        for root in self.exposures:
            path, text = Path(self.plan_file(root)), self.plan_of(root).to_json()
            if not path.is_file() or path.read_text() != text:
                with files.appearing_whole(path) as beside:
                    beside.write_text(text)

    def plan_of(self, root: str) -> Plan:
        """Return the plan of an exposure, with the product that it starts from."""
        plan = self.exposures[root].plan
        return with_traps(plan, *self.earlier(root)) if root in self._earlier else plan

    def resources(self, root: str, step: str | None = None) -> Prediction:
        """Return what a job on an exposure needs: one step of it, or all."""
        planned = self.exposures[root]
        key = planned.mode, planned.header.shape, step
        if key not in self._predictions:
            chain = self._chains[planned.mode]
            steps = chain.jobs if step is None else tuple({step} & set(chain.jobs))
            size = sum(self._read_of(chain, steps, planned.header.shape[-2:]).values())
            bound = chain.plan.memory
            self._predictions[key] = predicted(steps, planned.header.shape, size, bound)
        return self._predictions[key]

    def resources_of_picture(self, root: str) -> Prediction:
        """Return what the job needs that draws an exposure."""
        return predicted_for_picture(self.exposures[root].header.shape)

    def _read_of(
        self, chain: Chain, steps: Iterable[str], image: tuple[int, ...]
    ) -> dict[str, float]:
        """Return the memory in MB for each reference file of some steps, for images of a size."""
        read = {file: READ * self._size(file) for step in steps for file in chain.references(step)}
        choices = (c for step in steps for c in chain.plan.choices.get(step, {}).values())
        for choice in choices:
            if choice.file in read and choice.reference.images and Path(choice.file).is_file():
                shapes = self._remembered.about("shapes", choice.file, shapes_of)
                read[choice.file] = sum(part_of(shape, image) for shape in shapes)
        return read

    def _size(self, path: str) -> float:
        """Return the size of a reference file in MB; one to be fetched counts as a large one."""
        file = Path(path)
        return file.stat().st_size / MEGABYTE if file.is_file() else LARGE_REFERENCE

    def _content(self, path: str) -> str:
        return self._remembered.about("content", path, digest_of)

    def _product(self, root: str, suffix: str) -> str:
        return f"{self.results}/{product_name(root, suffix)}"

    def _products(self, root: str, suffixes: Iterable[str]) -> list[str]:
        """Return the paths of products, or that of the raw exposure where there is no suffix."""
        paths = [self._product(root, suffix) for suffix in suffixes]
        return paths or [self.exposures[root].path]


def write_list(path: str, lines: Iterable[str]) -> None:
    """Write a list of paths."""
    with files.appearing_whole(Path(path)) as beside:
        beside.write_text("".join(f"{line}\n" for line in lines))


def pattern(roots: Iterable[str], among: Mapping[str, Any]) -> str:
    """Return a pattern that matches some of the exposures of a run, or "" for none."""
    roots = list(roots)
    if len(roots) == len(among):
        return ANY_EXPOSURE
    return "|".join(re.escape(root) for root in roots)


def with_exposure(changes: Iterable[str], identity: str) -> list[str]:
    """Return what the first step of an exposure depends on, with the exposure itself."""
    return [*changes, f"exposure = {identity}"]


def moment(planned: Planned) -> tuple[Any, ...]:
    """Return by what exposures are ordered in time."""
    keys = planned.header.keys
    named = ("meta.observation.date", "meta.observation.time")
    return (keys.get("meta.exposure.start_time") or 0, *(str(keys.get(name)) for name in named))


def with_traps(plan: Plan, product: str) -> Plan:
    """Return a plan that starts with the filled traps that the exposure before leaves."""
    section = plan.settings[PERSISTENCE]
    traps = {EARLIER_TRAPS: Setting(product, BEFORE)}
    settings = Settings({**plan.settings, PERSISTENCE: {**section, **traps}})
    return dataclasses.replace(plan, settings=settings)


def problems_of_shared_files(plan: Plan) -> list[str]:
    """Return which files steps would both read and write, in an order that nobody knows."""
    problems = []
    for step in set(plan.jobs) & set(plan.choices):
        values = {p: plan.settings.value(step, p.name) for p in all_steps()[step].parameters}
        paths = {p: Path(value).absolute() for p, value in values.items() if isinstance(value, str)}
        problems += [
            f"steps.{step}: {read.name} and {written.name} both name {values[read]}; jobs run in "
            "no fixed order, so save in one run and read in another"
            for read in paths
            for written in paths
            if read.file and not written.file and paths[read] == paths[written]
        ]
    return problems
