"""What a person looks at: a picture of each exposure, and a table of the products."""


rule quicklook:
    input:
        exposure=raw,
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
        mem_mb=of_picture("mem_mb"),
        runtime=of_picture("runtime"),
        disk_mb=of_picture("disk_mb"),
    params:
        source=f"source = {digest_of_module('snakewebb.quicklook')}",
    shell:
        'exec "$SNAKEWEBB_PYTHON" "$SNAKEWEBB_SCRIPTS/quicklook.py"'
        " --read {input:q} --write {output:q} --log {log:q}"


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
        source=f"source = {digest_of_module('snakewebb.run.summary')}",
    shell:
        'exec "$SNAKEWEBB_PYTHON" "$SNAKEWEBB_SCRIPTS/summary.py"'
        " --read {params.products:q} --write {output:q} --log {log:q}"
