import { setTimeout as delay } from 'node:timers/promises'
import { AdminApi } from '../test/cluster/admin-api.ts'
import { startControlPlane } from '../test/cluster/control-plane.ts'
import { freePort } from '../test/cluster/free-port.ts'
import { installGatewayApi } from '../test/cluster/gateway-api.ts'
import { installChart, startReplica } from '../test/cluster/installation.ts'
import { readyz } from '../test/cluster/probes.ts'
import { giveNamespaces } from '../test/cluster/users.ts'
import { gatewayOf, granting, parentRef, platformRoot, prefix, type Raw, route, serving, to } from '../test/manifest-fixtures.ts'

// Start to ready, against a real API server with many HTTPRoutes: `node bench/start.ts [ROUTES]`. The aim for 5,000 is 5 s.

const ROUTES = Number(process.argv[2] ?? 5_000)
const WRITERS = 16
const RUNS = 3

function child(index: number): Raw {
  const matches = [prefix(`/shop/${index}`), prefix(`/shop/${index}/api`, { headers: [{ name: 'x-team', value: 'shop' }] })]
  return route(`shop/route-${index}`, { parentRefs: [parentRef('infra/parent')], rules: [serving(...matches)] })
}

const plane = await startControlPlane()
try {
  await installGatewayApi(plane, { version: '1.6', channel: 'standard' })
  await giveNamespaces(plane, 'shop', ['shop', 'infra'])
  const api = new AdminApi(plane)
  const objects = [...gatewayOf('kgateway'), platformRoot([granting(prefix('/shop'), to('shop/*'))])]
  objects.push(...Array.from({ length: ROUTES - 1 }, (_, index) => child(index)))
  const write = async (object: Raw) => {
    const problem = await api.put(object)
    if (problem !== undefined) throw new Error(problem)
  }
  await Promise.all(
    Array.from({ length: WRITERS }, async () => {
      for (let object = objects.shift(); object !== undefined; object = objects.shift()) await write(object)
    }),
  )
  api.close()
  const port = await freePort()
  await installChart(plane, `https://127.0.0.1:${port}`)
  for (let run = 0; run < RUNS; run++) {
    const started = performance.now()
    const replica = await startReplica(plane, { port, name: `run-${run}` })
    const printed = performance.now()
    while (!(await readyz(replica)).ready) await delay(20)
    const ready = performance.now()
    const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(2)} s`
    console.log(`${ROUTES} HTTPRoutes: serving after ${seconds(printed - started)}, ready after ${seconds(ready - started)}`)
    await replica.stop()
  }
} finally {
  await plane.stop()
}
