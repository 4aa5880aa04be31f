import type { HttpMatch, HttpRoute, RouteKind, Witness } from '../delegation/route.ts'
import type { CheckCode } from './codes.ts'
import type { Confidential, Effect, GrantPlace, HarmedRoute, JsonPatchOperation } from './decision.ts'
import type { Action } from './policy.ts'
import type { Subject } from './subject.ts'

/** For checks on what every kind of route has. */
export const EVERY_KIND: readonly RouteKind[] = ['HTTPRoute', 'GRPCRoute']

/** A rule of the catalogue: pure, one file each. docs/checks/<code>.md explains it to users. */
export interface Check {
  readonly code: CheckCode
  readonly effect: Effect
  /** The rule in a sentence, as the page and `--help` say it. */
  readonly rule: string
  /** What happens where no policy says otherwise; a finding may say less. */
  readonly action: Action
  /** Whether a patch can exist. */
  readonly patches: boolean
  /** The kinds of routes it judges; absent = HTTPRoutes alone. */
  readonly kinds?: readonly RouteKind[]
  /** Whether it has a say when the object is deleted; absent = no. */
  readonly onDelete?: boolean
  find(subject: Subject): Iterable<Finding>
}

/** What a check found, before the policy says what happens with it. */
export interface Finding {
  readonly field: string
  readonly value?: string | undefined
  /** What was found, what is allowed, who can change it: one self-contained text. */
  readonly message: string
  readonly effect?: Effect
  /** Default for this finding where it differs from the check's. */
  readonly action?: Action
  readonly grant?: GrantPlace | undefined
  readonly witness?: Witness | undefined
  /** Who else is concerned, which the requester may not learn; the ratchet holds the victims of two findings together. */
  readonly confidential?: Confidential | undefined
  /** The match that `confidential` names may come first today, so that to rank higher is to take more; for the ratchet. */
  readonly mayLose?: boolean
  readonly harmed?: readonly HarmedRoute[]
  /** Own match concerned: per match only the most telling code is reported. */
  readonly at?: { readonly rule: number; readonly match: number }
  /** It rests on a grant that may not deny somebody else's object, or on one not known yet: never more than a warning. */
  readonly untrusted?: boolean
  /** The requests concerned, for the ratchet: the effective match, or the own one where nothing is programmed. */
  readonly requests?: HttpMatch | undefined
  readonly hosts?: readonly string[]
  /** The rule it lies in, where the requests of other rules have no part in it; for the ratchet. */
  readonly rule?: number
  /** What else must be unchanged for the ratchet and is not to be shown: a header's value may be a secret. */
  readonly unshown?: string
  /** How to repair the object, when a patch does exactly that. */
  readonly patch?: Patch | undefined
}

/** With the effect of its check where it has none of its own. */
export interface RatedFinding extends Finding {
  readonly effect: Effect
}

/** The same repair twice: on the raw object, and on its normal form for judging the result. */
export interface Patch {
  /** On the object as it then is: other repairs may have come before. */
  operationsOn(route: HttpRoute): readonly JsonPatchOperation[]
  apply(route: HttpRoute): HttpRoute
}
