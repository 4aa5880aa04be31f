import { routeWeight } from '../src/delegation/annotations.ts'
import { compileRegex, fullMatches } from '../src/delegation/re2.ts'
import { type Dialect, type HttpMatch, nameOf, type PathMatch, type ValueMatch, type Witness } from '../src/delegation/route.ts'
import { type Life, livesOf, type Place, type World } from './programmed-model.ts'

/**
 * Who answers a request, the slow way: everything that is programmed in one list, sorted, and the first that matches. The nested
 * dialect is asked level by level. Nothing of the product but the shape of routes, the reading of a weight and RE2 itself.
 */

export interface Request {
  /** `namespace/name` of the Gateway it comes in by. */
  readonly gateway: string
  readonly port: number | undefined
  readonly host: string
  readonly path: string
  readonly method: string
  /** By lower-cased name. */
  readonly headers: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
}

/** A request that a message shows, come in by this door. */
export function requestLike({ host, path, method, headers, query }: Witness, door: Pick<Request, 'gateway' | 'port'>): Request {
  const lowerCased = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  return { ...door, host, path, method, headers: lowerCased, query }
}

// ---- what a match takes

export function takes(match: HttpMatch, request: Request, dialect: Dialect): boolean {
  return (
    (match.method === undefined || match.method === request.method) &&
    takesPath(match.path, request.path, dialect) &&
    match.headers.every((each) => takesValue(each, headerOf(request, each.name.toLowerCase()))) &&
    match.queryParams.every((each) => takesValue(each, request.query[each.name]))
  )
}

/** Every request has a host, so that a condition on it can be no condition at all. */
function headerOf({ host, headers }: Request, name: string): string | undefined {
  return headers[name] ?? (name === 'host' ? host : undefined)
}

function takesPath({ type, value }: PathMatch, path: string, dialect: Dialect): boolean {
  switch (type) {
    case 'Exact':
      return path === value
    case 'RegularExpression':
      return matchesRegex(value, path)
    case 'PathPrefix': {
      // gloo programs a trailing slash as part of the text.
      if (dialect === 'gloo' && value.endsWith('/')) return path.startsWith(value)
      const wanted = value.replace(/\/+$/, '')
      return path === wanted || path.startsWith(`${wanted}/`)
    }
    case 'Unknown':
      return false
  }
}

function takesValue({ type, value }: ValueMatch, got: string | undefined): boolean {
  if (got === undefined) return false
  return type === 'Exact' ? got === value : matchesRegex(value, got)
}

const answers = new Map<string, boolean>()

function matchesRegex(source: string, text: string): boolean {
  const question = JSON.stringify([source, text])
  const known = answers.get(question)
  if (known !== undefined) return known
  const compiled = compileRegex(source)
  const answer = compiled.ok && fullMatches(compiled.regex, text)
  answers.set(question, answer)
  return answer
}

/** `*` = every host; `*.x` = what is below x. */
export function takesHost(pattern: string, host: string): boolean {
  if (pattern === '*') return true
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) && host.length >= pattern.length : host === pattern
}

/** Exact before wildcard, longer before shorter, `*` last. */
export function compareHosts(a: string, b: string): number {
  const rank = (host: string) => (host === '*' ? 0 : host.startsWith('*.') ? host.length : 1_000 + host.length)
  return rank(b) - rank(a)
}

export function isAt({ port, host, elsewhere }: Place, request: Request): boolean {
  return port === request.port && takesHost(host, request.host) && !elsewhere.some((closer) => takesHost(closer, request.host))
}

// ---- who comes first

const CLASSES: Readonly<Record<Dialect, readonly PathMatch['type'][]>> = {
  kgateway: ['Exact', 'RegularExpression', 'PathPrefix'],
  gloo: ['Exact', 'RegularExpression', 'PathPrefix'],
  agentgateway: ['Exact', 'PathPrefix', 'RegularExpression'],
}

/** Negative = `a` comes first, by what is written alone: ages, names and the order of rules aside. */
export function compareMatches(a: Life, b: Life, dialect: Dialect): number {
  return compareLists(keyOf(a, dialect), keyOf(b, dialect))
}

/** Smaller comes first. */
function keyOf({ route, programmed: { match } }: Life, dialect: Dialect): number[] {
  const hasLength = match.path.type !== 'RegularExpression' || dialect === 'agentgateway'
  return [
    dialect === 'agentgateway' ? 0 : -routeWeight(route),
    CLASSES[dialect].indexOf(match.path.type),
    hasLength ? -match.path.value.length : 0,
    match.method === undefined ? 0 : -1,
    -match.headers.length,
    -match.queryParams.length,
  ]
}

