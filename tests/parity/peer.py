"""Calibrate one exposure with jwst.

Usage: .venv-peer/bin/python tests/parity/peer.py TARGET EXPOSURE KEYWORDS

TARGET is the class of a pipeline or step. KEYWORDS is a JSON file with the keyword arguments of its
``call``, of which ``output_dir`` must be one.
"""

import json
import sys
from pathlib import Path

NAMES = {
    "_0_ramp_fit": "_ramp_fit",
    "_1_ramp_fit": "_ramp_fitints",
    "_darkpipeline": "_dark",
    "_persistencestep": "_persistence",
}


def main(name, exposure, keywords_file):
    """Calibrate and give the products the suffixes that ours have."""
    from jwst import pipeline, step

    keywords = json.loads(Path(keywords_file).read_text())
    target = getattr(pipeline, name, None) or getattr(step, name)
    target.call(exposure, **keywords)
    for product in Path(keywords["output_dir"]).glob("*.fits"):
        for theirs, ours in NAMES.items():
            if product.stem.endswith(theirs):
                product.rename(product.with_stem(product.stem.removesuffix(theirs) + ours))


if __name__ == "__main__":
    main(*sys.argv[1:])
