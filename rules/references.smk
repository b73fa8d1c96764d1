"""Reference files that are not yet in the cache of CRDS: each is fetched once, for all exposures.

`snakemake --resources crds=2` lets two be fetched at a time. `snakemake bundle` packs the files of
CRDS that the run needs, to be carried to a machine without network.
"""

if RUN.absent:

    rule reference:
        output:
            f"{RUN.cache}/{{file}}",
        log:
            "<results>/logs/{file}.log",
        wildcard_constraints:
            file="|".join(map(re.escape, RUN.absent)),
        retries: 2
        localrule: True
        conda:
            "../envs/environment.yaml"
        threads: 1
        resources:
            mem_mb=300,
            runtime=30,
            crds=1,
        shell:
            'exec "$SNAKEWEBB_PYTHON" "$SNAKEWEBB_SCRIPTS/reference.py" --write {output:q} --log {log:q}'


rule bundle:
    input:
        ancient(RUN.from_crds),
    output:
        "<results>/bundle.tar",
    log:
        "<results>/logs/bundle.log",
    localrule: True
    conda:
        "../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=300,
    params:
        files=RUN.list_of_bundle,
        cache=lambda wildcards: str(RUN.cache),
    shell:
        'exec "$SNAKEWEBB_PYTHON" "$SNAKEWEBB_SCRIPTS/bundle.py" --cache {params.cache:q}'
        " --read {params.files:q} --write {output:q} --log {log:q}"
