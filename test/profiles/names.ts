// Texts that must come through every field as they are.

export const HOSTILE_TEXTS: readonly string[] = [
  ']]><string>injected</string>',
  '</string></dict></plist>',
  '<!DOCTYPE x [<!ENTITY e "boom">]>&e;',
  '&amp; &lt; &#0; &bogus;',
  '"quotes" \'and\' `more`',
  ' leading and trailing ',
  'line\nbreak\r\nand\ttab',
  '🇷🇺 ŠŽ 👻 \u202Eevil',
  '${jndi:ldap://x} $(AppIdentifierPrefix)',
  '__proto__',
  '../../etc/passwd',
  '-----BEGIN CERTIFICATE-----',
  "'; DROP TABLE devices; --",
  '{{{raw}}}',
]

/** The three parts of a subject, in the form that `distinguishedName` gives. */
export function subjectOf(...pairs: readonly (readonly [string, string])[]): { type: string; value: string }[][] {
  return pairs.map(([type, value]) => [{ type, value }])
}
