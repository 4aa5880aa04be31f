import { type FastifyInstance, fastify } from 'fastify'
import { type Condition, readiness } from './readiness.ts'

export interface ProbesOptions {
  readonly conditions: readonly Condition[]
  /** The metrics as text, and their content type. */
  readonly metrics: () => Promise<{ readonly text: string; readonly contentType: string }>
}

/** The second, plain-HTTP port: what kubelet and Prometheus ask. It tells nothing about any object. */
export function buildProbes(options: ProbesOptions): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: 1024,
    requestTimeout: 10_000,
    http: { headersTimeout: 10_000 },
    return503OnClosing: false,
  })
  app.get('/livez', (_request, reply) => reply.type('text/plain; charset=utf-8').send('ok\n'))
  app.get('/readyz', (_request, reply) => {
    const { ready, report } = readiness(options.conditions)
    return reply
      .code(ready ? 200 : 503)
      .type('text/plain; charset=utf-8')
      .send(`${report}\n`)
  })
  app.get('/metrics', async (_request, reply) => {
    const { text, contentType } = await options.metrics()
    return reply.header('content-type', contentType).send(text)
  })
  return app
}
