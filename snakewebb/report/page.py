"""Pages of HTML that need nothing else: no other file, no network."""

import base64
from html import escape

JPEG = b"\xff\xd8"
STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #22262b; background: #fff; margin: 2em; }
h1 { font-size: 1.35em; margin: 0 0 .2em; }
h2 { font-size: 1.05em; margin: 1.6em 0 .3em; }
h2 small { font-weight: normal; color: #5d6873; }
p { margin: .2em 0 1em; color: #5d6873; max-width: 60em; }
table { border-collapse: collapse; }
th, td { text-align: left; padding: .22em .9em .22em 0; vertical-align: top; }
th { border-bottom: 2px solid #c9d0d6; }
td { border-bottom: 1px solid #e7eaed; }
code { font-size: .93em; overflow-wrap: anywhere; }
img { max-width: 100%; height: auto; }
"""


def page(title, body, *, style=""):
    """Return a whole page.

    Parameters
    ----------
    title : str
        Its title, as text.
    body : str
        What it shows, as HTML.
    style : str
        Rules of CSS besides the usual ones.
    """
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}{style}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def cells(values, tag="td"):
    """Return the cells of a row, each of text."""
    return "".join(f"<{tag}>{escape(str(value))}</{tag}>" for value in values)


def picture(image, words):
    """Return a picture that the page holds itself.

    Parameters
    ----------
    image : bytes
        The picture, as PNG or JPEG.
    words : str
        What it shows.
    """
    kind = "jpeg" if image.startswith(JPEG) else "png"
    address = f"data:image/{kind};base64,{base64.b64encode(image).decode()}"
    return f'<p><img alt="{escape(words)}" src="{address}"></p>'
