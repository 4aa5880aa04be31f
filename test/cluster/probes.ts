import type { Serving } from './lanekeeper.ts'

/** What /readyz says. */
export async function readyz({ probes }: Serving): Promise<{ readonly ready: boolean; readonly report: string }> {
  const response = await fetch(`${probes}/readyz`)
  return { ready: response.status === 200, report: await response.text() }
}

/** The value of a gauge or counter whose line begins like this, as `name{kind="HTTPRoute"}`. */
export async function metric({ probes }: Serving, name: string): Promise<number | undefined> {
  const lines = (await (await fetch(`${probes}/metrics`)).text()).split('\n')
  const line = lines.find((each) => each.startsWith(`${name} `))
  return line === undefined ? undefined : Number(line.slice(name.length))
}
