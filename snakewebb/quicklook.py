"""One picture of an exposure: before and after calibration, its flags, and a few ramps."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from snakewebb.kernels import dq
from snakewebb.run.files import appearing_whole

# Name, bit and colour of each kind of pixel. A pixel that is of several kinds, or a block of
# pixels that share one dot of the picture, is drawn as the last of them.
KINDS = (
    ("no flag", 0, "#f4f4f1"),
    ("other flags only", 0, "#ecc94b"),
    ("JUMP_DET", dq.JUMP_DET, "#3182bd"),
    ("DO_NOT_USE", dq.DO_NOT_USE, "#2d2d37"),
    ("SATURATED", dq.SATURATED, "#d1495b"),
    ("REFERENCE_PIXEL", dq.REFERENCE_PIXEL, "#aab4bb"),
)
RAMPS = {"star": "#e6842a", "jump": "#3182bd", "sky": "#3a9d6b", "saturated": "#d1495b"}
UNKNOWN = "#7d8a96"

LONG = 2.2  # an image at least so many times as long as wide gets a row or column of its own
LONGEST = 10  # a longer one is drawn as if it were so many times as long as wide
DPI = 120


@dataclass
class Exposure:
    """What the picture needs of an exposure.

    Parameters
    ----------
    header : mapping
        Keywords of the rate product.
    stored : ndarray, shape (ngroups, ny, nx)
        The raw groups of the first integration, as the file holds them.
    scale : tuple of (float, float)
        Factor and offset that make DN of them.
    rate : ndarray, shape (ny, nx), float32
        Count rates.
    flags : ndarray, shape (ny, nx), uint32
        Their data-quality flags.
    unit : str
        Unit of the rates.
    """

    header: dict
    stored: np.ndarray
    scale: tuple[float, float]
    rate: np.ndarray
    flags: np.ndarray
    unit: str

    def raw(self, *index):
        """Return a part of the raw groups in DN."""
        factor, offset = self.scale
        return self.stored[index].astype(np.float32) * np.float32(factor) + np.float32(offset)


def draw(uncal_path, rate_path, png_path):
    """Draw an exposure before and after calibration.

    Parameters
    ----------
    uncal_path : str or Path
        The raw exposure.
    rate_path : str or Path
        Its count rates, ``_rate.fits``.
    png_path : str or Path
        The picture to write.
    """
    from astropy.io import fits

    on_disk = {"memmap": True, "do_not_scale_image_data": True}
    with fits.open(uncal_path, **on_disk) as raw, fits.open(rate_path, memmap=False) as rate:
        figure = drawn(read(raw, rate), root=Path(rate_path).stem.removesuffix("_rate"))
    with appearing_whole(Path(png_path)) as path:
        figure.savefig(path, dpi=DPI)


def read(raw, rate):
    """Return what the picture needs of two open files; the raw groups stay on disk."""
    header, image = raw["SCI"].header, rate["SCI"]
    scale = header.get("BSCALE", 1), header.get("BZERO", 0)
    return Exposure(
        header=dict(rate[0].header),
        stored=raw["SCI"].data[0],
        scale=scale,
        rate=np.asarray(image.data, dtype=np.float32),
        flags=np.asarray(rate["DQ"].data, dtype=np.uint32),
        unit=image.header.get("BUNIT", "DN/s"),
    )


def drawn(exposure, root):
    """Return the figure of an exposure."""
    kinds = kinds_of_pixels(exposure.flags)
    pixels = telling_pixels(exposure, kinds)
    figure, (before, after, flags, ramps) = panels(*exposure.rate.shape)
    figure.suptitle(f"{root}\n{described(exposure.header)}")
    draw_image(before, exposure.raw(-1), "Before: the last raw group", "DN")
    draw_image(after, exposure.rate, "After: the count rate", exposure.unit)
    draw_kinds(flags, kinds)
    draw_ramps(ramps, exposure, pixels)
    for name, (y, x) in pixels.items():
        after.plot(x, y, "o", ms=11, mew=1.6, mfc="none", mec=RAMPS[name])
    return figure


def described(header):
    """Return the line that says what exposure this is, as far as its header knows."""
    optics = " + ".join(
        value
        for key in ("FILTER", "PUPIL", "GRATING")
        if (value := header.get(key)) not in (None, "", "CLEAR", "N/A")
    )
    detector = " ".join(filter(None, (header.get("INSTRUME"), header.get("DETECTOR"))))
    counts = (("NGROUPS", "group"), ("NINTS", "integration"))
    shape = " × ".join(
        f"{header[key]} {noun}{'s' * (header[key] != 1)}" for key, noun in counts if key in header
    )
    seconds = f"{header['EFFEXPTM']:.1f} s exposed" if header.get("EFFEXPTM") else ""
    parts = detector, optics, header.get("SUBARRAY"), header.get("READPATT"), shape, seconds
    return "   ·   ".join(filter(None, parts))


def kinds_of_pixels(flags):
    """Return the index into `KINDS` of each pixel."""
    kinds = (flags != 0).astype(np.uint8)
    for index, (_, bit, _) in enumerate(KINDS):
        if bit:
            kinds[(flags & np.uint32(bit)) != 0] = index
    return kinds


def telling_pixels(exposure, kinds):
    """Return row and column of a few pixels whose ramps tell how the calibration went."""
    if exposure.stored.shape[-2:] != exposure.rate.shape:
        return {}
    kind = {name: kinds == index for index, (name, _, _) in enumerate(KINDS)}
    good = np.where(kind["no flag"], exposure.rate, np.nan)
    found = {
        "star": brightest(core(good)),
        "jump": largest_jump(exposure, kind["JUMP_DET"]),
        "sky": most_typical(good),
        "saturated": brightest(np.where(kind["SATURATED"], exposure.raw(-1), np.nan)),
    }
    return {name: pixel for name, pixel in found.items() if pixel is not None}


def core(image):
    """Return the least of each pixel and its four neighbours: high in stars, not in hot pixels."""
    least = image.copy()
    for part, neighbour in ((np.s_[1:], np.s_[:-1]), (np.s_[:-1], np.s_[1:])):
        np.minimum(least[part], image[neighbour], out=least[part])
        np.minimum(least[:, part], image[:, neighbour], out=least[:, part])
    return least


def brightest(image):
    """Return row and column of the brightest pixel that is not NaN, or None."""
    if np.isnan(image).all():
        return None
    return tuple(map(int, np.unravel_index(np.nanargmax(image), image.shape)))


def most_typical(image):
    """Return row and column of the pixel nearest to the median, or None."""
    known = image[~np.isnan(image)]
    return brightest(-np.abs(image - np.median(known))) if known.size else None


def largest_jump(exposure, candidates, most=2000):
    """Return row and column of the candidate with the step that stands out most, or None."""
    rows, columns = np.nonzero(candidates)
    every = max(1, rows.size // most)
    rows, columns = rows[::every], columns[::every]
    if not rows.size or len(exposure.stored) < 3:
        return None
    steps = np.diff(exposure.raw(slice(None), rows, columns), axis=0)
    outstanding = (steps - np.median(steps, axis=0)).max(axis=0)
    best = outstanding.argmax()
    return int(rows[best]), int(columns[best])


def panels(ny, nx):
    """Return a figure with the axes of three images and of the ramps, as fits their shape."""
    from matplotlib.figure import Figure

    if nx > LONG * ny:
        height = 12 / min(nx / ny, LONGEST)
        figure = Figure((13, 3 * height + 6.5), layout="constrained")
        axes = figure.subplots(4, height_ratios=[height + 0.5] * 3 + [3.5])
    elif ny > LONG * nx:
        width = 8 / min(ny / nx, LONGEST)
        figure = Figure((3 * width + 12, 9.5), layout="constrained")
        axes = figure.subplots(1, 4, width_ratios=[width + 1.5] * 3 + [6])
    else:
        figure = Figure((14.5, 12.5), layout="constrained")
        axes = figure.subplots(2, 2).ravel()
    return figure, axes


def draw_image(axis, image, title, unit):
    """Draw an image with a stretch that shows sky and stars."""
    from astropy.visualization import AsinhStretch, AsymmetricPercentileInterval, ImageNormalize
    from matplotlib import colormaps

    known = np.isfinite(image)
    low, high = 0, 1
    if known.any():
        low, high = AsymmetricPercentileInterval(1, 99.7, n_samples=200_000).get_limits(image)
    colours = colormaps["inferno"].with_extremes(bad=UNKNOWN)
    stretch = ImageNormalize(vmin=low, vmax=max(high, low + 1e-3), stretch=AsinhStretch(0.1))
    shown = show(axis, mean_of_blocks(image), image.shape, cmap=colours, norm=stretch)
    axis.figure.colorbar(shown, ax=axis, label=unit, pad=0.01, aspect=30, extend="both")
    axis.set_title(title)


def draw_kinds(axis, kinds):
    """Draw the kind of each pixel, with a legend that says how many there are."""
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    names, _, colours = zip(*KINDS, strict=True)
    worst = reduced(np.maximum, kinds)
    show(axis, worst, kinds.shape, cmap=ListedColormap(colours), vmin=-0.5, vmax=len(KINDS) - 0.5)
    counts = np.bincount(kinds.ravel(), minlength=len(KINDS))
    patches = [
        Patch(facecolor=colour, edgecolor="0.4", label=f"{name}  {percent(count / kinds.size)}")
        for name, colour, count in zip(names, colours, counts, strict=True)
    ]
    axis.legend(handles=patches, loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
    axis.set_title("Data quality")


def percent(fraction):
    """Return a fraction as per cent, so that a few pixels are not rounded to none."""
    return "none" if fraction == 0 else f"{100 * fraction:.2g} %"


def draw_ramps(axis, exposure, pixels):
    """Draw the raw ramps of some pixels."""
    groups = 1 + np.arange(len(exposure.stored))
    for name, (y, x) in pixels.items():
        ramp = exposure.raw(slice(None), y, x)
        axis.plot(groups, ramp - ramp[0], "o-", ms=4, color=RAMPS[name], label=f"{name} ({x}, {y})")
    axis.set_yscale("asinh", linear_width=100)
    axis.set(xlabel="group", ylabel="raw signal above the first group (DN)")
    axis.set_title("Ramps of the circled pixels, first integration")
    axis.grid(color="0.9")
    axis.legend()


def show(axis, dots, shape, **options):
    """Draw the dots of an image in the pixel coordinates of the whole."""
    ny, nx = shape
    aspect = np.clip(ny / nx, 1 / LONGEST, LONGEST) * nx / ny
    extent = (-0.5, nx - 0.5, -0.5, ny - 0.5)
    options |= {"origin": "lower", "extent": extent, "aspect": aspect}
    return axis.imshow(dots, interpolation="nearest", **options)


def mean_of_blocks(image):
    """Return the mean of the known pixels of each block that one dot shows."""
    known = np.isfinite(image)
    count = reduced(np.add, known.astype(np.float32))
    total = reduced(np.add, np.where(known, image, np.float32(0)))
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)


def reduced(ufunc, image, dots=720):
    """Return an image of at most `dots` rows and columns, each reduced from a block of pixels."""
    for axis, length in enumerate(image.shape):
        image = ufunc.reduceat(image, np.arange(0, length, -(-length // dots)), axis=axis)
    return image
