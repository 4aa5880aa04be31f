import type {
  BackendRef,
  Dialect,
  Gateway,
  HttpMatch,
  HttpRoute,
  Listener,
  PathMatch,
  ReferenceGrant,
  ValueMatch,
} from '../src/delegation/route.ts'

/**
 * What gateways program, computed the slow way: from every root down, one rule after the other, with nothing shared with the product
 * but the shape of its input. The product goes the other way, from a route up to its roots. Left out of the model: gloo editing an
 * inheriting child in place under several selecting parents (its table depends on the order of translation), listeners'
 * allowedRoutes.
 */

export interface World {
  readonly dialect: Dialect
  readonly routes: readonly HttpRoute[]
  readonly gateways: readonly Gateway[]
  readonly referenceGrants: readonly ReferenceGrant[]
}

/** Go's path.Clean as its documentation puts it: rewriting until no rule applies. */
function clean(path: string): string {
  const rules: readonly (readonly [RegExp, string])[] = [
    // 1. Replace multiple slashes with a single slash.
    [/\/\/+/, '/'],
    // 2. Eliminate each . path name element.
    [/(^|\/)\.(\/|$)/, '$1'],
    // 3. Eliminate each inner .. element along with the non-.. element that precedes it.
    [/(^|\/)(?!\.\.(?:\/|$))[^/]+\/\.\.(\/|$)/, '$1'],
    // 4. Eliminate .. elements that begin a rooted path.
    [/^\/\.\.(\/|$)/, '/'],
    // The result ends in a slash only if it is the root.
    [/(.)\/$/, '$1'],
  ]
  let now = path
  for (;;) {
    const rule = rules.find(([pattern]) => pattern.test(now))
    if (rule === undefined) return now === '' ? '.' : now
    now = now.replace(rule[0], rule[1])
  }
}

export function join(...elements: readonly string[]): string {
  const written = elements.filter((element) => element !== '')
  return written.length === 0 ? '' : clean(written.join('/'))
}

function inherits(route: HttpRoute, dialect: Dialect): boolean {
  const key = {
    kgateway: 'delegation.kgateway.dev/inherit-parent-matcher',
    gloo: 'delegation.gateway.solo.io/inherit-parent-matcher',
    agentgateway: 'none',
  }[dialect]
  return /^(true|yes|enabled)$/i.test(route.annotations.get(key) ?? '')
}

export interface Programmed {
  readonly match: HttpMatch
  /** Answered with a 500. */
  readonly broken: boolean
}

function program(parent: HttpMatch, child: HttpMatch, inherit: boolean, dialect: Dialect): Programmed | undefined {
  if (inherit) {
    const byName = (own: readonly ValueMatch[], above: readonly ValueMatch[]) => {
      const kept = own.filter(({ name }) => !above.some((other) => other.name === name))
      return [...kept, ...above]
    }
    const value = join(parent.path.value, child.path.value)
    const match = {
      path: { type: child.path.type, value },
      headers: byName(child.headers, parent.headers),
      queryParams: byName(child.queryParams, parent.queryParams),
      method: parent.method === undefined ? child.method : parent.method,
    }
    return { match, broken: dialect === 'kgateway' && child.path.type !== 'RegularExpression' && !isLegal(value) }
  }
  const has = (own: readonly ValueMatch[], all: readonly ValueMatch[]) => {
    const spelt = own.map(({ name, type, value }) => JSON.stringify([name, type, value]))
    return all.every(({ name, type, value }) => spelt.includes(JSON.stringify([name, type, value])))
  }
  const survives =
    parent.path.type === 'PathPrefix' &&
    child.path.value.indexOf(parent.path.value) === 0 &&
    has(child.headers, parent.headers) &&
    has(child.queryParams, parent.queryParams) &&
    (parent.method === undefined || parent.method === child.method)
  return survives ? { match: child, broken: false } : undefined
}

function isLegal(value: string): boolean {
  const plain = value.replaceAll(/%[0-9A-Fa-f][0-9A-Fa-f]/g, '')
  return (
    value.startsWith('/') &&
    Array.from(plain).every((character) => /[A-Za-z0-9]/.test(character) || "-._~!$&'()*+,;=:@/".includes(character))
  )
}

/** Whether some request can be in all: by their paths together where at most one is a regex, two by two else. */
export function meet(matches: readonly HttpMatch[]): boolean {
  const paths = matches.map(({ path }) => path)
  const together = paths.filter(({ type }) => type === 'RegularExpression').length <= 1
  const pathsMeet = together ? haveCommonPath(paths) : paths.every((a, i) => paths.slice(i + 1).every((b) => haveCommonPath([a, b])))
  const clash = (x: readonly ValueMatch[], y: readonly ValueMatch[]) =>
    x.some((one) => y.some((two) => one.key === two.key && one.type === 'Exact' && two.type === 'Exact' && one.value !== two.value))
  const clashes = matches.some((a, i) =>
    matches.slice(i + 1).some((b) => clash(a.headers, b.headers) || clash(a.queryParams, b.queryParams)),
  )
  return pathsMeet && !clashes && new Set(matches.flatMap(({ method }) => method ?? [])).size <= 1
}

