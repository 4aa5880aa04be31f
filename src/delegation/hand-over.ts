import { type Budget, budgetOf } from './budget.ts'
import { matchesPassed } from './claimant.ts'
import { hostsMeet } from './hostname.ts'
import { pathKey, representativeHosts, representativePaths, representativeValues } from './representatives.ts'
import { METHODS, UNNAMED_METHOD, valueMatches } from './request.ts'
import { type HttpMatch, nameOf, type ValueMatch, type Witness } from './route.ts'
import { type Entries, type Entry, type Row } from './table.ts'
import { type Answer, answerOf } from './winner.ts'

/** Requests that one row answered and another one answers now. */
export interface HandOver {
  readonly entry: Entry
  readonly before: Answer
  readonly after: Answer
  /** One of the requests. */
  readonly example: Witness
  /** Where the others are: inside both matches, on this host. `undefined` = nobody's. */
  readonly regions: readonly Region[]
}

export interface Region {
  readonly host: string
  readonly before: HttpMatch | undefined
  readonly after: HttpMatch | undefined
}

export interface HandOvers {
  /** One for each pair of who had them and who gets them, in each place where requests come in. */
  readonly changes: readonly HandOver[]
  /** False = the budget ended first: there may be others. */
  readonly complete: boolean
}

/** Steps for one host: some seconds. */
const STEPS_PER_HOST = 5_000_000
/** Requests tried for one pair of rows: values of headers that both name, combined. */
const MAX_COMBINATIONS = 256

/**
 * Every class of requests that another route gets than before, or that is answered otherwise. Exact by a finite set of requests
 * that stands for all: for each host a host no other pattern tells apart, for each set of paths one path, and for
 * each pair of rows that may win there the request that says no more than they ask (whoever asks more is out of the way).
 * Conditions that can't be decided take nothing.
 */
export function handOvers(before: Entries, after: Entries): HandOvers {
  const found = new Map<string, Group>()
  let complete = before.complete && after.complete
  for (const [old, young] of pairsOf(before.entries, after.entries)) {
    for (const host of hostsOf(old, young)) {
      const search = new HostSearch(old, young, host)
      for (const { request, was, is } of search.changes()) note(found, young, request, was, is)
      complete &&= search.complete
    }
  }
  return { changes: [...found.values()].map(({ first, regions }) => ({ ...first, regions: [...regions.values()] })), complete }
}

/** The changes from one answer to another, as far as they are found. */
interface Group {
  readonly first: Omit<HandOver, 'regions'>
  readonly regions: Map<string, Region>
}

function note(found: Map<string, Group>, entry: Entry, example: Witness, before: Answer, after: Answer): void {
  const key = `${keyOf(entry)} ${identityOf(before)} ${identityOf(after)}`
  const group = found.get(key) ?? { first: { entry, before, after, example }, regions: new Map<string, Region>() }
  const host = after.table?.host ?? before.table?.host ?? example.host
  const region = { host, before: matchOf(before), after: matchOf(after) }
  group.regions.set(JSON.stringify(region), region)
  found.set(key, group)
}

function matchOf({ winner, deadEnd }: Answer): HttpMatch | undefined {
  return (winner ?? deadEnd)?.claimant.effective
}

/** Where requests come in before and after; a side that has none of it answers nothing there. */
function pairsOf(before: readonly Entry[], after: readonly Entry[]): [Entry, Entry][] {
  const [old, young] = [new Map(before.map((entry) => [keyOf(entry), entry])), new Map(after.map((entry) => [keyOf(entry), entry]))]
  return [...new Map([...old, ...young])].map(([key, entry]) => {
    const nothing = { ...entry, tables: [] }
    return [old.get(key) ?? nothing, young.get(key) ?? nothing]
  })
}

function keyOf({ gateway, known, listeners, port, secure }: Entry): string {
  return JSON.stringify([nameOf(gateway), port, secure, known === undefined ? listeners : 'known'])
}

