// Node, Deno, Bun: `in-process.mjs INPUT`; the rows of the input file measured in this process as `npm run bench` measures,
// one line of JSON each.
import { readFileSync } from 'node:fs'
import { compare } from '../measure.mjs'
import { contendersOf } from './contenders.mjs'
import { floors } from './floors-node.mjs'

const { rows, options, data } = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const contenders = contendersOf(data, floors)
for (const id of rows) {
  const work = await contenders(id)
  const { by, waiting, times, ratio } = await compare(work, options)
  const toFloor = 'floor' in work ? ratio('ours', 'floor') : null
  console.log(JSON.stringify({ id, by, waiting, times, ratio: toFloor }))
}
