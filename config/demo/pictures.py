"""Evidence for the demonstration: photographs that nobody took, drawn when they are needed."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import lru_cache
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

SIZE = (1280, 960)
WITHOUT_CORNERS = (40, 30, 1240, 930)
TAKEN = (1000, 750)
Draw = Callable[[ImageDraw.ImageDraw, Random], None]


def photograph(what: str, seed: int, of: str = "lens") -> io.BytesIO:
    """A JPEG with a name, as a browser sends it. what: a key of `SCENES`, or ``marked``: the scene `of`, spoiled."""
    random = Random(seed)
    scene = SCENES[of if what == "marked" else what]
    picture = _table(random)
    _shadow(picture, random)
    scene(ImageDraw.Draw(picture), random)
    if what == "marked":
        _marks(ImageDraw.Draw(picture), random)
    picture = (
        picture.rotate(random.uniform(-3, 3), resample=Image.Resampling.BILINEAR).crop(WITHOUT_CORNERS).resize(TAKEN)
    )
    picture = _as_taken(picture, random)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=82)
    out.seek(0)
    out.name = f"IMG_{random.randint(1000, 9999)}.jpg"
    return out


def _table(random: Random) -> Image.Image:
    """A table top: warm or grey boards with some grain."""
    base = random.choice([(176, 146, 112), (196, 186, 172), (148, 130, 112), (205, 205, 200)])
    picture = Image.new("RGB", SIZE, base)
    draw = ImageDraw.Draw(picture)
    for board in range(0, SIZE[1], 160):
        shade = random.randint(-10, 10)
        draw.rectangle((0, board, SIZE[0], board + 158), fill=tuple(channel + shade for channel in base))
        for _ in range(22):
            y, drift = board + random.randint(4, 154), random.randint(-6, 6)
            draw.line(
                (0, y, SIZE[0], y + drift),
                fill=tuple(channel + shade - random.randint(4, 14) for channel in base),
                width=1,
            )
    return picture


def _shadow(picture: Image.Image, random: Random) -> None:
    shade = Image.new("L", (SIZE[0] // 8, SIZE[1] // 8), 0)  # small first: blurring is dear
    ImageDraw.Draw(shade).ellipse((38, 70, 132, 105), fill=130)
    shade = shade.filter(ImageFilter.GaussianBlur(5)).resize(SIZE)
    picture.paste(Image.new("RGB", SIZE, (30, 24, 20)), mask=shade)


def _as_taken(picture: Image.Image, random: Random) -> Image.Image:
    """Light from one side, the grain of a telephone's camera, a little out of focus."""
    light = (
        Image.linear_gradient("L")
        .rotate(random.choice([0, 90, 180, 270]))
        .resize(TAKEN)
        .point(lambda value: 190 + value // 4)
    )
    picture = ImageChops.multiply(picture, Image.merge("RGB", (light, light, light)))
    noise = _noise()
    picture = Image.blend(picture, Image.merge("RGB", (noise, noise, noise)), 0.07)
    return picture.filter(ImageFilter.GaussianBlur(0.8))


@lru_cache(maxsize=1)
def _noise() -> Image.Image:
    return Image.effect_noise(TAKEN, 26)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


# ------------------------------------------------------------------ scenes


def mug(draw: ImageDraw.ImageDraw, random: Random) -> None:
    clay = random.choice([(92, 120, 134), (196, 182, 158), (120, 96, 84)])
    dark = tuple(channel - 34 for channel in clay)
    draw.arc((800, 380, 1010, 640), 270, 90, fill=dark, width=44)
    draw.rounded_rectangle((440, 300, 860, 740), 60, fill=clay)
    draw.ellipse((440, 250, 860, 360), fill=dark)
    draw.ellipse((470, 268, 830, 344), fill=(58, 44, 36))
    for _ in range(240):
        x, y = random.randint(455, 845), random.randint(370, 720)
        draw.ellipse((x, y, x + random.randint(2, 6), y + 4), fill=dark)


def broken(draw: ImageDraw.ImageDraw, random: Random) -> None:
    """A mug with a piece out of it, and the pieces in front."""
    mug(draw, random)
    draw.polygon(
        [(650, 270), (862, 292), (862, 522), (790, 470), (760, 540), (700, 420), (650, 400)], fill=(48, 38, 32)
    )
    draw.line([(650, 300), (650, 400), (700, 420), (760, 540), (790, 470), (862, 520)], fill=(236, 230, 220), width=9)
    draw.line([(560, 740), (590, 640), (540, 560), (620, 470), (650, 400)], fill=(44, 36, 30), width=4)
    for _ in range(9):
        x, y, size = random.randint(300, 1020), random.randint(740, 880), random.randint(18, 70)
        corners = [(x + random.randint(-size, size), y + random.randint(-size // 2, size // 2)) for _ in range(4)]
        draw.polygon(
            corners, fill=random.choice([(92, 120, 134), (150, 136, 120), (70, 90, 104)]), outline=(238, 232, 222)
        )


def bowl(draw: ImageDraw.ImageDraw, random: Random) -> None:
    glaze = random.choice([(208, 214, 208), (120, 142, 160), (182, 108, 74)])
    draw.pieslice((320, 160, 960, 800), 0, 180, fill=glaze)
    draw.ellipse((320, 400, 960, 560), fill=tuple(channel - 26 for channel in glaze))
    draw.ellipse((350, 416, 930, 544), fill=tuple(channel - 60 for channel in glaze))
    draw.rectangle((560, 790, 720, 815), fill=tuple(channel - 40 for channel in glaze))


def _garment(draw: ImageDraw.ImageDraw, left: int, top: int, scale: float, colour: tuple[int, int, int]) -> None:
    outline = [
        (60, 40),
        (140, 0),
        (180, 40),
        (240, 40),
        (280, 0),
        (360, 40),
        (420, 170),
        (350, 200),
        (330, 150),
        (330, 460),
        (90, 460),
        (90, 150),
        (70, 200),
        (0, 170),
    ]
    points = [(left + x * scale, top + y * scale) for x, y in outline]
    draw.polygon(points, fill=colour)
    draw.line([*points, points[0]], fill=tuple(channel - 38 for channel in colour), width=4)
    for fold in range(5):
        x = left + (120 + fold * 42) * scale
        draw.line(
            (x, top + 190 * scale, x + 12 * scale, top + 440 * scale),
            fill=tuple(channel - 14 for channel in colour),
            width=3,
        )


def shirt(draw: ImageDraw.ImageDraw, random: Random) -> None:
    _garment(draw, 330, 190, 1.45, random.choice([(70, 104, 74), (190, 140, 50), (220, 205, 180)]))


def wrong_colour(draw: ImageDraw.ImageDraw, random: Random) -> None:
    """The picture of the page, printed, beside what came."""
    draw.rectangle((150, 190, 560, 760), fill=(246, 244, 238))
    _garment(draw, 195, 260, 0.75, (70, 104, 74))
    draw.text((190, 660), "Colour: forest", fill=(40, 40, 40), font=_font(38))
    _garment(draw, 630, 230, 1.25, (168, 44, 42))


def lens(draw: ImageDraw.ImageDraw, random: Random) -> None:
    for radius, tone in ((330, 28), (300, 44), (262, 24), (236, 60), (220, 18)):
        draw.ellipse((640 - radius, 480 - radius, 640 + radius, 480 + radius), fill=(tone, tone, tone + 4))
    draw.ellipse((450, 290, 830, 670), fill=(36, 42, 66))
    draw.ellipse((520, 340, 690, 450), fill=(96, 84, 128))
    draw.text((500, 706), "1:2  35 mm", fill=(210, 210, 205), font=_font(34))


def _marks(draw: ImageDraw.ImageDraw, random: Random) -> None:
    """Scratches across whatever lies in the middle."""
    for _ in range(46):
        x, y, length = random.randint(470, 720), random.randint(380, 640), random.randint(30, 150)
        draw.line(
            (x, y, x + length, y + length * 0.35 + random.randint(-6, 6)),
            fill=(216, 216, 220),
            width=random.choice([1, 2, 2, 3]),
        )


def lamp(draw: ImageDraw.ImageDraw, random: Random) -> None:
    draw.line((640, 0, 640, 260), fill=(40, 36, 34), width=8)
    draw.pieslice((380, 230, 900, 850), 180, 360, fill=(178, 104, 62))
    draw.ellipse((380, 500, 900, 580), fill=(122, 66, 38))
    draw.ellipse((560, 510, 720, 600), fill=(250, 228, 170))


def box(draw: ImageDraw.ImageDraw, random: Random) -> None:
    draw.polygon([(330, 400), (760, 320), (980, 430), (560, 540)], fill=(190, 150, 104))
    draw.polygon([(330, 400), (560, 540), (560, 820), (330, 670)], fill=(164, 126, 84))
    draw.polygon([(560, 540), (980, 430), (980, 690), (560, 820)], fill=(146, 110, 72))
    draw.polygon([(540, 362), (600, 350), (790, 480), (720, 498)], fill=(214, 190, 146))


def crushed(draw: ImageDraw.ImageDraw, random: Random) -> None:
    """A box that something heavy stood on."""
    draw.polygon(
        [(330, 400), (520, 372), (600, 430), (760, 340), (980, 430), (700, 560), (560, 520)], fill=(190, 150, 104)
    )
    draw.polygon([(330, 400), (430, 500), (560, 520), (540, 640), (560, 820), (350, 690)], fill=(160, 122, 82))
    draw.polygon([(560, 520), (700, 560), (980, 430), (960, 560), (985, 690), (560, 820)], fill=(142, 106, 70))
    draw.polygon([(600, 430), (690, 500), (650, 560), (560, 520), (520, 470)], fill=(52, 40, 30))
    for start, end in (
        ((600, 430), (690, 500)),
        ((430, 500), (410, 640)),
        ((760, 560), (800, 700)),
        ((540, 640), (430, 600)),
    ):
        draw.line((*start, *end), fill=(104, 78, 52), width=7)


def label(draw: ImageDraw.ImageDraw, random: Random) -> None:
    """A parcel's label, or a slip of paper."""
    draw.rectangle((330, 210, 960, 760), fill=(250, 249, 244), outline=(120, 116, 110), width=3)
    lines = [
        "PRIORITY PARCEL",
        "",
        f"Waybill RR{random.randint(10**8, 10**9 - 1)}CN",
        f"Weight {random.randint(4, 60) / 10:.1f} kg",
        "Packed by 07    Checked by 12",
    ]
    for row, text in enumerate(lines):
        draw.text((370, 240 + row * 58), text, fill=(30, 30, 30), font=_font(40))
    x = 370
    while x < 910:
        width = random.choice([3, 5, 9])
        draw.rectangle((x, 560, x + width, 690), fill=(20, 20, 20))
        x += width + random.choice([4, 6, 10])


def half_box(draw: ImageDraw.ImageDraw, random: Random) -> None:
    """An open box with two places empty."""
    draw.rectangle((280, 240, 1000, 780), fill=(160, 124, 82))
    draw.rectangle((310, 270, 970, 750), fill=(118, 90, 60))
    for place in range(6):
        x, y = 330 + place % 3 * 215, 290 + place // 3 * 230
        draw.rectangle((x, y, x + 190, y + 205), fill=(88, 68, 46))
        if place not in (2, 4):
            draw.ellipse((x + 12, y + 20, x + 178, y + 186), fill=(222, 224, 218))
            draw.ellipse((x + 40, y + 48, x + 150, y + 158), fill=(196, 200, 196))


def tracking(draw: ImageDraw.ImageDraw, random: Random) -> None:
    """A telephone that shows the carrier's page."""
    draw.rounded_rectangle((430, 60, 850, 900), 46, fill=(24, 24, 28))
    draw.rectangle((450, 120, 830, 840), fill=(250, 250, 252))
    draw.rectangle((450, 120, 830, 190), fill=(38, 78, 140))
    draw.text((470, 136), "Track a parcel", fill=(255, 255, 255), font=_font(32))
    events = [
        ("Delivered", "post box, area 4401"),
        ("Out for delivery", "depot 17"),
        ("Arrived", "sorting centre"),
        ("In transit", "airport"),
        ("Accepted", "origin office"),
    ]
    for row, (event, place) in enumerate(events):
        y = 220 + row * 118
        draw.ellipse((474, y + 10, 492, y + 28), fill=(38, 78, 140) if row else (30, 130, 70))
        draw.text((510, y), event, fill=(20, 20, 24), font=_font(30))
        draw.text((510, y + 38), place, fill=(110, 110, 118), font=_font(24))


SCENES: dict[str, Draw] = {
    "mug": mug,
    "broken": broken,
    "bowl": bowl,
    "shirt": shirt,
    "wrong_colour": wrong_colour,
    "lens": lens,
    "crushed": crushed,
    "lamp": lamp,
    "box": box,
    "label": label,
    "half_box": half_box,
    "tracking": tracking,
}
