import { expect, test } from 'vitest'
import { growth } from '../support/hostile.js'

const steps = (count: number): number => {
  let sum = 0
  for (let i = 0; i < count; i++) sum = (sum * 31 + i) | 0
  return sum
}

test('the measure of growth tells linear from quadratic work', () => {
  expect(growth((size) => () => steps(size * 1000), 500)).toBeLessThan(3)
  expect(growth((size) => () => steps(size * size), 500)).toBeGreaterThan(3)
})
