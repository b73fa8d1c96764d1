"""A pipeline in one job for each exposure: the same products, without files between steps.

A rule for each pipeline of the run, and for each other list of products that exposures have.
"""

for name, exposures, suffixes in RUN.stages():

    rule:
        name:
            name
        input:
            exposure=raw,
            references=ancient(lambda wildcards: RUN.references_of_stage(wildcards.exposure)),
            earlier=lambda wildcards: RUN.earlier(wildcards.exposure),
        output:
            expand("<results>/{{exposure}}_{suffix}.fits", suffix=suffixes),
        log:
            f"<results>/logs/{{exposure}}/{name}.log",
        benchmark:
            f"<results>/benchmarks/{{exposure}}/{name}.tsv"
        wildcard_constraints:
            exposure=exposures,
        conda:
            "../envs/environment.yaml"
        threads: THREADS
        resources:
            mem_mb=memory(),
            runtime=minutes(),
            disk_mb=disk(),
        params:
            plan=PLAN,
            changes=lambda wildcards: RUN.changes_of_stage(wildcards.exposure),
        shell:
            'exec "$SNAKEWEBB_PYTHON" "$SNAKEWEBB_SCRIPTS/stage.py" --plan {params.plan:q}'
            " --read {input.exposure:q} --write {output:q} --log {log:q} --threads {threads}"