/** A text to match, piece by piece: a character, any one character, or any number of any. */
type Piece = { readonly is: string } | 'one' | 'many'

/** The texts a path match takes; of regexes what the worlds have: `|`, `.` and `.*`. */
function textsOf({ type, value }: PathMatch): Piece[][] {
  const literal = (text: string): Piece[] => Array.from(text, (is) => ({ is }))
  if (type === 'Exact') return [literal(value)]
  if (type === 'PathPrefix') {
    const prefix = value.replace(/\/+$/, '')
    return [...(prefix === '' ? [] : [literal(prefix)]), [...literal(`${prefix}/`), 'many']]
  }
  const pieces = (text: string) => text.match(/\.\*|[^]/g) ?? []
  return value
    .split('|')
    .map((text) => pieces(text).map((piece): Piece => (piece === '.*' ? 'many' : piece === '.' ? 'one' : { is: piece })))
}

function haveCommonPath(paths: readonly PathMatch[]): boolean {
  const choices = paths.reduce<Piece[][][]>((chosen, path) => chosen.flatMap((some) => textsOf(path).map((text) => [...some, text])), [[]])
  return choices.some(haveCommonText)
}

function haveCommonText(texts: readonly (readonly Piece[])[]): boolean {
  const without = (index: number) => texts.map((text, at) => (at === index ? text.slice(1) : text))
  if (texts.some(([first], index) => first === 'many' && haveCommonText(without(index)))) return true
  // From here on whoever may take any number takes the next character.
  const heads = texts.map(([first]) => first)
  if (heads.includes(undefined)) return heads.every((head) => head === undefined)
  const characters = new Set(heads.flatMap((head) => (typeof head === 'object' ? [head.is] : [])))
  if (characters.size > 1 || heads.every((head) => head === 'many')) return false
  return haveCommonText(texts.map((text) => (text[0] === 'many' ? text : text.slice(1))))
}

export function selected(world: World, ref: BackendRef, parent: HttpRoute): HttpRoute[] {
  const { dialect, routes } = world
  const namespace = ref.namespace ?? parent.namespace
  const here = routes.filter((route) => route.namespace === namespace)
  let found: readonly HttpRoute[] = []
  const labelGroup = { kgateway: 'delegation.kgateway.dev', gloo: 'delegation.gateway.solo.io', agentgateway: 'none' }[dialect]
  if (dialect === 'agentgateway' && ref.weight === 0) return []
  if (ref.group === 'gateway.networking.k8s.io' && ref.kind === 'HTTPRoute') {
    const pair = /^([^=]+)=(.*)$/.exec(ref.name)
    if (ref.name === '*') found = here
    else if (pair !== null) found = dialect === 'agentgateway' ? here.filter((route) => route.labels.get(pair[1] ?? '') === pair[2]) : []
    else found = here.filter((route) => route.name === ref.name)
  } else if (ref.group === labelGroup && ref.kind === 'label') {
    const isRefused = dialect === 'gloo' && namespace === 'all' && here.length > 0
    found = (isRefused ? [] : namespace === 'all' ? routes : here).filter((route) => route.labels.get(`${labelGroup}/label`) === ref.name)
  }
  return found.filter((child) => agrees(child, parent))
}

function agrees(child: HttpRoute, parent: HttpRoute): boolean {
  if (child.parentRefs.length === 0) return true
  return child.parentRefs.some(
    (ref) =>
      ref.group === 'gateway.networking.k8s.io' &&
      ref.kind === 'HTTPRoute' &&
      ref.name === parent.name &&
      (ref.namespace ?? child.namespace) === parent.namespace,
  )
}

function isReferenceAllowed(world: World, parent: HttpRoute, child: HttpRoute): boolean {
  if (world.dialect !== 'agentgateway' || child.namespace === parent.namespace || child.parentRefs.length > 0) return true
  return world.referenceGrants.some(
    ({ namespace, from, to }) =>
      namespace === child.namespace &&
      from.some((entry) => entry.kind === 'HTTPRoute' && entry.namespace === parent.namespace) &&
      to.some((entry) => entry.kind === 'HTTPRoute' && (entry.name ?? child.name) === child.name),
  )
}

/** Hosts two patterns share, decided on the patterns of a world: `*` or names with at most one `*.` in front. */
function sharedHost(a: string, b: string): string | undefined {
  if (a === '*' || a === b) return b
  if (b === '*') return a
  const above = (wild: string, other: string) => wild.startsWith('*.') && other.replace('*.', '').endsWith(`.${wild.slice(2)}`)
  if (above(a, b)) return b
  return above(b, a) ? a : undefined
}

/** A host on a listener's port; the port is undefined where the Gateway isn't known. */
export interface Place {
  readonly port: number | undefined
  readonly host: string
  /** Hosts of other listeners of the port, closer than this one's own: requests for them come in there. */
  readonly elsewhere: readonly string[]
}

