"""The steps of a plan as a chain of jobs on files.

Everything here is the same for all exposures of a mode: products are named by their suffixes only.
"""

from collections.abc import Callable, Container, Iterator
from functools import cached_property

from snakewebb.pipelines import Pipeline
from snakewebb.run.digest import source_digest
from snakewebb.run.naming import integrations_suffix
from snakewebb.run.parameters import OWN
from snakewebb.run.plan import Plan
from snakewebb.steps import all_steps
from snakewebb.steps.declaration import Parameter

TRAPS = "trapsfilled"
EARLIER_TRAPS = "input_trapsfilled"
PERSISTENCE = "persistence"


class Chain:
    """The jobs of a plan, and the products that each starts from and ends in.

    Parameters
    ----------
    plan : Plan
        A plan of any exposure of the mode.
    pipeline : Pipeline
        What it is a plan of.
    """

    def __init__(self, plan: Plan, pipeline: Pipeline):
        self.plan = plan
        self._pipeline = pipeline
        self.jobs = plan.jobs
        self._after = {step: self._products_of(step) for step in plan.order}

    def after(self, step: str) -> tuple[str, ...]:
        """Return the suffixes of what an exposure is after a step."""
        return self._after[step]

    def before(self, step: str) -> tuple[str, ...]:
        """Return the suffixes of what a step starts from, none for the raw exposure."""
        earlier = self._until(step)[:-1] if step in self.jobs else self._until(step)
        return self._after[earlier[-1]] if earlier else ()

    @property
    def first(self) -> str | None:
        """The step that reads the raw exposure."""
        return self.jobs[0] if self.jobs else None

    @property
    def ramp(self) -> tuple[str, ...]:
        """The suffix of the ramp that slopes are fitted to, none for the raw exposure."""
        on_ramps = [job for job in self.jobs if not self._rates_after(job)]
        return self._after[on_ramps[-1]] if on_ramps else ()

    def final(self, kept: Container[str]) -> list[str]:
        """Return the suffixes of all that a run is asked for, where some steps are kept."""
        fitted = bool(self.jobs) and self._rates_after(self.jobs[-1])
        finals = [*self._after[self.plan.order[-1]]] if fitted else []
        for parameter, suffix in self._pipeline.saved_before.values():
            if self.plan.settings.value(OWN, parameter):
                finals.append(suffix)
        if not fitted:
            finals.append(self._pipeline.suffix_of("ramp"))
        finals += [suffix for step in self.jobs if step in kept for suffix in self._after[step]]
        finals += [suffix for step in self.jobs for suffix in self.besides(step)]
        return list(dict.fromkeys(finals))

    @cached_property
    def saved(self) -> frozenset[str]:
        """The steps that are asked, by name, to save their result."""
        settings = self.plan.settings
        return frozenset(s for s in self.jobs if settings.value(s, "save_results"))

    def besides(self, step: str) -> tuple[str, ...]:
        """Return the suffixes of what a step makes besides its result."""
        if step not in self.jobs or self.plan.skips(step):
            return ()
        kinds = [kind for kind, choice in self.plan.choices[step].items() if choice.file]
        return tuple(all_steps()[step].besides(self.plan.settings.values_of(step), kinds))

    @property
    def hands_on_traps(self) -> bool:
        """Whether the exposure after it, on the same detector, starts with its filled traps."""
        return TRAPS in self.besides(PERSISTENCE)

    @property
    def awaits_traps(self) -> bool:
        """Whether it starts with the filled traps of the exposure before, and nobody named them."""
        if not self.hands_on_traps:
            return False
        return self.plan.settings.value(PERSISTENCE, EARLIER_TRAPS) is None

    def references(self, step: str) -> list[str]:
        """Return the reference files that a step reads, and other files that parameters name."""
        if self.plan.skips(step):
            return []
        values = self.plan.settings
        named = [values.value(step, p.name) for p in own_parameters(step) if p.file]
        chosen = [choice.file for choice in self.plan.choices[step].values()]
        return [file for file in (*chosen, *named) if file]

    def changes(self, step: str, content: Callable[[str], str]) -> list[str]:
        """Return, in words, what a step's numbers depend on besides the products before it.

        Parameters
        ----------
        step : str
            Name of the step.
        content : callable
            ``content(path)`` returns the digest of the content of a user's file.

        Returns
        -------
        list of str
            The parameters that are not as usual, reference files by name (those of CRDS never
            change) or content (the user's may), and the source of the step.
        """
        if self.plan.skips(step):
            return [f"{step}: left out"]
        return [f"{step}: {each}" for each in self._changes(step, content)]

    def _changes(self, step: str, content: Callable[[str], str]) -> Iterator[str]:
        for parameter in own_parameters(step):
            value = self.plan.settings.value(step, parameter.name)
            if parameter.pixels and value != parameter.default:
                is_file = parameter.file and value is not None
                usual = f" (usually {parameter.default!r})"
                yield f"{parameter.name} = {content(value) if is_file else value!r}{usual}"
        for kind, choice in self.plan.choices[step].items():
            by_content = choice.users and choice.file
            yield f"{kind} = {content(choice.file) if by_content else choice.name}"
        yield f"source = {source_digest(step)}"

    def _products_of(self, step: str) -> tuple[str, ...]:
        ends = step == self.plan.order[-1] and self._rates_after(step)
        suffix = self._pipeline.suffix if ends else step
        pair = any(all_steps()[name].with_integrations for name in self._until(step))
        return (suffix, integrations_suffix(suffix)) if pair else (suffix,)

    def _rates_after(self, step: str) -> bool:
        """Tell whether an exposure is one of rates after a step."""
        return any(all_steps()[name].output for name in self._until(step))

    def _until(self, step: str) -> list[str]:
        """Return the steps that have a job, up to one of them."""
        until = self.plan.order[: self.plan.order.index(step) + 1]
        return [name for name in until if name in self.jobs]


def own_parameters(step: str) -> list[Parameter]:
    """Return the parameters of a step but those that name a reference file, which is a choice."""
    declaration = all_steps()[step]
    of_references = {reference.named_by for reference in declaration.references}
    return [p for p in declaration.parameters if p.name not in of_references]
