import type { RouteKind } from '../delegation/route.ts'
import type { Check } from './check.ts'
import { pathOutsideGrant } from './checks/lk101-path-outside-grant.ts'
import { pathEscapesGrant } from './checks/lk102-path-escapes-grant.ts'
import { regexEscapesGrant } from './checks/lk103-regex-escapes-grant.ts'
import { regexUndecided } from './checks/lk104-regex-undecided.ts'
import { regexInvalid } from './checks/lk105-regex-invalid.ts'
import { inheritedPathClimbs } from './checks/lk106-inherited-path-climbs.ts'
import { headersOutsideGrant } from './checks/lk107-headers-outside-grant.ts'
import { queryParamsOutsideGrant } from './checks/lk108-query-params-outside-grant.ts'
import { methodOutsideGrant } from './checks/lk109-method-outside-grant.ts'
import { matcherSpelling } from './checks/lk110-matcher-spelling.ts'
import { duplicateMatcherName } from './checks/lk111-duplicate-matcher-name.ts'
import { hostnamesOnDelegate } from './checks/lk112-hostnames-on-delegate.ts'
import { ambiguousPath } from './checks/lk113-ambiguous-path.ts'
import { notSelected } from './checks/lk201-not-selected.ts'
import { parentMissing } from './checks/lk202-parent-missing.ts'
import { labelOutsideScope } from './checks/lk203-label-outside-scope.ts'
import { labelUnscoped } from './checks/lk204-label-unscoped.ts'
import { consentMissing } from './checks/lk205-consent-missing.ts'
import { parentRefMisread } from './checks/lk206-parent-ref-misread.ts'
import { foreignDelegation } from './checks/lk207-foreign-delegation.ts'
import { namespaceNamedAll } from './checks/lk208-namespace-named-all.ts'
import { labelNotDelegated } from './checks/lk209-label-not-delegated.ts'
import { directAttachTakesGrant } from './checks/lk301-direct-attach-takes-grant.ts'
import { directAttachForbidden } from './checks/lk302-direct-attach-forbidden.ts'
import { hostnameForbidden } from './checks/lk303-hostname-forbidden.ts'
import { gatewayMissing } from './checks/lk304-gateway-missing.ts'
import { otherRouteTakesGrant } from './checks/lk305-other-route-takes-grant.ts'
import { carveOutTaken } from './checks/lk401-carve-out-taken.ts'
import { takesIncumbent } from './checks/lk402-takes-incumbent.ts'
import { sameMatch } from './checks/lk403-same-match.ts'
import { shadowed } from './checks/lk404-shadowed.ts'
import { answersError } from './checks/lk405-answers-error.ts'
import { delegationCycle } from './checks/lk501-delegation-cycle.ts'
import { delegationTooDeep } from './checks/lk502-delegation-too-deep.ts'
import { delegationTooWide } from './checks/lk503-delegation-too-wide.ts'
import { nonPrefixGrant } from './checks/lk504-non-prefix-grant.ts'
import { breaksChildren } from './checks/lk505-breaks-children.ts'
import { wholeHostDelegated } from './checks/lk506-whole-host-delegated.ts'
import { emptyMatchesDelegated } from './checks/lk507-empty-matches-delegated.ts'
import { mixedDelegation } from './checks/lk508-mixed-delegation.ts'
import { severalParentsInherit } from './checks/lk509-several-parents-inherit.ts'
import { siblingFilters } from './checks/lk510-sibling-filters.ts'
import { exposesChildren } from './checks/lk511-exposes-children.ts'
import { backendKindForbidden } from './checks/lk601-backend-kind-forbidden.ts'
import { backendNamespaceForbidden } from './checks/lk602-backend-namespace-forbidden.ts'
import { rewriteForbidden } from './checks/lk603-rewrite-forbidden.ts'
import { redirectForbidden } from './checks/lk604-redirect-forbidden.ts'
import { mirrorForbidden } from './checks/lk605-mirror-forbidden.ts'
import { protectedHeader } from './checks/lk606-protected-header.ts'
import { extensionRefForbidden } from './checks/lk607-extension-ref-forbidden.ts'
import { limitExceeded } from './checks/lk608-limit-exceeded.ts'
import { protectedLabel } from './checks/lk609-protected-label.ts'
import { routeWeightGiven } from './checks/lk701-route-weight.ts'
import { legacyKey } from './checks/lk702-legacy-key.ts'
import { keyValueIgnored } from './checks/lk703-key-value-ignored.ts'
import { policyInheritanceOpen } from './checks/lk704-policy-inheritance-open.ts'

/** Every check there is, by code. To add one: its file, its test, its page, its line here. */
export const CHECKS: readonly Check[] = [
  pathOutsideGrant,
  pathEscapesGrant,
  regexEscapesGrant,
  regexUndecided,
  regexInvalid,
  inheritedPathClimbs,
  headersOutsideGrant,
  queryParamsOutsideGrant,
  methodOutsideGrant,
  matcherSpelling,
  duplicateMatcherName,
  hostnamesOnDelegate,
  ambiguousPath,
  notSelected,
  parentMissing,
  labelOutsideScope,
  labelUnscoped,
  consentMissing,
  parentRefMisread,
  foreignDelegation,
  namespaceNamedAll,
  labelNotDelegated,
  directAttachTakesGrant,
  directAttachForbidden,
  hostnameForbidden,
  gatewayMissing,
  otherRouteTakesGrant,
  carveOutTaken,
  takesIncumbent,
  sameMatch,
  shadowed,
  answersError,
  delegationCycle,
  delegationTooDeep,
  delegationTooWide,
  nonPrefixGrant,
  breaksChildren,
  wholeHostDelegated,
  emptyMatchesDelegated,
  mixedDelegation,
  severalParentsInherit,
  siblingFilters,
  exposesChildren,
  backendKindForbidden,
  backendNamespaceForbidden,
  rewriteForbidden,
  redirectForbidden,
  mirrorForbidden,
  protectedHeader,
  extensionRefForbidden,
  limitExceeded,
  protectedLabel,
  routeWeightGiven,
  legacyKey,
  keyValueIgnored,
  policyInheritanceOpen,
]

const HTTP_ROUTES: readonly RouteKind[] = ['HTTPRoute']

/** The checks that judge a kind of route. */
export function checksFor(kind: RouteKind): readonly Check[] {
  return CHECKS.filter(({ kinds = HTTP_ROUTES }) => kinds.includes(kind))
}
