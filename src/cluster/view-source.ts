import type { View } from '../delegation/view.ts'
import type { Policy } from '../policy/policy.ts'

/** Where a source puts what it sees. */
export type ViewSink = Pick<View, 'put' | 'remove'>

/** What keeps a view and the policies like something outside: manifests on disk, or a cluster. */
export interface ViewSource {
  /** What the probes call it. */
  readonly name: string
  /** Begins to follow. Resolves when everything was read once, or when waiting longer makes no sense; what goes wrong is a problem, not a rejection. */
  start(): Promise<void>
  /** Nothing is called or changed afterwards. The view keeps what it has. */
  close(): Promise<void>
  /** A policy that can't be read never replaces the last good one of its name. */
  policies(): readonly Policy[]
  /** What can't be read, a line each. */
  problemLines(): readonly string[]
  /** Whether everything was read once: before, the view proves nothing, and nothing may be decided on it. */
  loaded(): boolean
  /** Why requests should go elsewhere, as a sentence; undefined = they may come. */
  missing(): string | undefined
}
