// What a runtime has loaded: the contenders of a row, made when they are asked for.
import { ours } from './ours.mjs'
import { decode } from './wire.mjs'

/** `text`: the data of the run. Answers a function: `{ ours, floor? }` of a row. */
export function contendersOf(text, floors) {
  const data = decode(text)
  const made = new Map()
  return async (id) => {
    if (!made.has(id)) {
      const work = { ours: await ours[id](data) }
      made.set(id, id in floors ? { ...work, floor: await floors[id](data) } : work)
    }
    return made.get(id)
  }
}
