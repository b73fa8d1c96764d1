"""Stage 1: from raw ramps to count rates, one rule a step.

The first rule is written out; each of the others says only what differs. A step that is left out
for an exposure has no job: the next one starts from the product before it.

Rules call their script by `shell`: Snakemake would run `script` again whenever the file has another
date, as in a fresh checkout. What a step's numbers depend on is in the parameter `changes`.
"""


rule group_scale:
    input:
        exposure=before("group_scale"),
        references=references("group_scale"),
    output:
        kept("group_scale", "<results>/{exposure}_group_scale.fits"),
    log:
        "<results>/logs/{exposure}/<step>.log",
    benchmark:
        "<results>/benchmarks/{exposure}/<step>.tsv"
    pathvars:
        step="group_scale",
    conda:
        "../envs/environment.yaml"
    threads: THREADS
    resources:
        mem_mb=memory("group_scale"),
        runtime=minutes("group_scale"),
        disk_mb=disk("group_scale"),
    params:
        step="group_scale",
        plan=PLAN,
        changes=changes("group_scale"),
    shell:
        'exec "$SNAKEWEBB_PYTHON" "$SNAKEWEBB_SCRIPTS/step.py" --step {params.step} --plan {params.plan:q}'
        " --read {input.exposure:q} --write {output:q} --log {log:q} --threads {threads}"


use rule group_scale as dq_init with:
    input:
        exposure=before("dq_init"),
        references=references("dq_init"),
    output:
        kept("dq_init", "<results>/{exposure}_dq_init.fits"),
    pathvars:
        step="dq_init",
    resources:
        mem_mb=memory("dq_init"),
        runtime=minutes("dq_init"),
        disk_mb=disk("dq_init"),
    params:
        step="dq_init",
        plan=PLAN,
        changes=changes("dq_init"),


use rule group_scale as emicorr with:
    input:
        exposure=before("emicorr"),
        references=references("emicorr"),
    output:
        kept("emicorr", "<results>/{exposure}_emicorr.fits"),
    pathvars:
        step="emicorr",
    resources:
        mem_mb=memory("emicorr"),
        runtime=minutes("emicorr"),
        disk_mb=disk("emicorr"),
    params:
        step="emicorr",
        plan=PLAN,
        changes=changes("emicorr"),


use rule group_scale as saturation with:
    input:
        exposure=before("saturation"),
        references=references("saturation"),
    output:
        kept("saturation", "<results>/{exposure}_saturation.fits"),
    pathvars:
        step="saturation",
    resources:
        mem_mb=memory("saturation"),
        runtime=minutes("saturation"),
        disk_mb=disk("saturation"),
    params:
        step="saturation",
        plan=PLAN,
        changes=changes("saturation"),


use rule group_scale as ipc with:
    input:
        exposure=before("ipc"),
        references=references("ipc"),
    output:
        kept("ipc", "<results>/{exposure}_ipc.fits"),
    pathvars:
        step="ipc",
    resources:
        mem_mb=memory("ipc"),
        runtime=minutes("ipc"),
        disk_mb=disk("ipc"),
    params:
        step="ipc",
        plan=PLAN,
        changes=changes("ipc"),


use rule group_scale as firstframe with:
    input:
        exposure=before("firstframe"),
        references=references("firstframe"),
    output:
        kept("firstframe", "<results>/{exposure}_firstframe.fits"),
    pathvars:
        step="firstframe",
    resources:
        mem_mb=memory("firstframe"),
        runtime=minutes("firstframe"),
        disk_mb=disk("firstframe"),
    params:
        step="firstframe",
        plan=PLAN,
        changes=changes("firstframe"),


use rule group_scale as lastframe with:
    input:
        exposure=before("lastframe"),
        references=references("lastframe"),
    output:
        kept("lastframe", "<results>/{exposure}_lastframe.fits"),
    pathvars:
        step="lastframe",
    resources:
        mem_mb=memory("lastframe"),
        runtime=minutes("lastframe"),
        disk_mb=disk("lastframe"),
    params:
        step="lastframe",
        plan=PLAN,
        changes=changes("lastframe"),


