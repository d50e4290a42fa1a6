// workerd, whose clock stands still while it computes: it does what a request asks for, and the host looks at its own clock.
import { contendersOf } from './contenders.mjs'
import { floors } from './floors-subtle.mjs'
import { timeCalls } from './rounds.mjs'

let contenders = null

const worker = {
  /** The data as body of the first request; then `?row=…&contender=…&count=…`. */
  async fetch(request) {
    const { searchParams } = new URL(request.url)
    const row = searchParams.get('row')
    if (row === null) contenders = contendersOf(await request.text(), floors)
    else await timeCalls((await contenders(row))[searchParams.get('contender')], Number(searchParams.get('count')))
    return new Response('done')
  },
}

export { worker as default }
