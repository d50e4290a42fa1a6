// Prints what happens: a numbered step with its time, and under it what was sent.
let number = 0

/** Runs one step, prints its title, its time and what it notes. */
export async function step(title, work) {
  number += 1
  const notes = []
  const started = performance.now()
  const result = await work((text) => notes.push(text))
  const milliseconds = (performance.now() - started).toFixed(1)
  console.log(`${String(number).padStart(3)}  ${title.padEnd(72)} ${milliseconds.padStart(7)} ms`)
  for (const note of notes) console.log(`       ${note}`)
  return result
}

export function heading(text) {
  console.log(`\n${text}`)
}

export const bytes = (data) => `${String(data.length)} bytes`

/** A short form of something long, for people. */
export const short = (text) => (text.length <= 40 ? text : `${text.slice(0, 24)}… (${String(text.length)} characters)`)
