"""Tell the outliers among the values of each pixel.

Values stand along the first axis and pixels along the second. A NaN is no value.

Reference: Anderson & Gordon (2011), "Optimal Cosmic-Ray Detection for Nondestructive Read Ramps",
PASP 123, 1237, DOI 10.1086/662593.
"""

import numpy as np

CLIPPING_ROUNDS = 5
"""How often sigma clipping computes median and deviation at most."""


def outliers_at_once(differences, variance, thresholds):
    """Return which differences lie too far from the median, looking once.

    Double precision tells what lies at the threshold.

    Parameters
    ----------
    differences : ndarray, shape (n, npixels), float32, electrons
    variance : ndarray, shape (npixels,), float32, electrons squared
        Variance of the read noise of a difference.
    thresholds : ndarray, float64
        Threshold, in standard deviations, for each number of differences; the last one is for
        all larger numbers, and the one that counts here.

    Returns
    -------
    ndarray, shape (n, npixels), bool
    """
    centre = _whole_median(*_ordered(differences))
    return np.abs(differences - centre) / noise(centre, variance) > thresholds[-1]


def outliers_one_by_one(differences, variance, thresholds):
    """Return which differences lie too far from the median, looking anew after each one found.

    The sizes of the differences count, not their signs. The median leaves out the largest of four
    or more values, and of two it is the smaller. An outlier is the smallest or the largest value
    left, so that what is left is always a range of the ordered values.

    Parameters
    ----------
    differences, variance, thresholds
        As in `outliers_at_once`; the threshold is that for the number of values left.

    Returns
    -------
    ndarray, shape (n, npixels), bool
    """
    values = np.abs(differences)
    ordered, count = _ordered(values)
    first, end = _inlying_range(ordered, count, variance, thresholds)
    pixels = np.arange(count.size)
    return (values < ordered[first, pixels]) | (values > ordered[end - 1, pixels])


def outliers_by_clipping(values, threshold):
    """Return which values sigma clipping rejects.

    Parameters
    ----------
    values : ndarray, shape (n, columns), float32
    threshold : float
        Threshold in standard deviations.

    Returns
    -------
    ndarray, shape (n, columns), bool
        Where a value is farther from the median than the threshold allows, with the median and
        the standard deviation of the last of at most five rounds, each of which leaves out what
        the rounds before it found, as long as there is anything else.
    """
    ordered, count = _ordered(values)
    centre, reach = _clipping_range(values, ordered, count, threshold)
    largest = ordered[count - 1, np.arange(count.size)]
    suspect = np.flatnonzero(~(np.maximum(largest - centre, centre - ordered[0]) <= reach))
    pending, left = suspect, values[:, suspect]
    for _ in range(CLIPPING_ROUNDS - 1):
        outlying = np.abs(left - centre[pending]) > reach[pending]
        left[outlying] = np.nan
        changed = outlying.any(axis=0) & ~np.isnan(left).all(axis=0)
        pending, left = pending[changed], left[:, changed]
        centre[pending], reach[pending] = _clipping_range(left, *_ordered(left), threshold)
    rejected = np.zeros(values.shape, dtype=bool)
    rejected[:, suspect] = np.abs(values[:, suspect] - centre[suspect]) > reach[suspect]
    return rejected


def noise(centre, variance):
    """Return the standard deviation that differences with some median ought to have.

    Parameters
    ----------
    centre : ndarray, float32 or float64, electrons
        Median difference.
    variance : ndarray, float32, electrons squared
        Variance of the read noise of a difference.

    Returns
    -------
    ndarray, of the type of `centre`, electrons
        Square root of the sum of the variance and the size of the median; NaN where it is zero.
    """
    sigma = np.sqrt(np.abs(centre) + variance)
    return np.where(sigma > 0, sigma, sigma.dtype.type(np.nan))


