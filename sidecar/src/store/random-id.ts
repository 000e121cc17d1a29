/** Where do opaque ids come from? Characters that every file system and URL keeps as they are. */
import { randomInt } from 'node:crypto'

const lowerAlphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** `length` random characters of [a-z0-9]; 20 of them are 103 bits. */
export function randomId(length: number): string {
  return randomText(lowerAlphabet, length)
}

/** `length` random characters of `alphabet`. */
export function randomText(alphabet: string, length: number): string {
  let text = ''
  for (let index = 0; index < length; index += 1) text += alphabet.charAt(randomInt(alphabet.length))
  return text
}
