import { describe, expect, it } from 'vitest'
import { commonPasswords } from './common-passwords.ts'
import { judgeNewPassword } from './password-policy.ts'

const judge =
  (password: string, name = 'alice') =>
  () =>
    judgeNewPassword(password, name)

describe('a new password', () => {
  it.each([
    'a violet umbrella, folded',
    'kT9$vLw2#pQx',
    'heron crossed noon',
    '\u4f60\u597d\u4e16\u754c\u6211\u662f\u4e00\u53ea\u5c0f\u5c0f\u9e1f\u554a\u5440',
    'seven lanterns by the quay',
  ])('%j is taken', (password) => {
    expect(judge(password)).not.toThrow()
  })

  it.each([
    ['', /at least 12/],
    ['eleven char', /at least 12/],
    ['\u{1f510}'.repeat(11), /at least 12/],
    ['alice in the garden', /user name/],
    ['the-ALICE-in-me', /user name/],
    ['4l1c3 was here today', /user name/],
    ['aaaaaaaaaaaaaaaa', /too few/],
    ['abababababababab', /too few/],
    ['abcdexabcdex', /same piece/],
    ['abcdefghijklm', /sequence/],
    ['9876543210987', /sequence/],
    ['qwertyuiopas', /sequence/],
    ['1qaz2wsx3edc4rfv', /sequence/],
    ['changeme1234', /tries first/],
    ['Password1234', /tries first/],
    ['P@ssw0rd1234!', /tries first/],
    ['comfyui-admin-2026', /tries first/],
    ['ComfyUI-Password', /tries first/],
    ['correct horse battery staple', /tries first/],
    ['!!!letmein123456!!!', /tries first/],
    ['control \u0007 character', /control/],
    [`${'x y z '.repeat(400)}`, /at most 1024/],
  ])('%j is refused', (password, reason) => {
    expect(judge(password)).toThrow(reason)
  })

  it('may contain a name that is too short to matter', () => {
    expect(judge('violet umbrella, folded', 'vi')).not.toThrow()
  })

  it('is on the list of leaked ones in no spelling of case', () => {
    for (const leaked of commonPasswords) if (leaked.length >= 12) expect(judge(leaked.toUpperCase()), leaked).toThrow()
    expect(commonPasswords.size).toBeGreaterThan(500)
  })
})
