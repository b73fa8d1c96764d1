"""Correction of electromagnetic interference."""

import numpy as np

from snakewebb.kernels import emicorr_joint as joint
from snakewebb.kernels import emicorr_readout as readout
from snakewebb.kernels import emicorr_sequential as sequential
from snakewebb.steps.declaration import Extra, NotApplicable, Parameter, Step
from snakewebb.steps.readout import frame_time
from snakewebb.steps.reference_types import EMICORR

SPEEDS = {"FAST": "FAST", "FASTR1": "FAST", "SLOW": "SLOW", "SLOWR1": "SLOW"}
"""Speed of readout by readout pattern; others average groups of different times."""

LAUNCH = "2021-12-25"
"""Date of a new reference where the exposure does not tell one."""

SAMPLES = {"FAST": 1, "SLOW": 9}
"""Samples of a pixel by speed, where the exposure does not tell them."""


def apply(model, references, parameters):
    """Subtract the wave of each frequency in turn."""
    refuse_other_readouts(model)
    if parameters.onthefly_corr_freq:
        refuse_short_ramps(model, sequential)
        return correct_on_the_fly(model, parameters)
    refuse_short_ramps(model, sequential if parameters.algorithm == "sequential" else joint)
    if references.emicorr is None:
        raise NotApplicable("there is no reference of type emicorr and no frequency to correct")
    correct_by_reference(model, references.emicorr.instance, parameters)
    return None


def refuse_other_readouts(model):
    """Raise unless the times at which pixels are read are known."""
    if model.meta.exposure.readpatt not in SPEEDS:
        raise NotApplicable(f"exposures in {model.meta.exposure.readpatt} are not corrected")


def refuse_short_ramps(model, algorithm):
    """Raise unless ramps are long enough."""
    ngroups = model.data.shape[1]
    if ngroups < algorithm.FEWEST_GROUPS:
        raise NotApplicable(f"{ngroups} groups are too few for this algorithm")


def correct_by_reference(model, reference, parameters):
    """Subtract the waves that a reference has for the exposure."""
    case = reference["subarray_cases"].get(case_name(model.meta), {})
    names = frequency_names(case, model.meta)
    subtract = subtract_sequentially if parameters.algorithm == "sequential" else subtract_jointly
    times = read_times(model, case["rowclocks"], case["frameclocks"])
    for name in names:
        wave = reference["frequencies"][name]
        shape = np.array(wave["phase_amplitudes"], dtype=np.float32)
        subtract(model, times, wave["frequency"], shape, case["frameclocks"], parameters)


def subtract_sequentially(model, times, frequency, shape, frameclocks, parameters):
    """Subtract a wave of known shape that was matched to what a line leaves of the ramps."""
    sequential.subtract_wave(
        model.data,
        times,
        frequency,
        fold(model, times, frequency, frameclocks, parameters),
        reference=shape,
        scale=parameters.scale_reference,
        out=model.data,
    )


def subtract_jointly(model, times, frequency, shape, _, parameters):
    """Subtract a wave of known shape that was fitted together with the ramps."""
    fit = joint.fit_wave(
        model.data,
        model.pixeldq == 0,
        times,
        frequency,
        shape,
        separately=parameters.fit_ints_separately,
    )
    joint.subtract_wave(model.data, times, frequency, shape, *fit, out=model.data)


def correct_on_the_fly(model, parameters):
    """Subtract the waves that the exposure itself shows."""
    clocks = readout.clocks_of_frame(frame_time(model.meta.exposure), model.data.shape[-2])
    times = read_times(model, *clocks)
    waves = {}
    for frequency in parameters.onthefly_corr_freq:
        amplitudes = fold(model, times, frequency, clocks[1], parameters)
        sequential.subtract_wave(model.data, times, frequency, amplitudes, out=model.data)
        waves[str(frequency)] = {"frequency": frequency, "phase_amplitudes": amplitudes}
    if not parameters.save_intermediate_results:
        return None
    return Extra(reference_from(waves, clocks, model.meta), "emi_ref_waves", extension=".asdf")


def case_name(meta):
    """Return the name of the exposure's subarray, as a reference has it."""
    name = meta.subarray.name
    return f"FULL_{SPEEDS[meta.exposure.readpatt]}" if name == "FULL" else name


