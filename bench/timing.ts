/** Microseconds of processor time, so that a busy machine doesn't count, over `runs` runs: median, 99th percentile and worst. Without `warmUp` the first, cold run counts too. */
export function measure(work: () => unknown, runs: number, warmUp = 20): { median: number; p99: number; worst: number } {
  for (let run = 0; run < warmUp; run++) work()
  const times: number[] = []
  for (let run = 0; run < runs; run++) {
    const start = process.threadCpuUsage()
    const wall = process.hrtime.bigint()
    work()
    const used = process.threadCpuUsage(start)
    // The processor clock is coarse for short work, where the wall clock is not disturbed.
    const micros = used.user + used.system
    times.push(micros > 5_000 ? micros : Math.min(Number(process.hrtime.bigint() - wall) / 1000, 5_000))
  }
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
  return { median: at(0.5), p99: at(0.99), worst: at(1) }
}

export function report(name: string, { median, p99, worst }: { median: number; p99: number; worst: number }): void {
  const figure = (micros: number) => (micros >= 1000 ? `${(micros / 1000).toFixed(1)} ms` : `${micros.toFixed(1)} µs`).padStart(10)
  console.log(`${name.padEnd(58)} ${figure(median)} ${figure(p99)} ${figure(worst)}`)
}

export function heading(): void {
  console.log(`${''.padEnd(58)} ${'median'.padStart(10)} ${'p99'.padStart(10)} ${'worst'.padStart(10)}`)
}
