"""Draw the rules of the workflow: `make dag` writes dag.svg, by dot of graphviz.

Three small exposures need all rules that a run has unless told otherwise: of a near-infrared
detector, of MIRI, and of a guider at work.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from snakewebb.demo import Exposure, environment, make_cache, make_exposure

HERE = Path(__file__).parent
POINTING = {"ra": 80.0, "dec": -69.0, "ngroups": 2, "nints": 1}
EXPOSURES = (
    Exposure(
        root="jw09000001001_02101_00001_nis",
        detector="NIS",
        filter="F380M",
        pupil="CLEARP",
        exp_type="NIS_IMAGE",
        subarray="SUB64",
        readpatt="NIS",
        **POINTING,
    ),
    Exposure(
        root="jw09000001001_02101_00001_mirimage",
        detector="MIRIMAGE",
        filter="F770W",
        exp_type="MIR_IMAGE",
        subarray="SUB64",
        readpatt="FASTR1",
        **POINTING,
    ),
    Exposure(
        root="jw09000001001_gs-track_2024061120000",
        detector="GUIDER1",
        exp_type="FGS_TRACK",
        subarray="8X8",
        readpatt="TRACK",
        **POINTING,
    ),
)


def graph(folder):
    """Return the graph of the rules for the exposures, in the language of dot."""
    context = make_cache(EXPOSURES, folder / "crds")
    paths = [str(make_exposure(exposure, folder)) for exposure in EXPOSURES]
    config = folder / "config.yaml"
    config.write_text(yaml.safe_dump({"exposures": paths, "results": str(folder / "results")}))
    snakefile = HERE.parents[1] / "Snakefile"
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(snakefile)]
    command += ["--configfile", str(config), "--rulegraph", "dot", "--quiet", "all"]
    variables = {**os.environ, **environment(folder / "crds", context)}
    done = subprocess.run(command, env=variables, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout[done.stdout.index("digraph") :]


def plain(dot):
    """Return a graph in quiet colours, without what dot would be told by default."""
    dot = re.sub(r', color = "[^"]*", style="[^"]*"', "", dot)
    head = (
        'node [shape=box, style="rounded,filled", fillcolor="#eef2f5", color="#aab4bb",'
        ' fontname="Helvetica", fontsize=11, height=0.3, margin="0.12,0.04"];\n'
        'edge [color="#7d8a96", penwidth=1.2, arrowsize=0.7];\nranksep=0.25; nodesep=0.3;\n'
    )
    return re.sub(r"(digraph \w+ \{).*?(?=\s\d+\[)", lambda m: m[1] + "\n" + head, dot, flags=re.S)


def main():
    """Write the picture."""
    with TemporaryDirectory() as folder:
        dot = plain(graph(Path(folder)))
    command = ["dot", "-Tsvg", "-o", str(HERE / "dag.svg")]
    subprocess.run(command, input=dot, text=True, check=True)


if __name__ == "__main__":
    main()
