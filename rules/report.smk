"""What a person looks at: each exposure in pictures and numbers, and tables of them all.

`snakemake --report report.html` gathers it, after the run, in one page.
"""

from snakewebb.report.facts import programme_of


report: "captions/run.rst"


rule quicklook:
    input:
        exposure=raw,
        products=lambda wildcards: RUN.final(wildcards.exposure),
    output:
        "<results>/quicklook/{exposure}.png",
        report(
            "<results>/report/{exposure}.html",
            caption="captions/exposure.rst",
            category=lambda wildcards: programme_of(wildcards.exposure),
            labels={"exposure": "{exposure}"},
        ),
        "<results>/report/{exposure}.json",
    log:
        "<results>/logs/{exposure}/quicklook.log",
    benchmark:
        "<results>/benchmarks/{exposure}/quicklook.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=of_picture("mem_mb"),
        runtime=of_picture("runtime"),
        disk_mb=of_picture("disk_mb"),
    params:
        source=source("report.pieces"),
        benchmarks=lambda wildcards: f"{CONFIG['results']}/benchmarks/{wildcards.exposure}",
    shell:
        'exec "$SNAKEWEBB_PYTHON" "$SNAKEWEBB_SCRIPTS/quicklook.py"'
        " --benchmarks {params.benchmarks:q} --read {input:q} --write {output:q} --log {log:q}"


rule overview:
    input:
        facts=lambda wildcards: RUN.all_facts(),
    output:
        report(
            "<results>/overview.html",
            caption="captions/overview.rst",
            category="All exposures",
            labels={"exposure": "table of all"},
        ),
    log:
        "<results>/logs/overview.log",
    benchmark:
        "<results>/benchmarks/overview.tsv"
    localrule: True
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
        disk_mb=10,
    params:
        facts=RUN.list_of_facts,
        source=source("report.overview"),
    shell:
        'exec "$SNAKEWEBB_PYTHON" "$SNAKEWEBB_SCRIPTS/overview.py"'
        " --read {params.facts:q} --write {output:q} --log {log:q}"


rule summary:
    input:
        products=lambda wildcards: RUN.all_final(),
    output:
        "<results>/summary.csv",
    log:
        "<results>/logs/summary.log",
    benchmark:
        "<results>/benchmarks/summary.tsv"
    localrule: True
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
        disk_mb=10,
    params:
        products=RUN.list_of_products,
        source=source("run.summary"),
    shell:
        'exec "$SNAKEWEBB_PYTHON" "$SNAKEWEBB_SCRIPTS/summary.py"'
        " --read {params.products:q} --write {output:q} --log {log:q}"
