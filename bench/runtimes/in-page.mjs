// A browser: a row is measured when the page is asked for it.
import { contendersOf } from './contenders.mjs'
import { floors } from './floors-subtle.mjs'
import { measureRounds, timeCalls } from './rounds.mjs'

globalThis.loadRows = (data) => {
  const contenders = contendersOf(data, floors)
  globalThis.measureRow = async (id, options) => {
    const work = await contenders(id)
    return measureRounds(Object.keys(work), (name, count) => timeCalls(work[name], count), options)
  }
}
