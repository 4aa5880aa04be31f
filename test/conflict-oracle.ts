import { type HttpMatch, type HttpRoute, nameOf } from '../src/delegation/route.ts'
import { type Life, type Place, type World, wayOf } from './programmed-model.ts'
import {
  compareHosts,
  compareLives,
  compareMatches,
  delegates,
  isAt,
  type Request,
  type Row,
  type Tables,
  tablesOf,
  takes,
} from './winner-model.ts'

/**
 * What a new route does to the others, request by request: who answers without it, who answers with it, and who had a right to.
 *
 * Some answers are open: what a tie between two grants means, or whether somebody who occupies another's carve-out holds it. So there
 * are two oracles. `harmOf` says what has to be found, counting only what no reading of the rules excuses. `truthOf` says
 * what may be found, counting what some reading calls harm.
 */

export interface Realm extends World {
  /** Besides the Gateway's own. */
  readonly rootNamespaces: readonly string[]
  readonly ownerOf: (namespace: string) => string
  /** Where they aren't known, what only they decide is open. */
  readonly knowsAges: boolean
}

/**
 * `escaped`: no trusted grant that selects it contains the request. `carved`: a more specific grant gives it to others. `stolen`:
 * another owner answered it by right. `granted`: attached directly, over what a trusted root gives to others or keeps. `hidden`:
 * nobody's any more, because a new host's table has nothing for it.
 */
export interface Harm {
  readonly kind: 'escaped' | 'carved' | 'stolen' | 'granted' | 'hidden'
  /** The least that has to be said about it. */
  readonly least: 'Deny' | 'Warn'
  readonly request: Request
  readonly before: Row | undefined
  readonly after: Row | undefined
}

/** `excused`: it would be true, but for a third match that has the request before it comes to that. */
export type Truth = 'true' | 'excused' | 'false'

/** What conflict checks call it. */
export type Code = 'LK301' | 'LK401' | 'LK402' | 'LK403' | 'LK405'

export class ConflictOracle {
  readonly #realm: Realm
  readonly #candidate: HttpRoute
  readonly before: Tables
  readonly after: Tables
  /** Of the candidate. */
  readonly #lives: readonly Life[]

  /** `realm` without the candidate. */
  constructor(realm: Realm, candidate: HttpRoute) {
    this.#realm = realm
    this.#candidate = candidate
    this.before = tablesOf(realm)
    this.after = tablesOf({ ...realm, routes: [...realm.routes, candidate] })
    this.#lives = this.after.lives.filter(({ route }) => route === candidate)
  }