/** Who answers a request, and how: two answers of the same identity are the same to whoever asks. */
function identityOf({ winner }: Answer): string {
  return winner === undefined ? '404' : identityOfRow(winner)
}

function identityOfRow({ claimant: { route, rule }, outcome, group }: Row): string {
  if (outcome.kind === 'error') return group !== undefined ? '404' : `${nameOf(route)} ${outcome.status}`
  const backends = outcome.kind === 'backends' ? outcome.backends : []
  const whole = backends.map((ref) => ({ ...ref, namespace: ref.namespace ?? route.namespace }))
  return JSON.stringify([nameOf(route), outcome.kind, whole, route.rules[rule]?.filters])
}

/** A host for every set of patterns that hosts can match. */
function hostsOf(...entries: readonly Entry[]): string[] {
  const rows = entries.flatMap(({ tables }) => tables.flatMap((table) => [...everyRow(table.rows)]))
  const patterns = new Set([
    '*',
    ...entries.flatMap(({ tables, known }) => [
      ...tables.map(({ host }) => host),
      ...(known?.listeners.flatMap(({ hostname }) => hostname ?? []) ?? []),
    ]),
    ...rows.flatMap(({ claimant: { up, route } }) => (up === undefined ? [] : route.hostnames)),
    // Matches see the host as a header.
    ...rows.flatMap(({ claimant }) =>
      claimant.effective.headers.flatMap(({ key, type, value }) => (key === 'host' && type === 'Exact' ? value : [])),
    ),
  ])
  return representativeHosts(patterns)
}

function* everyRow(rows: readonly Row[]): Iterable<Row> {
  for (const row of rows) {
    yield row
    if (row.group !== undefined) yield* everyRow(row.group)
  }
}

/** The requests of one host that change hands. */
class HostSearch {
  complete = true
  readonly #old: Entry
  readonly #young: Entry
  readonly #host: string
  readonly #budget: Budget = budgetOf(STEPS_PER_HOST)

  constructor(old: Entry, young: Entry, host: string) {
    this.#old = onHost(old, host)
    this.#young = onHost(young, host)
    this.#host = host
  }

