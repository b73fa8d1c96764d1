"""A pipeline in one job for each exposure: the same products, without files between steps."""


rule detector1:
    input:
        exposure=lambda wildcards: RUN.exposures[wildcards.exposure].path,
        references=ancient(lambda wildcards: RUN.references_of_stage(wildcards.exposure)),
    output:
        expand(
            "<results>/{{exposure}}_{product}", product=RUN.suffixes_of_stage("Detector1Pipeline")
        ),
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


use rule detector1 as dark with:
    output:
        expand("<results>/{{exposure}}_{product}", product=RUN.suffixes_of_stage("DarkPipeline")),
    log:
        "<results>/logs/{exposure}/dark.log",
    benchmark:
        "<results>/benchmarks/{exposure}/dark.tsv"


use rule detector1 as guider with:
    output:
        expand("<results>/{{exposure}}_{product}", product=RUN.suffixes_of_stage("GuiderPipeline")),
    log:
        "<results>/logs/{exposure}/guider.log",
    benchmark:
        "<results>/benchmarks/{exposure}/guider.tsv"