  /** What the candidate must not do with this request. */
  harmOf(request: Request): Harm | undefined {
    if (!this.#lives.some(({ places }) => places.some((place) => isAt(place, request)))) return undefined
    const isAsked = this.#lives.some(({ programmed }) => takes(programmed.match, request, this.#realm.dialect))
    const after = isAsked ? this.after.winners(request).find(({ life }) => life.route === this.#candidate) : undefined
    if (after === undefined && this.#lives.every(({ above }) => above !== undefined)) return undefined
    const before = this.#before(request)
    const harm = (kind: Harm['kind'], least: Harm['least'] = 'Deny'): Harm => ({ kind, least, request, before, after })
    if (after === undefined) return this.#isHidden(request, before) ? harm('hidden') : undefined
    const isTaken = before !== undefined && this.#ownerOf(before.life) === this.#owner
    if (after.life.above === undefined) {
      if (isTaken || this.#isRoot(this.#candidate, after.life)) return undefined
      const given = this.#isTakenFromRoot(request, after.life)
      if (given !== undefined) return harm('granted', given)
      if (!this.#robbed(request, before) || !this.#isRivalOf(after.life, before.life, request)) return undefined
      return harm('stolen', after.answer === 'error' ? 'Deny' : 'Warn')
    }
    // Who adopts it is to blame for what it does there.
    if (!this.#isTrusted(after.life.above, this.#candidate)) return undefined
    const isPlace = this.after.placeOf(request)
    const grants = this.#grantsOf(this.#candidate, request, isPlace)
    if (grants.length === 0) return harm('escaped')
    if (isTaken) return undefined
    const isCarved = (grant: Life) =>
      this.#holes(grant, this.#owner, request, isPlace, 'above').some(
        (hole) => this.#isOver(after.life, hole, request) && !this.#isAheadAlready(hole, request),
      )
    if (grants.every(isCarved)) return harm('carved')
    if (!this.#robbed(request, before)) return undefined
    // The platform's grant takes nothing from who is there by a root of his own, not by that grant.
    if (this.#isRoot(after.life.root.route, after.life) && !this.#isRoot(before.life.root.route, before.life)) return undefined
    const isGranted = before.life.above !== undefined && !this.#isMoreSpecific(after.life, before)
    return harm('stolen', after.answer === 'error' || isGranted ? 'Deny' : 'Warn')
  }

  /**
   * Whether what a check says about the candidate is true of this request, by some reading of the rules: one of its matches against
   * one of somebody else's, whatever third ones do there.
   */
  truthOf(code: Code, request: Request): Truth {
    const mine = this.#matching(this.after, request).filter(({ life }) => life.route === this.#candidate)
    // Whoever hands them on holds them, too.
    const rows = new Map(this.before.rows.map((row) => [row.life, row]))
    const known = this.before.lives.map((life): Row => rows.get(life) ?? { life, answer: 'orphaned' })
    const isHandedOn = (life: Life) => delegates(life, this.#realm.dialect) && this.#isFor(life, this.#owner)
    const others = this.#among(known, request, this.before).filter(
      ({ life }) => this.#ownerOf(life) !== this.#owner && !isHandedOn(life) && this.#holds(life.route, request),
    )
    const before = this.#before(request)
    // Whether what an own route took outside its lane excuses more of it is open.
    const isOwn = before !== undefined && this.#ownerOf(before.life) === this.#owner && this.#holds(before.life.route, request)
    const taken = isOwn && !asksForHost(before.life) ? 'excused' : 'true'
    const isMet = ({ life }: Row, rivals: readonly Row[]) => rivals.some((rival) => this.#meets(life, rival.life, request))
    switch (code) {
      case 'LK301': {
        const roots = this.#rootsAt(request)
        const overRoots = mine.some(({ life }) => life.above === undefined && roots.some((root) => this.#meets(life, root, request)))
        return overRoots || this.#isHidingRoots(request) ? 'true' : 'false'
      }
      case 'LK401':
        return mine.map(({ life }) => this.#truthOfHole(life, request)).sort(byTruth)[0] ?? 'false'
      case 'LK402':
        return mine.some((row) => isMet(row, others)) ? taken : 'false'
      case 'LK403':
        return mine.some(({ life }) => others.some((other) => isSame(other.life.programmed.match, life.programmed.match)))
          ? 'true'
          : 'false'
      case 'LK405': {
        const answered = this.#matching(this.before, request).filter(
          ({ life, answer }) => answer === 'route' && this.#ownerOf(life) !== this.#owner,
        )
        return mine.some((row) => row.answer === 'error' && isMet(row, answered)) ? taken : 'false'
      }
    }
  }

  /** Whether the two compete for the request, and `mine` is not behind for sure. */
  #meets(mine: Life, other: Life, request: Request): boolean {
    const { dialect, knowsAges } = this.#realm
    const group = ({ above }: Life) => above && [nameOf(above.route), above.rule, above.match].join()
    if (dialect === 'agentgateway' && group(mine) !== group(other)) return false
    const byHost = compareHosts(hostAt(mine, request), hostAt(other, request))
    if (byHost !== 0) return byHost < 0
    // Grants are not in the table of a flattening gateway: their age decides nothing.
    const isOpen = !knowsAges || delegates(other, dialect)
    return (isOpen ? compareMatches(mine, other, dialect) : compareLives(mine, other, dialect)) <= 0
  }

  /** Ahead of what gives the request to others; excused where a grant of its own gives it back, or its holders are ahead of it. */
  #truthOfHole(mine: Life, request: Request): Truth {
    const { dialect } = this.#realm
    const isPlace = this.after.placeOf(request)
    const grants = this.#grantsOf(this.#candidate, request, isPlace)
    const isBehind = (hole: Life) => compareMatches(mine, hole, dialect) <= 0
    const cut = grants.some((grant) => this.#moreExact(grant, this.#owner, request, isPlace, 'level').some(isBehind))
    if (!cut) return 'false'
    // What waits for children holds nothing yet, and what is out of its own lane holds nothing there.
    const rows = this.#matching(this.after, request).filter(
      ({ life }) => this.#ownerOf(life) !== this.#owner && !delegates(life, dialect) && !asksForHost(life) && this.#contains(life, request),
    )
    const isHeld = (hole: Life) => rows.some(({ life }) => this.#isServedTo(hole, this.#ownerOf(life)) && !this.#meets(mine, life, request))
    const isTrue = grants.every(
      (grant) =>
        asksForHost(grant) || this.#holes(grant, this.#owner, request, isPlace, 'level').some((hole) => isBehind(hole) && !isHeld(hole)),
    )
    return isTrue ? 'true' : 'excused'
  }

  /** Attached on a closer host than what a root hands to others or keeps, whoever serves it. */
  #isHidingRoots(request: Request): boolean {
    const roots = this.#rootsAt(request, (place) => isAt(place, request))
    return this.#lives.some(
      (life) =>
        life.above === undefined &&
        life.places.some((place) => isAt(place, request)) &&
        roots.some((root) => compareHosts(hostAt(life, request), hostAt(root, request)) < 0),
    )
  }

  /** Whether the owner had a match before the root's or parent's without the candidate, whoever else did. */
  #isAheadAlready(grant: Life, request: Request): boolean {
    const { dialect } = this.#realm
    return this.#matching(this.before, request).some(({ life }) => {
      if (this.#ownerOf(life) !== this.#owner) return false
      const order = compareHosts(hostAt(life, request), hostAt(grant, request)) || compareMatches(life, grant, dialect)
      // Whoever says the same as a grant has what no child of it asks for.
      return order < 0 || (order === 0 && delegates(grant, dialect))
    })
  }

  /** Who answers without the candidate: its own owner, where nothing says who is first. */
  #before(request: Request): Row | undefined {
    const [first, ...tied] = this.before.winners(request)
    if (first === undefined) return undefined
    const isLevel = ({ life }: Row) => compareMatches(life, first.life, this.#realm.dialect) === 0
    const open = this.#realm.knowsAges ? tied : this.#matching(this.before, request).filter(isLevel)
    return [first, ...open].find(({ life }) => this.#ownerOf(life) === this.#owner) ?? first
  }

  /**
   * Another owner's by right, and it was answered. What it holds by another lane than the one that serves it is open, and so is what a
   * hole leaves it if nothing but age or name puts the hole first.
   */
  #robbed(request: Request, before: Row | undefined): before is Row {
    if (before?.answer !== 'route') return false
    // What an owner hands on to others is its own affair.
    if (wayOf(before.life).some((life) => this.#ownerOf(life) === this.#owner)) return false
    const { route, above } = before.life
    const isPlace = this.before.placeOf(request)
    // Attached directly, a bare catch-all is there for what nobody else asks for.
    if (above === undefined) return !isSame(before.life.programmed.match, EVERYTHING) && this.#givers(request, isPlace).length === 0
    if (!this.#isTrusted(above, route) || !this.#contains(before.life, request)) return false
    return this.#moreExact(above, this.#ownerOf(before.life), request, isPlace, 'first').length === 0
  }

  /** A new, closer host leaves a request with nobody that a lane of the platform answered: between tenants, hosts are the policy's affair. */
  #isHidden(request: Request, before: Row | undefined): boolean {
    return (
      this.after.winners(request).length === 0 &&
      this.#lives.some(
        (life) => life.above === undefined && life.places.some((at) => isAt(at, request)) && !this.#isRoot(life.route, life),
      ) &&
      before?.life.above !== undefined &&
      this.#isRoot(before.life.root.route, before.life) &&
      this.#robbed(request, before)
    )
  }

  /** Attached directly on the same host: a wider one is not asked. */
  #isRivalOf(mine: Life, other: Life, request: Request): boolean {
    return hostAt(mine, request) === hostAt(other, request)
  }

  /** The loser has all that its grant gives and the newcomer a longer literal path in it. */
  #isMoreSpecific({ programmed: { match } }: Life, { life }: Row): boolean {
    return (
      life.above !== undefined &&
      isSame(life.programmed.match, life.above.programmed.match) &&
      match.path.type !== 'RegularExpression' &&
      match.path.value.length > life.programmed.match.path.value.length
    )
  }

  /**
   * A direct attachment over the trusted root's match that would have had the request. It may stay a warning inside the owner's
   * own lane, and it is nobody's business below what a root keeps for `/`.
   */
  #isTakenFromRoot(request: Request, mine: Life): Harm['least'] | undefined {
    const { dialect } = this.#realm
    const compare = (a: Life, b: Life) => compareHosts(hostAt(a, request), hostAt(b, request)) || compareMatches(a, b, dialect)
    const [giver, ...lower] = this.#rootsAt(request).toSorted(compare)
    if (giver === undefined || compare(mine, giver) > 0 || this.#isAheadAlready(giver, request)) return undefined
    const level = [giver, ...lower.filter((other) => compare(giver, other) === 0)]
    return level.some((life) => this.#isFor(life, this.#owner)) ? 'Warn' : 'Deny'
  }

  /** Matches of the trusted roots of others that take the request, `/` alone only where it is handed on. */
  #rootsAt(request: Request, isPlace: IsPlace = this.before.placeOf(request)): Life[] {
    const { dialect } = this.#realm
    const roots = this.before.lives.filter(
      (life) =>
        life.above === undefined &&
        this.#isRoot(life.route, life) &&
        this.#ownerOf(life) !== this.#owner &&
        life.places.some(isPlace) &&
        takes(life.programmed.match, request, dialect),
    )
    return roots.filter((life) => {
      if (delegates(life, dialect)) return true
      const isDelegating = this.before.lives.some((other) => other.route === life.route && delegates(other, dialect))
      return isDelegating && !isSame(life.programmed.match, EVERYTHING)
    })
  }

  /** By a trusted grant that contains it, or attached directly where no grant gives it to others. */
  #holds(route: HttpRoute, request: Request): boolean {
    const owner = this.#realm.ownerOf(route.namespace)
    const isPlace = this.before.placeOf(request)
    if (this.#grantsOf(route, request, isPlace).length > 0) return true
    const isAttached = this.after.lives.some(
      (life) => life.route === route && life.above === undefined && life.places.some(isPlace) && this.#contains(life, request),
    )
    const leavesIt = (grant: Life) => this.#isFor(grant, owner) || this.#holes(grant, owner, request, isPlace, 'level').length > 0
    return isAttached && this.#givers(request, isPlace).every(leavesIt)
  }

  /** Trusted matches that hand the request on to the route, at every hop. */
  #grantsOf(route: HttpRoute, request: Request, isPlace: IsPlace): Life[] {
    return this.after.selections
      .filter(
        ({ by, child, places }) => child === route && places.some(isPlace) && this.#isTrusted(by, child) && this.#contains(by, request),
      )
      .map(({ by }) => by)
  }

  /** Matches that hand the request on, by parents that need nobody's consent for it. */
  #givers(request: Request, isPlace: IsPlace): Life[] {
    return this.after.lives.filter(
      (life) =>
        delegates(life, this.#realm.dialect) &&
        this.#isTrusted(life, undefined) &&
        life.places.some(isPlace) &&
        this.#contains(life, request),
    )
  }

  #contains(life: Life, request: Request): boolean {
    return wayOf(life).every(({ programmed }) => takes(programmed.match, request, this.#realm.dialect))
  }

  /**
   * Matches that give the request to others more specifically than the grant, or one further up, does: rules of the same parent, or
   * of another trusted root. `level` counts those that are just as specific, too, `first` unless
   * they are later rules of the same parent.
   */
  #moreExact(by: Life, owner: string, request: Request, isPlace: IsPlace, how: 'above' | 'first' | 'level'): Life[] {
    const { dialect } = this.#realm
    // The nested dialect asks the most specific rule first and no other.
    if (dialect === 'agentgateway') return []
    const owners = [owner]
    const holes: Life[] = []
    for (let grant: Life | undefined = by; grant !== undefined; grant = grant.above) {
      const current: Life = grant
      const siblings = this.after.lives.filter(
        (life) =>
          life !== current &&
          (life.route === current.route
            ? life.above === current.above
            : life.above === undefined && current.above === undefined && this.#isRoot(life.route, life)) &&
          life.root.gateway === current.root.gateway &&
          life.places.some(isPlace) &&
          this.#ownerOf(life) !== owner &&
          takes(life.programmed.match, request, dialect),
      )
      const specific = siblings.filter((life) => {
        const order = compareMatches(life, current, dialect)
        const isLater = life.route === current.route && compareLives(life, current, dialect) > 0
        return order < 0 || (order === 0 && (how === 'level' || (how === 'first' && !isLater)))
      })
      const isAmong = (life: Life, one: string) => (how === 'level' ? this.#isServedTo(life, one) : this.#isFor(life, one))
      holes.push(...specific.filter((life) => owners.every((one) => !isAmong(life, one))))
      owners.push(this.#realm.ownerOf(current.route.namespace))
    }
    return holes
  }

  /** Of these, what no grant of the owner's that is more exact still gives back. */
  #holes(by: Life, owner: string, request: Request, isPlace: IsPlace, how: 'above' | 'level'): Life[] {
    const { dialect } = this.#realm
    const own = this.#givers(request, isPlace).filter((giver) => this.#isFor(giver, owner) && (how === 'above' || !asksForHost(giver)))
    const isBack = (order: number) => (how === 'above' ? order <= 0 : order < 0)
    const holes = this.#moreExact(by, owner, request, isPlace, how)
    // Not further down: what a parent below hands on is no more its own than what it claims.
    const isBeside = (giver: Life, hole: Life) => wayOf(giver).length === wayOf(hole).length
    return holes.filter((hole) => !own.some((giver) => isBeside(giver, hole) && isBack(compareMatches(giver, hole, dialect))))
  }

  /** Whether the match selects some route of this owner, or serves it itself. */
  #isServedTo(life: Life, owner: string): boolean {
    const below = this.after.selections.filter(({ by }) => by.route === life.route && by.rule === life.rule && by.match === life.match)
    const namespaces = delegates(life, this.#realm.dialect) ? below.map(({ child }) => child.namespace) : [life.route.namespace]
    return namespaces.some((namespace) => this.#realm.ownerOf(namespace) === owner)
  }

  /** The same, or that it could: it names a namespace of the owner. */
  #isFor(life: Life, owner: string): boolean {
    const named = (life.route.rules[life.rule]?.backendRefs ?? []).flatMap(({ namespace }) => namespace ?? [])
    return this.#isServedTo(life, owner) || named.some((namespace) => this.#realm.ownerOf(namespace) === owner)
  }

  /** Whether it ranks above the match, or level where nothing but the order of rules or routes could tell. */
  #isOver(mine: Life, other: Life, request: Request): boolean {
    const byHost = compareHosts(hostAt(mine, request), hostAt(other, request))
    if (byHost !== 0) return byHost < 0
    const order = compareMatches(mine, other, this.#realm.dialect)
    return order < 0 || (order === 0 && mine.root.route === other.root.route)
  }

  #matching(tables: Tables, request: Request): Row[] {
    return this.#among(tables.rows, request, tables)
  }

  #among(rows: readonly Row[], request: Request, tables: Tables): Row[] {
    const isPlace = tables.placeOf(request)
    return rows.filter(
      ({ life }) =>
        life.root.gateway === request.gateway && life.places.some(isPlace) && takes(life.programmed.match, request, this.#realm.dialect),
    )
  }

  /** Whether the match may hand things on to the child; without a child, to anybody. */
  #isTrusted(by: Life, child: HttpRoute | undefined): boolean {
    const isNamed = (child?.parentRefs ?? []).some(
      ({ kind, namespace, name }) => kind === 'HTTPRoute' && `${namespace ?? child?.namespace}/${name}` === nameOf(by.route),
    )
    // Whoever adopts an object of its own owner speaks for it.
    const isOwn = child !== undefined && this.#realm.ownerOf(child.namespace) === this.#ownerOf(by)
    return isNamed || isOwn || this.#isRoot(by.route, by) || (by.above !== undefined && this.#isTrusted(by.above, by.route))
  }

  /** Whether the route lives where the Gateway does, or in a root namespace. */
  #isRoot({ namespace }: HttpRoute, { root: { gateway } }: Life): boolean {
    return this.#realm.rootNamespaces.includes(namespace) || gateway.startsWith(`${namespace}/`)
  }

  get #owner(): string {
    return this.#realm.ownerOf(this.#candidate.namespace)
  }

  #ownerOf({ route }: Life): string {
    return this.#realm.ownerOf(route.namespace)
  }
}