def frequency_names(case, meta):
    """Return the names of the frequencies that a reference has for an exposure."""
    names = case.get("freqs", {}).get(SPEEDS[meta.exposure.readpatt], [])
    names = names.get(meta.instrument.detector, []) if isinstance(names, dict) else names
    if not names:
        raise NotApplicable(
            f"the emicorr reference has no frequency for {meta.instrument.detector}, "
            f"{meta.subarray.name}, {meta.exposure.readpatt}"
        )
    return names


def read_times(model, rowclocks, frameclocks):
    """Return when the pixels of an exposure are read."""
    exposure = model.meta.exposure
    return readout.read_times(
        model.data.shape,
        nsamples=exposure.nsamples or SAMPLES[SPEEDS[exposure.readpatt]],
        rowclocks=rowclocks,
        resetclocks=frameclocks,
    )


def fold(model, times, frequency, frameclocks, parameters):
    """Return the wave of a frequency that the exposure shows."""
    nints = parameters.nints_to_phase
    if nints is None and parameters.use_n_cycles is not None:
        integration = model.data.shape[1] * frameclocks
        nints = sequential.integrations_to_fold(parameters.use_n_cycles, frequency, integration)
    return sequential.fold_ramps(model.data, times, frequency, nbins=parameters.nbins, nints=nints)


def reference_from(waves, clocks, meta):
    """Return a reference of the waves that were found in an exposure."""
    from stdatamodels.jwst.datamodels import EmiModel

    speed = SPEEDS[meta.exposure.readpatt]
    names = list(waves) if speed == "FAST" else {meta.instrument.detector: list(waves)}
    case = dict(zip(("rowclocks", "frameclocks"), clocks, strict=True), freqs={speed: names})
    reference = EmiModel()
    reference.frequencies = waves
    reference.subarray_cases = {case_name(meta): case}
    reference.meta.author = "snakewebb"
    reference.meta.description = f"Waves of interference in {meta.filename}"
    reference.meta.pedigree = "GROUND"
    reference.meta.useafter = f"{meta.observation.date or LAUNCH}T00:00:00"
    return reference


STEP = Step(
    name="emicorr",
    class_name="EmiCorrStep",
    package="emicorr",
    title="Subtract the stripes that electromagnetic interference leaves in the image (MIRI).",
    apply=apply,
    status="emicorr",
    kernels=(
        "blocks",
        "emicorr_joint",
        "emicorr_readout",
        "emicorr_sequential",
        "ordered_planes",
        "plane_median",
        "sigma_clipping",
    ),
    parameters=(
        Parameter(
            "algorithm",
            str,
            "joint",
            "Fit the wave to ramps of which a line was subtracted (sequential), or both at once.",
            choices=("sequential", "joint"),
        ),
        Parameter(
            "nints_to_phase",
            int,
            None,
            "Number of integrations to find the wave in (sequential), before use_n_cycles.",
            unit="integrations",
            minimum=1,
        ),
        Parameter(
            "nbins",
            int,
            None,
            "Number of bins of the wave, up to 500; default: half as many as its period has clock "
            "cycles of 10 microseconds (sequential).",
            unit="bins",
            minimum=1,
        ),
        Parameter(
            "scale_reference",
            bool,
            True,
            "Scale the reference wave to the one found (sequential).",
        ),
        Parameter(
            "onthefly_corr_freq",
            float,
            None,
            "Frequencies whose wave is taken from the exposure instead of the reference; the "
            "algorithm is the sequential one then.",
            unit="Hz",
            minimum=1e-3,
            maximum=50000,
            many=True,
        ),
        Parameter(
            "use_n_cycles",
            int,
            3,
            "Number of periods of the wave that the integrations to find it in must span; "
            "None for all integrations (sequential).",
            unit="periods",
            minimum=0,
            nullable=True,
        ),
        Parameter(
            "fit_ints_separately",
            bool,
            False,
            "Fit amplitude and phase for each integration on its own (joint).",
        ),
        Parameter(
            "user_supplied_reffile",
            str,
            None,
            "Path of a reference used instead of the best one, as with `override_emicorr`.",
            file=True,
        ),
        Parameter(
            "save_intermediate_results",
            bool,
            False,
            "Save the waves of onthefly_corr_freq as a reference file.",
            pixels=False,
        ),
    ),
    references=(EMICORR.optional().named_by_parameter("user_supplied_reffile"),),
    skip=True,
    instruments=("MIRI",),
)
