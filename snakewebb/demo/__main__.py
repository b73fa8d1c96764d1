"""Simulate exposures, the reference files for them, and the configuration of a run."""

import argparse
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path

import yaml

from snakewebb.demo import PROGRAMMES, SERVED, environment, make_cache, make_exposure


def main(arguments=None):
    """Write exposures, a CRDS cache and a configuration; print what was made and how to use it."""
    options = _parser().parse_args(arguments)
    exposures = [e for name in options.exposures for e in PROGRAMMES[name]]
    served = [e for name in options.exposures for e in SERVED[name]]
    cache = options.folder / "crds"
    with ProcessPoolExecutor(options.jobs) as pool:
        context = pool.submit(make_cache, served, cache)
        paths = []
        for path in pool.map(make_exposure, exposures, repeat(options.folder)):
            print(f"{path}  {_megabytes(path)}", flush=True)
            paths.append(path)
        settings = environment(cache, context.result())
    print(f"{cache}  {_megabytes(*cache.rglob('*'))}")
    configuration = _write_configuration(options.folder, paths, settings)
    print(f"\nTo calibrate them: snakemake --cores 2 --configfile {configuration}")
    print("To calibrate them from Python, set first:")
    for name, value in settings.items():
        print(f"export {name}={value}")


def _megabytes(*paths):
    """Return the size of files in words."""
    return f"{sum(path.stat().st_size for path in paths) / 1e6:.1f} MB"


def _write_configuration(folder, exposures, settings):
    """Write the configuration of a run on the exposures; return its path."""
    configuration = {
        "exposures": [str(path) for path in exposures],
        "results": str(folder / "results"),
        "granularity": "stage",
        "crds": {key: settings[f"CRDS_{key.upper()}"] for key in ("path", "context", "server_url")},
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(configuration, sort_keys=False))
    return path


def _parser():
    parser = argparse.ArgumentParser(prog="python -m snakewebb.demo", description=__doc__)
    parser.add_argument("folder", type=Path, help="where to put them")
    parser.add_argument(
        "--exposures",
        nargs="+",
        choices=PROGRAMMES,
        default=["demo"],
        help="which ones: small subarrays, those of the demonstration, or a large one for timing",
    )
    parser.add_argument("--jobs", type=int, default=2, help="how many to make at the same time")
    return parser


if __name__ == "__main__":
    main()
