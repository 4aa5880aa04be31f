import { INHERIT_KEY, inheritsMatcher } from './annotations.ts'
import { type Area, areaOfPath, EVERYWHERE } from './area.ts'
import { pathElements } from './path.ts'
import { type Dialect, type HttpRoute, identityOf, type PathMatch } from './route.ts'
import { Trie } from './trie.ts'

/** One match of a route that may be a child; match 0 where an empty list inherits. */
export interface IndexedMatch {
  readonly route: HttpRoute
  readonly rule: number
  readonly match: number
}

/**
 * The matches of the routes of one selection (a namespace, a label), by path: as written, and once more below their
 * parent's path for routes that some dialect joins with it.
 */
export class PathIndex {
  readonly #written = new Trie<IndexedMatch>()
  readonly #joined = new Trie<IndexedMatch>()
  readonly #routes = new Map<string, HttpRoute>()

  get routes(): Iterable<HttpRoute> {
    return this.#routes.values()
  }

  get isEmpty(): boolean {
    return this.#routes.size === 0
  }

  add(route: HttpRoute): void {
    this.#routes.set(identityOf(route), route)
    for (const { indexed, key, written, joined } of entriesOf(route)) {
      if (written !== undefined) this.#written.add(written.segments, written.extent, key, indexed)
      if (joined !== undefined) this.#joined.add(joined.segments, joined.extent, key, indexed)
    }
  }

  remove(route: HttpRoute): void {
    this.#routes.delete(identityOf(route))
    for (const { key, written, joined } of entriesOf(route)) {
      if (written !== undefined) this.#written.remove(written.segments, written.extent, key)
      if (joined !== undefined) this.#joined.remove(joined.segments, joined.extent, key)
    }
  }

  /** Every match that may meet `asked` as it is written, and some others; each once. */
  meetingAsWritten(asked: Area): Iterable<IndexedMatch> {
    return this.#written.meeting(asked.segments, asked.extent)
  }

  /** Every match that may meet `asked` when a grant of `granted` delegates to it, and some others; each once. */
  *meeting(asked: Area, granted: PathMatch, dialect: Dialect): Iterable<IndexedMatch> {
    for (const indexed of this.meetingAsWritten(asked)) {
      if (!inheritsMatcher(indexed.route, dialect)) yield indexed
    }
    const below = seenFrom(granted, asked)
    for (const indexed of this.#joined.meeting(below.segments, below.extent)) {
      if (inheritsMatcher(indexed.route, dialect)) yield indexed
    }
  }
}

interface Entry {
  readonly indexed: IndexedMatch
  readonly key: string
  /** undefined where there is only the parent's to inherit. */
  readonly written: Area | undefined
  /** Relative to the parent's path; undefined when no dialect joins. */
  readonly joined: Area | undefined
}

function* entriesOf(route: HttpRoute): Iterable<Entry> {
  const identity = identityOf(route)
  const joins = mayInherit(route)
  for (const [rule, { matches }] of route.rules.entries()) {
    if (matches.length === 0 && joins) {
      yield { indexed: { route, rule, match: 0 }, key: `${identity} ${rule}`, written: undefined, joined: EVERYWHERE }
    }
    for (const [match, { path }] of matches.entries()) {
      const joined = joins ? joinedAreaOf(path) : undefined
      yield { indexed: { route, rule, match }, key: `${identity} ${rule}.${match}`, written: areaOfPath(path), joined }
    }
  }
}

/** The parent's text becomes part of a joined regex, and dot elements climb out of it: those may be anywhere. */
function joinedAreaOf(path: PathMatch): Area {
  const stays = (path.type === 'Exact' || path.type === 'PathPrefix') && !pathElements(path.value).some(climbs)
  return stays ? areaOfPath(path) : EVERYWHERE
}

function climbs(element: string): boolean {
  return element === '.' || element === '..'
}

/** What is asked, relative to the path that a grant's children are joined to; everything where it isn't below. */
function seenFrom(granted: PathMatch, asked: Area): Area {
  if (granted.type !== 'Exact' && granted.type !== 'PathPrefix') return EVERYWHERE
  const base = pathElements(granted.value)
  if (base.some(climbs) || !base.every((element, index) => asked.segments[index] === element)) return EVERYWHERE
  return { segments: asked.segments.slice(base.length), extent: asked.extent }
}

function mayInherit(route: HttpRoute): boolean {
  return Object.values(INHERIT_KEY).some((key) => key !== undefined && route.annotations.has(key))
}
