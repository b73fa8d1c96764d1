r"""Model the flicker (1/f) noise of a detector in frequency space, from pixels that show no source.

The noise of a line of pixels that are read one after the other is taken for a sum of slow waves.
Their amplitudes are fitted to the good pixels, weighted so that sparse stretches of a line count
like dense ones, and fade out towards a limiting frequency.

Only waves of positive frequency :math:`k` are fitted, those of negative frequency follow as their
conjugates. The amplitudes :math:`c` solve normal equations whose matrix depends on differences of
frequencies only, so that Fourier transforms of the weights and of the weighted pixels give it:

.. math:: \sum_k c_k \sum_p w_p^2 e^{2 \pi i (k - j) p / N} = \sum_p w_p^2 d_p e^{-2 \pi i j p / N}

Reference: Rauscher (2024), "NSClean: An Algorithm for Removing Correlated Noise from JWST NIRSpec
Images", PASP 136, 015001, DOI 10.1088/1538-3873/ad1b36.
"""

import numpy as np
import scipy

from snakewebb.kernels.blocks import row_blocks
from snakewebb.kernels.row_median import row_median

MAD_TO_DEVIATION = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation."""

WAVES = np.array([1, 1, 1, 1, 1, 1, 1, 1, 0.5])
"""How much of each wave of a full-frame line, by its number of periods, is kept."""

DENSITY_WIDTH = 32.0
"""Standard deviation, in pixels, of the bell under which good pixels of a line are counted."""

BETWEEN_LINES = 1.5
"""Standard deviation, in lines, of the bell by which neighbouring lines share their noise."""

EDGE = 4
"""Lines at either side of a full frame that are reference pixels."""

LINE_THRESHOLD = 3.0
"""Deviations from the median of a line at which an outlier begins."""

IMAGE_THRESHOLD = 4.0
"""The same of a whole image."""

LEAST_EIGENVALUE = 1e-5
"""Combinations of waves that good pixels determine less than this share of the best are zero."""

SAMPLE_TIME = 1e-5
"""Seconds between pixels."""

NEW_LINE = 12
"""Pixels that could be read while the next line is set up."""

SLOW = (1061.0, 1211.0)
"""Frequencies, in Hz, between which slow waves fade out."""

FAST = (49943.0, 49957.0)
"""Frequencies, in Hz, between which waves fade in that tell odd from even pixels."""

LEAST_DENSITY = 1e-3
"""Share of good pixels around a pixel below which the line before it does not tell its weight."""

PIECE = 512
"""Good pixels that a piece of a subarray has one line more than; the last has up to half more."""

LEAST_SHARE = 1e-3
"""Share of a piece in the noise of its first and last line, on top of what grows to its middle."""


def noise_of_full_frame(lines, good):
    """Return the slow noise of the lines of a full frame, each fitted by itself.

    The noise fitted is that of the line before, seen one pixel before; neighbouring lines share
    theirs.

    Parameters
    ----------
    lines : ndarray, shape (nlines, npixels), float32
        Image without background; pixels of a line, and lines, in the order they are read in.
    good : ndarray, shape (nlines, npixels), bool
        Pixels that show noise only. None of them is NaN. Those farther than three deviations from
        the median of their line take that median.

    Returns
    -------
    ndarray, shape (nlines, npixels), float32
        The noise; zero for lines without good pixels but for the share of their neighbours, and
        without noise of their own at the edges, which are reference pixels.
    """
    amplitudes = np.zeros((len(lines), len(WAVES)), complex)
    for rows in row_blocks(*lines.shape):
        before = good[np.arange(rows.start, rows.stop) - 1]
        weight = _weights_by_line_before(good[rows], before)
        amplitudes[rows] = _amplitudes_of_lines(lines[rows], good[rows], weight)
    amplitudes[:EDGE] = amplitudes[-EDGE:] = 0
    amplitudes = scipy.ndimage.correlate1d(amplitudes, _bell(BETWEEN_LINES), axis=0, mode="wrap")
    length = lines.shape[1]
    noise = scipy.fft.irfft((amplitudes * length).astype(np.complex64), length, axis=1)
    return np.roll(noise, (1, 1), (0, 1))


def noise_of_subarray(lines, good, *, slow=SLOW):
    """Return the noise of the lines of a subarray, fitted to many lines at a time.

    Pieces of consecutive lines overlap by half, and blend into one another. In the time that the
    setting up of the next line takes nothing is known.

    Parameters
    ----------
    lines : ndarray, shape (nlines, npixels), float32
        Image without background; pixels of a line, and lines, in the order they are read in.
    good : ndarray, shape (nlines, npixels), bool
        Pixels that show noise only. None of them is NaN. Those farther than four deviations from
        the median of all, and their neighbours, are left out.
    slow : (float, float), Hz
        Frequencies between which slow waves fade out.

    Returns
    -------
    ndarray, shape (nlines, npixels), float64
        The noise; zero where no pixel is good.
    """
    good = good & ~scipy.ndimage.binary_dilation(_outliers(lines, good))
    total, weight = np.zeros(lines.shape), np.zeros((len(lines), 1))
    for piece in _pieces(good.sum(axis=1)):
        share = _share(piece.stop - piece.start)
        total[piece] += share * _noise_of_piece(lines[piece], good[piece], slow)
        weight[piece] += share
    return total / weight


def _amplitudes_of_lines(lines, good, weight):
    """Return the amplitudes of the waves in each of some lines of a full frame."""
    number, length = len(WAVES), lines.shape[1]
    phase = 2 * np.pi / length * np.outer(np.arange(length), np.arange(number))
    waves = np.concatenate([np.cos(phase), -np.sin(phase)], axis=1)
    values = _without_outliers_of_lines(lines, good)
    moments, projections = (
        sums[:, :number] + 1j * sums[:, number:]
        for sums in (weight @ waves, (weight * values) @ waves)
    )
    return _solve(_matrix(moments, np.arange(number)), projections) * WAVES


def _matrix(moments, number):
    """Return the matrix of the normal equations of waves with some numbers of periods."""
    order = np.subtract.outer(number, number)
    return np.where(order < 0, moments[..., -order].conj(), moments[..., order])


def _without_outliers_of_lines(lines, good):
    """Return lines whose outliers have the median of their line, and other bad pixels zero."""
    centre = _median_of_lines(lines, good)
    distance = np.abs(lines - centre)
    reach = LINE_THRESHOLD * MAD_TO_DEVIATION * _median_of_lines(distance, good)
    values = np.where(distance > reach, centre, lines)
    values[~good] = 0
    return values


def _median_of_lines(lines, good):
    """Return the median of the good pixels of each line, or zero."""
    return np.nan_to_num(row_median(lines, good), copy=False)[:, np.newaxis]


def _outliers(lines, good):
    """Return the outliers among the good pixels of an image."""
    if not good.any():
        return good
    centre = np.median(lines[good])
    distance = np.abs(lines - centre)
    reach = IMAGE_THRESHOLD * MAD_TO_DEVIATION * np.median(distance[good])
    return good & (distance > reach)


def _density(good, width):
    """Return the share of good pixels around each pixel of a line; the ends of a line meet."""
    length = good.shape[-1]
    distance = (np.arange(length) + length // 2) % length - length // 2
    bell = np.exp(-0.5 * (distance / width) ** 2)
    return scipy.fft.irfft(
        scipy.fft.rfft(good.astype(float)) * scipy.fft.rfft(bell / bell.sum()), length
    )


def _weights_by_line_before(good, before):
    """Return the squares of weights of lines, by the good pixels of the line before each.

    They are seen one pixel earlier. Where there are hardly any, the line's own count.
    """
    density = np.roll(_density(before, DENSITY_WIDTH), 1, axis=1)
    empty = np.flatnonzero((good & (density < LEAST_DENSITY)).any(axis=1))
    own = np.roll(_density(good[empty], DENSITY_WIDTH), 1, axis=1)
    density[empty] = np.where(density[empty] < LEAST_DENSITY, own, density[empty])
    return _weights(good, density)


def _weights(good, density):
    """Return the squares of weights that make up for uneven density; zero for bad pixels."""
    return np.divide(1, density**2, out=np.zeros(good.shape), where=good)


def _solve(matrix, projections):
    """Return the solutions of hermitian equations; combinations hardly determined are zero."""
    inverse = np.linalg.pinv(matrix, rcond=LEAST_EIGENVALUE, hermitian=True)
    return (inverse @ projections[..., np.newaxis])[..., 0]


def _bell(width):
    """Return the weights of a bell, in single steps from its middle."""
    reach = int(8 * width)
    bell = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    return bell / bell.sum()


def _pieces(count):
    """Return overlapping pieces of lines, given the number of good pixels of each."""
    before = np.concatenate([[0], np.cumsum(count)])
    first, pieces = 0, []
    while before[-1] - before[first] > 1.5 * PIECE:
        last = int(np.searchsorted(before, before[first] + PIECE, side="right"))
        pieces.append(slice(first, last))
        first += max(1, round((last - first) / 2))
    return [*pieces, slice(first, len(count))]


def _share(length):
    """Return how much each line of a piece of some length counts, as a column."""
    middle = (length - 1) / 2
    distance = np.abs(np.arange(length) - middle)
    return (1 + LEAST_SHARE - distance / max(middle, 0.5))[:, np.newaxis]


def _noise_of_piece(lines, good, slow):
    """Return the noise of some lines of a subarray, read one after the other."""
    nlines, npixels = lines.shape
    length = nlines * (npixels + NEW_LINE)
    values, usable = np.zeros((2, nlines, npixels + NEW_LINE))
    usable[:, :npixels] = good
    np.copyto(values[:, :npixels], lines, where=good)
    usable, values = usable.reshape(-1), values.reshape(-1)
    kept = _kept(np.fft.rfftfreq(length, SAMPLE_TIME), slow)
    number = np.flatnonzero(kept)
    weight = _weights(
        usable > 0, np.roll(_density(usable, 1 / (8 * np.mean(slow) * SAMPLE_TIME)), 1)
    )
    moments, projections = scipy.fft.rfft(weight), scipy.fft.rfft(weight * values)[number]
    waves = np.zeros(len(kept), np.complex64)
    waves[number] = _solve(_matrix(moments, number), projections) * kept[number] * length
    return scipy.fft.irfft(waves, length).reshape(nlines, -1)[:, :npixels]


def _kept(frequency, slow):
    """Return how much of a wave of some frequency is kept."""
    out, fades_in = (
        np.clip((frequency - begin) / (end - begin), 0, 1) for begin, end in (slow, FAST)
    )
    return (1 + np.cos(np.pi * out)) / 2 + (1 - np.cos(np.pi * fades_in)) / 2
