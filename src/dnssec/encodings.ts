/** Base64 as key files hold it: strict, unlike Buffer, which passes over what it does not know. */

/** The octets, or undefined when the text is no base64 with its padding (RFC 4648 §4). */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined
  const octets = Uint8Array.from(Buffer.from(text, 'base64'))
  return octets.length === (text.length / 4) * 3 - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0)
    ? octets
    : undefined
}
