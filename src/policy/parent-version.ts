import type { Allowance } from '../delegation/budget.ts'
import { type Claimant, claimantOf, directClaimants } from '../delegation/claimant.ts'
import { LayeredView } from '../delegation/layered-view.ts'
import { type HttpRoute, nameOf, type Rule } from '../delegation/route.ts'
import { delegates, selectorOf } from '../delegation/selection.ts'
import type { View } from '../delegation/view.ts'
import { differsForChecks } from './ratchet.ts'
import type { Subject } from './subject.ts'

/** The cluster with one version of a parent in it, as it was or as it is to be, and what is known of the routes below. */
export class ParentVersion {
  readonly parent: HttpRoute | undefined
  readonly view: View
  /** Rules that the other version has no equal of, in what they match and hand on. */
  readonly changed: ReadonlySet<number>
  readonly #subject: Subject
  readonly #allowance: Allowance
  /** `rule.match` of the parent where some child is programmed. */
  readonly #surviving = new Set<string>()
  #rows: readonly Claimant[] | undefined

  constructor(
    subject: Subject,
    versions: { readonly of: HttpRoute | undefined; readonly not: HttpRoute | undefined },
    allowance: Allowance,
  ) {
    this.parent = versions.of
    this.view = viewWith(versions.of, subject)
    this.changed = rulesOnlyIn(versions.of, versions.not)
    this.#subject = subject
    this.#allowance = allowance
  }

  /** A route below, seen in this cluster. */
  child(route: HttpRoute): Subject {
    return this.#subject.elsewhere(route, this.view, this.#allowance)
  }

  /** The parent's own matches, as its gateways see them. */
  get rows(): readonly Claimant[] {
    this.#rows ??= this.parent === undefined ? [] : claimantsOf(this.child(this.parent))
    return this.#rows
  }

  noteChild(child: Subject): void {
    for (const { lane, effective } of child.claims) {
      if (effective.status === 'programmed' && this.parent !== undefined && nameOf(lane.parent) === nameOf(this.parent)) {
        this.#surviving.add(`${lane.rule}.${lane.match}`)
      }
    }
  }

  delegatesIn(rule: number): boolean {
    const written = this.parent?.rules[rule]
    return this.parent !== undefined && written !== undefined && delegates(written, this.parent.namespace)
  }

  /**
   * Whether the row takes its requests whatever the children ask for: it hands them to backends, or to nobody, or the nested
   * dialect picks it before any child. A flattening gateway answers 500 for a grant that no child of the changed rules,
   * all of which were noted, is left under.
   */
  answers({ rule, match, attachment }: Claimant, allNoted: boolean): boolean {
    if (attachment.dialect === 'agentgateway' || !this.delegatesIn(rule)) return true
    return allNoted && this.changed.has(rule) && !this.#surviving.has(`${rule}.${match}`)
  }
}

/** The subject's view as it would be with this version of its object in it. */
function viewWith(version: HttpRoute | undefined, { view, route }: Subject): View {
  const changed = new LayeredView(view)
  changed.hide(route)
  if (version !== undefined) changed.put({ kind: version.kind, value: version })
  return changed
}

/** The object's matches where some Gateway serves them, in lanes and attached directly. */
export function claimantsOf(subject: Subject): Claimant[] {
  const delegated = subject.claims.flatMap((claim) =>
    claim.effective.status === 'programmed' ? (claimantOf(subject.route, claim) ?? []) : [],
  )
  return [...delegated, ...directClaimants(subject.route, subject.attachments)]
}

/** All of them, where more than rules differs. */
function rulesOnlyIn(route: HttpRoute | undefined, other: HttpRoute | undefined): ReadonlySet<number> {
  const rules = route?.rules ?? []
  const all = new Set(rules.keys())
  if (route === undefined || other === undefined || differsForChecks({ ...route, rules: [] }, { ...other, rules: [] })) return all
  const others = new Set(other.rules.map((rule) => signatureOf(rule, other.namespace)))
  return new Set([...all].filter((index) => !others.has(signatureOf(rules[index], route.namespace))))
}

function signatureOf(rule: Rule | undefined, namespace: string): string {
  const refs = (rule?.backendRefs ?? []).flatMap((ref) => {
    const selector = selectorOf(ref, namespace)
    return selector === undefined ? [] : [[selector, ref.weight > 0]]
  })
  return JSON.stringify([rule?.matches, refs])
}
