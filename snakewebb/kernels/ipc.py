"""Give back to each pixel the signal that its neighbours saw through the capacitance between them.

A charge in one pixel changes the voltage of the pixels around it. The image is thus the image of
the charges convolved with a small kernel, and convolution with the inverse kernel undoes that.

References: Moore, Ning & Forrest (2004), "Interpixel capacitance in nondestructive focal plane
arrays", Proc. SPIE 5167, 204, doi:10.1117/12.507330; JWST pipeline documentation, "IPC Correction".
"""

import numpy as np

from snakewebb.kernels.blocks import each, row_blocks


def convolve(images, kernel, *, out=None):
    r"""Convolve each image with a small kernel, with zero outside of the image.

    .. math:: F'_{y,x} = \sum_{j,i} K_{j,i} F_{y + c_y - j,\, x + c_x - i}

    where :math:`c_y, c_x` is the middle of the kernel. A kernel that changes over the image is
    that of the pixel :math:`y, x` which receives the signal.

    Parameters
    ----------
    images : ndarray, shape (..., ny, nx), float32
        Pixels that are sensitive to light, without reference pixels. NaN spreads over the size of
        the kernel.
    kernel : ndarray, shape (nky, nkx) or (nky, nkx, ny, nx), float32
        Kernel with odd sides, for all pixels or for each one.
    out : ndarray, optional
        Where the result goes, of the shape of `images`; may be `images` itself.

    Returns
    -------
    ndarray, shape (..., ny, nx), float32
        The convolved images.

    Raises
    ------
    ValueError
        If the kernel has an even side or no middle, or one for each pixel is of another image.
    """
    _check_kernel(kernel, images.shape[-2:])
    out = np.empty_like(images) if out is None else out
    framed = _Framed(images.shape[-2:], kernel.shape[:2])
    for index in np.ndindex(images.shape[:-2]):
        framed.image[...] = images[index]

        def convolve_rows(rows, result=out[index]):
            result[rows] = _sum_of_neighbours(framed, kernel, rows)

        each(convolve_rows, row_blocks(*images.shape[-2:]))
    return out


class _Framed:
    """An image in a frame of zeros as wide as a kernel reaches.

    Parameters
    ----------
    shape, kernel_shape : tuple of int
    """

    def __init__(self, shape, kernel_shape):
        (ny, nx), (below, left) = shape, (side // 2 for side in kernel_shape)
        # one more row, since rows that are shifted to the right end in the next one
        self.whole = np.zeros((ny + 2 * below + 1, nx + 2 * left), dtype=np.float32)
        self.image = self.whole[below : below + ny, left : left + nx]

    def shifted(self, rows, up, right):
        """Return whole rows from `up` rows and `right` columns beyond the corner of the frame.

        They are as wide as the frame, so that they lie in one piece; what is beyond the width of
        the image has no meaning.
        """
        width = self.whole.shape[1]
        first = (rows.start + up) * width + right
        pixels = (rows.stop - rows.start) * width
        return self.whole.reshape(-1)[first : first + pixels].reshape(-1, width)


def _sum_of_neighbours(framed, kernel, rows):
    """Return rows of the convolved image."""
    nx = framed.image.shape[1]
    weights, columns = (
        (kernel, slice(None)) if kernel.ndim == 2 else (kernel[:, :, rows], slice(nx))
    )
    total = np.zeros_like(framed.shifted(rows, 0, 0)[:, columns])
    term = np.empty_like(total)
    nky, nkx = kernel.shape[:2]
    middle = (nky // 2, nkx // 2)
    # the middle last: it is by far the largest, and rounds the sum of the others once
    for j, i in sorted(np.ndindex(nky, nkx), key=lambda place: place == middle):
        neighbour = framed.shifted(rows, nky - 1 - j, nkx - 1 - i)[:, columns]
        total += np.multiply(neighbour, weights[j, i], out=term)
    return total[:, :nx]


def _check_kernel(kernel, image):
    """Raise unless a kernel has a middle and fits an image."""
    if kernel.ndim not in (2, 4) or not all(side % 2 for side in kernel.shape[:2]):
        raise ValueError(f"kernel {kernel.shape} has no middle: its first two sides must be odd")
    if kernel.ndim == 4 and kernel.shape[2:] != image:
        raise ValueError(f"kernel for each pixel {kernel.shape} does not fit the image {image}")