use rule group_scale as reset with:
    input:
        exposure=before("reset"),
        references=references("reset"),
    output:
        kept("reset", "<results>/{exposure}_reset.fits"),
    pathvars:
        step="reset",
    resources:
        mem_mb=memory("reset"),
        runtime=minutes("reset"),
        disk_mb=disk("reset"),
    params:
        step="reset",
        plan=PLAN,
        changes=changes("reset"),


use rule group_scale as superbias with:
    input:
        exposure=before("superbias"),
        references=references("superbias"),
    output:
        kept("superbias", "<results>/{exposure}_superbias.fits"),
    pathvars:
        step="superbias",
    resources:
        mem_mb=memory("superbias"),
        runtime=minutes("superbias"),
        disk_mb=disk("superbias"),
    params:
        step="superbias",
        plan=PLAN,
        changes=changes("superbias"),


use rule group_scale as refpix with:
    input:
        exposure=before("refpix"),
        references=references("refpix"),
    output:
        kept("refpix", "<results>/{exposure}_refpix.fits"),
    pathvars:
        step="refpix",
    resources:
        mem_mb=memory("refpix"),
        runtime=minutes("refpix"),
        disk_mb=disk("refpix"),
    params:
        step="refpix",
        plan=PLAN,
        changes=changes("refpix"),


use rule group_scale as linearity with:
    input:
        exposure=before("linearity"),
        references=references("linearity"),
    output:
        kept("linearity", "<results>/{exposure}_linearity.fits"),
    pathvars:
        step="linearity",
    resources:
        mem_mb=memory("linearity"),
        runtime=minutes("linearity"),
        disk_mb=disk("linearity"),
    params:
        step="linearity",
        plan=PLAN,
        changes=changes("linearity"),


use rule group_scale as rscd with:
    input:
        exposure=before("rscd"),
        references=references("rscd"),
    output:
        kept("rscd", "<results>/{exposure}_rscd.fits"),
    pathvars:
        step="rscd",
    resources:
        mem_mb=memory("rscd"),
        runtime=minutes("rscd"),
        disk_mb=disk("rscd"),
    params:
        step="rscd",
        plan=PLAN,
        changes=changes("rscd"),


use rule group_scale as dark_current with:
    input:
        exposure=before("dark_current"),
        references=references("dark_current"),
    output:
        kept("dark_current", "<results>/{exposure}_dark_current.fits"),
    pathvars:
        step="dark_current",
    resources:
        mem_mb=memory("dark_current"),
        runtime=minutes("dark_current"),
        disk_mb=disk("dark_current"),
    params:
        step="dark_current",
        plan=PLAN,
        changes=changes("dark_current"),


use rule group_scale as charge_migration with:
    input:
        exposure=before("charge_migration"),
        references=references("charge_migration"),
    output:
        kept("charge_migration", "<results>/{exposure}_charge_migration.fits"),
    pathvars:
        step="charge_migration",
    resources:
        mem_mb=memory("charge_migration"),
        runtime=minutes("charge_migration"),
        disk_mb=disk("charge_migration"),
    params:
        step="charge_migration",
        plan=PLAN,
        changes=changes("charge_migration"),


use rule group_scale as jump with:
    input:
        exposure=before("jump"),
        references=references("jump"),
    output:
        kept("jump", "<results>/{exposure}_jump.fits"),
    pathvars:
        step="jump",
    resources:
        mem_mb=memory("jump"),
        runtime=minutes("jump"),
        disk_mb=disk("jump"),
    params:
        step="jump",
        plan=PLAN,
        changes=changes("jump"),


use rule group_scale as picture_frame with:
    input:
        exposure=before("picture_frame"),
        references=references("picture_frame"),
    output:
        kept("picture_frame", "<results>/{exposure}_picture_frame.fits"),
    pathvars:
        step="picture_frame",
    resources:
        mem_mb=memory("picture_frame"),
        runtime=minutes("picture_frame"),
        disk_mb=disk("picture_frame"),
    params:
        step="picture_frame",
        plan=PLAN,
        changes=changes("picture_frame"),


