import type { Hono } from 'hono'
import type { ServerContext } from './keys.mjs'

export function createApp(context: ServerContext): Hono
