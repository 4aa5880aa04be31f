import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { judgeStanding } from '../src/audit/standing-route.ts'
import {
  delegationPolicy,
  gatewayOf,
  granting,
  namespace,
  parentRef,
  platformRoot,
  prefix,
  type Raw,
  type RawMatch,
  route,
  serving,
  to,
} from './manifest-fixtures.ts'
import { found, Replica } from './replica.ts'

const TEN_MINUTES = 600_000
const FIRST = { creationTimestamp: '2026-01-01T00:00:00Z' }
const SECOND = { creationTimestamp: '2026-02-01T00:00:00Z' }
const THIRD = { creationTimestamp: '2026-03-01T00:00:00Z' }

/** Namespaces web, web-eu and shop share a lane; web and web-eu are one owner. */
function replicaWith(...routes: readonly Raw[]): Replica {
  const spaces = [namespace('web', { team: 'web' }), namespace('web-eu', { team: 'web' }), namespace('shop', { team: 'shop' })]
  return new Replica([
    ...gatewayOf('kgateway'),
    ...spaces,
    delegationPolicy({ ownerLabel: 'team' }),
    lane('web', 'web-eu', 'shop'),
    ...routes,
  ])
}

function lane(...namespaces: readonly string[]): Raw {
  return platformRoot([granting(prefix('/shop'), ...namespaces.map((name) => to(`${name}/*`)))])
}

function asking(place: string, match: RawMatch = prefix('/shop/x'), metadata: Readonly<Record<string, unknown>> = {}): Raw {
  return route(place, { parentRefs: [parentRef('infra/parent')], rules: [serving(match)] }, metadata)
}

/** What the answer would be. */
function asked(replica: Replica, place: string, match?: RawMatch): string[] {
  return found(replica.submit(asking(place, match), { dryRun: true }))
}

