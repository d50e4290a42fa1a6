/** A well-formed URL with `https://` in front, as Apple's page wants it: no white space around, no other scheme. */
export function isHttpsUrl(text: string): boolean {
  return text.startsWith('https://') && schemeOf(text) === 'https:'
}

/** SCEP protects its messages itself, so its URL may also be plain. */
export function isHttpUrl(text: string): boolean {
  return isHttpsUrl(text) || (text.startsWith('http://') && schemeOf(text) === 'http:')
}

function schemeOf(text: string): string | null {
  if (/\s/.test(text)) return null
  try {
    return new URL(text).protocol
  } catch {
    return null
  }
}
