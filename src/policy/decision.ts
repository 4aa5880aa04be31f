import type { HttpRoute, ObjectName, Witness } from '../delegation/route.ts'
import type { Action, Policy } from './policy.ts'

/** What a finding means for traffic: docs/glossary.md. */
export type Effect = 'escape' | 'dead' | 'shadowed' | 'risk'

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE'

/** One question to the engine. Everything the answer depends on besides the view and the policies. */
export interface ReviewRequest {
  readonly operation: Operation
  /** undefined on DELETE. */
  readonly route: HttpRoute | undefined
  /** undefined on CREATE. */
  readonly oldRoute: HttpRoute | undefined
  /** Milliseconds since the epoch: exceptions expire by it. */
  readonly now: number
  /** Whether another route of the view was there before this one, and so can be taken from. Absent = all were. */
  readonly isIncumbent?: (other: HttpRoute) => boolean
  /**
   * Whether another route of the view was there before this request: what arrives together with it is judged by itself, and
   * is no harm that the request does. Absent = all were.
   */
  readonly isExisting?: (other: HttpRoute) => boolean
}

/** Where a grant is written: `spec.rules[rule].matches[match]` of the parent. */
export interface GrantPlace {
  readonly namespace: string
  readonly name: string
  readonly rule: number
  readonly match: number
}

/** Who else is concerned, and a request that shows it, where the requester may know neither. */
export interface Confidential {
  /** `namespace/name` */
  readonly route: string
  /** `spec.rules[1].matches[0]` of it, where one match is concerned. */
  readonly field?: string
  readonly witness: Witness | undefined
}

/**
 * What becomes of a route below a parent: no grant is left for it, a match of it is programmed nowhere or behind a rule of
 * the parent, or leaves what it is granted, takes what is another owner's, or can't be shown to stay inside.
 */
export type Harm = 'orphaned' | 'dead' | 'hidden' | 'exposed' | 'taking' | 'undecided'

/** A route that the change of a parent above it harms. */
export interface HarmedRoute extends ObjectName {
  readonly harm: Harm
  /** The first of its matches concerned; undefined = all of it. */
  readonly at: { readonly rule: number; readonly match: number } | undefined
  readonly witness: Witness | undefined
}

/** RFC 6902, the three operations patches need. */
export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }

/** One finding with the action taken on it. `message` is the same sentence in every door. */
export interface Violation {
  /** `LK103` */
  readonly code: string
  /** `RegexEscapesGrant` */
  readonly name: string
  readonly effect: Effect
  /** The action really taken: after mode, ratchet and exceptions. */
  readonly action: Action
  /** `spec.rules[0].matches[0].path.value` */
  readonly field: string
  readonly value: string | undefined
  readonly message: string
  readonly grant: GrantPlace | undefined
  readonly witness: Witness | undefined
  /** For the log and the audit alone: never part of what the requester is told. */
  readonly confidential: Confidential | undefined
  /**
   * Every route below that a change of this one harms, named or not in the message: for `check`, logs and audits, never in
   * an answer to the API server, since whoever writes a parent need not know what it selects.
   */
  readonly harmed: readonly HarmedRoute[]
  /** The old object had it already: a warning instead of a denial. */
  readonly ratcheted: boolean
  /** The reason of the exception that silenced it, if one did. */
  readonly exception: string | undefined
}

/** A policy in the state in which it was applied. */
export type AppliedPolicy = Pick<Policy, 'name' | 'generation'>

export interface Decision {
  readonly allowed: boolean
  /** Most severe first, then by field; Ignore'd ones are left out. */
  readonly violations: readonly Violation[]
  /** Empty unless a violation's action is Patch and the patched object passes. */
  readonly patches: readonly JsonPatchOperation[]
  /** By which it was judged, by name. Empty: by the defaults, or there was nothing to judge. */
  readonly policies: readonly AppliedPolicy[]
}
