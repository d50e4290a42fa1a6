// The data of a run as text, for runtimes that share nothing else: JSON with octets and dates.

/** Made where there is a Buffer. */
export function encode(value) {
  return JSON.stringify(value, function (key, shown) {
    // What has a toJSON of its own comes here already converted.
    const given = this[key]
    if (given instanceof Uint8Array) return { $octets: Buffer.from(given).toString('base64') }
    return given instanceof Date ? { $date: given.getTime() } : shown
  })
}

const octetsOf = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0))

export function decode(text) {
  return JSON.parse(text, (key, value) => {
    if (typeof value?.$octets === 'string') return octetsOf(value.$octets)
    return typeof value?.$date === 'number' ? new Date(value.$date) : value
  })
}