/** A route put on a Gateway. */
export interface Root {
  readonly route: HttpRoute
  /** `namespace/name` */
  readonly gateway: string
  readonly places: readonly Place[]
}

function rootsOf(world: World): Root[] {
  return world.routes.flatMap((route) => {
    const names = new Set(
      route.parentRefs.filter(({ kind }) => kind === 'Gateway').map((ref) => `${ref.namespace ?? route.namespace}/${ref.name}`),
    )
    return [...names].map((gateway) => {
      const known = world.gateways.find(({ namespace, name }) => `${namespace}/${name}` === gateway)
      const own = route.hostnames.length > 0 ? route.hostnames : ['*']
      const refs = route.parentRefs.filter((ref) => ref.kind === 'Gateway' && `${ref.namespace ?? route.namespace}/${ref.name}` === gateway)
      const listeners = (known?.listeners ?? []).filter((listener) =>
        refs.some(({ sectionName, port }) => (sectionName ?? listener.name) === listener.name && (port ?? listener.port) === listener.port),
      )
      const closer = ({ port, hostname = '*' }: Listener) =>
        (known?.listeners ?? []).flatMap((other) =>
          other.port === port && other.hostname !== hostname && sharedHost(hostname, other.hostname ?? '*') === other.hostname
            ? (other.hostname ?? [])
            : [],
        )
      const places =
        known === undefined
          ? [{ port: undefined, host: '*', elsewhere: [] }]
          : listeners.map((listener) => ({ port: listener.port, host: listener.hostname ?? '*', elsewhere: closer(listener) }))
      return { route, gateway, places: narrowed(places, own) }
    })
  })
}

function narrowed(places: readonly Place[], hostnames: readonly string[]): Place[] {
  return places.flatMap(({ host, ...place }) =>
    hostnames.flatMap((hostname) => {
      const shared = sharedHost(host, hostname)
      return shared === undefined ? [] : [{ ...place, host: shared }]
    }),
  )
}

/** A match that a gateway knows: of a root, or of what it delegates to, at any depth. */
export interface Life {
  readonly root: Root
  /** The parent's match through which it came; undefined = the route's own on the Gateway. */
  readonly above: Life | undefined
  readonly route: HttpRoute
  readonly rule: number
  readonly match: number
  readonly programmed: Programmed
  readonly places: readonly Place[]
}

/** A route that a match of another selects, whether or not anything of it is programmed there. */
export interface Selection {
  readonly by: Life
  readonly child: HttpRoute
  readonly places: readonly Place[]
}

/** Every match of every root, and of every delegatee under it: parents before their children, in the order written. */
export function livesOf(world: World): { roots: Root[]; lives: Life[]; selections: Selection[] } {
  const { dialect } = world
  const roots = rootsOf(world)
  const lives: Life[] = []
  const selections: Selection[] = []
  for (const root of roots) {
    for (const [rule, { matches }] of root.route.rules.entries()) {
      for (const [match, own] of matches.entries()) {
        const programmed = { match: own, broken: false }
        live({ root, above: undefined, route: root.route, rule, match, programmed, places: root.places })
      }
    }
  }
  return { roots, lives, selections }

  function live(at: Life): void {
    lives.push(at)
    const way = wayOf(at)
    for (const ref of at.route.rules[at.rule]?.backendRefs ?? []) {
      const children = selected(world, ref, at.route)
      if (children.some((child) => way.some(({ route }) => route === child))) continue
      for (const child of children) if (isReferenceAllowed(world, at.route, child)) visit(at, child)
    }
  }

  function visit(above: Life, child: HttpRoute): void {
    if (dialect !== 'agentgateway' && child.hostnames.length > 0) {
      selections.push({ by: above, child, places: above.places })
      return
    }
    const places = child.hostnames.length > 0 ? narrowed(above.places, child.hostnames) : above.places
    if (places.length === 0 && above.places.length > 0) return
    const inherit = inherits(child, dialect)
    selections.push({ by: above, child, places })
    for (const [rule, { matches }] of child.rules.entries()) {
      const written: readonly (HttpMatch | undefined)[] = matches.length === 0 && inherit ? [undefined] : matches
      for (const [match, own] of written.entries()) {
        const programmed = programmedUnder(above, own, inherit)
        // Whether a literal that is no path is passed on was not observed: a guard has to take it to be.
        if (programmed !== undefined) live({ root: above.root, above, route: child, rule, match, programmed, places })
      }
    }
  }

  function programmedUnder(above: Life, own: HttpMatch | undefined, inherit: boolean): Programmed | undefined {
    const granted = above.programmed.match
    if (own === undefined) return { match: granted, broken: false }
    if (dialect !== 'agentgateway') return program(granted, own, inherit, dialect)
    const grants = wayOf(above).map((life) => life.programmed.match)
    return meet([...grants, own]) ? { match: own, broken: false } : undefined
  }
}

/** From the root down to the life itself. */
export function wayOf(life: Life): Life[] {
  return life.above === undefined ? [life] : [...wayOf(life.above), life]
}
