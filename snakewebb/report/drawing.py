"""Figures as the bytes of a picture."""

import io

QUALITY = 88


def as_png(figure):
    """Return a figure as the bytes of a PNG file."""
    stored = io.BytesIO()
    figure.savefig(stored, format="png", pil_kwargs={"compress_level": 1})  # noise stays large
    return stored.getvalue()


def as_small_jpeg(png):
    """Return a picture in half its size, as the bytes of a JPEG file; noise makes a PNG large."""
    from PIL import Image

    stored = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").reduce(2).save(stored, "jpeg", quality=QUALITY)
    return stored.getvalue()