use rule group_scale as clean_flicker_noise with:
    input:
        exposure=before("clean_flicker_noise"),
        references=references("clean_flicker_noise"),
    output:
        kept("clean_flicker_noise", "<results>/{exposure}_clean_flicker_noise.fits"),
    pathvars:
        step="clean_flicker_noise",
    resources:
        mem_mb=memory("clean_flicker_noise"),
        runtime=minutes("clean_flicker_noise"),
        disk_mb=disk("clean_flicker_noise"),
    params:
        step="clean_flicker_noise",
        plan=PLAN,
        changes=changes("clean_flicker_noise"),


use rule group_scale as persistence with:
    input:
        exposure=before("persistence"),
        references=references("persistence"),
        earlier=lambda wildcards: RUN.earlier(wildcards.exposure),
    output:
        kept("persistence", "<results>/{exposure}_persistence.fits"),
    pathvars:
        step="persistence",
    resources:
        mem_mb=memory("persistence"),
        runtime=minutes("persistence"),
        disk_mb=disk("persistence"),
    params:
        step="persistence",
        plan=PLAN,
        changes=changes("persistence"),


if RUN.exposures_with("persistence"):

    ruleorder: persistence_traps > persistence

    use rule persistence as persistence_traps with:
        output:
            kept("persistence", "<results>/{exposure}_persistence.fits"),
            "<results>/{exposure}_trapsfilled.fits",
        wildcard_constraints:
            exposure=RUN.exposures_with("persistence"),


use rule group_scale as ramp_fit with:
    input:
        exposure=before("ramp_fit"),
        references=references("ramp_fit"),
    output:
        kept("ramp_fit", "<results>/{exposure}_ramp_fit.fits"),
        kept("ramp_fit", "<results>/{exposure}_ramp_fitints.fits"),
    pathvars:
        step="ramp_fit",
    resources:
        mem_mb=memory("ramp_fit"),
        runtime=minutes("ramp_fit"),
        disk_mb=disk("ramp_fit"),
    params:
        step="ramp_fit",
        plan=PLAN,
        changes=changes("ramp_fit"),


use rule group_scale as gain_scale with:
    input:
        exposure=before("gain_scale"),
        references=references("gain_scale"),
    output:
        "<results>/{exposure}_rate.fits",
        "<results>/{exposure}_rateints.fits",
    pathvars:
        step="gain_scale",
    resources:
        mem_mb=memory("gain_scale"),
        runtime=minutes("gain_scale"),
        disk_mb=disk("gain_scale"),
    params:
        step="gain_scale",
        plan=PLAN,
        changes=changes("gain_scale"),


rule calibrated_ramp:
    input:
        exposure=lambda wildcards: RUN.ramp(wildcards.exposure),
    output:
        "<results>/{exposure}_ramp.fits",
    log:
        "<results>/logs/{exposure}/calibrated_ramp.log",
    benchmark:
        "<results>/benchmarks/{exposure}/calibrated_ramp.tsv"
    conda:
        "../envs/environment.yaml"
    threads: THREADS
    resources:
        mem_mb=memory("calibrated_ramp"),
        runtime=minutes("calibrated_ramp"),
        disk_mb=disk("calibrated_ramp"),
    params:
        plan=PLAN,
    shell:
        'exec "$SNAKEWEBB_PYTHON" "$SNAKEWEBB_SCRIPTS/calibrated_ramp.py" --plan {params.plan:q}'
        " --read {input.exposure:q} --write {output:q} --log {log:q}"


use rule calibrated_ramp as dark with:
    output:
        "<results>/{exposure}_dark.fits",
    log:
        "<results>/logs/{exposure}/dark.log",
    benchmark:
        "<results>/benchmarks/{exposure}/dark.tsv"
