import { type Area, areaOfHost } from './area.ts'
import { type Attachment, attachmentsOf } from './attachment.ts'
import { isTrustedRoot, type LaneRules } from './lane.ts'
import type { IndexedMatch } from './path-index.ts'
import type { HttpRoute } from './route.ts'
import type { View } from './view.ts'

export interface RootAttachment {
  readonly attachment: Attachment
  readonly trusted: boolean
}

/** A match of a route that attaches to Gateways, and how it does. */
export interface RootRow extends IndexedMatch {
  readonly attachments: readonly RootAttachment[]
  /** One of them is trusted. */
  readonly mayBind: boolean
  /** Deleted a short while ago. */
  readonly departed: boolean
}

/** The rows of roots, looked up once an area for all matches of one object. */
export class RootRows {
  readonly #view: View
  readonly #rules: LaneRules
  readonly #byArea = new Map<string, readonly RootRow[]>()
  readonly #attachments = new Map<HttpRoute, readonly RootAttachment[]>()

  constructor(view: View, rules: LaneRules) {
    this.#view = view
    this.#rules = rules
  }

  /** The matches of roots near one of the hosts, each once: what a trusted root says first, then by name and place. */
  near(hosts: readonly string[], asked: Area): readonly RootRow[] {
    const key = JSON.stringify([hosts, asked])
    const known = this.#byArea.get(key)
    if (known !== undefined) return known
    const seen = new Map<HttpRoute, Set<number>>()
    const rows: RootRow[] = []
    for (const host of hosts) {
      for (const from of this.#view.withDeparted) {
        for (const { route, rule, match } of from.rootMatchesNear(areaOfHost(host), asked)) {
          // A route with several hostnames is found once for each.
          const places = seen.get(route) ?? new Set()
          seen.set(route, places)
          if (!isNew(places, rule * MATCHES_PER_RULE + match)) continue
          const attachments = this.#attachmentsOf(route)
          const mayBind = attachments.some(({ trusted }) => trusted)
          rows.push({ route, rule, match, attachments, mayBind, departed: from !== this.#view })
        }
      }
    }
    rows.sort(compareRows)
    this.#byArea.set(key, rows)
    return rows
  }

  #attachmentsOf(route: HttpRoute): readonly RootAttachment[] {
    const known = this.#attachments.get(route)
    if (known !== undefined) return known
    const attachments = attachmentsOf(route, this.#view, this.#rules.dialect).map((attachment) => ({
      attachment,
      trusted: isTrustedRoot(route, attachment, this.#view, this.#rules),
    }))
    this.#attachments.set(route, attachments)
    return attachments
  }
}

/** More than any object can hold. */
const MATCHES_PER_RULE = 1_048_576

function isNew(known: Set<number>, entry: number): boolean {
  return known.size !== known.add(entry).size
}

function compareRows(a: RootRow, b: RootRow): number {
  if (a.route === b.route) return a.rule - b.rule || a.match - b.match
  return (
    Number(b.mayBind) - Number(a.mayBind) ||
    compareText(a.route.namespace, b.route.namespace) ||
    compareText(a.route.name, b.route.name) ||
    compareText(a.route.kind, b.route.kind) ||
    Number(a.departed) - Number(b.departed)
  )
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
