import { allowsListenerSet, refusalOf } from './allowed-routes.ts'
import { type Attachable, type Attachment, attachableName, attachmentsOf, dialectOf, type Place } from './attachment.ts'
import { budgetOf } from './budget.ts'
import type { Claimant } from './claimant.ts'
import type { Grant } from './effective.ts'
import { compareHosts, hostsBelow, intersectHostnames, isHostWithin } from './hostname.ts'
import { delegationsOf } from './intersecting.ts'
import { effectiveMatchesOf } from './lane.ts'
import { type Outcome, outcomeOf, ownBackends } from './outcome.ts'
import { compareRank, type RankRules } from './rank.ts'
import { mayReach } from './reference.ts'
import { type Dialect, type Gateway, type HttpRoute, type Listener } from './route.ts'
import { consents, isReadBy, selectorOf } from './selection.ts'
import type { View } from './view.ts'

/** A line of a gateway's table: who gets the requests of an effective match, and how they are answered. */
export interface Row {
  readonly claimant: Claimant
  readonly outcome: Outcome
  /** Only in a nested table: the children that share what this grant takes, in order of precedence. */
  readonly group: readonly Row[] | undefined
}

/** All that one host pattern serves, in order of precedence: the first row that takes a request gets it. */
export interface Table {
  readonly host: string
  /** The names in the TLS handshake that lead here; undefined without TLS, or where that isn't known. */
  readonly serverName: string | undefined
  readonly rows: readonly Row[]
}

/** Where requests come in: a port of a Gateway with or without TLS; of an unknown Gateway, what parentRefs say of it. */
export interface Entry {
  readonly gateway: Attachable
  readonly known: Gateway | undefined
  readonly dialect: Dialect
  /** By name; of an unknown Gateway the section, if one is named. */
  readonly listeners: readonly string[]
  readonly port: number | undefined
  /** undefined where that isn't known. */
  readonly secure: boolean | undefined
  readonly tables: readonly Table[]
}

export interface Entries {
  readonly entries: readonly Entry[]
  /** False = some rows were left out: too many, or too deep. */
  readonly complete: boolean
}

export interface TableRules extends RankRules {
  /** undefined = what each Gateway's class says. */
  readonly dialect: Dialect | undefined
}

/** Routes that delegate to each other in every order multiply: beyond this many rows the rest is left out. */
const MAX_ROWS = 200_000

/** Automaton steps for the regexes of a nested table; what they don't reach for is taken to meet. */
const MAX_STEPS = 20_000_000
const MAX_DEPTH = 12

/**
 * The whole table of every Gateway of the view. Flattening gateways: one list of the ends of all ways from the roots, with
 * a 500 where a grant has nobody (gloo drops such a grant). The nested one: the roots' own matches, with the group of children
 * below each grant. Several weighted references of one nested rule count as one group. Source: the translators' tables,
 * compared in test/observed-precedence.test.ts. Cost: the number of rows.
 */
export function entriesOf(view: View, rules: TableRules): Entries {
  const growth = new Growth(view, rules)
  const grown = [...view.routes(), ...view.grpcRoutes()]
    .flatMap((route) => attachmentsOf(route, view, rules.dialect).map((attachment) => ({ route, attachment })))
    .filter(({ attachment }) => attachment.known !== undefined || view.completeness === 'files')
  const byGateway = Map.groupBy(grown, ({ attachment }) => attachableName(attachment.gateway))
  const gateways = new Map<string, Attachable>(grown.map(({ attachment: { gateway } }) => [attachableName(gateway), gateway]))
  for (const { namespace, name } of view.gateways()) {
    const gateway: Attachable = { kind: 'Gateway', namespace, name }
    gateways.set(attachableName(gateway), gateway)
  }
  const entries = [...gateways.keys()].sort().flatMap((key) => {
    const gateway = gateways.get(key)
    if (gateway === undefined) return []
    const roots = (byGateway.get(key) ?? []).map(({ route, attachment }) => ({ attachment, route, rows: growth.root(route, attachment) }))
    const known = gateway.kind === 'Gateway' ? view.gateway(gateway.namespace, gateway.name) : undefined
    const of = { gateway, known, dialect: rules.dialect ?? dialectOf(known, view) }
    return known === undefined ? unknownEntries(of, roots, rules) : knownEntries(of, known, roots, view, rules)
  })
  return { entries, complete: growth.complete }
}

