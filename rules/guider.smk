"""Guiders at work: from raw reads to calibrated images; dq_init is that of stage 1."""


use rule group_scale as guider_cds with:
    input:
        exposure=before("guider_cds"),
        references=references("guider_cds"),
    output:
        kept("guider_cds", "<results>/{exposure}_guider_cds.fits"),
    pathvars:
        step="guider_cds",
    resources:
        mem_mb=memory("guider_cds"),
        runtime=minutes("guider_cds"),
        disk_mb=disk("guider_cds"),
    params:
        step="guider_cds",
        plan=PLAN,
        changes=changes("guider_cds"),


use rule group_scale as flat_field with:
    input:
        exposure=before("flat_field"),
        references=references("flat_field"),
    output:
        "<results>/{exposure}_cal.fits",
    pathvars:
        step="flat_field",
    resources:
        mem_mb=memory("flat_field"),
        runtime=minutes("flat_field"),
        disk_mb=disk("flat_field"),
    params:
        step="flat_field",
        plan=PLAN,
        changes=changes("flat_field"),
