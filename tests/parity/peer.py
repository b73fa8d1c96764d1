"""Calibrate one exposure with jwst.

Usage: .venv-peer/bin/python tests/parity/peer.py EXPOSURE KEYWORDS [STEP]

KEYWORDS is a JSON file with the keyword arguments of ``Detector1Pipeline.call``, or of the class
STEP if it is given, of which ``output_dir`` must be one.
"""

import json
import sys
from pathlib import Path

NAMES = {
    "_0_ramp_fit": "_ramp_fit",
    "_1_ramp_fit": "_ramp_fitints",
    "_persistencestep": "_persistence",
}


def main(exposure, keywords_file, step=None):
    """Calibrate and give the products the suffixes that ours have."""
    from jwst import pipeline
    from jwst import step as steps

    keywords = json.loads(Path(keywords_file).read_text())
    chosen = getattr(steps, step) if step else pipeline.Detector1Pipeline
    chosen.call(exposure, **keywords)
    for product in Path(keywords["output_dir"]).glob("*.fits"):
        for theirs, ours in NAMES.items():
            if product.stem.endswith(theirs):
                product.rename(product.with_stem(product.stem.removesuffix(theirs) + ours))


if __name__ == "__main__":
    main(*sys.argv[1:])
