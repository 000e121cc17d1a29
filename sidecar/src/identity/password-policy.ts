/** Is a new password good enough? Long, not on the list everybody tries first, and not made of one's own name. */
import { GatehouseError } from '../gatehouse-error.ts'
import { commonPasswords, commonStems } from './common-passwords.ts'
import { passwordLimitBytes } from './password.ts'

const minimumCount = 12
/** A name shorter than this is part of too many good passwords. */
const nameMinimumCount = 3
/** Fewer different characters than this is a repetition. */
const distinctMinimumCount = 5

/** Rows of a keyboard and the two obvious orders; a password that walks along one of them is a sequence. */
const walks = [
  'abcdefghijklmnopqrstuvwxyz',
  '0123456789',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
  'azertyuiopqsdfghjklmwxcvbn',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p',
  '1q2w3e4r5t6y7u8i9o0p',
]

/** @throws weak_password with the sentence that says why */
export function judgeNewPassword(password: string, userName: string): void {
  const reason = weakness(password, userName)
  if (reason !== undefined) throw new GatehouseError('weak_password', { message: reason })
}

function weakness(password: string, userName: string): string | undefined {
  const characters = [...password]
  if (characters.length < minimumCount) return `The password needs at least ${minimumCount} characters.`
  if (Buffer.byteLength(password.normalize('NFC')) > passwordLimitBytes) {
    return `The password may have at most ${passwordLimitBytes} bytes.`
  }
  if (/\p{Cc}/u.test(password) || !password.isWellFormed()) return 'The password contains a control character.'
  const folded = password.normalize('NFKC').toLowerCase()
  if (containsName(folded, userName)) return 'The password contains the user name.'
  if (new Set(folded).size < distinctMinimumCount) return 'The password repeats too few characters.'
  if (isRepetition(folded)) return 'The password repeats the same piece.'
  if (isWalk(folded)) return 'The password is a sequence.'
  if (isCommon(folded)) return 'The password is one that everybody tries first.'
  return undefined
}

function containsName(folded: string, userName: string): boolean {
  const squeezed = userName.replace(/[ ._@+'-]/g, '')
  const names = [userName, squeezed].filter((name) => [...name].length >= nameMinimumCount)
  return names.some((name) => folded.includes(name) || unleet(folded).includes(name))
}

/** `abcabcabcabc`: the text is found in its own double before its end. */
function isRepetition(folded: string): boolean {
  return (folded + folded).indexOf(folded, 1) < folded.length
}

function isWalk(folded: string): boolean {
  const letters = folded.replace(/[^a-z0-9]/g, '')
  if (letters.length < minimumCount) return false
  return walks.some((walk) => {
    const round = walk + walk + walk
    return round.includes(letters) || [...round].reverse().join('').includes(letters)
  })
}

function isCommon(folded: string): boolean {
  return [folded, unleet(folded)].some(
    (text) => commonPasswords.has(text) || commonPasswords.has(stripped(text)) || isStemOnly(text),
  )
}

/** Nothing but common stems once digits and punctuation are gone: `Password2026!!`, `comfyui-admin-1`. */
function isStemOnly(text: string): boolean {
  let rest = text.replace(/[^\p{L}]/gu, '')
  if (rest === '') return false
  for (const stem of commonStems) rest = rest.replaceAll(stem, '')
  return rest === ''
}

function stripped(text: string): string {
  return text.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '')
}

const leet: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
}

function unleet(text: string): string {
  return text.replace(/[013457@$!]/g, (character) => leet[character] ?? character)
}
