"""A run that has begun, as one of its jobs sees it.

On a cluster, each job reads the rules again in a process of its own. It plans nothing: it reads
the plan of its exposure that the run has written, however many exposures there are.
"""

import dataclasses
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from snakewebb.errors import ParameterError
from snakewebb.pipelines import Pipeline
from snakewebb.run import contents
from snakewebb.run.chain import EARLIER_TRAPS, PERSISTENCE, Chain
from snakewebb.run.exposures import Exposure
from snakewebb.run.headers import read_outline
from snakewebb.run.parameters import Setting, Settings
from snakewebb.run.plan import Plan, load_plan
from snakewebb.run.planning import Planned
from snakewebb.run.remembered import Remembered
from snakewebb.run.run_config import set_crds_environment
from snakewebb.run.workflow import BEFORE, Workflow


class OnDemand(dict[str, Planned]):
    """Exposures by root, each read when it is asked for."""

    def __init__(self, read: Callable[[str], Planned]):
        super().__init__()
        self._read = read

    def __missing__(self, root: str) -> Planned:
        return self.setdefault(root, self._read(root))


class Begun(Workflow):
    """What the rules ask, answered from the plans that a run has written.

    Parameters
    ----------
    config : mapping
        The merged configuration of the run.

    Raises
    ------
    ParameterError
        If no run has begun.
    """

    def __init__(self, config: Mapping[str, Any]):
        self.config = config
        self.results = Path(config["results"])
        set_crds_environment(config.get("crds") or {})
        try:
            common = json.loads(self.common_file.read_text())
        except (OSError, ValueError) as fault:
            raise ParameterError(f"a job found no plans of its run: {fault}") from None
        self.kept = frozenset(common["kept"])
        self.from_crds = common["from_crds"]
        self._common = common
        self.exposures = OnDemand(self._planned)
        self._earlier = {}
        self._chains = {}
        self._changes = {}
        self._predictions = {}
        self._remembered = Remembered(Path(os.devnull))

    def stages(self) -> list[tuple[str, str, list[str]]]:
        """Return name, pattern of exposures and suffixes of products of each rule for a stage."""
        return self._common["stages"]

    def exposures_with(self, step: str) -> str:
        """Return a pattern of the exposures of which persistence makes more than its result."""
        return self._common["exposures_with_traps"] if step == PERSISTENCE else ""

    def all_final(self) -> list[str]:
        """Return the products that the run is asked for."""
        return Path(self.list_of_products).read_text().splitlines()

    def all_facts(self) -> list[str]:
        """Return where the numbers of each exposure are that the page of the run shows."""
        return Path(self.list_of_facts).read_text().splitlines()

    def earlier(self, root: str) -> list[str]:
        """Return the product with the traps that were filled before an exposure, if any."""
        self.chain(root)
        return [self._earlier[root]] if root in self._earlier else []

    def _planned(self, root: str) -> Planned:
        """Return an exposure as its plan describes it, each of a mode of its own."""
        plan = load_plan(self.plan_file(root))
        plan, traps = without_traps(plan)
        if traps:
            self._earlier[root] = traps
        assert isinstance(plan.target, Pipeline)
        mode = len(self._chains)
        self._chains[mode] = Chain(plan, plan.target)
        header = read_outline(plan.name)
        note = self.results / "plans" / "content" / f"{root}.json"
        identity = contents.identity(plan.name, header, note, self._remembered)
        return Planned(Exposure(plan.name), plan.target, plan, header, identity, mode)


def without_traps(plan: Plan) -> tuple[Plan, str | None]:
    """Return a plan without what the exposure before it hands on, and the path of that."""
    section = plan.settings.get(PERSISTENCE, {})
    if EARLIER_TRAPS not in section or section[EARLIER_TRAPS].origin != BEFORE:
        return plan, None
    settings = {**section, EARLIER_TRAPS: Setting(None, "default")}
    whole = Settings({**plan.settings, PERSISTENCE: settings})
    return dataclasses.replace(plan, settings=whole), section[EARLIER_TRAPS].value