/** Negative = `a` comes first; 0 = the gateway's order of translation decides. */
export function compareLives(a: Life, b: Life, dialect: Dialect): number {
  const byMatch = compareMatches(a, b, dialect)
  if (byMatch !== 0) return byMatch
  const order = [a.rule - b.rule, a.match - b.match]
  if (dialect === 'agentgateway') return compareTexts(nameOf(a.route), nameOf(b.route)) || compareLists(order, [0, 0])
  const byRoot = compareAges(a.root.route, b.root.route)
  if (byRoot !== 0) return byRoot
  if (a.route === b.route) return compareLists(order, [0, 0])
  return dialect === 'gloo' ? 0 : compareAges(a.route, b.route)
}

/** An object without an age is the youngest. */
function compareAges(a: Life['route'], b: Life['route']): number {
  const [one, other] = [a.created ?? Number.POSITIVE_INFINITY, b.created ?? Number.POSITIVE_INFINITY]
  return one === other ? compareTexts(nameOf(a), nameOf(b)) : one - other
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function compareLists(a: readonly number[], b: readonly number[]): number {
  for (const [i, value] of a.entries()) if (value !== b[i]) return value - (b[i] ?? 0)
  return 0
}

// ---- tables

/** `error`: a 500, of its own or for want of anything below it (`orphaned`). */
export type Answer = 'route' | 'error' | 'orphaned'

/** A line of a gateway's table. */
export interface Row {
  readonly life: Life
  readonly answer: Answer
}

/** Everything a world programs. Flattening gateways have rows; the nested one is asked from its roots down. */
export interface Tables {
  readonly lives: readonly Life[]
  readonly selections: ReturnType<typeof livesOf>['selections']
  /** Of the flattening dialects in the order of the table, of the nested one in that of one group. */
  readonly rows: readonly Row[]
  /** Which answers first; several where nothing says which; none = 404. */
  readonly winners: (request: Request) => readonly Row[]
  /** Where the request is looked up: the places of its most exact host, or of all, where tables fall back. */
  readonly placeOf: (request: Request) => (place: Place) => boolean
}

export function tablesOf(world: World): Tables {
  const { dialect } = world
  const { roots, lives, selections } = livesOf(world)
  const rows = dialect === 'agentgateway' ? nestedRows(lives, world) : flatRows(lives, world)
  rows.sort((a, b) => compareLives(a.life, b.life, dialect))
  const closestHosts = new Map<string, string | undefined>()
  const closestHost = (request: Request) => {
    const door = JSON.stringify([request.gateway, request.port, request.host])
    if (!closestHosts.has(door)) closestHosts.set(door, findClosestHost(request))
    return closestHosts.get(door)
  }
  const findClosestHost = (request: Request) => {
    const hosts = roots.flatMap(({ gateway, places }) =>
      gateway === request.gateway ? places.filter((place) => isAt(place, request)).map(({ host }) => host) : [],
    )
    return hosts.sort(compareHosts)[0]
  }
  const placeOf = (request: Request) => {
    if (dialect === 'agentgateway') return (place: Place) => isAt(place, request)
    const closest = closestHost(request)
    return (place: Place) => place.host === closest && isAt(place, request)
  }
  // Where ages decide nothing, two can be level with a third and not with each other.
  const first = (candidates: readonly Row[]) =>
    candidates.filter((row) => candidates.every((other) => compareLives(other.life, row.life, dialect) >= 0))
  const matching = (among: readonly Row[], request: Request, at: (place: Place) => boolean) =>
    among.filter(
      ({ life }) => life.root.gateway === request.gateway && life.places.some(at) && takes(life.programmed.match, request, dialect),
    )
  const winners = (request: Request) => {
    if (dialect !== 'agentgateway') return first(matching(rows, request, placeOf(request)))
    const top = rows.filter(({ life }) => life.above === undefined)
    const hosts = [...new Set(top.flatMap(({ life }) => life.places.filter((place) => isAt(place, request)).map(({ host }) => host)))]
    for (const host of hosts.sort(compareHosts)) {
      const [root] = first(matching(top, request, (place) => place.host === host && isAt(place, request)))
      if (root !== undefined) return descend(root, request)
    }
    return []
  }
  const descend = (row: Row, request: Request): readonly Row[] => {
    if (!delegates(row.life, dialect)) return [row]
    const below = rows.filter(({ life }) => life.above === row.life)
    const [child] = first(matching(below, request, (place) => isAt(place, request)))
    return child === undefined ? [] : descend(child, request)
  }
  return { lives, selections, rows, winners, placeOf }
}

function nestedRows(lives: readonly Life[], { dialect }: World): Row[] {
  return lives.map((life) => ({ life, answer: !delegates(life, dialect) && answersError(life) ? 'error' : 'route' }))
}

/** A delegating match with a child is gone; without one it is a 500 of kgateway, and of gloo as if it weren't there. */
function flatRows(lives: readonly Life[], { dialect }: World): Row[] {
  const rows: Row[] = []
  const populated = new Set<Life>()
  // Parents come before their children.
  for (const life of lives.toReversed()) {
    const isDelegating = delegates(life, dialect)
    if (isDelegating && !populated.has(life) && dialect === 'gloo') continue
    if (life.above !== undefined) populated.add(life.above)
    if (isDelegating && populated.has(life)) continue
    rows.push({ life, answer: isDelegating ? 'orphaned' : answersError(life) ? 'error' : 'route' })
  }
  return rows
}

/** Whether the rule hands its requests on. */
export function delegates({ route, rule }: Life, dialect: Dialect): boolean {
  return (route.rules[rule]?.backendRefs ?? []).some(
    ({ group, kind }) =>
      (group === 'gateway.networking.k8s.io' && kind === 'HTTPRoute') ||
      (kind === 'label' &&
        group === { kgateway: 'delegation.kgateway.dev', gloo: 'delegation.gateway.solo.io', agentgateway: '' }[dialect]),
  )
}

function answersError({ route, rule, programmed }: Life): boolean {
  const { backendRefs = [], filters = [] } = route.rules[rule] ?? {}
  return programmed.broken || (backendRefs.length === 0 && filters.every(({ type }) => type !== 'RequestRedirect'))
}

// ---- requests worth asking

/** Requests at and around the edges of every match of the world: the product of its paths, hosts, methods and values. */
export function requestsOf({ lives }: Pick<Tables, 'lives'>): Request[] {
  const written = [...new Set(lives.map(({ route }) => route))].flatMap(({ rules }) => rules.flatMap((rule) => rule.matches))
  const matches = [...lives.map(({ programmed }) => programmed.match), ...written]
  const paths = unique(matches.flatMap(({ path }) => pathsAround(path)))
  const methods = unique(['GET', 'PATCH', ...matches.flatMap(({ method }) => method ?? [])])
  const headers = valuesAround(matches.flatMap((match) => match.headers.map((each) => ({ ...each, name: each.name.toLowerCase() }))))
  const query = valuesAround(matches.flatMap((match) => match.queryParams))
  const doors = lives.flatMap(({ root, places }) =>
    places.map(({ port, host }) => ({ gateway: root.gateway, port, host: exampleOf(host) })),
  )
  const conditions = methods.flatMap((method) =>
    headers.flatMap((each) => query.map((params) => ({ method, headers: each, query: params }))),
  )
  return uniqueBy(doors).flatMap((door) => paths.flatMap((path) => conditions.map((condition) => ({ ...door, path, ...condition }))))
}

function exampleOf(host: string): string {
  return host === '*' ? 'other.test' : host.replace('*', 'w')
}

function pathsAround({ type, value }: PathMatch): string[] {
  const texts = type === 'RegularExpression' ? textsOf(value) : [value]
  return texts
    .map((text) => text.replace(/(.)\/+$/, '$1'))
    .flatMap((text) => [text, `${text}/`, `${text}/y`, `${text}y`])
    .map((text) => (text.startsWith('/') ? text : `/${text}`).replaceAll(/\/\/+/g, '/'))
}

/** Texts that look like what a regex matches; whether it does is for the table to say. */
function textsOf(source: string): string[] {
  const alternatives = [source, ...source.split('|')]
  const fillings = ['', 'y', 'yy', '/y']
  return alternatives.flatMap((text) =>
    fillings.map((filling) =>
      text
        .replaceAll(/\(\/\|\$\)|\(\/\.\*\)\?|\[\^\/\]\+|\[[a-z-]+\][+*]?|\.[*+]/g, filling)
        .replaceAll(/\\\./g, '.')
        .replaceAll(/[()[\]^$?*+\\|]/g, ''),
    ),
  )
}

/** Every way to give these names one of their values, or none. */
function valuesAround(conditions: readonly ValueMatch[]): Record<string, string>[] {
  const names = unique(conditions.map(({ name }) => name)).filter((name) => name !== 'host')
  let all: Record<string, string>[] = [{}]
  for (const name of names) {
    const values = unique(
      conditions
        .filter((condition) => condition.name === name)
        .flatMap(({ type, value }) => (type === 'Exact' ? [value] : [...value.split('|'), 'v'].filter((text) => /^\w+$/.test(text)))),
    )
    all = all.flatMap((given) => [given, ...values.map((value) => ({ ...given, [name]: value }))])
  }
  return all
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)]
}

function uniqueBy<T>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()]
}
