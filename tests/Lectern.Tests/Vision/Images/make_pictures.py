"""Makes the pictures beside this script: JPEG files of every kind, each with what Pillow reads from it as PNG.

Run it with Debian's python3-pil; the files it makes are committed, so that the tests need no Python.
"""
import pathlib

from PIL import Image

HERE = pathlib.Path(__file__).parent / "pictures"
HERE.mkdir(exist_ok=True)


def picture(width, height):
    """A ramp with a bright disc, so that every side and channel differs."""
    image = Image.new("RGB", (width, height))
    for y in range(height):
        for x in range(width):
            inside = (x - width * 0.3) ** 2 + (y - height * 0.4) ** 2 < (min(width, height) / 4) ** 2
            image.putpixel((x, y), (250, 200, 40) if inside else (x * 255 // width, y * 255 // height, 90))
    return image


def keep(name, image, **options):
    path = HERE / f"{name}.jpg"
    image.save(path, quality=90, **options)
    with Image.open(path) as again:
        again.convert("RGB").save(HERE / f"{name}.png", optimize=True)


base = picture(37, 26)
keep("colour", base, subsampling=0)
keep("subsampled", base, subsampling=2)
keep("progressive", base, progressive=True)
keep("grey", base.convert("L"))
keep("cmyk", base.convert("CMYK"))
keep("one", picture(1, 1))
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    # The pixels of all of them lie alike; a reader turns them.
    base.crop((0, 0, 16, 11)).save(HERE / f"held-{orientation}.jpg", quality=90, exif=exif)
# PNG files of Pillow's own, of the kinds that it writes.
for mode in ("1", "L", "LA", "RGBA", "I;16"):
    source = base.convert("L").point(lambda v: v * 257, "I") if mode == "I;16" else base.convert(mode)
    if mode == "I;16":
        source = source.convert(mode)
    source.save(HERE / f"mode-{mode.replace(';', '')}.png")
