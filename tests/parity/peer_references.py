"""Say which reference files jwst asks for.

Usage: .venv-peer/bin/python tests/parity/peer_references.py REQUEST

REQUEST is a JSON file: a list of exposures, each as pair of path and name of the pipeline. The
answer is JSON: the name of the best reference file by exposure, step and type.
"""

import json
import os
import sys
from pathlib import Path


def main(request):
    """Print the answer."""
    from jwst import pipeline
    from stdatamodels.jwst import datamodels

    answers = {}
    for path, name in json.loads(Path(request).read_text()):
        guider = name == "GuiderPipeline"
        opener = datamodels.GuiderRawModel if guider else datamodels.RampModel
        with opener(path) as model:
            steps = getattr(pipeline, name).step_defs
            answers[path] = {step: best_references(made(), model) for step, made in steps.items()}
    print(json.dumps(answers))


def best_references(step, model):
    """Return the name of the best file of each type that a step reads."""
    return {kind: best_reference(step, model, kind) for kind in step.reference_file_types}


def best_reference(step, model, kind):
    """Return the name of the best file of a type, or why there is none."""
    try:
        file = step.get_reference_file(model, kind)
    except Exception as fault:
        return f"NOT FOUND {fault}"
    return file if file == "N/A" else os.path.basename(file)


if __name__ == "__main__":
    main(*sys.argv[1:])