const STATED: Readonly<Record<string, () => void>> = {
  'Its name changes: the new one may be created before the old one is deleted, or after.': () => {
    const replica = replicaWith(asking('web/one'))
    expect(asked(replica, 'web/renamed').filter((line) => line.startsWith('Deny'))).toEqual([])
    replica.deleted(asking('web/one'))
    expect(asked(replica, 'web/renamed')).toEqual([])
  },
  'While both are there, the younger one is told that it is shadowed (LK404).': () => {
    const replica = replicaWith(asking('web/one', prefix('/shop/x'), FIRST))
    expect(asked(replica, 'web/renamed')).toEqual(['Warn LK404'])
  },
  "While neither is there, the requests stay its owner's for ten minutes; then they are free.": () => {
    const replica = replicaWith(asking('web/one'))
    replica.deleted(asking('web/one'))
    replica.now = TEN_MINUTES - 1
    expect(asked(replica, 'shop/two')).toEqual(['Deny LK403'])
    replica.now = TEN_MINUTES
    expect(asked(replica, 'shop/two')).toEqual([])
  },
  'It is recreated under its own name: it takes nothing from anybody.': () => {
    const replica = replicaWith(asking('web/one'))
    replica.deleted(asking('web/one'))
    expect(found(replica.submit(asking('web/one')))).toEqual([])
    replica.now = TEN_MINUTES
    replica.stored(asking('web/one', prefix('/shop/x'), { uid: 'another' }))
    expect(asked(replica, 'shop/two')).toEqual(['Deny LK403'])
  },
  'It is recreated and is now the youngest: where only age decided, it comes last.': () => {
    const replica = replicaWith(asking('web/one', prefix('/shop/x'), FIRST), asking('shop/two', prefix('/shop/x'), SECOND))
    const blamed = () => ['web/one', 'shop/two'].map((place) => found({ violations: judged(replica, place) }))
    expect(blamed()).toEqual([[], ['Deny LK403']])
    replica.deleted(asking('web/one'))
    replica.stored(asking('web/one', prefix('/shop/x'), THIRD))
    expect(blamed()).toEqual([['Deny LK403'], []])
  },
  'It moves to another namespace of its owner: the same as a new name, if the parent delegates to that namespace.': () => {
    const replica = replicaWith(asking('web/one'))
    expect(asked(replica, 'web-eu/one').filter((line) => line.startsWith('Deny'))).toEqual([])
    replica.deleted(asking('web/one'))
    expect(asked(replica, 'web-eu/one')).toEqual([])
    replica.stored(lane('web', 'shop'))
    expect(asked(replica, 'web-eu/one')).toEqual(['Warn LK201'])
  },
  'It moves to a namespace of another owner: denied while the old one is there, and for ten minutes after.': () => {
    const replica = replicaWith(asking('web/one'))
    expect(asked(replica, 'shop/one')).toEqual(['Deny LK403'])
    replica.deleted(asking('web/one'))
    expect(asked(replica, 'shop/one')).toEqual(['Deny LK403'])
    replica.now = TEN_MINUTES
    expect(asked(replica, 'shop/one')).toEqual([])
  },
  'The parent hands the requests to the new owner and no longer to the old one: the move is allowed at once.': () => {
    const replica = replicaWith(asking('web/one'))
    replica.stored(lane('shop'))
    expect(asked(replica, 'shop/one')).toEqual([])
    replica.deleted(asking('web/one'))
    expect(asked(replica, 'shop/one')).toEqual([])
  },
  'Without a gap: the new owner creates its route while the parent does not select it yet, which warns (LK201); then the parent is changed.':
    () => {
      const replica = replicaWith(asking('web/one'))
      replica.stored(lane('web'))
      expect(found(replica.submit(asking('shop/one')))).toEqual(['Warn LK201'])
      replica.stored(asking('shop/one'))
      expect(found(replica.submit(lane('shop'), { old: lane('web') }))).toEqual(['Warn LK505', 'Audit LK704'])
    },
  "A namespace gets another value of the `ownerLabel`: its routes, the deleted ones too, are the new owner's at once.": () => {
    const replica = replicaWith(asking('web-eu/one'), asking('web-eu/gone', prefix('/shop/y')))
    replica.deleted(asking('web-eu/gone'))
    expect(asked(replica, 'shop/two')).toEqual(['Deny LK403'])
    replica.stored(namespace('web-eu', { team: 'shop' }))
    expect(asked(replica, 'shop/two')).toEqual([])
    expect(asked(replica, 'shop/two', prefix('/shop/y'))).toEqual([])
    expect(asked(replica, 'web/two')).toEqual(['Deny LK403'])
    expect(asked(replica, 'web/two', prefix('/shop/y'))).toEqual(['Deny LK403'])
  },
  'Routes that shared requests while they had one owner stay as they are: an update that takes no more is warned, and the audit reports the younger one.':
    () => {
      const younger = asking('web-eu/two', prefix('/shop/x'), SECOND)
      const replica = replicaWith(asking('web/one', prefix('/shop/x'), FIRST), younger)
      replica.stored(namespace('web-eu', { team: 'shop' }))
      const update = asking('web-eu/two', prefix('/shop/x'), { ...SECOND, labels: { a: 'b' } })
      expect(found(replica.submit(update, { old: younger, dryRun: true }))).toEqual(['Warn LK403'])
      expect(found({ violations: judged(replica, 'web-eu/two') })).toEqual(['Deny LK403'])
      expect(found({ violations: judged(replica, 'web/one') })).toEqual([])
    },
  'A namespace is deleted: it has no labels any more, so what it held is kept even from the rest of its owner.': () => {
    const replica = replicaWith(asking('web-eu/one'))
    replica.deleted(asking('web-eu/one'))
    expect(asked(replica, 'web/one')).toEqual([])
    replica.deletedNamespace('web-eu')
    expect(asked(replica, 'web/one')).toEqual(['Deny LK403'])
    replica.now = TEN_MINUTES
    expect(asked(replica, 'web/one')).toEqual([])
  },
}

/** What the audit says of a route that is there. */
function judged({ settled, policies }: Replica, place: string) {
  const [space = '', name = ''] = place.split('/')
  const standing = settled.route(space, name)
  if (standing === undefined) throw new Error(`${place} is not there`)
  return judgeStanding(standing, settled, policies, 0)
}

const SECTION = readFileSync(join(import.meta.dirname, '../docs/policy.md'), 'utf8')
  .split('\n## ')
  .find((part) => part.startsWith('A route changes its name, its namespace or its owner'))

it.each(Object.entries(STATED))('%s', (sentence, show) => {
  expect(SECTION).toContain(`- ${sentence}\n`)
  show()
})

it('is all that docs/policy.md states', () => {
  expect([...(SECTION ?? '').matchAll(/^- (.*)$/gm)].map(([, sentence]) => sentence)).toEqual(Object.keys(STATED))
})
