import type { HttpRoute, Witness } from '../delegation/route.ts'
import type { Action } from './policy.ts'

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
  /** The old object had it already: a warning instead of a denial. */
  readonly ratcheted: boolean
  /** The reason of the exception that silenced it, if one did. */
  readonly exception: string | undefined
}

export interface Decision {
  readonly allowed: boolean
  /** Most severe first, then by field; Ignore'd ones are left out. */
  readonly violations: readonly Violation[]
  /** Empty unless a violation's action is Patch and the patched object passes. */
  readonly patches: readonly JsonPatchOperation[]
}