interface GrownRoot {
  readonly route: HttpRoute
  readonly attachment: Attachment
  readonly rows: readonly Row[]
}

type EntryOf = Pick<Entry, 'gateway' | 'known' | 'dialect'>

/** Grows the rows under a root. */
class Growth {
  complete = true
  #left = MAX_ROWS
  readonly #budget = budgetOf(MAX_STEPS)
  readonly #view: View
  readonly #rules: TableRules

  constructor(view: View, rules: TableRules) {
    this.#view = view
    this.#rules = rules
  }

  root(route: HttpRoute, attachment: Attachment): Row[] {
    return route.rules.flatMap(({ matches }, rule) =>
      matches.flatMap((effective, match) =>
        this.#rowsOf({ route, rule, match, effective, root: route, attachment, hosts: attachment.hosts, up: undefined, depth: 0 }, false),
      ),
    )
  }

  /** What a claimant puts into its table: itself, or those it delegates to. */
  #rowsOf(claimant: Claimant, illegal: boolean): Row[] {
    if (this.#left-- <= 0 || claimant.depth > MAX_DEPTH) {
      this.complete = false
      return []
    }
    const { route, attachment, rule } = claimant
    const refs = route.rules[rule]?.backendRefs ?? []
    const delegating = delegates(claimant)
    if (!delegating) return [{ claimant, outcome: illegal ? error('illegal-path', 500) : outcomeOf(claimant), group: undefined }]
    const children = this.#children(claimant)
    const own = ownBackends(refs, route.namespace, attachment.dialect).length > 0
    switch (attachment.dialect) {
      case 'agentgateway':
        return [{ claimant, outcome: own ? outcomeOf(claimant) : error('no-child', 404), group: this.#sorted(children) }]
      case 'kgateway':
        return children.length > 0 ? children : [{ claimant, outcome: error('no-child', 500), group: undefined }]
      case 'gloo':
        return own ? [...children, { claimant, outcome: outcomeOf(claimant), group: undefined }] : children
    }
  }

  #children(claimant: Claimant): Row[] {
    const { route, attachment } = claimant
    const chosen = new Set<HttpRoute>()
    for (const selector of delegationsOf(claimant, this.#view)) {
      for (const child of this.#view.selectedBy(selector)) {
        if (consents(child, route) && mayReach(route, child, attachment.dialect, this.#view)) chosen.add(child)
      }
    }
    const grant = grantOf(claimant)
    return [...chosen].flatMap((child) => {
      const hosts = hostsBelow(claimant.hosts, child.hostnames, attachment.dialect)
      if (hosts === undefined) return []
      return child.rules.flatMap((_, rule) =>
        effectiveMatchesOf(child, rule, grant, attachment.dialect, this.#budget).flatMap((made, match) => {
          if (made.status === 'dead') return []
          const at = { route: child, rule, match, effective: made.match, hosts }
          return this.#rowsOf({ ...claimant, ...at, up: claimant, depth: claimant.depth + 1 }, made.status === 'error')
        }),
      )
    })
  }

  #sorted(rows: readonly Row[]): Row[] {
    return sortRows(rows, this.#rules)
  }
}

function grantOf({ effective, up }: Claimant): Grant {
  return { granted: effective, up: up && grantOf(up) }
}

/** Whether the rule of a claimant hands its requests on, in the dialect of its gateway. */
export function delegates({ route, rule, attachment }: Claimant): boolean {
  const refs = route.rules[rule]?.backendRefs ?? []
  return refs.some((ref) => {
    const selector = selectorOf(ref, route.namespace)
    return selector !== undefined && isReadBy(selector, attachment.dialect)
  })
}

function error(why: 'no-child' | 'illegal-path', status: 404 | 500): Outcome {
  return { kind: 'error', status, why }
}

function sortRows(rows: readonly Row[], rules: RankRules): Row[] {
  return [...rows].sort((a, b) => compareRank(a.claimant, b.claimant, rules))
}

/** A listener, and the Gateway or ListenerSet that it is written in. */
interface HeldListener {
  readonly holder: Attachable
  readonly listener: Listener
}

function knownEntries(of: EntryOf, gateway: Gateway, roots: readonly GrownRoot[], view: View, rules: RankRules): Entry[] {
  const http = listenersOf(gateway, view).filter(({ listener: { protocol } }) => protocol === 'HTTP' || protocol === 'HTTPS')
  return [...Map.groupBy(http, ({ listener: { port, protocol } }) => `${port} ${protocol}`).values()].map((held) => {
    const [
      {
        listener: { port, protocol },
      },
    ] = held as [HeldListener] // groupBy leaves no group empty
    const serves = (place: Place, route: HttpRoute) => {
      const found = held.find(({ holder, listener }) => listener.name === place.listener && attachableName(holder) === place.holder)
      if (found === undefined || refusalOf(found.listener, found.holder, route, view) !== undefined) return false
      return !held.some(({ listener }) => takesHostFrom(listener, found.listener, place.host))
    }
    const names = held.map(({ listener }) => listener.name)
    return { ...of, listeners: names, port, secure: protocol === 'HTTPS', tables: tablesOf(roots, serves, rules) }
  })
}

function listenersOf(gateway: Gateway, view: View): HeldListener[] {
  const sets = [...view.listenerSets()].filter(
    (set) => set.gateway?.namespace === gateway.namespace && set.gateway.name === gateway.name && allowsListenerSet(gateway, set, view),
  )
  const own: Attachable = { kind: 'Gateway', namespace: gateway.namespace, name: gateway.name }
  return [
    ...gateway.listeners.map((listener) => ({ holder: own, listener })),
    ...sets.flatMap((set) => set.listeners.map((listener) => ({ holder: set, listener }))),
  ]
}

/** A more specific listener of the same port gets the requests of its hosts, whatever is attached to the other. */
function takesHostFrom(other: Listener, listener: Listener, host: string): boolean {
  if (other.hostname === undefined || other.hostname === listener.hostname) return false
  return intersectHostnames(listener.hostname, other.hostname) === other.hostname && isHostWithin(host, other.hostname)
}

/** Sections and ports that nothing tells apart may be one place: what says neither is on all of them. */
function unknownEntries(of: EntryOf, roots: readonly GrownRoot[], rules: RankRules): Entry[] {
  const said = new Map<string, Pick<Place, 'listener' | 'port'>>()
  for (const { listener, port } of roots.flatMap(({ attachment }) => attachment.places)) said.set(`${listener} ${port}`, { listener, port })
  if (said.size > 1) said.delete('undefined undefined')
  return [...said.values()].map(({ listener, port }) => {
    const serves = (place: Place) =>
      (place.listener ?? listener) === (listener ?? place.listener) && (place.port ?? port) === (port ?? place.port)
    return { ...of, listeners: listener === undefined ? [] : [listener], port, secure: undefined, tables: tablesOf(roots, serves, rules) }
  })
}

function tablesOf(roots: readonly GrownRoot[], serves: (place: Place, route: HttpRoute) => boolean, rules: RankRules): Table[] {
  const tables = new Map<string, { host: string; serverName: string | undefined; roots: Set<GrownRoot> }>()
  for (const root of roots) {
    for (const place of root.attachment.places) {
      if (!serves(place, root.route)) continue
      const { host, serverName } = place
      const table = tables.get(`${serverName} ${host}`) ?? { host, serverName, roots: new Set() }
      table.roots.add(root)
      tables.set(`${serverName} ${host}`, table)
    }
  }
  return [...tables.values()]
    .sort((a, b) => compareHosts(a.host, b.host))
    .map(({ host, serverName, roots: of }) => ({
      host,
      serverName,
      rows: sortRows(
        [...of].flatMap(({ rows }) => rows),
        rules,
      ),
    }))
}
