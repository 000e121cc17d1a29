/** What kind of file is it, as ComfyUI's combos sort them? By the ending, as Python's mimetypes does. */

export type FileKind = 'image' | 'audio' | 'video' | 'mesh' | 'latent' | 'document'

const endings: Readonly<Record<FileKind, string>> = {
  image:
    'apng avif bmp gif heic heif ico ief jpe jpeg jpg pbm pgm png pnm ppm psd ras rgb svg tif tiff webp xbm xpm xwd',
  audio: '3g2 aac adts aif aifc aiff ass au flac loas m4a mp2 mp3 oga ogg opus ra snd wav weba',
  video: '3gp 3gpp 3gpp2 avi m1v m4v mkv mov movie mp4 mpa mpe mpeg mpg ogv qt webm',
  // nodes_load_3d.py 0.33.0
  mesh: 'fbx glb gltf ksplat obj ply splat spz stl',
  latent: 'latent',
  document: 'pdf txt',
}

const kinds = new Map(
  Object.entries(endings).map(([kind, words]): [string, ReadonlySet<string>] => [kind, new Set(words.split(' '))]),
)

/** Whether a file name ends like one of the kinds. */
export function isOfKind(filename: string, wanted: readonly FileKind[]): boolean {
  const ending = endingOf(filename)
  return wanted.some((kind) => kinds.get(kind)?.has(ending) === true)
}

/** Lower case, without the dot; empty when there is none. */
export function endingOf(filename: string): string {
  const dot = filename.lastIndexOf('.')
  return dot < 0 ? '' : filename.slice(dot + 1).toLowerCase()
}
