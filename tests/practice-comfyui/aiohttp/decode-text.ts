/** How does Python turn bytes into text for a charset a client names? @throws on unknown charsets and broken bytes. */

export function decodeText(body: Buffer, charset: string): string {
  const name = charset.toLowerCase().replaceAll('_', '-')
  if (name === 'utf-7' || name === 'utf7') return decodeUtf7(body)
  const ordered = name === 'utf-16' && body[0] === 0xfe && body[1] === 0xff ? 'utf-16be' : name
  // Python keeps the byte order mark of UTF-8, and takes that of UTF-16.
  const ignoreBOM = !ordered.startsWith('utf-16')
  return new TextDecoder(ordered, { fatal: true, ignoreBOM }).decode(body)
}

// RFC 2152: `+` opens base64 of UTF-16BE, `-` or any other character closes it, `+-` is a plus.
function decodeUtf7(body: Buffer): string {
  return body
    .toString('latin1')
    .replace(/\+([A-Za-z0-9/+]*)-?/g, (_, encoded: string) =>
      encoded === '' ? '+' : new TextDecoder('utf-16be').decode(evenBytes(Buffer.from(encoded, 'base64'))),
    )
}

function evenBytes(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.length - (bytes.length % 2))
}
