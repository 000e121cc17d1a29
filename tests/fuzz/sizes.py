"""Which pictures do ComfyUI's decoders make of a file? Writes samples with its own PyAV and Pillow, and tells each frame."""
import io
import json
import sys

import av
import numpy
from PIL import Image

folder, width, height = sys.argv[1], 322, 242
noise = numpy.random.default_rng(7).integers(0, 255, (height, width, 3), numpy.uint8)


def coded(name, codec, pixels, count, **options):
    with av.open(f"{folder}/{name}", "w", **options) as container:
        stream = container.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = width, height, pixels
        for _ in range(count):
            for packet in stream.encode(av.VideoFrame.from_ndarray(noise, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)


def pillow(name, kind, count=1, **options):
    more = [Image.new("RGB", (width, height))] * (count - 1)
    Image.fromarray(noise).save(f"{folder}/{name}", kind, **({"save_all": True, "append_images": more} if more else {}), **options)


def twice(name):
    with open(f"{folder}/{name}", "rb") as file:
        content = file.read()
    with open(f"{folder}/twice-{name}", "wb") as file:
        file.write(content + content)


one = {"format": "image2", "options": {"update": "1"}}
coders = {
    "a.mp4": ("h264", "yuv420p", 3, {}), "frag.mp4": ("h264", "yuv420p", 3, {"options": {"movflags": "frag_keyframe+empty_moov"}}),
    "fast.mp4": ("h264", "yuv420p", 3, {"options": {"movflags": "faststart"}}), "a.mov": ("qtrle", "rgb24", 2, {}),
    "a.mkv": ("h264", "yuv420p", 3, {}), "a.webm": ("libvpx-vp9", "yuv420p", 3, {}), "a.avi": ("mjpeg", "yuvj420p", 3, {}),
    "a.apng": ("apng", "rgb24", 3, {}), "a.exr": ("exr", "gbrpf32le", 1, one), "a.hdr": ("hdr", "gbrpf32le", 1, one),
    "a.sgi": ("sgi", "rgb24", 1, one), "a.pcx": ("pcx", "rgb24", 1, one), "a.tga": ("targa", "bgr24", 1, one),
    "a.pam": ("pam", "rgb24", 1, one), "a.ppm": ("ppm", "rgb24", 1, one), "a.pfm": ("pfm", "gbrpf32le", 1, one),
    "a.qoi": ("qoi", "rgb24", 1, one), "a.j2k": ("jpeg2000", "rgb24", 1, one), "a.ljpg": ("jpegls", "rgb24", 1, one),
    "a.pix": ("alias_pix", "bgr24", 1, one),
}
savers = {
    "a.tif": ("TIFF", 1, {}), "lzw.tif": ("TIFF", 1, {"compression": "tiff_lzw"}), "pages.tif": ("TIFF", 4, {}),
    "a.avif": ("AVIF", 1, {}), "a.jp2": ("JPEG2000", 1, {}), "a.webp": ("WEBP", 1, {}), "moving.webp": ("WEBP", 3, {}),
    "a.gif": ("GIF", 1, {}), "moving.gif": ("GIF", 3, {}), "a.png": ("PNG", 1, {}), "a.jpg": ("JPEG", 1, {}),
    "progressive.jpg": ("JPEG", 1, {"progressive": True}), "a.bmp": ("BMP", 1, {}), "a.ico": ("ICO", 1, {}), "a.mpo": ("MPO", 2, {}),
}
made = []
for name, (codec, pixels, count, options) in coders.items():
    try:
        coded(name, codec, pixels, count, **options)
        made.append(name)
    except Exception:
        pass
for name, (kind, count, options) in savers.items():
    try:
        pillow(name, kind, count, **options)
        made.append(name)
    except Exception:
        pass
for name in ["a.png", "a.webp", "a.bmp", "a.qoi", "a.j2k", "a.ppm", "a.jpg", "a.gif"]:
    if name in made:
        twice(name)
        # Under another ending the content alone decides.
        with open(f"{folder}/twice-{name}", "rb") as old, open(f"{folder}/twice-{name}.dat", "wb") as new:
            new.write(old.read())
        made += [f"twice-{name}", f"twice-{name}.dat"]


def frames(name):
    found = []
    try:
        with av.open(f"{folder}/{name}") as container:
            for packet in container.demux(video=0):
                try:
                    found += [[frame.width, frame.height] for frame in packet.decode()]
                except av.error.InvalidDataError:
                    pass
    except Exception:
        pass
    if not found:
        try:
            with Image.open(f"{folder}/{name}") as picture:
                for index in range(getattr(picture, "n_frames", 1)):
                    picture.seek(index)
                    found.append(list(picture.size))
        except Exception:
            pass
    return found


print(json.dumps({name: frames(name) for name in made}))
