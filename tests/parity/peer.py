"""Calibrate one exposure with jwst.

Usage: .venv-peer/bin/python tests/parity/peer.py EXPOSURE KEYWORDS

KEYWORDS is a JSON file with the keyword arguments of ``Detector1Pipeline.call``, of which
``output_dir`` must be one.
"""

import json
import sys
from pathlib import Path

NAMES_OF_PAIRS = {"_0_ramp_fit": "_ramp_fit", "_1_ramp_fit": "_ramp_fitints"}


def main(exposure, keywords_file):
    """Calibrate and give the products the suffixes that ours have."""
    from jwst.pipeline import Detector1Pipeline

    keywords = json.loads(Path(keywords_file).read_text())
    Detector1Pipeline.call(exposure, **keywords)
    for product in Path(keywords["output_dir"]).glob("*.fits"):
        for theirs, ours in NAMES_OF_PAIRS.items():
            if product.stem.endswith(theirs):
                product.rename(product.with_stem(product.stem.removesuffix(theirs) + ours))


if __name__ == "__main__":
    main(*sys.argv[1:])
