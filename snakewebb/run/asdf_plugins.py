"""asdf's plug-ins, loaded in half the time.

The first data model of a process loads the plug-ins of all packages that have some, each described
by YAML files. asdf parses these in Python; the same parser written in C gives the same in a tenth
of the time.
"""

import functools
import threading

_lock = threading.Lock()


@functools.cache
def load() -> None:
    """Load the plug-ins, once in a process."""
    import asdf
    import yaml

    if not hasattr(yaml, "CSafeLoader"):
        return
    with _lock:
        python, yaml.SafeLoader = yaml.SafeLoader, yaml.CSafeLoader  # what safe_load looks up
        try:
            _ = asdf.get_config().extensions
        finally:
            yaml.SafeLoader = python
