"""What users of ``strun`` write on its command line, as arguments of ``Step.from_cmdline``."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from snakewebb.errors import ParameterError
from snakewebb.pipelines import Pipeline
from snakewebb.run.parameter_files import last_part, load
from snakewebb.run.parameters import OWN, sections_of
from snakewebb.run.plan import target_named
from snakewebb.steps import names_and_aliases
from snakewebb.steps.declaration import Parameter, Step

COMMAND_LINE = "command line"
FLAGS = ("help", "verbose", "debug", "disable-crds-steppars")
OPTIONS = ("save-parameters", "log-level", "log-file", "log-stream")
LOGGING = frozenset({"verbose", "debug", "log-level", "log-file", "log-stream"})
"""What is left to the `logging` module and to debuggers."""
SHORT = {"-h": "--help", "-v": "--verbose"}


@dataclass(frozen=True)
class Command:
    """A command line, understood.

    Parameters
    ----------
    target : Pipeline or Step
        What to run.
    config_file : str or None
        The parameter file that stands in the place of a class.
    exposures : list of str
        The further arguments without dashes.
    options : dict
        What is said about the run: flags, which are true, and options with their texts.
    parameters : dict
        Values by name, those of the steps of a pipeline under ``steps``.
    """

    target: Pipeline | Step
    config_file: str | None = None
    exposures: list[str] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def exposure(self) -> str:
        """The one exposure."""
        if len(self.exposures) != 1:
            raise ParameterError(
                f"{self.target.class_name} takes one exposure, but the command line names "
                f"{', '.join(self.exposures) or 'none'}"
            )
        return self.exposures[0]


def parse(arguments: Sequence[str]) -> Command:
    """Understand a command line: a class or parameter file, an exposure, and ``--name=value``.

    Parameters
    ----------
    arguments : sequence of str
        The words of the command line.

    Returns
    -------
    Command
        What is to run, and how.

    Raises
    ------
    ParameterError
        If it names no class; names of parameters and values are checked later, with all others.
    """
    words = [SHORT.get(word, word) for word in arguments]
    plain: list[str] = []
    said: dict[str, str | bool] = {}
    while words:
        word = words.pop(0)
        name, equals, text = word.removeprefix("--").partition("=")
        if not word.startswith("--"):
            plain.append(word)
        elif equals or name in FLAGS:
            said[name] = text if equals else True
        elif words:
            said[name] = words.pop(0)
        else:
            raise ParameterError(f"{word} ({COMMAND_LINE}) has no value")
    if not plain:
        raise ParameterError("the command line names no pipeline or step, nor a parameter file")
    command = command_for(plain[0])
    options = {name: said.pop(name) for name in (*FLAGS, *OPTIONS) if name in said}
    parameters = nested(command.target, {name: str(text) for name, text in said.items()})
    return dataclasses.replace(command, exposures=plain[1:], options=options, parameters=parameters)


def command_for(word: str) -> Command:
    """Return what is to run: the class of that name, or the one that a parameter file is for."""
    if Path(word).suffix not in (".asdf", ".yaml", ".yml", ".cfg"):
        return Command(target_named(last_part(word)))
    class_name = load(Path(word)).class_name
    if not class_name:
        raise ParameterError(f"{word} does not say which class it is for: add 'class:'")
    return Command(target_named(class_name), word)


def nested(target: Pipeline | Step, said: dict[str, str]) -> dict[str, Any]:
    """Return values by name, those written ``steps.jump.skip`` under ``steps`` and their step."""
    own = OWN if isinstance(target, Pipeline) else target.name
    parameters: dict[str, Any] = {}
    for written, text in said.items():
        match written.split("."):
            case [name]:
                parameters[name] = typed(target, own, name, text)
            case ["steps", step, name]:
                of_step = parameters.setdefault("steps", {}).setdefault(step, {})
                of_step[name] = typed(target, names_and_aliases().get(step, step), name, text)
            case _:
                raise ParameterError(
                    f"--{written} ({COMMAND_LINE}) is neither --parameter=value "
                    "nor --steps.step.parameter=value"
                )
    return parameters


def typed(target: Pipeline | Step, section: str, name: str, text: str) -> Any:
    """Return a text as the type that a parameter has; as it is, if there is none of that name."""
    parameter = sections_of(target).get(section, {}).get(name)
    return value_of(parameter, text.strip("'\"")) if parameter else text


def value_of(parameter: Parameter, text: str) -> Any:
    """Return the value that a text means for a parameter."""
    if text.lower() in ("none", "") and parameter.optional:
        return None
    if parameter.many:
        single = dataclasses.replace(parameter, many=False)
        return [value_of(single, part.strip(" '\"")) for part in text.strip("[]()").split(",")]
    if parameter.type is bool or (parameter.type is not str and text.lower() in ("true", "false")):
        return {"true": True, "false": False}.get(text.lower(), text)
    return number(text) if parameter.type in (int, float) else text


def number(text: str) -> Any:
    """Return the number that a text means, or the text."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
