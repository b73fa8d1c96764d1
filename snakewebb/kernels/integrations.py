"""Corrections that differ between the first integrations of an exposure, and then stay."""


def served(corrections, nints, *, first=0):
    """Return the correction of each integration, the last one with all integrations it serves.

    Parameters
    ----------
    corrections : sequence
        That of each of the first integrations of an exposure; the last one serves all that follow.
    nints : int
        Number of integrations at hand.
    first : int
        Place of the first of them in the exposure, counted from zero.

    Returns
    -------
    list of (correction, slice)
        In order; each integration at hand is in one of the slices.
    """
    last = len(corrections) - 1
    own = min(max(last - first, 0), nints)
    pairs = [(corrections[first + i], slice(i, i + 1)) for i in range(own)]
    return pairs if own == nints else [*pairs, (corrections[last], slice(own, nints))]
