"""From raw JWST exposures to science products: see README.md."""

from pathlib import Path

from snakemake.utils import min_version

min_version("9.27")


configfile: Path(workflow.basedir) / "config" / "config.yaml"


include: "rules/common.smk"


pathvars:
    results=config["results"],


if RUN.by_stage:

    include: "rules/stages.smk"

else:

    include: "rules/detector1.smk"
    include: "rules/guider.smk"


include: "rules/report.smk"


wildcard_constraints:
    exposure="[^/]+",


localrules:
    all,


rule all:
    default_target: True
    input:
        [product for root in RUN.exposures for product in RUN.final(root)],
        pictures(),
        f"{config['results']}/summary.csv",
