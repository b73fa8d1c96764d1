"""What a person looks at: a picture of each exposure, and a table of the products."""


rule quicklook:
    input:
        exposure=lambda wildcards: RUN.exposures[wildcards.exposure].path,
        products=lambda wildcards: RUN.final(wildcards.exposure),
    output:
        "<results>/quicklook/{exposure}.png",
    log:
        "<results>/logs/{exposure}/quicklook.log",
    benchmark:
        "<results>/benchmarks/{exposure}/quicklook.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    script:
        "../scripts/quicklook.py"


rule summary:
    input:
        products=[product for root in RUN.exposures for product in RUN.final(root)],
    output:
        "<results>/summary.csv",
    log:
        "<results>/logs/summary.log",
    benchmark:
        "<results>/benchmarks/summary.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=500,
    script:
        "../scripts/summary.py"
