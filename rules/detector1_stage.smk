"""Stage 1 in one job for each exposure: the same products, without reading and writing between steps."""


rule detector1:
    input:
        exposure=lambda wildcards: RUN.exposures[wildcards.exposure].path,
        references=ancient(lambda wildcards: RUN.references_of_stage(wildcards.exposure)),
    output:
        expand("<results>/{{exposure}}_{product}", product=RUN.suffixes_of_stage),
    log:
        "<results>/logs/{exposure}/detector1.log",
    benchmark:
        "<results>/benchmarks/{exposure}/detector1.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=memory,
    params:
        plan=plan,
        kept=sorted(RUN.kept),
        changes=lambda wildcards: RUN.changes_of_stage(wildcards.exposure),
    script:
        "../scripts/stage.py"
