/** What do walkers tell of the pictures in a file? */

/** What a walker tells, whenever it knows more; each may throw to stop the upload. */
export interface SizeSink {
  /** One picture or frame is so large. */
  frame(width: number, height: number): void
  /** So many pixels have been seen in all pictures and frames together. */
  unpacked(pixels: number): void
  /** The size of a picture stands where nobody can read it on its way. */
  unreadable(): void
}

export interface Tell extends SizeSink {
  /** How many frames of a size this picture has so far. */
  frames(width: number, height: number, count: number): void
  /** Another picture begins in the same file. */
  another(): void
}
