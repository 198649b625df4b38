"""A scanner: reads printed codes back from pixels, by a library that had no part in printing them."""

import zxingcpp
from PIL import Image

DOTS = 8
"""Pixels per millimetre: those of the common label printer."""


def image_of(elements, *, width, height, dots=DOTS):
    """Elements of a label as a picture, black on white."""
    from orders.domain.labels.elements import Box, Symbol, dark_boxes

    picture = Image.new("L", (round(width * dots), round(height * dots)), 255)
    for element in elements:
        if isinstance(element, Symbol):
            boxes = list(dark_boxes(element))
        else:
            boxes = [element] if isinstance(element, Box) else []
        for box in boxes:
            left, top = round(box.x * dots), round(box.y * dots)
            right, bottom = round((box.x + box.width) * dots), round((box.y + box.height) * dots)
            picture.paste(0, (left, top, right, bottom))
    return picture


def scanned(picture):
    """What is read, by symbology identifier and text as a scanner types it."""
    return {code.bytes.decode(): code.symbology_identifier for code in zxingcpp.read_barcodes(picture)}


def drawn(matrix, *, module=4, quiet=12):
    """A matrix of modules as a picture."""
    width = len(matrix[0])
    tall = 40 if len(matrix) == 1 else module
    picture = Image.new("L", ((width + 2 * quiet) * module, len(matrix) * tall + 2 * quiet * module), 255)
    for line, row in enumerate(matrix):
        for place, dark in enumerate(row):
            if dark:
                left, top = (place + quiet) * module, line * tall + quiet * module
                picture.paste(0, (left, top, left + module, top + tall))
    return picture