  *changes(): Iterable<{ request: Witness; was: Answer; is: Answer }> {
    if (fingerprint(this.#old) === fingerprint(this.#young)) return
    const rows = [this.#old, this.#young].flatMap(rowsOf)
    const { paths, complete } = representativePaths(
      rows.map(({ claimant }) => claimant.effective.path),
      this.#budget,
    )
    // The hosts tried stand for patterns and for exact values, not for what a regex tells apart.
    this.complete = complete && !rows.some(({ claimant }) => claimant.effective.headers.some(asksHostByRegex))
    const [before, after] = [new PathTables(this.#old), new PathTables(this.#young)]
    for (const { path, takenBy } of paths) {
      const [old, young] = [before.at(takenBy), after.at(takenBy)]
      if (fingerprint(old) === fingerprint(young)) continue
      for (const request of this.#requestsAt(path, rowsOf(old), rowsOf(young))) {
        const [was, is] = [answerOf(old, request), answerOf(young, request)]
        if (identityOf(was) !== identityOf(is)) yield { request, was, is }
      }
    }
  }

  /** For each pair of rows of different answers, the requests that both take and that say nothing else. */
  *#requestsAt(path: string, old: readonly Row[], young: readonly Row[]): Iterable<Witness> {
    const named = new Set([...old, ...young].flatMap(({ claimant }) => claimant.effective.method ?? []))
    const method = METHODS.find((candidate) => !named.has(candidate)) ?? UNNAMED_METHOD
    const headers = this.#valuesBy([...old, ...young], 'headers')
    const query = this.#valuesBy([...old, ...young], 'queryParams')
    for (const was of [undefined, ...old]) {
      for (const is of [undefined, ...young]) {
        if (was !== undefined && is !== undefined && identityOfRow(was) === identityOfRow(is)) continue
        const asked = [was, is].flatMap((row) => (row === undefined ? [] : matchesPassed(row.claimant)))
        const methods = new Set(asked.flatMap((match) => match.method ?? []))
        if (methods.size > 1) continue
        const [only = method] = methods
        for (const chosenHeaders of this.#choices(
          asked.flatMap((match) => match.headers),
          headers,
        )) {
          for (const chosenQuery of this.#choices(
            asked.flatMap((match) => match.queryParams),
            query,
          )) {
            yield { method: only, host: this.#host, path, headers: chosenHeaders, query: chosenQuery }
          }
        }
      }
    }
  }

  /** Values that stand for all, by the name they are asked for. */
  #valuesBy(rows: readonly Row[], of: 'headers' | 'queryParams'): Map<string, readonly string[]> {
    const byKey = Map.groupBy(
      rows.flatMap(({ claimant }) => claimant.effective[of]),
      ({ key }) => key,
    )
    return new Map(
      [...byKey].map(([key, matches]) => {
        const { values, complete } = representativeValues(matches, this.#budget)
        this.complete &&= complete
        return [key, values]
      }),
    )
  }

  /** Every way to meet all conditions with representative values. */
  #choices(conditions: readonly ValueMatch[], values: ReadonlyMap<string, readonly string[]>): Record<string, string>[] {
    let choices: Record<string, string>[] = [{}]
    for (const [key, asked] of Map.groupBy(conditions, (condition) => condition.key)) {
      if (key === 'host') continue
      const fitting = (values.get(key) ?? []).filter((value) => asked.every((condition) => valueMatches(condition, value) === true))
      choices = choices.flatMap((chosen) => fitting.map((value) => ({ ...chosen, [asked[0]?.name ?? key]: value })))
      if (choices.length > MAX_COMBINATIONS) {
        this.complete = false
        choices = choices.slice(0, MAX_COMBINATIONS)
      }
    }
    return choices
  }
}

function asksHostByRegex({ key, type }: ValueMatch): boolean {
  return key === 'host' && type === 'RegularExpression'
}

function rowsOf({ tables }: Entry): Row[] {
  return tables.flatMap(({ rows }) => [...everyRow(rows)])
}

function onHost(entry: Entry, host: string): Entry {
  return { ...entry, tables: entry.tables.filter((table) => hostsMeet(table.host, host)) }
}

/** The tables of an entry, path by path. */
class PathTables {
  readonly #entry: Entry
  /** Positions in each table's rows, by pathKey. */
  readonly #positions: readonly ReadonlyMap<string, readonly number[]>[]

  constructor(entry: Entry) {
    this.#entry = entry
    this.#positions = entry.tables.map(({ rows }) => Map.groupBy(rows.keys(), (index) => keyOfRow(rows[index])))
  }

  /** With only the rows that take a path which matches of these keys take. */
  at(takenBy: ReadonlySet<string>): Entry {
    const tables = this.#entry.tables.map((table, index) => {
      const positions = [...takenBy].flatMap((key) => this.#positions[index]?.get(key) ?? []).sort((a, b) => a - b)
      return { ...table, rows: positions.flatMap((position) => onPath(table.rows[position], takenBy)) }
    })
    return { ...this.#entry, tables }
  }
}

function onPath(row: Row | undefined, takenBy: ReadonlySet<string>): Row[] {
  if (row === undefined || !takenBy.has(keyOfRow(row))) return []
  return [row.group === undefined ? row : { ...row, group: row.group.flatMap((below) => onPath(below, takenBy)) }]
}

function keyOfRow(row: Row | undefined): string {
  return row === undefined ? '' : pathKey(row.claimant.effective.path)
}

/** Tables of the same fingerprint answer every request alike. */
function fingerprint({ tables, dialect, known }: Entry): string {
  const text = (row: Row): unknown => [
    row.claimant.effective,
    identityOfRow(row),
    row.claimant.up === undefined ? [] : row.claimant.route.hostnames,
    row.group?.map(text),
  ]
  return JSON.stringify([dialect, known?.listeners, tables.map(({ host, serverName, rows }) => [host, serverName, rows.map(text)])])
}
