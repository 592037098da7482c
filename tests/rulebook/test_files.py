"""What is taken as evidence, how it is kept, and how it is handed out. The hostile files are made here."""

import hashlib
import io
import struct
import tracemalloc
import zipfile
import zlib

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from rulebook import files as port
from rulebook.files import Damaged, StoredFile, keep, memory_files, open_kept, sample
from rulebook.inputs import Upload, clean
from rulebook.refusals import Invalid
from rulebook.serving import file_response

SCRIPT = b"<script>alert(document.domain)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
HTML = b"<!DOCTYPE html><html><body>" + SCRIPT + b"</body></html>"
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@pytest.fixture(autouse=True)
def memory():
    with memory_files() as files:
        yield files


def upload(name, content):
    return SimpleUploadedFile(name, content)


def content_of(name):
    return sample(name).read()


def picture(form="PNG", size=(40, 30), mode="RGB", **options):
    out = io.BytesIO()
    Image.new(mode, size).save(out, form, **options)
    return out.getvalue()


def moving(form):
    out = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(out, form, save_all=True, append_images=frames[1:])
    return out.getvalue()


def zipped(name="inside.txt", content=b"hello"):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


def png_of(width, height):
    """A PNG whose header promises a picture that would fill the memory."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def pdf_with(inside, at_end=b""):
    return content_of("a.pdf").replace(b"<< /Type /Catalog", b"<< /Type /Catalog " + inside) + at_end


# ------------------------------------------------------------------ what is taken


@pytest.mark.parametrize(
    ("name", "media_type", "kept_as"),
    [
        ("photo.jpg", "image/jpeg", "photo.jpg"),
        ("photo.jpeg", "image/jpeg", "photo.jpeg"),
        ("photo.png", "image/png", "photo.png"),
        ("photo.webp", "image/jpeg", "photo.jpg"),
        ("photo.gif", "image/png", "photo.png"),
        ("invoice.pdf", "application/pdf", "invoice.pdf"),
        ("unboxing.mp4", "video/mp4", "unboxing.mp4"),
        ("unboxing.webm", "video/webm", "unboxing.webm"),
        ("chat.txt", "text/plain", "chat.txt"),
    ],
)
def test_every_sample_is_taken_as_what_it_is(name, media_type, kept_as):
    stored = keep(sample(name))

    assert (stored.media_type, stored.name) == (media_type, kept_as)
    assert stored.size == len(open_kept(stored.key))


def test_two_names_of_samples_are_two_contents_and_one_name_is_one():
    assert keep(sample("front.jpg")).key != keep(sample("back.jpg")).key
    assert keep(sample("front.jpg")) == keep(sample("front.jpg"))


def test_there_is_no_sample_of_a_type_that_is_not_taken():
    with pytest.raises(ValueError, match=r"\.jpg"):
        sample("evidence.docx")


def test_the_key_is_the_hash_of_what_is_kept_and_the_sum_is_that_of_what_was_sent():
    sent = content_of("photo.jpg")

    stored = keep(upload("photo.jpg", sent))

    assert stored.sha256 == hashlib.sha256(sent).hexdigest()
    assert hashlib.sha256(open_kept(stored.key)).hexdigest() in stored.key
    assert stored.sha256 not in stored.key


def test_the_columns_fit_the_record_and_read_back():
    stored = keep(sample("photo.jpg"))

    assert list(stored.columns()) == ["file_name", "file_key", "media_type", "size", "sha256"]
    assert StoredFile.of(stored.columns()) == stored


def test_a_file_that_was_kept_before_is_handed_through(memory):
    stored = keep(sample("photo.jpg"))
    memory.kept.clear()

    assert keep(stored) is stored
    assert memory.kept == {}


def test_the_file_is_read_from_its_beginning_whoever_read_it_before():
    file = sample("chat.txt")
    file.read()

    assert keep(file).size == len(content_of("chat.txt"))


def test_text_in_any_script_is_taken():
    assert (
        keep(upload("chat.txt", "Das Päckchen kam leer an. 包裹是空的。\r\n\tЗдравствуйте".encode())).media_type
        == "text/plain"
    )


# ------------------------------------------------------------------ pictures are drawn anew


def test_position_camera_and_comments_are_gone():
    exif = Image.Exif()
    exif[0x010F] = "Spycam"
    exif.get_ifd(0x8825)[1] = "N"
    sent = picture("JPEG", exif=exif, comment=b"my home address")

    kept = open_kept(keep(upload("photo.jpg", sent)).key)

    assert b"Spycam" in sent
    assert b"Spycam" not in kept and b"home" not in kept and b"Exif" not in kept
    assert len(Image.open(io.BytesIO(kept)).getexif()) == 0


def test_a_picture_that_lay_on_its_side_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6

    kept = open_kept(keep(upload("photo.jpg", picture("JPEG", size=(40, 30), exif=exif))).key)

    assert Image.open(io.BytesIO(kept)).size == (30, 40)


def test_a_large_photograph_on_its_side_is_kept_at_half_its_size():
    exif = Image.Exif()
    exif[0x0112] = 6

    kept = open_kept(keep(upload("photo.jpg", picture("JPEG", size=(6000, 4000), exif=exif))).key)

    assert Image.open(io.BytesIO(kept)).size == (2000, 3000)


def test_what_a_png_tells_beside_its_picture_is_gone():
    notes, exif = PngInfo(), Image.Exif()
    notes.add_text("Comment", "my home address")
    exif[0x010F] = "Spycam"
    sent = picture("PNG", pnginfo=notes, exif=exif, icc_profile=b"profile of a camera")

    kept = Image.open(io.BytesIO(open_kept(keep(upload("photo.png", sent)).key)))

    assert Image.open(io.BytesIO(sent)).text == {"Comment": "my home address"}
    assert (kept.text, dict(kept.getexif()), kept.info) == ({}, {}, {})


def test_transparency_stays():
    kept = keep(upload("logo.webp", picture("WEBP", mode="RGBA")))

    assert kept.media_type == "image/png"
    assert Image.open(io.BytesIO(open_kept(kept.key))).mode == "RGBA"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16"])
def test_pictures_of_every_mode_are_drawn(mode):
    assert keep(upload("scan.png", picture(mode=mode))).media_type == "image/png"


def test_a_picture_for_print_becomes_one_for_the_screen():
    kept = keep(upload("scan.jpg", picture("JPEG", mode="CMYK")))

    assert Image.open(io.BytesIO(open_kept(kept.key))).mode == "RGB"


@pytest.mark.parametrize("hidden", [HTML, SCRIPT, SVG, b"<?php system($_GET[0]); ?>", zipped(), EICAR, b"MZ\x90\x00"])
@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF"])
def test_what_was_appended_to_a_picture_is_not_kept(form, hidden):
    kept = open_kept(keep(upload("photo.png", picture(form) + hidden)).key)

    assert hidden not in kept


def test_a_script_in_the_comment_of_a_picture_is_not_kept():
    sent = picture("JPEG", comment=SCRIPT)

    assert SCRIPT in sent
    assert SCRIPT not in open_kept(keep(upload("photo.jpg", sent)).key)


# ------------------------------------------------------------------ the zoo


def box(kind, body, size=None):
    return struct.pack(">I4s", 8 + len(body) if size is None else size, kind) + body


FTYP = box(b"ftyp", b"isom\x00\x00\x02\x00isommp41")
TRUNCATED_PICTURE = picture("PNG", size=(300, 300))[:-60]
NOISE = bytes(range(256)) * 4

ZOO = {
    "nothing": ("a.jpg", b"", "empty"),
    "svg with script": ("a.svg", SVG, "SVG"),
    "svg named png": ("a.png", SVG, "SVG"),
    "svg behind an xml head": ("a.svg", b'<?xml version="1.0"?>\n<!-- x -->' + SVG, "SVG"),
    "svg behind a byte order mark": ("a.svg", b"\xef\xbb\xbf" + SVG, "SVG"),
    "svg behind spaces": ("a.txt", b" " * 5000 + SVG, "SVG"),
    "svg in utf-16": ("a.svg", SVG.decode().encode("utf-16"), "type of file"),
    "svg, packed": ("a.svgz", b"\x1f\x8b\x08\x00" + zlib.compress(SVG), "Archives"),
    "web page": ("a.html", HTML, "Web pages"),
    "web page named txt": ("a.txt", HTML, "Web pages"),
    "web page named jpg": ("a.jpg", HTML, "Web pages"),
    "words with a script at the end": ("a.txt", b"hello " * 900 + SCRIPT, "Web pages"),
    "words with a frame": ("a.txt", b"<IFRAME src=//evil.example>", "Web pages"),
    "words with php": ("a.txt", b"hello <?php system('id'); ?>", "Web pages"),
    "xml with an external entity": ("a.xml", b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hosts">]><r>&x;</r>', "XML"),
    "xml bomb": ("a.xml", b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><l>&b;</l>', "XML"),
    "zip": ("a.zip", zipped(), "Archives"),
    "zip named jpg": ("a.jpg", zipped(), "Archives"),
    "zip bomb": ("a.zip", zipped(content=b"\0" * 5_000_000), "Archives"),
    "zip with a way out": ("a.zip", zipped("../../etc/passwd"), "Archives"),
    "empty zip": ("a.zip", b"PK\x05\x06" + bytes(18), "Archives"),
    "office document": ("a.docx", zipped("word/document.xml", b"<x/>"), "Archives"),
    "old office document": ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Archives"),
    "rar": ("a.rar", b"Rar!\x1a\x07\x00" + bytes(50), "Archives"),
    "7z": ("a.7z", b"7z\xbc\xaf\x27\x1c" + bytes(50), "Archives"),
    "gzip": ("a.gz", b"\x1f\x8b\x08" + bytes(50), "Archives"),
    "program": ("a.jpg", b"MZ\x90\x00" + NOISE, "type of file"),
    "elf program": ("a.png", b"\x7fELF" + NOISE, "type of file"),
    "java class": ("a.class", b"\xca\xfe\xba\xbe" + NOISE, "type of file"),
    "noise": ("a.txt", NOISE, "type of file"),
    "words with zero bytes": ("a.txt", b"hello\x00world", "type of file"),
    "words with escapes for terminals": ("a.txt", b"\x1b]0;pwned\x07", "type of file"),
    "words in latin-1": ("a.txt", "Größe".encode("latin-1"), "UTF-8"),
    "only spaces": ("a.txt", b" \n\t ", "no words"),
    "test virus": ("a.txt", EICAR, "virus"),
    "bmp": ("a.bmp", picture("BMP"), "type of file"),
    "tiff": ("a.tif", picture("TIFF"), "type of file"),
    "picture in another's skin": ("a.jpg", b"\xff\xd8\xff\xe0" + NOISE, "damaged"),
    "png cut short": ("a.png", TRUNCATED_PICTURE, "damaged"),
    "jpeg cut short": ("a.jpg", picture("JPEG", size=(300, 300))[:-200], "damaged"),
    "png's signature alone": ("a.png", b"\x89PNG\r\n\x1a\n", "damaged"),
    "gif's signature with a script": ("a.gif", b"GIF89a/*" + SCRIPT + b"*/=1;alert(1)", "damaged"),
    "picture of 2,500 megapixels": ("a.png", png_of(50_000, 50_000), "megapixels"),
    "picture a little too large": ("a.png", png_of(4_001, 2_500), "megapixels"),
    "picture of no height": ("a.png", png_of(10, 0), "damaged"),
    "moving gif": ("a.gif", moving("GIF"), "Moving"),
    "moving webp": ("a.webp", moving("WEBP"), "Moving"),
    "moving png": ("a.png", moving("PNG"), "Moving"),
    "pdf with a zip behind": ("a.pdf", content_of("a.pdf") + zipped(), "second one"),
    "pdf with a zip inside": ("a.pdf", content_of("a.pdf").replace(b"xref\n0", zipped() + b"xref\n0"), "second one"),
    "pdf with a web page behind": ("a.pdf", content_of("a.pdf") + HTML, "second one"),
    "pdf with a web page at its head": ("a.pdf", b"%PDF-1.4\n%" + HTML + content_of("a.pdf")[8:], "second one"),
    "pdf that does not begin as one": ("a.pdf", b"MZ" + bytes(20) + content_of("a.pdf"), "type of file"),
    "pdf with a script": ("a.pdf", pdf_with(b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>"), "scripts"),
    "pdf with a script in disguise": ("a.pdf", pdf_with(b"/OpenAction << /S /J#61vaScript /JS (1) >>"), "scripts"),
    "pdf that starts a program": ("a.pdf", pdf_with(b"/OpenAction << /S /Launch /F (cmd.exe) >>"), "scripts"),
    "pdf with a file in it": ("a.pdf", pdf_with(b"/Names << /EmbeddedFiles 9 0 R >>"), "scripts"),
    "pdf cut short": ("a.pdf", content_of("a.pdf")[:-40], "incomplete"),
    "pdf's signature alone": ("a.pdf", b"%PDF-1.4\n", "incomplete"),
    "film with a web page in front": ("a.mp4", HTML + content_of("a.mp4"), "Web pages"),
    "film with a web page inside": ("a.mp4", FTYP + box(b"free", HTML) + content_of("a.mp4")[24:], "second one"),
    "film with a web page behind": ("a.mp4", content_of("a.mp4") + HTML, "damaged"),
    "film with a zip in it": ("a.mp4", content_of("a.mp4") + box(b"free", zipped()), "second one"),
    "film without a film": ("a.mp4", FTYP + box(b"mdat", b"x" * 90), "damaged"),
    "film with a box of its own invention": ("a.mp4", content_of("a.mp4") + box(b"evil", b"x" * 90), "damaged"),
    "film cut short": ("a.mp4", content_of("a.mp4")[:-4], "damaged"),
    "film whose box has no end": ("a.mp4", FTYP + box(b"moov", b"", size=3) + bytes(80), "damaged"),
    "film whose box is too large": ("a.mp4", FTYP + struct.pack(">I4sQ", 1, b"mdat", 2**63) + bytes(80), "damaged"),
    "heic": ("a.heic", box(b"ftyp", b"heic\x00\x00\x00\x00mif1heic") + bytes(200), "HEIC"),
    "matroska": ("a.mkv", content_of("a.webm").replace(b"\x84webm", b"\x88matroska"), "kind of video"),
    "webm cut short": ("a.webm", content_of("a.webm")[:24], "damaged"),
    "webm with a zip behind": ("a.webm", content_of("a.webm") + zipped(), "second one"),
}


@pytest.mark.parametrize("animal", ZOO)
def test_a_hostile_or_broken_file_is_refused_with_a_sentence_and_not_kept(animal, memory):
    name, content, says = ZOO[animal]

    with pytest.raises(ValueError, match=says) as refusal:
        keep(upload(name, content))

    assert memory.kept == {}
    assert str(refusal.value).endswith(".")


def test_a_bomb_is_refused_before_it_is_unpacked():
    content = png_of(50_000, 50_000)
    tracemalloc.start()

    with pytest.raises(ValueError, match="megapixels"):
        keep(upload("a.png", content))

    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


# ------------------------------------------------------------------ size


def test_the_rulebook_says_how_large_a_file_may_be(memory, monkeypatch):
    monkeypatch.setattr(memory, "limit", lambda: 100)

    assert keep(upload("a.txt", b"x" * 100)).size == 100
    with pytest.raises(ValueError, match="too large"):
        keep(upload("a.txt", b"x" * 101))


def test_a_file_that_hides_its_size_is_not_read_further_than_the_limit(memory, monkeypatch):
    class Endless:
        name = "endless.txt"
        asked = 0

        def read(self, count):
            self.asked = count
            return b"x" * count

    monkeypatch.setattr(memory, "limit", lambda: 1000)
    endless = Endless()

    with pytest.raises(ValueError, match="too large"):
        keep(endless)

    assert endless.asked == 1001


def test_the_limit_is_the_parameter_of_the_rulebook(memory):
    assert memory.limit() == 20 * 1024 * 1024


@pytest.mark.django_db
def test_the_storage_asks_the_same_rulebook():
    assert port.StorageFiles().limit() == 20 * 1024 * 1024


# ------------------------------------------------------------------ names


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd", "passwd.txt"),
        ("C:\\Users\\Ann\\proof.txt", "proof.txt"),
        ("invoice.pdf.exe", "invoice.pdf.exe.txt"),
        ("invoice.html", "invoice.html.txt"),
        ("photo.png", "photo.txt"),
        ("\u202etxt.exe", "txt.exe.txt"),
        ("a\x00b\r\nc.txt", "abc.txt"),
        ("证据 1.txt", "证据 1.txt"),
        ('<img src="x">.txt', "img src=x.txt"),
        ("...", "file.txt"),
        ("", "file.txt"),
        (".txt", "txt.txt"),
        ("x" * 5000 + ".txt", "x" * 116 + ".txt"),
        ("x" * 300, "x" * 116 + ".txt"),
    ],
)
def test_a_name_is_cleaned_and_ends_as_its_content_says(sent, shown):
    class File(io.BytesIO):
        name = sent

    assert keep(File(b"hello")).name == shown


# ------------------------------------------------------------------ the input


def test_an_action_gets_a_file_that_is_checked_and_kept():
    values = clean({"file": Upload()}, {"file": sample("photo.jpg")})

    assert isinstance(values["file"], StoredFile)


def test_a_refused_file_is_the_fields_error():
    with pytest.raises(Invalid) as refusal:
        clean({"file": Upload()}, {"file": upload("a.svg", SVG)})

    assert "SVG" in str(refusal.value)


@pytest.mark.parametrize("raw", ["photo.jpg", b"bytes", 3, object()])
def test_what_is_no_file_is_refused(raw):
    with pytest.raises(Invalid, match="Choose a file"):
        clean({"file": Upload()}, {"file": raw})


# ------------------------------------------------------------------ storage


@pytest.fixture
def storage(tmp_path, settings):
    settings.MEDIA_ROOT = str(tmp_path)
    adapter = port.StorageFiles()
    adapter.limit = lambda: 20 * 1024 * 1024
    with memory_files(adapter):
        yield tmp_path


def test_what_was_kept_twice_lies_once_and_only_its_owner_reads_it(storage):
    first, second = keep(sample("photo.jpg")), keep(sample("photo.jpg"))

    found = [path for path in storage.rglob("*") if path.is_file()]
    assert first == second
    assert [path.relative_to(storage).as_posix() for path in found] == [first.key]
    assert found[0].stat().st_mode & 0o077 == 0


def test_a_copy_that_was_torn_when_the_machine_stopped_is_written_again(storage):
    stored = keep(sample("photo.jpg"))
    (storage / stored.key).write_bytes(b"half")

    keep(sample("photo.jpg"))

    assert len(open_kept(stored.key)) == stored.size


def test_two_who_keep_the_same_at_the_same_time_leave_one_copy(storage, monkeypatch):
    stored = keep(sample("photo.jpg"))
    looks = [False]  # the first look was too early
    exists = default_storage.exists
    monkeypatch.setattr(default_storage, "exists", lambda key: looks.pop() if looks else exists(key))

    keep(sample("photo.jpg"))

    assert len([path for path in storage.rglob("*") if path.is_file()]) == 1
    assert open_kept(stored.key)


def test_a_flipped_bit_a_swapped_file_and_a_lost_one_are_noticed_at_reading(storage):
    stored, other = keep(sample("photo.jpg")), keep(sample("other.jpg"))
    path = storage / stored.key

    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    with pytest.raises(Damaged, match="changed"):
        open_kept(stored.key)

    path.write_bytes((storage / other.key).read_bytes())
    with pytest.raises(Damaged, match="changed"):
        open_kept(stored.key)

    path.unlink()
    with pytest.raises(Damaged, match="gone"):
        open_kept(stored.key)


# ------------------------------------------------------------------ serving

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.pdf", "a.mp4", "a.webm", "a.txt"])
def test_whatever_is_served_no_browser_runs_it(name):
    response = file_response(keep(sample(name)))

    assert {header: response[header] for header in HEADERS} == HEADERS


@pytest.mark.parametrize(
    ("name", "disposition"),
    [
        ("a.jpg", "inline"),
        ("a.png", "inline"),
        ("a.pdf", "attachment"),
        ("a.txt", "attachment"),
        ("a.mp4", "attachment"),
    ],
)
def test_only_pictures_that_were_drawn_anew_are_shown_in_a_page(name, disposition):
    response = file_response(keep(sample(name)))

    assert response["Content-Disposition"] == f'{disposition}; filename="{name}"'


def test_a_picture_can_be_handed_out_as_a_file():
    assert file_response(keep(sample("a.jpg")), inline_pictures=False)["Content-Disposition"].startswith("attachment")


def test_an_unknown_type_on_record_is_served_as_bytes():
    columns = {**keep(sample("a.txt")).columns(), "media_type": "text/html"}

    response = file_response(columns)

    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment")


def test_a_damaged_file_is_not_served(memory):
    stored = keep(sample("a.jpg"))
    memory.kept[stored.key] = b"something else"

    with pytest.raises(Damaged):
        file_response(stored)