function byTruth(a: Truth, b: Truth): number {
  const order: readonly Truth[] = ['true', 'excused', 'false']
  return order.indexOf(a) - order.indexOf(b)
}

/** A header that every request has, with or without a port: what excuses by it is open. */
function asksForHost({ programmed: { match } }: Life): boolean {
  return match.headers.some(({ key }) => key === 'host')
}

type IsPlace = (place: Place) => boolean

const EVERYTHING: HttpMatch = { path: { type: 'PathPrefix', value: '/' }, headers: [], queryParams: [], method: undefined }

/** The closest host under which the match meets the request. */
function hostAt({ places }: Life, request: Request): string {
  const hosts = places.filter((place) => isAt(place, request)).map(({ host }) => host)
  return hosts.sort(compareHosts)[0] ?? '*'
}

/** Whether two matches are the same set, however written. */
function isSame(a: HttpMatch, b: HttpMatch): boolean {
  const normal = ({ path, headers, queryParams, method }: HttpMatch) => {
    const value = path.type === 'PathPrefix' ? path.value.replace(/\/+$/, '') : path.value
    const values = [headers, queryParams].map((list) => list.map(({ key, type, value: text }) => [key, type, text].join(' ')).sort())
    return JSON.stringify([path.type, value, values, method ?? ''])
  }
  return normal(a) === normal(b)
}
