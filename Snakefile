"""From raw JWST exposures to science products: see README.md."""

from pathlib import Path

from snakemake.utils import min_version

min_version("9.27")


configfile: Path(str(workflow.current_basedir)) / "config" / "config.yaml"


include: "rules/common.smk"


pathvars:
    results=CONFIG["results"],


include: "rules/references.smk"


if RUN.by_stage:

    include: "rules/stages.smk"

else:

    include: "rules/detector1.smk"
    include: "rules/guider.smk"


include: "rules/report.smk"


wildcard_constraints:
    exposure="[^/]+",


onstart:
    begin()


onsuccess:
    RUN.end()


rule all:
    default_target: True
    input:
        lambda wildcards: RUN.all_final(),
        looked_at(),
        f"{CONFIG['results']}/summary.csv",
    localrule: True
