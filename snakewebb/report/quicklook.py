"""One picture of an exposure: before and after calibration, its flags, and a few ramps."""

from dataclasses import dataclass

import numpy as np

from snakewebb.kernels import dq
from snakewebb.report.facts import flags_of

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
LONGEST = 12  # a longer one is drawn as if it were so many times as long as wide
DPI = 160
HEAD, FOOT, ABOVE, BELOW, LEFT, RIGHT = 0.8, 0.9, 0.4, 0.5, 0.85, 0.85  # inches, round the panels


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
        Count rates, or the signal where no rates were made.
    flags : ndarray, shape (ny, nx), uint32
        Their data-quality flags.
    unit : str
        Its unit.
    title : str
        What it is.
    """

    header: dict
    stored: np.ndarray
    scale: tuple[float, float]
    rate: np.ndarray
    flags: np.ndarray
    unit: str
    title: str = "the count rate"

    def raw(self, *index):
        """Return a part of the raw groups in DN."""
        return self.in_dn(self.stored[index])

    def in_dn(self, stored):
        """Return raw values of the file in DN."""
        factor, offset = self.scale
        return stored.astype(np.float32) * np.float32(factor) + np.float32(offset)


def read(raw, product):
    """Return what the picture needs of two open files; the raw groups stay on disk."""
    header, image = raw["SCI"].header, product["SCI"]
    title, shown = shown_of(image.data)
    scale = header.get("BSCALE", 1), header.get("BZERO", 0)
    return Exposure(
        header=dict(product[0].header),
        stored=raw["SCI"].data[0],
        scale=scale,
        rate=np.array(shown, dtype=np.float32),
        flags=flags_of(product),
        unit=image.header.get("BUNIT", "DN/s"),
        title=title,
    )


def shown_of(data):
    """Return what is shown of the images of a product, and its name."""
    if data.ndim == 4:
        return "the signal of the first integration", data[0, -1] - data[0, 0]
    if data.ndim == 3:
        return "the count rate of the first integration", data[0]
    return "the count rate", data


def drawn(exposure, root):
    """Return the figure of an exposure."""
    kinds = kinds_of_pixels(exposure.flags)
    pixels = telling_pixels(exposure, kinds)
    figure, (before, after, flags, ramps) = panels(*exposure.rate.shape)
    write_title(figure, root, described(exposure.header))
    draw_image(before, exposure.raw(-1), "Before: the last raw group (DN)", "DN")
    draw_image(after, exposure.rate, f"After: {exposure.title} ({exposure.unit})", exposure.unit)
    draw_kinds(flags, kinds)
    draw_ramps(ramps, exposure, pixels)
    encircle(after, pixels)
    return figure


def encircle(axis, pixels):
    """Mark the pixels whose ramps are shown."""
    from matplotlib.patheffects import withStroke

    edge = [withStroke(linewidth=3, foreground="white")]
    for name, (y, x) in pixels.items():
        (circle,) = axis.plot(x, y, "o", ms=10, mfc="none", mec=RAMPS[name], clip_on=False)
        circle.set(markeredgewidth=1.5, path_effects=edge)


def write_title(figure, *lines):
    """Write lines above all panels, the first in bold."""
    for number, (line, weight) in enumerate(zip(lines, ("bold", "normal"), strict=True)):
        y = 1 - (0.25 + 0.32 * number) / figure.get_figheight()
        figure.text(0.5, y, line, ha="center", va="top", size=15 - 2 * number, weight=weight)


def described(header):
    """Return the line that says what exposure this is, as far as its header knows."""
    optics = " + ".join(
        value
        for key in ("FILTER", "PUPIL", "GRATING")
        if (value := header.get(key)) not in (None, "", "CLEAR", "N/A")
    )
    detector = " ".join(filter(None, (header.get("INSTRUME"), header.get("DETECTOR"))))
    counts = (("NGROUPS", "group"), ("NINTS", "integration"))
    shape = ", ".join(
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
        "saturated": brightest(np.where(kind["SATURATED"], np.nan_to_num(exposure.rate), np.nan)),
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
    """Return a figure with the axes of three images and of the ramps, laid out for their shape."""
    ratio = np.clip(nx / ny, 1 / LONGEST, LONGEST)
    if ratio > LONG:
        image, ramps, columns = (12.8, 12.8 / ratio), (12.8, 3.6), 1
    elif ratio < 1 / LONG:
        image, ramps, columns = (9.6 * ratio, 9.6), (6.4, 9.6), 4
    else:
        image, columns = (6.4 * min(1, ratio), 6.4 * min(1, 1 / ratio)), 2
        ramps = image
    return laid_out([image, image, image, ramps], columns)


def laid_out(sizes, columns):
    """Return a figure with axes of the given widths and heights, in inches, row after row."""
    from matplotlib.figure import Figure

    rows = [sizes[start : start + columns] for start in range(0, len(sizes), columns)]
    width = sum(w for w, _ in rows[0]) + columns * (LEFT + RIGHT)
    height = sum(row[0][1] for row in rows) + len(rows) * (ABOVE + BELOW) + HEAD + FOOT
    figure = Figure((width, height), dpi=DPI)
    axes, y = [], height - HEAD
    for row in rows:
        y -= ABOVE + row[0][1]
        x = LEFT
        for w, h in row:
            axes.append(figure.add_axes((x / width, y / height, w / width, h / height)))
            x += w + RIGHT + LEFT
        y -= BELOW
    return figure, axes


def draw_image(axis, image, title, unit):
    """Draw an image with a stretch that shows sky and stars."""
    from astropy.visualization import AsinhStretch, AsymmetricPercentileInterval, ImageNormalize
    from matplotlib import colormaps

    dots = mean_of_blocks(image, dots_of(axis))
    low, high = 0, 1
    if np.isfinite(dots).any():
        low, high = AsymmetricPercentileInterval(1, 99.9).get_limits(dots)
    stretch = ImageNormalize(vmin=low, vmax=max(high, low + 1e-3), stretch=AsinhStretch(0.03))
    colours = colormaps["inferno"].with_extremes(bad=UNKNOWN)
    shown = show(axis, dots, image.shape, cmap=colours, norm=stretch)
    width = axis.figure.get_figwidth() * axis.get_position().width
    beside = axis.inset_axes((1 + 0.08 / width, 0, 0.16 / width, 1))
    axis.figure.colorbar(shown, cax=beside)
    beside.set_title(unit, size="small")
    axis.set_title(title)


def draw_kinds(axis, kinds):
    """Draw the kind of each pixel, with a legend that says how many there are."""
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    names, _, colours = zip(*KINDS, strict=True)
    worst = reduced(np.maximum, kinds, dots_of(axis))
    show(axis, worst, kinds.shape, cmap=ListedColormap(colours), vmin=-0.5, vmax=len(KINDS) - 0.5)
    counts = np.bincount(kinds.ravel(), minlength=len(KINDS))
    patches = [
        Patch(facecolor=colour, edgecolor="0.4", label=f"{name}  {percent(count / kinds.size)}")
        for name, colour, count in zip(names, colours, counts, strict=True)
    ]
    axis.figure.legend(handles=patches, loc="lower center", ncols=3, title="Data quality")
    axis.set_title("Data quality")


def percent(fraction):
    """Return a fraction as per cent, so that a few pixels are not rounded to none."""
    return "none" if fraction == 0 else f"{100 * fraction:.3g} %"


def draw_ramps(axis, exposure, pixels):
    """Draw the raw ramps of some pixels."""
    axis.set_title("Ramps of the circled pixels, first integration")
    axis.set(xlabel="group", ylabel="raw signal above the first group (DN)")
    if not pixels:
        axis.text(0.5, 0.5, "no pixel to show", ha="center", transform=axis.transAxes)
        return
    groups = 1 + np.arange(len(exposure.stored))
    ramps = [exposure.raw(slice(None), y, x) for y, x in pixels.values()]
    ramps -= np.take(ramps, [0], axis=1)
    for (name, (y, x)), ramp in zip(pixels.items(), ramps, strict=True):
        axis.plot(groups, ramp, "o-", ms=4, color=RAMPS[name], label=f"{name} ({x}, {y})")
    limits = min(-30, 1.3 * ramps.min()), max(300, 1.6 * ramps.max())
    axis.set(xlim=(0.5, len(groups) + 0.5), ylim=limits)
    axis.set_yscale("symlog", linthresh=100)
    axis.xaxis.get_major_locator().set_params(integer=True)
    axis.grid(color="0.9")
    axis.legend()


def show(axis, dots, shape, **options):
    """Draw the dots of an image in the pixel coordinates of the whole."""
    ny, nx = shape
    extent = (-0.5, nx - 0.5, -0.5, ny - 0.5)
    options |= {"origin": "lower", "extent": extent, "aspect": "auto"}
    return axis.imshow(dots, interpolation="nearest", **options)


def dots_of(axis):
    """Return how many rows and columns of dots the picture has for an image."""
    return round(axis.bbox.height), round(axis.bbox.width)


def mean_of_blocks(image, dots):
    """Return the mean of the known pixels of each block that one dot shows."""
    known = np.isfinite(image)
    count = reduced(np.add, known.astype(np.float32), dots)
    total = reduced(np.add, np.where(known, image, np.float32(0)), dots)
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)


def reduced(ufunc, image, dots):
    """Return an image of at most `dots` rows and columns, each reduced from a block of pixels."""
    for axis, (length, most) in enumerate(zip(image.shape, dots, strict=True)):
        image = ufunc.reduceat(image, np.arange(0, length, -(-length // most)), axis=axis)
    return image
