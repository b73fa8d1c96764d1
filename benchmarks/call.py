"""What is measured of either package: ``call.py PACKAGE EXPOSURE FOLDER STEPS``."""

import importlib
import json
import sys

if __name__ == "__main__":
    package, exposure, folder, steps = sys.argv[1:]
    pipeline = importlib.import_module(f"{package}.pipeline").Detector1Pipeline
    pipeline.call(exposure, save_results=True, output_dir=folder, steps=json.loads(steps))
