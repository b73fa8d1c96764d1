"""Subtract 1/f noise with weights learned from reference pixels (SIRS).

The reference columns on both sides of a detector see the drift from row to row of its outputs,
each in its own way. A convolution of each side estimates the drift of an output; its kernel
is the Fourier transform of the weights that make the expected square of what remains smallest
("Simple Improved Reference Subtraction").

Reference: Rauscher et al. (2022), JATIS 8, 028002, DOI 10.1117/1.JATIS.8.2.028002.
"""

import numpy as np

BORDER = 4
"""Width of the border of reference pixels."""

MAD_TO_DEVIATION = 1.48
"""Standard deviation of a normal distribution in units of its median absolute deviation."""


def convolution_kernels(coefficients, *, halfwidth=30, gaussmooth=1.0):
    r"""Return the convolution kernels of Fourier coefficients.

    .. math:: k = \mathcal F^{-1}(\gamma) * g, \quad g_n \propto e^{-n^2 / 2 \sigma^2}

    Both are cut off at a distance of `halfwidth`; :math:`g` adds up to one.

    Parameters
    ----------
    coefficients : ndarray, shape (noutputs, n), complex
        Fourier coefficients of real kernels, from frequency 0 to half the sampling.
    halfwidth : int
        Largest distance that a kernel reaches, in rows.
    gaussmooth : float
        Width :math:`\sigma` of a smoothing, in rows; 0 for none.

    Returns
    -------
    ndarray, shape (noutputs, 2 halfwidth + 1), float64

    Raises
    ------
    ValueError
        If the kernels are shorter than they are to reach.
    """
    kernels = np.fft.irfft(coefficients, axis=-1)
    if kernels.shape[-1] <= 2 * halfwidth:
        raise ValueError(
            f"kernels of {kernels.shape[-1]} rows do not reach a halfwidth of {halfwidth}"
        )
    distance = np.arange(-halfwidth, halfwidth + 1)
    kernels = kernels[..., distance]
    if gaussmooth == 0:
        return kernels
    smoothing = np.exp(-np.square(distance / gaussmooth) / 2)
    smoothing /= smoothing.sum()
    return np.stack([np.convolve(kernel, smoothing, mode="same") for kernel in kernels])


def subtract_row_drifts(ramp, left, right, *, sigreject=4.0, out=None):
    r"""Subtract the drift from row to row that the reference columns on both sides show.

    In each frame and on each side, values further from the median than `sigreject` times 1.48
    median absolute deviations are left out. With :math:`m` the mean of those left in a row
    and :math:`w` their fraction, a side contributes to the drift of output :math:`k`

    .. math:: (m w) * k \; \frac{1 * k}{w * k}

    Beyond the ends :math:`m` and :math:`w` are zero, and 1 as well.

    Parameters
    ----------
    ramp : ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Detector in detector orientation, free of the offsets of its outputs. NaN does not count
        as reference and else stays where it is.
    left, right : ndarray, shape (noutputs, n), float
        Convolution kernels of the outputs, which read as many columns each, side by side.
    sigreject : float
        Distance from the median beyond which a value is left out, in standard deviations.
    out : ndarray, optional
        Where the result goes, of the shape of `ramp`; may be `ramp` itself.

    Returns
    -------
    ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Ramp without drifts, reference pixels included.

    Raises
    ------
    ValueError
        If the columns cannot be shared among the outputs.
    """
    if len(left) != len(right) or ramp.shape[-1] % len(left):
        raise ValueError(
            f"{len(left)} and {len(right)} kernels do not fit {ramp.shape[-1]} columns"
        )
    out = np.empty_like(ramp) if out is None else out
    width = ramp.shape[-1] // len(left)
    for frames, results in zip(ramp, out, strict=True):
        for frame, result in zip(frames, results, strict=True):
            drift = _drift(frame[:, :BORDER], left, sigreject)
            drift += _drift(frame[:, -BORDER:], right, sigreject)
            for k, rows in enumerate(drift.astype(np.float32)):
                columns = np.s_[:, k * width : (k + 1) * width]
                np.subtract(frame[columns], rows[:, np.newaxis], out=result[columns])
    return out


def _drift(strip, kernels, sigreject):
    """Return what a strip of reference columns tells of the drift of each output."""
    strip = strip.astype(np.float64)
    distance = np.abs(strip - np.nanmedian(strip))
    good = distance <= sigreject * MAD_TO_DEVIATION * np.nanmedian(distance)
    weight = good.mean(axis=-1)
    total = np.where(good, strip, 0).mean(axis=-1)
    ones = np.ones_like(weight)
    signal, known, full = (
        np.stack([np.convolve(values, kernel, mode="same") for kernel in kernels])
        for values in (total, weight, ones)
    )
    return signal * np.divide(full, known, out=np.zeros_like(known), where=known != 0)
