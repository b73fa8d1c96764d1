"""Read an exposure and its references and write products, without any calibration.

    python -m benchmarks.floor snakewebb EXPOSURE FOLDER STEPS
    python -m benchmarks.floor plain EXPOSURE FOLDER STEPS

The first reads as snakewebb does, and leaves the names of the references beside the folder; the
second reads the same with nothing but stdatamodels and astropy.
"""

import json
import sys
from pathlib import Path

import numpy as np

REFERENCES = "references.json"
ARRAYS = ("data", "dq", "err", "var_poisson", "var_rnoise")


def with_snakewebb(exposure, folder, steps):
    """Read as a run of the pipeline does, and write what takes the place of its products."""
    from snakewebb.pipelines import DETECTOR1
    from snakewebb.run import crds, files
    from snakewebb.run.plan import make_plan, user_layers
    from snakewebb.run.references import Shelf

    model = files.open_exposure(exposure, "ramp").model
    keys = model.get_crds_parameters()
    layers = [
        *crds.parameter_layers(DETECTOR1, keys),
        *user_layers(DETECTOR1, {"steps": steps}, None),
    ]
    plan = make_plan(DETECTOR1, keys, exposure, layers)
    shelf = Shelf(model)
    chosen = {c.file: c for of_step in plan.choices.values() for c in of_step.values() if c.file}
    for choice in chosen.values():
        reference = shelf.get(choice)
        for content in choice.reference.contents:
            getattr(reference, content.name, None)
    (folder.parent / REFERENCES).write_text(json.dumps(list(chosen)))
    for name, product in products(model):
        files.save(product, folder / f"{name}.fits")


def plainly(exposure, folder):
    """Read and write with stdatamodels and astropy."""
    from astropy.io import fits
    from stdatamodels.jwst import datamodels

    model = datamodels.RampModel(exposure)
    for path in json.loads((folder.parent / REFERENCES).read_text()):
        if path.endswith(".fits"):
            with fits.open(path, memmap=False) as hdus:
                for hdu in hdus:
                    _ = hdu.data
        else:
            with datamodels.open(path) as reference:
                reference.to_flat_dict()
    for name, product in products(model):
        product.save(str(folder / f"{name}.fits"))


def products(model):
    """Yield the names of the products of a ramp, and products of their shapes."""
    from stdatamodels.jwst import datamodels

    nints, _, ny, nx = model.data.shape
    for name, kind, shape in (
        ("rate", datamodels.ImageModel, (ny, nx)),
        ("rateints", datamodels.CubeModel, (nints, ny, nx)),
    ):
        product = kind()
        product.update(model)
        for array in ARRAYS:
            setattr(product, array, np.zeros(shape, np.uint32 if array == "dq" else np.float32))
        yield name, product


def main():
    """Do what the command line says."""
    how, exposure, folder, steps = sys.argv[1:]
    if how == "snakewebb":
        with_snakewebb(exposure, Path(folder), json.loads(steps))
    else:
        plainly(exposure, Path(folder))


if __name__ == "__main__":
    main()
