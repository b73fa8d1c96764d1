"""Subtract 1/f noise with weights learned from reference pixels (SIRS).

The reference columns on both sides of a detector see the drift from row to row of its outputs,
each in its own way. A convolution of each side estimates the drift of an output; its kernel
is the Fourier transform of the weights that make the expected square of what remains smallest
("Simple Improved Reference Subtraction"). Where reference pixels are missing it is a normalized
convolution, which estimates a constant drift as if none were.

References: Rauscher et al. (2022), JATIS 8, 028002, DOI 10.1117/1.JATIS.8.2.028002; JWST pipeline
documentation, "Reference Pixel Correction"; Knutsson & Westin (1993), "Normalized and differential
convolution", Proc. IEEE CVPR, 515.
"""

import numpy as np

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


def row_drift(strip, kernels, *, sigreject=4.0):
    r"""Return what the reference columns on one side tell of the drift from row to row.

    Values further from the median than `sigreject` times 1.48 median absolute deviations are left
    out. If none is, the row means :math:`m` convolved with the kernel :math:`k` of an output are
    the estimate of its drift. Else a row counts with the fraction :math:`w` of its values that
    are left, and their mean, and the estimate is scaled so that a constant drift has the same
    estimate as if none were missing:

    .. math:: d = (w m) * k \; \frac{1 * k}{w * k}

    :math:`m`, :math:`w` and 1 end with the rows; a convolution sees zero beyond them.

    Parameters
    ----------
    strip : ndarray, shape (ny, n), float, DN
        Reference columns of a frame, in the order of slow readout and free of the offsets of the
        outputs. NaN is left out.
    kernels : ndarray, shape (noutputs, m), float
        Convolution kernel of each output.
    sigreject : float
        Distance from the median beyond which a value is left out, in standard deviations.

    Returns
    -------
    ndarray, shape (noutputs, ny), float64, DN
        Drift of each output; zero where no value is left in reach of the kernel.
    """
    strip = strip.astype(np.float64)
    distance = np.abs(strip - np.nanmedian(strip))
    good = distance <= sigreject * MAD_TO_DEVIATION * np.nanmedian(distance)
    weight = good.mean(axis=-1)
    total = np.where(good, strip, 0).mean(axis=-1)
    signal, known, full = (
        _convolved(rows, kernels) for rows in (total, weight, np.ones_like(weight))
    )
    return signal * np.divide(full, known, out=np.zeros_like(known), where=known != 0)


def _convolved(rows, kernels):
    """Return the convolution of rows with each kernel, with zero beyond the ends."""
    reach = kernels.shape[-1] // 2
    return np.stack([np.convolve(rows, kernel)[reach : reach + rows.size] for kernel in kernels])