def medians(values):
    """Return the median of each column of some values but for its NaN.

    Parameters
    ----------
    values : ndarray, shape (n, columns), float32

    Returns
    -------
    ndarray, shape (columns,), float32
        Median, the mean of the two middle values of an even number; NaN where all is NaN.
    """
    return _whole_median(*_ordered(values)).astype(np.float32)


def _ordered(values):
    """Return values, shape (n, columns), in order along the first axis, and how many are no NaN."""
    ordered = np.sort(np.ascontiguousarray(values.T), axis=1).T
    count = np.full(values.shape[1], len(values))
    incomplete = np.flatnonzero(np.isnan(ordered[-1]))
    count[incomplete] -= np.isnan(values[:, incomplete]).sum(axis=0)
    return ordered, count


def _median(ordered, first, end, pixels):
    """Return the median of the ordered values of some pixels between two places, as float64."""
    low, high = (ordered[place, pixels] for place in ((first + end - 1) // 2, (first + end) // 2))
    return (low.astype(np.float64) + high) * 0.5


def _whole_median(ordered, count):
    """Return the median of the first values in order, as many as are counted, as float64."""
    return _median(ordered, 0, count, np.arange(count.size))


def _inlying_range(ordered, count, variance, thresholds):
    """Return the first place of the ordered values that is no outlier, and the one after the last.

    Values equally far from the median leave the range together; double precision tells them
    from the others.
    """
    first, end = np.zeros_like(count), count.copy()
    pixels = np.flatnonzero(count > 1)
    while pixels.size:
        low, high = first[pixels], end[pixels]
        left, last_run = high - low, _start_of_run(ordered, high - 1, pixels)
        centre = _median(ordered, low, _median_end(low, high, last_run), pixels)
        sigma = noise(centre, variance[pixels])
        above = (ordered[high - 1, pixels] - centre) / sigma
        below = (centre - ordered[low, pixels]) / sigma
        found = np.maximum(above, below) > thresholds[np.minimum(left, len(thresholds) - 1)]
        end[pixels] = np.where(found & (above >= below), last_run, high)
        first_run = _end_of_run(ordered, low, pixels)
        first[pixels] = np.where(found & (below >= above), first_run, low)
        pixels = pixels[found & (end[pixels] - first[pixels] > 1)]
    return first, end


def _median_end(low, high, last_run):
    """Return the place after the values that the median of a range takes."""
    left = high - low
    return np.where(left == 3, high, np.where(left == 2, low + 1, np.maximum(last_run, low + 1)))


def _start_of_run(ordered, places, pixels):
    """Return the first place of the value that ordered values have at some places."""
    values, start = ordered[places, pixels], places.copy()
    tied = np.flatnonzero((places > 0) & (ordered[places - 1, pixels] == values))
    start[tied] = (ordered[:, pixels[tied]] < values[tied]).sum(axis=0)
    return start


def _end_of_run(ordered, places, pixels):
    """Return the place after the last one of the value that ordered values have at some places."""
    values, end = ordered[places, pixels], places + 1
    tied = np.flatnonzero(ordered[np.minimum(end, len(ordered) - 1), pixels] == values)
    end[tied] = (ordered[:, pixels[tied]] <= values[tied]).sum(axis=0)
    return end


def _clipping_range(values, ordered, count, threshold):
    """Return the median of each column, and how far from it its values may be."""
    centre = _whole_median(ordered, count).astype(np.float32)
    return centre, np.float32(threshold) * _deviations(values - centre, count)


def _deviations(distances, count):
    """Return the standard deviation of each column of distances from about the mean.

    NaN is left out, and nothing but NaN gives NaN.
    """
    if (count < len(distances)).any():
        distances = np.where(np.isnan(distances), np.float32(0), distances)
    mean, mean_square = distances.sum(axis=0), np.einsum("ij,ij->j", distances, distances)
    with np.errstate(invalid="ignore"):
        mean, mean_square = mean / count, mean_square / count
    return np.sqrt(np.maximum(mean_square - np.square(mean), 0))
