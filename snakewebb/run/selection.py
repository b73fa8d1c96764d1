"""Which exposures CRDS cannot tell apart, so that it is asked once for all of them."""

import bisect
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from snakewebb.run import crds

INSTRUMENT = "meta.instrument.name"
DATE = "meta.observation.date"
TIME = "meta.observation.time"
USE_AFTER = re.compile(r"'(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)'")


class Selection:
    """By which keywords, and from which dates on, a context selects other files of some types."""

    def __init__(self, types: Iterable[str]):
        self._types = sorted(types)
        self._rules: dict[str, tuple[list[str], list[str]]] = {}

    def key(self, exposure: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return what is the same for exposures with the same best files."""
        instrument = str(exposure.get(INSTRUMENT, "")).lower()
        if instrument not in self._rules:
            self._rules[instrument] = self._rules_for(instrument)
        keywords, dates = self._rules[instrument]
        moment = f"{exposure.get(DATE)} {exposure.get(TIME)}"
        period = bisect.bisect_right(dates, moment)
        return (instrument, period, *(exposure.get(keyword) for keyword in keywords))

    def _rules_for(self, instrument: str) -> tuple[list[str], list[str]]:
        """Return the keywords that matter for an instrument, and the dates, both in order."""
        keywords: set[str] = set()
        dates: set[str] = set()
        for rules in crds.rules_of(instrument, self._types):
            keywords |= {keyword.lower() for keyword in rules.get_required_parkeys()}
            dates |= set(USE_AFTER.findall(Path(crds.place_of_mapping(rules.filename)).read_text()))
        return sorted(keywords - {DATE, TIME, "reftype"}), sorted(dates)
